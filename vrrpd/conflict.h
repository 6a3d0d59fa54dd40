/*
 * conflict.h - does somebody else answer for our virtual addresses?  Pure.
 *
 * A master asks (RFC 5227's ARP probe with sender 0.0.0.0, RFC 4862's neighbour solicitation from
 * ::) while it claims, when its predecessor must be gone, and then each half a minute; and it
 * listens for others who speak for the address.  In the first seconds that may be the predecessor,
 * whose address the kernel has yet to remove, and at another master's first advert the loser of an
 * election: no alarm before that time is over.  It is an alarm only: nobody fights, nothing moves.
 */
#ifndef VRRPD_CONFLICT_H
#define VRRPD_CONFLICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/usec.h"

#define CONFLICT_PROBE_MAX 78 /* 14 of Ethernet, 40 of IPv6, 24 of ICMPv6 */

/* Somebody's word that it has an address. */
struct conflict_claim {
	struct addr addr;
	uint8_t mac[6];
};

/* The whole frame that asks for an address from this MAC; its length. */
size_t conflict_probe(const uint8_t mac[6], const struct addr *vip,
		      uint8_t out[CONFLICT_PROBE_MAX]);
/* A frame as received, of any bytes: does it claim an address? */
bool conflict_read(const uint8_t *frame, size_t len, struct conflict_claim *claim);

/* --- when to ask ------------------------------------------------------------------------------ */

struct conflict_watch {
	usec_t probe_at; /* USEC_NEVER: not master */
	usec_t grace_until;
	usec_t rival_at;
	bool asked_after_grace;
};

/* grace: how long a predecessor may still have the addresses. */
void conflict_begin(struct conflict_watch *w, usec_t grace, usec_t now);
/* Another master is heard; as often as it is. */
void conflict_rival(struct conflict_watch *w, usec_t grace, usec_t now);
void conflict_end(struct conflict_watch *w);
/* Ask now? */
bool conflict_due(struct conflict_watch *w, bool in_conflict, usec_t now);

/* --- one address ------------------------------------------------------------------------------ */

struct conflict {
	bool standing;
	uint8_t mac[6];
	usec_t since, last;
};

/* A claim by somebody else was heard: does a conflict begin, or its MAC change? */
bool conflict_heard(struct conflict *c, const struct conflict_watch *w, const uint8_t mac[6],
		    usec_t now);
/* Nobody has answered for a while: is it over? */
bool conflict_over(struct conflict *c, usec_t now);

#endif
