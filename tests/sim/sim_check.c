/*
 * sim_check.c - what must hold at every instant, and what must hold after quiet.
 */
#include "tests/sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* An advert that is on its way when the clock of a rule runs out. */
#define TRAVEL(s) (2 * (s)->lan.delay_max + USEC_PER_MS)

void
sim_violate(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (s->violated)
		return;
	s->violated = true;
	va_start(ap, fmt);
	vsnprintf(s->violation, sizeof(s->violation), fmt, ap);
	va_end(ap);
	sim_trace(s, "VIOLATION: %s", s->violation);
}

usec_t
sim_down_max(const struct sim *s)
{
	return vrrp_down_interval(&s->routers[0].params, s->interval_max, 1);
}

usec_t
sim_patience(const struct sim *s)
{
	usec_t skew = vrrp_skew(s->version, s->interval_max, 1) + 100 * USEC_PER_MS;

	return skew > USEC_PER_SEC ? skew : USEC_PER_SEC;
}

int
sim_master(const struct sim *s)
{
	int master = -1;

	for (int i = 0; i < s->n_routers; i++) {
		if (!s->routers[i].running || s->routers[i].fsm.state != VRRP_MASTER)
			continue;
		if (master >= 0)
			return -1;
		master = i;
	}
	return master;
}

void
check_step(struct sim *s, const struct router *r, const struct vrrp_out *out)
{
	const struct vrrp_fsm *f = &r->fsm;

	if (f->state == VRRP_MASTER && (f->faults & ~(FAULT(NOT_READY) | FAULT(UNWITNESSED))))
		sim_violate(s, "router %d is master in spite of a fault", r->id);
	if (r->running && vrrp_fsm_holds_vips(f) != r->has_vip)
		sim_violate(s, "router %d: VIP %d, but it should be %d", r->id, r->has_vip,
			    vrrp_fsm_holds_vips(f));
	if ((out->actions & VRRP_ACT_STOPPED) && (r->has_vip || f->state != VRRP_INIT))
		sim_violate(s, "router %d stopped with the VIP", r->id);
	if ((out->actions & VRRP_ACT_NOTIFY) && out->notify != f->state)
		sim_violate(s, "router %d: notified of a state that is over", r->id);
	if ((out->actions & VRRP_ACT_NOTIFY) && f->leaving)
		sim_violate(s, "router %d: notified while it still serves", r->id);
	if (s->rules.no_displacing && r->id != s->rules.returning &&
	    (out->actions & VRRP_ACT_LOG) && out->from == VRRP_MASTER && out->to == VRRP_BACKUP)
		sim_violate(s, "nopreempt: router %d was displaced (%s)", r->id, out->reason);
}

static int
count_holders(const struct sim *s)
{
	int n = 0;

	for (int i = 0; i < s->n_routers; i++)
		n += router_holds(s, &s->routers[i]);
	return n;
}

/* Whom neither witness nor peer can reach. */
static bool
is_alone(const struct sim *s, const struct router *r)
{
	if (!s->witnessed || !s->lan.witness_cut[r->id] || !r->running || r->paused)
		return false;
	for (int i = 0; i < s->n_routers; i++)
		if (i != r->id && s->routers[i].running && !s->lan.cut[i][r->id])
			return false;
	return true;
}

static void
check_alone(struct sim *s)
{
	for (int i = 0; i < s->n_routers; i++) {
		struct router *r = &s->routers[i];

		if (!is_alone(s, r))
			r->alone_since = USEC_NEVER;
		else if (r->alone_since == USEC_NEVER)
			r->alone_since = s->now;
		else if (router_holds(s, r) &&
			 s->now - r->alone_since > s->probe_gap + sim_down_max(s) + TRAVEL(s))
			sim_violate(s, "router %d is alone, and holds the VIP", i);
	}
}

void
check_now(struct sim *s)
{
	struct rules *ru = &s->rules;
	int n = count_holders(s);
	usec_t since;

	check_alone(s);
	if (ru->no_gap && n == 0)
		sim_violate(s, "nobody holds the VIP");
	if (n < 2) {
		ru->dual_since = USEC_NEVER;
		return;
	}
	if (ru->dual_since == USEC_NEVER)
		ru->dual_since = s->now;
	if (ru->calm_since == USEC_NEVER)
		return;
	since = ru->dual_since > ru->calm_since ? ru->dual_since : ru->calm_since;
	if (s->now - since > sim_down_max(s) + TRAVEL(s))
		sim_violate(s, "%d holders of the VIP for %lld us in quiet", n,
			    (long long)(s->now - since));
}

/* Without nopreempt the best router is master, unless the role was given away on purpose. */
static void
check_best(struct sim *s, const struct router *m, const char *when)
{
	for (int i = 0; i < s->n_routers; i++) {
		const struct router *r = &s->routers[i];

		if (router_fit(r) && !r->fsm.yielded && r->fsm.priority > m->fsm.priority)
			sim_violate(s, "%s: router %d (%d) is master, router %d (%d) is better",
				    when, m->id, m->fsm.priority, r->id, r->fsm.priority);
	}
}

static void
check_agreement(struct sim *s, const struct router *m, const char *when)
{
	for (int i = 0; i < s->n_routers; i++) {
		const struct router *r = &s->routers[i];

		if (r == m || !router_fit(r))
			continue;
		if (r->fsm.state != VRRP_BACKUP || r->fsm.leaving)
			sim_violate(s, "%s: router %d is %s", when, r->id,
				    vrrp_state_name(r->fsm.state));
		else if (!addr_ip_equal(&r->fsm.active, &m->wire.src))
			sim_violate(s, "%s: router %d does not follow the master", when, r->id);
	}
}

void
check_settled(struct sim *s, const char *when)
{
	int master = sim_master(s);
	int n_fit = 0;

	for (int i = 0; i < s->n_routers; i++)
		n_fit += router_fit(&s->routers[i]);
	if (s->violated || n_fit == 0)
		return;
	if (master < 0) {
		sim_violate(s, "%s: not exactly one master", when);
		return;
	}
	if (count_holders(s) != 1 || !router_holds(s, &s->routers[master]))
		sim_violate(s, "%s: %d holders of the VIP", when, count_holders(s));
	if (s->arp_owner != ARP_UNKNOWN && s->arp_owner != master)
		sim_violate(s, "%s: the LAN was last told that router %d has the VIP, not %d", when,
			    s->arp_owner, master);
	check_agreement(s, &s->routers[master], when);
	if (!s->nopreempt)
		check_best(s, &s->routers[master], when);
}
