/*
 * hmac.h - the authentication trailer behind an advert: HMAC-SHA256 with shared keys, as keepalived
 * speaks it from 2.4.2 on (draft-cassen-vrrp-auth-hmac).
 *
 * Pure.  28 bytes behind the message, in both versions and families: scheme, key id, 16 bits of
 * zero, a number made of the sender's time, 16 bytes of HMAC over who sends (family, version,
 * virtual router, source address), the message with a checksum of zero, and the trailer itself.
 * So the IP header and the destination are free to change, and peers get the same trailer.
 */
#ifndef VRRPD_HMAC_H
#define VRRPD_HMAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/usec.h"
#include "vrrpd/packet.h"

#define HMAC_KEY_MIN    32
#define HMAC_KEY_MAX    64
#define HMAC_WINDOW_MAX (300 * USEC_PER_SEC)
#define HMAC_PEERS_MAX  32 /* unicast peers whose numbers are remembered, see auth.h */

enum hmac_mode {
	HMAC_ENFORCE,      /* sign, and accept nothing without a valid trailer */
	HMAC_PERMISSIVE,   /* sign, and accept adverts that have none */
	HMAC_RECEIVE_ONLY, /* as permissive, but do not sign yet */
};

enum hmac_anti_replay {
	HMAC_TIME,      /* the sender's time within the window, and higher than before */
	HMAC_MONOTONIC, /* higher than before: for hosts whose clocks differ */
};

struct hmac_key {
	uint8_t id; /* 1..255 */
	uint8_t len;
	uint8_t bytes[HMAC_KEY_MAX];
};

/* How an instance signs and whom it believes. */
struct vrrp_hmac {
	struct hmac_key *keys;
	size_t n_keys;   /* 0: not at all */
	int active_key;  /* id of the key that signs */
	int mode;        /* enum hmac_mode */
	int anti_replay; /* enum hmac_anti_replay */
	usec_t window;   /* whole seconds */
};

/* "hex:..." or the bytes of the text; the message of a mistake does not repeat them. */
int hmac_key_parse(const char *text, struct hmac_key *out, struct err *e);
const struct hmac_key *hmac_find_key(const struct vrrp_hmac *h, int id); /* NULL: not there */

/*
 * The trailer behind msg, under this number; over IPv6 the checksum covers it and is written anew.
 * Returns the length with it; msg must hold VRRP_PACKET_MAX.  Without keys, or when only
 * receiving: nothing to do.
 */
size_t hmac_seal(const struct vrrp_wire *w, uint64_t seq, const struct addr *dst, uint8_t *msg,
		 size_t len);
/*
 * The trailer behind a message of len bytes from meta->src.  What is proved goes to out: number
 * and key.
 */
enum vrrp_drop hmac_verify(const struct vrrp_wire *w, const struct vrrp_meta *meta,
			   const uint8_t *msg, size_t len, struct vrrp_advert *out);

#endif
