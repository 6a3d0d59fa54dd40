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
 */
#ifndef VRRPD_AUTH_H
#define VRRPD_AUTH_H

#include <stdint.h>

#include "common/usec.h"
#include "vrrpd/packet.h"

/* All zeros at the start. */
struct vrrp_auth_state {
	uint32_t ah_seq; /* the last one sent or heard */
};

/* The number of the next advert, one for all its copies to unicast peers.  utc: since 1970. */
uint64_t vrrp_auth_next(struct vrrp_auth_state *s, const struct vrrp_wire *w, usec_t utc);
/* An advert that vrrp_decode() accepted: is its number new?  Then it is remembered. */
enum vrrp_drop vrrp_auth_admit(struct vrrp_auth_state *s, const struct vrrp_advert *ad);

#endif
