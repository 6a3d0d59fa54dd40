/*
 * instance_recover.c - the commands of an instance: notify_* at changes of state, and `recover`.
 *
 * Commands that may restart what is tracked are orders: the trackers give grace while they run.
 * `recover` is retried from FAULT with growing pauses, through the same queue as the rest.
 */
#include <event2/event.h>
#include <stdlib.h>

#include "common/daemon.h"
#include "vrrpd/herald.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/notify.h"
#include "vrrpd/track.h"

/* Healthy for so long: the next failure is a new one, healed without delay. */
#define HEALED_AFTER (60 * USEC_PER_SEC)

#define TRACK_FAULTS (1u << VRRP_FAULT_TRACK | 1u << VRRP_FAULT_TRACK_DEAD)
#define HOST_FAULTS  (1u << VRRP_FAULT_LINK | 1u << VRRP_FAULT_NO_SOURCE | 1u << VRRP_FAULT_NO_VIPS)

void
instance_arm(struct event *timer, usec_t delay)
{
	usec_t d = delay > 0 ? delay : 0;
	struct timeval tv = {.tv_sec = d / USEC_PER_SEC, .tv_usec = d % USEC_PER_SEC};

	evtimer_add(timer, &tv);
}

/* As the commands are told. */
static const char *
state_word(const struct instance *in, enum vrrp_state state)
{
	if (state != VRRP_INIT)
		return vrrp_state_name(state);
	return in->deleted ? "DELETED" : "STOP";
}

static void
push(struct instance *in, enum notify_kind kind, const char *name, const char *command,
     enum vrrp_state state)
{
	struct notify_job job = {
	    .kind = kind,
	    .name = name,
	    .command = command,
	    .state = state_word(in, state),
	    .priority = in->fsm.priority,
	    .with_args = command == in->conf->notify,
	};

	if (command)
		notify_push(in->notify, &job);
}

static void
mail(struct instance *in, enum vrrp_state state)
{
	size_t n = record_n_kept(in->record);
	const struct mail m = {
	    .instance = in->conf->name,
	    .state = state_word(in, state),
	    .priority = in->fsm.priority,
	    .reason = n > 0 ? record_kept(in->record, n - 1)->cause : "",
	};

	if (in->conf->smtp_alert)
		herald_mail(in->world->herald, &m);
}

void
instance_tell_state(const struct instance *in)
{
	herald_state(in->world->herald, in->conf->name, state_word(in, in->fsm.state),
		     in->fsm.priority);
}

void
instance_tell_priority(struct instance *in)
{
	const char *word = in->fsm.state == VRRP_MASTER ? "MASTER_PRIORITY" : "BACKUP_PRIORITY";

	if (!in->conf->notify_priority_changes ||
	    (in->fsm.state != VRRP_MASTER && in->fsm.state != VRRP_BACKUP))
		return;
	herald_state(in->world->herald, in->conf->name, word, in->fsm.priority);
}

void
instance_run_commands(struct instance *in, enum vrrp_state state)
{
	const struct instance_conf *ic = in->conf;

	switch (state) {
	case VRRP_MASTER:
		push(in, NOTIFY_RESTART, "notify_master", ic->notify_master, state);
		break;
	case VRRP_BACKUP:
		push(in, NOTIFY_RESTART, "notify_backup", ic->notify_backup, state);
		break;
	case VRRP_FAULT:
		push(in, NOTIFY_TELL, "notify_fault", ic->notify_fault, state);
		break;
	case VRRP_INIT:
		if (in->deleted && ic->notify_deleted)
			push(in, NOTIFY_TELL, "notify_deleted", ic->notify_deleted, state);
		else
			push(in, NOTIFY_TELL, "notify_stop", ic->notify_stop, state);
		break;
	}
	push(in, NOTIFY_TELL, "notify", ic->notify, state);
	herald_state(in->world->herald, ic->name, state_word(in, state), in->fsm.priority);
	mail(in, state);
}

void
instance_heard_lower(struct instance *in)
{
	const char *command = in->conf->notify_master_rx_lower_pri;

	if (!notify_has(in->notify, NOTIFY_HEARD)) /* a rival may speak a hundred times a second */
		push(in, NOTIFY_HEARD, "notify_master_rx_lower_pri", command, VRRP_MASTER);
}

