/*
 * auth.h - what an instance remembers for its authentication: numbers sent, numbers heard.
 *
 * Pure; the time of day is an argument.  packet.h proves who sent an advert, here is decided
 * whether it is fresh.
 *
 * AH (RFC 2338 as keepalived speaks it) has one number per instance for both directions: a backup
 * copies its master's, goes on from there when it becomes master, and takes nothing that is not
 * higher.  keepalived begins at 0; we never send less than the time of day says, so that a router
 * that comes back at once is not taken for a replay of itself.
 *
 * The HMAC trailer has a number per sender, its time of day or one more than the last, and we
 * remember the highest that each sender used.  Nothing is kept over a restart: the time goes on.
 * When it does not (a clock that was set back, a host without one), then within HMAC_TIME the old
 * mark is forgotten as soon as it is out of the window; with HMAC_MONOTONIC a router goes on from
 * the highest number that it hears, so that the pair finds together after the first advert heard.
 */
#ifndef VRRPD_AUTH_H
#define VRRPD_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/usec.h"
#include "vrrpd/hmac.h"
#include "vrrpd/packet.h"

#define AUTH_MCAST_SENDERS 4 /* more than two masters at once there are hardly */
#define AUTH_SENDERS_MAX   HMAC_PEERS_MAX

/* A sender whose trailer was right. */
struct auth_sender {
	struct addr src;
	uint64_t seq;  /* the highest it used */
	uint64_t used; /* rank of its last advert; 0: no sender here */
	uint8_t key_id;
	usec_t at; /* when, since 1970 */
};

/* All zeros at the start. */
struct vrrp_auth_state {
	uint32_t ah_seq;   /* the last one sent or heard */
	uint64_t hmac_seq; /* the last one sent */
	uint64_t n_used;
	int skew_s; /* of the last sender that proved itself: our time less its */
	struct auth_sender senders[AUTH_SENDERS_MAX];
};

/* The number of the next advert, one for all its copies to unicast peers.  utc: since 1970. */
uint64_t vrrp_auth_next(struct vrrp_auth_state *s, const struct vrrp_wire *w, usec_t utc);
/* An advert that vrrp_decode() accepted: is its number new?  Then it is remembered. */
enum vrrp_drop vrrp_auth_admit(struct vrrp_auth_state *s, const struct vrrp_wire *w,
			       const struct vrrp_advert *ad, usec_t utc);
/* Does the last sender's clock differ by more than half of what is tolerated? */
bool vrrp_auth_drifts(const struct vrrp_auth_state *s, const struct vrrp_wire *w);

#endif
