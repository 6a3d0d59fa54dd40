/*
 * sim_group.c - a random group: versions, intervals, priorities, addresses, options.
 */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <string.h>

/* A bad LAN; twice this, there and back, is less than the margin of a leaving router. */
#define DELAY_MAX (20 * USEC_PER_MS)

/* The second burst sets right what a partition hid from the first; settling waits for it. */

static void
set_addr(struct addr *a, const char *text)
{
	struct err e;

	if (addr_parse_ip(text, a, &e) < 0)
		memset(a, 0, sizeof(*a));
}

static usec_t
pick_interval(struct sim *s)
{
	if (s->version == 2)
		return sim_between(s, 1, 3) * USEC_PER_SEC;
	return sim_between(s, 1, sim_percent(s, 50) ? 10 : 100) * 10 * USEC_PER_MS;
}

static void
set_router(struct sim *s, int i, usec_t interval, enum vrrp_auth auth, size_t n_vips)
{
	struct router *r = &s->routers[i];
	char text[32];

	snprintf(text, sizeof(text), "10.0.%d.%d", sim_below(s, 2), 11 + i);
	r->id = i;
	r->base_priority = (uint8_t)(sim_percent(s, 25) ? 100 : sim_between(s, 1, 254));
	r->wire = (struct vrrp_wire){.version = s->version,
				     .family = AF_INET,
				     .vrid = 11,
				     .auth_type = auth,
				     .auth_pass = "secret",
				     .interval = interval,
				     .vips = s->vips,
				     .n_vips = n_vips};
	set_addr(&r->wire.src, text);
	r->params = (struct vrrp_params){.version = s->version,
					 .interval = interval,
					 .down_adverts = 3,
					 .last_word = true,
					 .preempt = !s->nopreempt,
					 .preempt_delay = s->preempt_delay,
					 .source = r->wire.src};
	if (auth == VRRP_AUTH_NONE)
		memset(r->wire.auth_pass, 0, sizeof(r->wire.auth_pass));
}

/* Unicast: everybody is everybody's peer. */
static void
set_peers(struct sim *s)
{
	for (int i = 0; i < s->n_routers; i++) {
		struct vrrp_wire *w = &s->routers[i].wire;

		for (int k = 0; k < s->n_routers; k++)
			if (k != i)
				s->peers[i][w->n_peers++] = s->routers[k].wire.src;
		w->peers = s->peers[i];
	}
}

/* fast_takeover: both of a pair, or one of many. */
static void
set_fast(struct sim *s)
{
	if (sim_percent(s, 60))
		return;
	if (s->n_routers == 2)
		s->routers[0].params.fast_takeover = s->routers[1].params.fast_takeover = true;
	else
		s->routers[sim_below(s, s->n_routers)].params.fast_takeover = true;
}

void
sim_group(struct sim *s, uint64_t seed)
{
	enum vrrp_auth auth;
	usec_t interval;
	size_t n_vips;

	memset(s, 0, sizeof(*s));
	s->rng = seed;
	s->arp_owner = ARP_UNKNOWN;
	s->rules =
	    (struct rules){.calm_since = USEC_NEVER, .dual_since = USEC_NEVER, .returning = -1};
	s->n_routers = 2 + sim_below(s, ROUTERS_MAX - 1);
	s->version = sim_percent(s, 50) ? 2 : 3;
	s->nopreempt = sim_percent(s, 50);
	s->unicast = sim_percent(s, 30);
	auth = s->version == 2 && sim_percent(s, 50) ? VRRP_AUTH_PASS : VRRP_AUTH_NONE;
	n_vips = 1 + (size_t)sim_below(s, VIPS_MAX);
	interval = pick_interval(s);
	if (!s->nopreempt && sim_percent(s, 20))
		s->preempt_delay = sim_between(s, 1, 4 * interval);
	set_addr(&s->group, VRRP_MCAST_IP4);
	set_addr(&s->vips[0], "10.0.0.100");
	set_addr(&s->vips[1], "10.0.0.101");
	set_addr(&s->vips[2], "10.9.0.1");
	for (int i = 0; i < s->n_routers; i++) {
		usec_t own = interval;

		if (s->version == 3 && sim_percent(s, 20)) /* v3 learns */
			own = interval * sim_between(s, 1, 3);
		set_router(s, i, own, auth, n_vips);
		if (own > s->interval_max)
			s->interval_max = own;
	}
	set_fast(s);
	s->witnessed = sim_percent(s, 40);
	s->probe_gap = interval;
	if (!s->nopreempt && sim_percent(s, 10))
		s->routers[sim_below(s, s->n_routers)].base_priority = VRRP_PRIORITY_OWNER;
	if (s->unicast)
		set_peers(s);
	s->lan.delay_max =
	    sim_between(s, 10, interval / 10 < DELAY_MAX ? interval / 10 : DELAY_MAX);
	sim_trace(s, "%d routers, version %d, interval %lld us, %s, %s%s", s->n_routers, s->version,
		  (long long)interval, s->nopreempt ? "nopreempt" : "preempt",
		  s->unicast ? "unicast" : "multicast", s->witnessed ? ", witness" : "");
}
