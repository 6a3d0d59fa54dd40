/*
 * group_commands.c - a sync group's notify_* commands, after those of its members.
 */
#include <stdlib.h>

#include "vrrpd/group_priv.h"
#include "vrrpd/herald.h"
#include "vrrpd/notify.h"
#include "vrrpd/record.h"
#include "vrrpd/track.h"

static void
push(struct group *g, enum notify_kind kind, const char *name, const char *command,
     enum vrrp_state state)
{
	struct notify_job job = {
	    .kind = kind,
	    .name = name,
	    .command = command,
	    .state = state == VRRP_INIT ? "STOP" : vrrp_state_name(state),
	    .with_args = command == g->conf->notify,
	    .of_group = true,
	};

	if (command)
		notify_push(g->notify, &job);
}

void
group_tell_state(const struct group *g)
{
	herald_group(g->world->herald, g->conf->name,
		     g->notified == VRRP_INIT ? "STOP" : vrrp_state_name(g->notified));
}

static void
mail(const struct group *g, const char *state)
{
	size_t n = record_n_kept(g->record);
	const struct mail m = {
	    .instance = g->conf->name,
	    .of_group = true,
	    .state = state,
	    .reason = n > 0 ? record_kept(g->record, n - 1)->cause : "",
	};

	if (g->conf->smtp_alert)
		herald_mail(g->world->herald, &m);
}

static void
push_all(struct group *g, enum vrrp_state state)
{
	const struct sync_conf *c = g->conf;

	switch (state) {
	case VRRP_MASTER:
		push(g, NOTIFY_RESTART, "notify_master", c->notify_master, state);
		break;
	case VRRP_BACKUP:
		push(g, NOTIFY_RESTART, "notify_backup", c->notify_backup, state);
		break;
	case VRRP_FAULT:
		push(g, NOTIFY_TELL, "notify_fault", c->notify_fault, state);
		break;
	case VRRP_INIT:
		push(g, NOTIFY_TELL, "notify_stop", c->notify_stop, state);
		break;
	}
	push(g, NOTIFY_TELL, "notify", c->notify, state);
	group_tell_state(g);
	mail(g, state == VRRP_INIT ? "STOP" : vrrp_state_name(state));
}

void
group_run_commands(struct group *g)
{
	enum vrrp_state told;

	notify_set_limits(g->notify, g->world->notify_timeout, &g->world->script_ids);
	if (g->n_members == 0)
		return;
	told = g->members[0]->fsm.notified;
	for (size_t i = 1; i < g->n_members; i++)
		if (g->members[i]->fsm.notified != told)
			return;
	if (told == g->notified)
		return;
	g->notified = told;
	push_all(g, told);
}

/* --- orders ----------------------------------------------------------------------------------- */

static void
forget_orders(struct group *g)
{
	for (size_t i = 0; i < g->n_ordered; i++)
		track_unref(&g->ordered[i]);
	free(g->ordered);
	g->ordered = NULL;
	g->n_ordered = 0;
}

static bool
is_ordered(const struct group *g, const struct track *t)
{
	for (size_t i = 0; i < g->n_ordered; i++)
		if (g->ordered[i] == t)
			return true;
	return false;
}

static void
collect_tracks(struct group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n_members; i++)
		n += g->members[i]->n_tracks;
	g->ordered = calloc(n + 1, sizeof(struct track *));
	for (size_t i = 0; g->ordered && i < g->n_members; i++)
		for (size_t k = 0; k < g->members[i]->n_tracks; k++)
			if (!is_ordered(g, g->members[i]->tracks[k]))
				g->ordered[g->n_ordered++] = track_ref(g->members[i]->tracks[k]);
}

static void
on_command_start(enum notify_kind kind, void *arg)
{
	struct group *g = arg;

	if (kind == NOTIFY_TELL)
		return;
	forget_orders(g);
	collect_tracks(g);
	for (size_t i = 0; i < g->n_ordered; i++)
		track_ordered(g->ordered[i], g->world->notify_timeout);
}

static void
on_command_end(enum notify_kind kind, bool well, void *arg)
{
	struct group *g = arg;

	if (kind == NOTIFY_TELL)
		return;
	for (size_t i = 0; i < g->n_ordered; i++)
		track_order_done(g->ordered[i], well);
	forget_orders(g);
}

/* The members are held back by their own commands, as they were before they met here. */
static void
on_commands_change(void *arg)
{
	(void)arg;
}

static void
on_commands_idle(void *arg)
{
	struct group *g = arg;

	for (size_t i = 0; i < g->n_members; i++)
		g->world->on_rest(g->members[i], g->world->arg);
}

int
group_open_commands(struct group *g, struct err *e)
{
	struct notify_calls calls = {
	    .on_start = on_command_start,
	    .on_end = on_command_end,
	    .on_change = on_commands_change,
	    .on_idle = on_commands_idle,
	    .arg = g,
	};

	g->notify = notify_new(g->world->base, g->conf->name, g->world->lane, &calls, e);
	return g->notify ? 0 : -1;
}

void
group_close_commands(struct group *g)
{
	notify_free(&g->notify);
	forget_orders(g);
}

bool
group_at_rest(const struct group *g)
{
	return notify_idle(g->notify);
}
