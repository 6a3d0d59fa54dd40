/*
 * garp_plan.h - when to tell the LAN where the virtual addresses of one instance live.  Pure.
 *
 * A burst is some rounds, spread over time so that one lossy moment does not swallow them all; a
 * round is each of the instance's addresses once (as request and as reply, see garp_queue.h).  A
 * claim is a burst at once and another after garp_master_delay; then a burst each
 * garp_master_refresh.  Another master's advertisement opens an episode: a burst at its beginning,
 * another after garp_lower_prio_delay, and as long as it goes on not more than a round a second.
 */
#ifndef VRRPD_GARP_PLAN_H
#define VRRPD_GARP_PLAN_H

#include <stdbool.h>

#include "common/usec.h"

#define GARP_NOT_GIVEN (-1) /* in each field that follows from another one */

/* Of an instance, or the defaults of all (vrrp_garp_* in [global]). */
struct garp_conf {
	usec_t master_delay;   /* from the first burst to the second; 0: no second one */
	int master_repeat;     /* rounds of a burst */
	usec_t master_refresh; /* 0: none */
	int master_refresh_repeat;
	usec_t lower_prio_delay;
	int lower_prio_repeat; /* 0: silence about a losing advert */
	usec_t garp_interval;  /* between two frames on one interface; 0: see garp_queue.h */
	usec_t gna_interval;   /* the same for IPv6 */
	usec_t extra_if;       /* for addresses on other interfaces than the instance's; 0: none */
	int extra_all;         /* each of them, not one per interface */
};

/* What a round is about, bits. */
enum garp_round {
	GARP_ROUND_ALL = 1 << 0,   /* each address */
	GARP_ROUND_EXTRA = 1 << 1, /* those on other interfaces */
};

struct garp_plan {
	usec_t burst_began;
	int burst_step, burst_n;
	usec_t round_at; /* next of the burst */
	usec_t last_round;
	usec_t second_at; /* second burst */
	int second_n;
	usec_t refresh_at;
	usec_t extra_at;
	usec_t rival_at; /* last losing advert */
};

void garp_plan_init(struct garp_plan *p);
/* We are master from now on. */
void garp_plan_claim(struct garp_plan *p, const struct garp_conf *c, usec_t now);
/* Another router claims the role, and loses against us; as often as it is heard. */
void garp_plan_rival(struct garp_plan *p, const struct garp_conf *c, usec_t now);
/* An address was put back or is new, an interface came back: once more, soon. */
void garp_plan_again(struct garp_plan *p, const struct garp_conf *c, usec_t now);
/* Other figures: what repeats itself follows them. */
void garp_plan_change(struct garp_plan *p, const struct garp_conf *c, usec_t now);
/* Not master any more. */
void garp_plan_stop(struct garp_plan *p);

usec_t garp_plan_deadline(const struct garp_plan *p); /* USEC_NEVER: none */
/* Rounds due by now (enum garp_round), which are taken as done; 0: too early. */
unsigned garp_plan_due(struct garp_plan *p, const struct garp_conf *c, usec_t now);

#endif
