/*
 * sim_schedule.c - one random life of a group: wild times, quiet, and single events in quiet.
 *
 * Wild: anything happens to anybody, and only what must hold at every instant is checked.  Quiet:
 * the LAN is whole again; after a settling time exactly one router is master and all agree.  Then
 * single events, see sim_single.c.
 */
#include "tests/sim/sim.h"

/* Long enough for every timer that may still run from before, one after the other. */
static usec_t
settling_time(const struct sim *s)
{
	return 3 * sim_down_max(s) + 2 * sim_patience(s) + s->preempt_delay;
}

struct router *
sim_any_router(struct sim *s)
{
	return &s->routers[sim_below(s, s->n_routers)];
}

static void
random_cuts(struct sim *s)
{
	sim_trace(s, "partition");
	for (int i = 0; i < s->n_routers; i++) {
		s->lan.witness_cut[i] = sim_percent(s, 40);
		for (int k = 0; k < s->n_routers; k++)
			s->lan.cut[i][k] = sim_percent(s, 40);
	}
}

static void
random_noise(struct sim *s)
{
	s->lan.loss_percent = sim_below(s, 61);
	s->lan.one_way[sim_below(s, s->n_routers)][sim_below(s, s->n_routers)] =
	    sim_between(s, 0, 100) > 50 ? 90 : 0;
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

void
sim_switchover(struct sim *s, struct router *r)
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
	struct router *r = sim_any_router(s);

	switch (sim_below(s, 15)) {
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
		sim_switchover(s, r);
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
	case 12: /* killed, and started again by whoever watches it */
		router_crash(s, r);
		sim_run(s, s->now + sim_between(s, 0, 3 * r->params.interval));
		router_start(s, r);
		break;
	case 13:
		s->lan.witness_cut[r->id] = !s->lan.witness_cut[r->id];
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

void
sim_settle(struct sim *s, const char *when)
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
	sim_settle(s, "after quiet");
}

void
sim_schedule(struct sim *s, uint64_t seed)
{
	sim_group(s, seed);
	for (int i = 0; i < s->n_routers; i++)
		if (sim_percent(s, 90))
			router_start(s, &s->routers[i]);
	for (int round = 0; round < 2 && !s->violated; round++) {
		wild_times(s);
		quiet(s);
		for (int i = 0; i < 3 && !s->violated; i++)
			sim_single_event(s);
	}
}
