/*
 * group.c - a sync group's decisions carried out, its log lines, its commands.
 */
#include "vrrpd/group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/daemon.h"
#include "vrrpd/group_priv.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/record.h"

static struct sync_member
fact_of(const struct instance *in)
{
	struct sync_member m = sync_member_of(&in->fsm);

	m.in_term = in->in_term;
	m.faulty |= in->record->disabled;
	m.absent = !in->record->disabled && in->fsm.state == VRRP_INIT;
	return m;
}

/* The member that made it so, for the log. */
static const char *
cause_of(const struct group *g, const struct sync_member *m, enum vrrp_state to, char text[],
	 size_t size)
{
	if (to == VRRP_MASTER)
		return "each member may claim";
	for (size_t i = 0; i < g->n_members; i++) {
		const struct instance *in = g->members[i];

		if (to == VRRP_FAULT && m[i].faulty)
			snprintf(text, size, "%s: %s", in->conf->name,
				 in->record->disabled
				     ? "disabled by the operator"
				     : vrrp_fault_text(in->fsm.faults & ~SYNC_FAULTS));
		else if (to == VRRP_BACKUP && in->fsm.state != VRRP_MASTER)
			snprintf(text, size, "%s is %s", in->conf->name,
				 vrrp_state_name(in->fsm.state));
		else
			continue;
		return text;
	}
	return to == VRRP_INIT ? "stop" : "start";
}

static void
change_state(struct group *g, enum vrrp_state to, const struct sync_member *m)
{
	struct transition t = {.from = g->state, .to = to};
	char text[RECORD_CAUSE_MAX];
	struct timespec ts;

	if (to == g->state)
		return;
	g->state = to;
	g->at_changed = clock_boot();
	clock_gettime(CLOCK_REALTIME, &ts);
	t.wall = (int64_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
	snprintf(t.cause, sizeof(t.cause), "%s", cause_of(g, m, to, text, sizeof(text)));
	record_transition(g->record, &t);
	log_notice("sync_group %s: %s -> %s (%s), syncing its instances to %s state", g->conf->name,
		   vrrp_state_name(t.from), vrrp_state_name(t.to), t.cause, vrrp_state_name(t.to));
}

static void
tell_members(struct group *g, const struct sync_member *m, const struct sync_order *o)
{
	for (size_t i = 0; i < g->n_members; i++)
		g->members[i]->in_term = m[i].in_term;
	for (size_t i = 0; i < g->n_members; i++) {
		if (g->members[i]->sync_faults == o[i].faults)
			continue;
		g->members[i]->sync_faults = o[i].faults;
		instance_weigh(g->members[i]);
	}
	for (size_t i = 0; i < g->n_members; i++)
		if (o[i].yield)
			instance_yield(g->members[i], "with its sync group");
}

void
group_decide(struct group *g)
{
	struct sync_member *m = calloc(g->n_members + 1, sizeof(*m));
	struct sync_order *o = calloc(g->n_members + 1, sizeof(*o));

	if (m && o) {
		for (size_t i = 0; i < g->n_members; i++)
			m[i] = fact_of(g->members[i]);
		change_state(g, sync_decide(g->state, m, o, g->n_members), m);
		tell_members(g, m, o);
		group_run_commands(g);
	}
	free(m);
	free(o);
}

void
group_heard_zero(struct group *g, const struct instance *in)
{
	for (size_t i = 0; i < g->n_members; i++)
		if (g->members[i] != in && sync_shares_zero(&g->members[i]->fsm))
			instance_master_leaves(g->members[i]);
}

/* --- life ------------------------------------------------------------------------------------- */

struct group *
group_new(const struct world *w, const struct sync_conf *conf, struct err *e)
{
	struct group *g = calloc(1, sizeof(*g));
	char name[128];

	if (!g) {
		err_set(e, "sync_group %s: out of memory", conf->name);
		return NULL;
	}
	snprintf(name, sizeof(name), "sync_group %s", conf->name); /* no instance has a blank */
	g->world = w;
	g->conf = conf;
	g->at_changed = clock_boot();
	g->record = record_ref(w->records, name);
	if (!g->record)
		err_set(e, "sync_group %s: out of memory", conf->name);
	else if (group_open_commands(g, e) == 0)
		return g;
	group_free(&g);
	return NULL;
}

static void
let_go(struct instance *in)
{
	in->sync = NULL;
	in->in_term = false;
	in->sync_faults = 0;
	instance_weigh(in);
}

static bool
is_in(struct instance *const *list, size_t n, const struct instance *in)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == in)
			return true;
	return false;
}

/* Members that come from another group were told already, and no reload runs commands. */
static void
inherit_told(struct group *g)
{
	enum vrrp_state told = g->n_members > 0 ? g->members[0]->fsm.notified : VRRP_INIT;

	for (size_t i = 1; i < g->n_members; i++)
		if (g->members[i]->fsm.notified != told)
			return;
	g->notified = told;
}

void
group_set_members(struct group *g, struct instance *const *members, size_t n)
{
	struct instance **list = calloc(n + 1, sizeof(struct instance *));
	struct instance **before = g->members;
	size_t n_before = g->n_members;

	if (!list)
		return;
	g->members = list;
	g->n_members = n;
	for (size_t i = 0; i < n; i++) {
		list[i] = members[i];
		members[i]->sync = g;
		if (!members[i]->started) /* decided upon before it may claim */
			members[i]->sync_faults = 1u << VRRP_FAULT_SYNC_WAIT;
	}
	if (n_before == 0)
		inherit_told(g);
	for (size_t i = 0; i < n_before; i++)
		if (before[i]->sync == g && !is_in(list, n, before[i]))
			let_go(before[i]);
	free(before);
}

void
group_free(struct group **group)
{
	struct group *g = *group;

	if (!g)
		return;
	group_set_members(g, NULL, 0);
	group_close_commands(g);
	record_unref(&g->record);
	free(g->members);
	free(g);
	*group = NULL;
}
