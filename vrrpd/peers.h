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

#define PEERS_MAX 16

struct vrrp_advert;

struct peer {
	struct addr addr;
	uint8_t priority; /* of the last advertisement but those of 0: what it contends with */
	uint8_t version;
	bool leaving; /* the last one had priority 0 */
	usec_t interval;
	usec_t at; /* last advertisement */
	uint64_t n_adverts;
};

struct peers {
	struct peer list[PEERS_MAX];
	size_t n;
};

void peers_note(struct peers *p, const struct vrrp_advert *ad, usec_t now);

#endif