/* --- orders ----------------------------------------------------------------------------------- */

void
instance_forget_orders(struct instance *in)
{
	for (size_t i = 0; i < in->n_ordered; i++)
		track_unref(&in->ordered[i]);
	free(in->ordered);
	in->ordered = NULL;
	in->n_ordered = 0;
}

static bool
is_order(enum notify_kind kind)
{
	return kind == NOTIFY_RESTART || kind == NOTIFY_RECOVER;
}

/* Who became master before its proxyd is restarted would lose all connections a moment later. */
bool
instance_restart_waits(const struct instance *in)
{
	bool asks_proxyd = false;

	for (size_t i = 0; i < in->conf->n_tracks; i++)
		asks_proxyd |= in->conf->tracks[i].weight == 0 &&
			       in->conf->tracks[i].track->kind == TRACK_SOCKET;
	return asks_proxyd && notify_waits(in->notify, NOTIFY_RESTART);
}

static void
on_command_start(enum notify_kind kind, void *arg)
{
	struct instance *in = arg;

	if (!is_order(kind))
		return;
	instance_forget_orders(in);
	in->ordered = calloc(in->n_tracks + 1, sizeof(struct track *));
	if (!in->ordered)
		return;
	for (size_t i = 0; i < in->n_tracks; i++)
		in->ordered[in->n_ordered++] = track_ref(in->tracks[i]);
	for (size_t i = 0; i < in->n_ordered; i++)
		track_ordered(in->ordered[i], in->world->notify_timeout);
}

static void
on_command_end(enum notify_kind kind, bool well, void *arg)
{
	struct instance *in = arg;

	if (!is_order(kind))
		return;
	for (size_t i = 0; i < in->n_ordered; i++)
		track_order_done(in->ordered[i], well);
	instance_forget_orders(in);
	instance_check_recover(in, in->fsm.state);
}

static void
on_commands_change(void *arg)
{
	instance_weigh(arg);
}

static void
on_commands_idle(void *arg)
{
	struct instance *in = arg;

	in->world->on_rest(in, in->world->arg);
}

/* --- healing ---------------------------------------------------------------------------------- */

static bool
can_be_healed(const struct instance *in)
{
	return in->conf->recover && in->fsm.state == VRRP_FAULT &&
	       (in->fsm.faults & TRACK_FAULTS) && !(in->fsm.faults & HOST_FAULTS);
}

static void
on_recover_due(evutil_socket_t fd, short what, void *arg)
{
	struct instance *in = arg;

	(void)fd;
	(void)what;
	if (!can_be_healed(in) || notify_has(in->notify, NOTIFY_RECOVER))
		return;
	in->n_recovers++;
	push(in, NOTIFY_RECOVER, "recover", in->conf->recover, VRRP_FAULT);
}

void
instance_check_recover(struct instance *in, enum vrrp_state before)
{
	if (before == VRRP_FAULT && in->fsm.state != VRRP_FAULT)
		in->at_healthy = clock_boot();
	if (!can_be_healed(in)) {
		evtimer_del(in->recover_timer);
		notify_forget(in->notify, NOTIFY_RECOVER); /* it would restart what is well */
		return;
	}
	if (before != VRRP_FAULT && clock_boot() - in->at_healthy >= HEALED_AFTER)
		in->n_recovers = 0;
	if (!evtimer_pending(in->recover_timer, NULL) && !notify_has(in->notify, NOTIFY_RECOVER))
		instance_arm(in->recover_timer, track_recover_delay(in->n_recovers));
}

int
instance_open_commands(struct instance *in, struct err *e)
{
	struct notify_calls calls = {
	    .on_start = on_command_start,
	    .on_end = on_command_end,
	    .on_change = on_commands_change,
	    .on_idle = on_commands_idle,
	    .arg = in,
	};

	in->recover_timer = evtimer_new(in->world->base, on_recover_due, in);
	if (!in->recover_timer)
		return err_set(e, "instance %s: out of memory", in->conf->name);
	in->notify = notify_new(in->world->base, in->conf->name, in->world->lane, &calls, e);
	if (!in->notify)
		return -1;
	notify_set_limits(in->notify, in->world->notify_timeout, &in->world->script_ids);
	return 0;
}
