/*
 * sim_schedule.c - one random life of a group: wild times, quiet, and single events in quiet.
 *
 * Wild: anything happens to anybody, and only what must hold at every instant is checked.  Quiet:
 * the LAN is whole again; after a settling time exactly one router is master and all agree.  Then
 * single events, each with what an operator may expect of it: no gap when a master leaves on
 * purpose, nobody displaced with nopreempt when a better router comes back.
 */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <string.h>

/* A bad LAN; twice this, there and back, is less than the margin of a leaving router. */
#define DELAY_MAX (20 * USEC_PER_MS)

/* The second burst sets right what a partition hid from the first; settling waits for it. */
#define GARP_DELAY (1500 * USEC_PER_MS)

#define FAULT(id) (1u << VRRP_FAULT_##id)

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
					 .garp_delay = GARP_DELAY,
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

static void
set_group(struct sim *s, uint64_t seed)
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
	if (!s->nopreempt && sim_percent(s, 10))
		s->routers[sim_below(s, s->n_routers)].base_priority = VRRP_PRIORITY_OWNER;
	if (s->unicast)
		set_peers(s);
	s->lan.delay_max =
	    sim_between(s, 10, interval / 10 < DELAY_MAX ? interval / 10 : DELAY_MAX);
	sim_trace(s, "%d routers, version %d, interval %lld us, %s, %s", s->n_routers, s->version,
		  (long long)interval, s->nopreempt ? "nopreempt" : "preempt",
		  s->unicast ? "unicast" : "multicast");
}

/* Long enough for every timer that may still run from before, one after the other. */
static usec_t
settling_time(const struct sim *s)
{
	return 3 * sim_down_max(s) + 2 * sim_patience(s) + s->preempt_delay + 2 * GARP_DELAY;
}

static struct router *
any_router(struct sim *s)
{
	return &s->routers[sim_below(s, s->n_routers)];
}

static void
random_cuts(struct sim *s)
{
	sim_trace(s, "partition");
	for (int i = 0; i < s->n_routers; i++)
		for (int k = 0; k < s->n_routers; k++)
			s->lan.cut[i][k] = sim_percent(s, 40);
}

static void
random_noise(struct sim *s)
{
	s->lan.loss_percent = sim_below(s, 60);
	s->lan.dup_percent = sim_below(s, 20);
	s->lan.corrupt_percent = sim_below(s, 10);
	s->lan.reorder = true;
	sim_trace(s, "loss %d%%", s->lan.loss_percent);
}

static void
change_priority(struct sim *s, struct router *r)
{
	struct vrrp_event ev = {.type = VRRP_EV_PRIORITY};

	if (r->base_priority == VRRP_PRIORITY_OWNER || !r->running || r->paused)
		return;
	ev.priority = r->base_priority = (uint8_t)sim_between(s, 1, 254);
	sim_trace(s, "router %d: priority %d", r->id, ev.priority);
	router_event(s, r, &ev);
}

static void
switchover(struct sim *s, struct router *r)
{
	static const struct vrrp_event ev = {.type = VRRP_EV_SWITCHOVER};

	if (!r->running || r->paused)
		return;
	sim_trace(s, "router %d: switchover", r->id);
	router_event(s, r, &ev);
}

static void
reconfigure(struct sim *s, struct router *r)
{
	static const struct vrrp_event ev = {.type = VRRP_EV_CONFIG};

	if (!r->running || r->paused)
		return;
	sim_trace(s, "router %d: reload", r->id);
	router_event(s, r, &ev);
}

static void
wild_event(struct sim *s)
{
	static const unsigned faults[] = {FAULT(LINK), FAULT(TRACK_DEAD), FAULT(TRACK),
					  FAULT(NOT_READY), FAULT(TRACK) | FAULT(NOT_READY)};
	struct router *r = any_router(s);

	switch (sim_below(s, 13)) {
	case 0:
		router_pause(s, r);
		break;
	case 1:
	case 2:
		router_resume(s, r);
		break;
	case 3:
		router_crash(s, r);
		break;
	case 4:
		router_stop(s, r);
		break;
	case 5:
	case 6:
		router_start(s, r);
		break;
	case 7:
		router_set_faults(s, r, sim_percent(s, 40) ? faults[sim_below(s, 5)] : 0);
		break;
	case 8:
		switchover(s, r);
		break;
	case 9:
		random_cuts(s);
		break;
	case 10:
		random_noise(s);
		break;
	case 11:
		lan_calm(&s->lan);
		break;
	default:
		if (sim_percent(s, 50))
			change_priority(s, r);
		else
			reconfigure(s, r);
		break;
	}
}

static void
wild_times(struct sim *s)
{
	int n = 5 + sim_below(s, 30);

	s->rules.calm_since = USEC_NEVER;
	for (int i = 0; i < n && !s->violated; i++) {
		wild_event(s);
		sim_run(s, s->now + sim_between(s, 0, sim_down_max(s) * 3 / 2));
	}
}

static void
settle(struct sim *s, const char *when)
{
	sim_run(s, s->now + settling_time(s));
	check_settled(s, when);
}

