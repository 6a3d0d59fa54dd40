/*
 * peers.h - the other routers of a virtual router, as their advertisements tell.
 *
 * Only what was accepted gets here; still, who has a place is limited: the one that was silent for
 * the longest time makes room.
 */
#ifndef VRRPD_PEERS_H
#define VRRPD_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/usec.h"
#include "vrrpd/packet.h"

#define PEERS_MAX 16

struct peer {
	struct addr addr;
	uint8_t priority; /* of the last advertisement but those of 0: what it contends with */
	uint8_t version;
	bool leaving; /* the last one had priority 0 */
	usec_t interval;
	usec_t at;                    /* last advertisement */
	usec_t at_csum[VRRP_N_CSUMS]; /* the last one of each form of checksum, 0: none */
	uint64_t n_adverts;
};

struct peers {
	struct peer list[PEERS_MAX];
	size_t n;
};

void peers_note(struct peers *p, const struct vrrp_advert *ad, usec_t now);

/*
 * Which forms of v3's checksum over IPv4 to send from now on; bits (1u << VRRP_CSUM_x), sent: those
 * until now.  A router that speaks but one form may understand no other, and a backup is silent: it
 * shows that it has been lost only by taking over.  So a master adds the form of whoever turns up
 * and drops none, and who becomes one speaks those that it heard.
 */
unsigned peers_csums_to_send(const struct peers *p, unsigned sent, bool is_master);

#endif
