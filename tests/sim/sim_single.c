/*
 * sim_single.c - single events in a group that is well, each with what an operator may expect: no
 * gap when a master leaves on purpose, nobody displaced with nopreempt when a better router comes
 * back, no takeover when a killed master is started again at once, one holder when a router is cut
 * off from the others and from the witness.
 */
#include "tests/sim/sim.h"

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
	sim_settle(s, "after coming back");
	s->rules.no_displacing = false;
}

/* The other one of a pair has been told, and there is no skew to wait. */
static void
check_fast(struct sim *s, const struct router *r)
{
	if (!r->params.fast_takeover)
		return;
	sim_run(s, s->now + 2 * s->lan.delay_max + 2);
	if (r->fsm.state != VRRP_MASTER)
		sim_violate(s, "router %d: no fast takeover", r->id);
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
		sim_switchover(s, r);
	else
		router_set_faults(s, r, FAULT(TRACK));
	if (others && s->n_routers == 2)
		check_fast(s, &s->routers[1 - master]);
	sim_settle(s, "after leaving");
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
	sim_settle(s, "after a death");
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
	sim_settle(s, "after a sleep");
}

static void
backup_restarts(struct sim *s)
{
	struct router *r = sim_any_router(s);

	if (r->id == sim_master(s) || !r->running)
		return;
	router_crash(s, r);
	sim_run(s, s->now + sim_between(s, 0, sim_down_max(s)));
	come_back(s, r);
}

/* Killed and started again: within its time it goes on, and nobody has noticed. */
static void
master_restarts(struct sim *s, int master)
{
	struct router *r = &s->routers[master];
	uint64_t before = 0, after = 0;
	usec_t pause = sim_between(s, 0, r->params.interval);

	if (s->now + pause - r->fsm.at_sent > 2 * r->params.interval)
		return;
	for (int i = 0; i < s->n_routers; i++)
		before += i == master ? 0 : s->routers[i].fsm.n_become_master;
	s->rules.no_gap = true;
	router_crash(s, r);
	r->saved = true; /* and not lost with a reboot */
	sim_run(s, s->now + pause);
	router_start(s, r);
	sim_settle(s, "after a restart of the master");
	s->rules.no_gap = false;
	for (int i = 0; i < s->n_routers; i++)
		after += i == master ? 0 : s->routers[i].fsm.n_become_master;
	if (before != after || sim_master(s) != master)
		sim_violate(s, "router %d was restarted at once, and lost its role", master);
}

static void
router_cut_off(struct sim *s, struct router *r)
{
	sim_trace(s, "router %d: cut off, from the witness too", r->id);
	s->rules.calm_since = USEC_NEVER;
	s->lan.witness_cut[r->id] = r->cut_off = true;
	for (int i = 0; i < s->n_routers; i++)
		s->lan.cut[r->id][i] = s->lan.cut[i][r->id] = true;
	s->arp_owner = ARP_UNKNOWN;
	sim_settle(s, "with one cut off");
	sim_trace(s, "healed");
	r->cut_off = false;
	lan_calm(&s->lan);
	s->rules.calm_since = s->now;
	sim_settle(s, "after healing");
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
	sim_settle(s, "after healing");
}

void
sim_single_event(struct sim *s)
{
	int master = sim_master(s);

	if (master < 0)
		return;
	switch (sim_below(s, 7)) {
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
	case 4:
		master_restarts(s, master);
		break;
	case 5:
		if (s->witnessed)
			router_cut_off(s, sim_any_router(s));
		break;
	default:
		master_cut_off(s, master);
		break;
	}
}
