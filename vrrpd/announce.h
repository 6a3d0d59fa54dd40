/*
 * announce.h - telling the LAN where the virtual addresses live now.
 *
 * The announcer, one for all instances, owns the packet socket and the pace of each interface
 * (garp_queue.h); an announcement, one per instance, its schedule (garp_plan.h).
 */
#ifndef VRRPD_ANNOUNCE_H
#define VRRPD_ANNOUNCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/err.h"
#include "vrrpd/garp_plan.h"
#include "vrrpd/garp_queue.h"

struct announce;
struct announcer;
struct event_base;

struct announce_target {
	int ifindex;
	uint8_t mac[6];
	bool extra;     /* on another interface than the instance's */
	bool silent;    /* one of several there, and the extra rounds say only one of them */
	bool is_router; /* IPv6: this host forwards on that interface */
	struct addr vip;
};

struct announcer *announcer_new(struct event_base *base, struct err *e);
void announcer_free(struct announcer **an);

struct announce *announce_new(struct announcer *an, const struct garp_conf *conf);
void announce_free(struct announce **a);
/* Another configuration: what runs goes on, with its figures. */
void announce_set_conf(struct announce *a, const struct garp_conf *conf);

/*
 * We are master: the first frame of each address is sent before this returns, as far as the pace of
 * the interface allows; the rest follows from the event loop.
 */
void announce_claim(struct announce *a, const struct announce_target *targets, size_t n);
/* Addresses were put back or are new, or an interface came back. */
void announce_again(struct announce *a, const struct announce_target *targets, size_t n);
/* Another master is heard. */
void announce_rival(struct announce *a);
/* Ask the LAN who else has the addresses, soon; see conflict.h. */
void announce_probe(struct announce *a);
void announce_stop(struct announce *a);
uint64_t announce_sent(const struct announce *a); /* frames */

#endif