/* The LAN is whole and most routers are well, one of them for certain. */
static void
quiet(struct sim *s)
{
	int lucky = sim_below(s, s->n_routers);

	sim_trace(s, "quiet");
	s->arp_owner = ARP_UNKNOWN; /* what a lossy LAN was told may have stayed wrong */
	lan_calm(&s->lan);
	for (int i = 0; i < s->n_routers; i++) {
		struct router *r = &s->routers[i];

		router_resume(s, r);
		if (i == lucky || sim_percent(s, 75))
			router_set_faults(s, r, 0);
	}
	sim_run(s, s->now + sim_patience(s)); /* whoever stops is gone then */
	for (int i = 0; i < s->n_routers; i++)
		if (i == lucky || sim_percent(s, 60))
			router_start(s, &s->routers[i]);
	/* The leases of crashed routers run out before the rule about two holders applies. */
	sim_run(s, s->now + sim_down_max(s) + 3 * USEC_PER_SEC);
	s->rules.calm_since = s->now;
	settle(s, "after quiet");
}

static bool
others_fit(const struct sim *s, int master)
{
	for (int i = 0; i < s->n_routers; i++)
		if (i != master && router_fit(&s->routers[i]))
			return true;
	return false;
}

/* The router comes back into a group that has a master. */
static void
come_back(struct sim *s, struct router *r)
{
	s->rules.no_displacing = s->nopreempt;
	s->rules.returning = r->id;
	router_resume(s, r);
	router_set_faults(s, r, 0);
	router_start(s, r);
	s->rules.returning = -1;
	settle(s, "after coming back");
	s->rules.no_displacing = false;
}

enum leaving_kind { LEAVE_STOP, LEAVE_SWITCHOVER, LEAVE_TRACK, N_LEAVING };

/* On purpose, with traffic still served: there must be no gap if anybody can take over. */
static void
master_leaves(struct sim *s, int master)
{
	struct router *r = &s->routers[master];
	bool others = others_fit(s, master);
	enum leaving_kind kind = (enum leaving_kind)sim_below(s, N_LEAVING);

	s->rules.no_gap = others || kind == LEAVE_SWITCHOVER;
	if (kind == LEAVE_STOP)
		router_stop(s, r);
	else if (kind == LEAVE_SWITCHOVER)
		switchover(s, r);
	else
		router_set_faults(s, r, FAULT(TRACK));
	settle(s, "after leaving");
	s->rules.no_gap = false;
	if (others && sim_master(s) == master)
		sim_violate(s, "router %d is master still, others could be", master);
	if (kind != LEAVE_SWITCHOVER)
		come_back(s, r);
}

static void
master_dies(struct sim *s, int master)
{
	struct router *r = &s->routers[master];

	s->rules.calm_since = USEC_NEVER; /* until its lease is over */
	if (sim_percent(s, 50))
		router_crash(s, r);
	else
		router_set_faults(s, r, sim_percent(s, 50) ? FAULT(LINK) : FAULT(TRACK_DEAD));
	sim_run(s, s->now + sim_down_max(s) + 3 * USEC_PER_SEC);
	s->rules.calm_since = s->now;
	settle(s, "after a death");
	come_back(s, r);
}

/* Is there one master that is awake, and has been for a moment? */
static bool
replaced(const struct sim *s, int paused)
{
	int n = 0;

	for (int i = 0; i < s->n_routers; i++) {
		const struct router *r = &s->routers[i];

		if (i == paused || !r->running || r->fsm.state != VRRP_MASTER)
			continue;
		if (s->now - r->fsm.at_changed < 4 * s->lan.delay_max)
			return false;
		n++;
	}
	return n == 1;
}

static void
master_sleeps(struct sim *s, int master)
{
	struct router *r = &s->routers[master];

	s->rules.calm_since = USEC_NEVER;
	router_pause(s, r);
	sim_run(s, s->now + sim_between(s, sim_down_max(s) / 2, sim_down_max(s) * 3));
	s->rules.calm_since = s->now;
	if (replaced(s, master)) {
		come_back(s, r);
		return;
	}
	router_resume(s, r);
	settle(s, "after a sleep");
}

static void
backup_restarts(struct sim *s)
{
	struct router *r = any_router(s);

	if (r->id == sim_master(s) || !r->running)
		return;
	router_crash(s, r);
	sim_run(s, s->now + sim_between(s, 0, sim_down_max(s)));
	come_back(s, r);
}

static void
master_cut_off(struct sim *s, int master)
{
	sim_trace(s, "router %d: cut off", master);
	s->rules.calm_since = USEC_NEVER;
	for (int i = 0; i < s->n_routers; i++) {
		s->lan.cut[master][i] = true;
		s->lan.cut[i][master] = sim_percent(s, 70);
	}
	sim_run(s, s->now + sim_between(s, 0, sim_down_max(s) * 3));
	sim_trace(s, "healed");
	lan_calm(&s->lan);
	s->rules.calm_since = s->now;
	settle(s, "after healing");
}

static void
single_event(struct sim *s)
{
	int master = sim_master(s);

	if (master < 0)
		return;
	switch (sim_below(s, 5)) {
	case 0:
		master_leaves(s, master);
		break;
	case 1:
		master_dies(s, master);
		break;
	case 2:
		master_sleeps(s, master);
		break;
	case 3:
		backup_restarts(s);
		break;
	default:
		master_cut_off(s, master);
		break;
	}
}

void
sim_schedule(struct sim *s, uint64_t seed)
{
	set_group(s, seed);
	for (int i = 0; i < s->n_routers; i++)
		if (sim_percent(s, 90))
			router_start(s, &s->routers[i]);
	for (int round = 0; round < 2 && !s->violated; round++) {
		wild_times(s);
		quiet(s);
		for (int i = 0; i < 3 && !s->violated; i++)
			single_event(s);
	}
}
