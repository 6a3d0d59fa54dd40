/*
 * notify.c - the commands of one instance: in order, one at a time, each with its time limit.
 *
 * A command is started from the event loop, never within notify_push(), so that what its start
 * leads to (trackers get an order) does not come back into the middle of a change of state.
 */
#include "vrrpd/notify.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/log.h"
#include "vrrpd/notify_output.h"
#include "vrrpd/spawn.h"

#define BACKLOG_MAX 32

struct entry {
	TAILQ_ENTRY(entry) link;
	struct notify_job job; /* command and name point behind the struct; state is static text */
	char *command;
};

TAILQ_HEAD(entry_list, entry);
TAILQ_HEAD(queue_list, notify);

struct notify_lane {
	struct queue_list queues;
	struct notify *busy; /* whose command runs */
};

struct notify {
	TAILQ_ENTRY(notify) lane_link;
	struct notify_lane *lane;
	struct event_base *base;
	char *instance;
	struct notify_calls calls;
	usec_t timeout;
	struct spawn_ids ids;
	struct notify_output *output;
	struct event *kick;
	struct entry_list waiting;
	int n_waiting;
	struct entry *running;
	struct spawn *spawn;
};

static void
free_entry(struct entry **en)
{
	if (!*en)
		return;
	free((*en)->command);
	free(*en);
	*en = NULL;
}

static void
start_soon(struct notify *q)
{
	event_active(q->kick, EV_TIMEOUT, 0);
}

static bool
needs_lane(enum notify_kind kind)
{
	return kind == NOTIFY_RESTART || kind == NOTIFY_RECOVER;
}

static void
leave_lane(struct notify *q)
{
	struct notify *other;

	if (q->lane->busy != q)
		return;
	q->lane->busy = NULL;
	TAILQ_FOREACH (other, &q->lane->queues, lane_link)
		if (!TAILQ_EMPTY(&other->waiting))
			start_soon(other);
}

static void
job_done(struct notify *q, bool well)
{
	enum notify_kind kind = q->running->job.kind;

	free_entry(&q->running);
	leave_lane(q);
	start_soon(q);
	q->calls.on_end(kind, well, q->calls.arg);
}

static void
on_ended(const struct spawn_end *end, void *arg)
{
	struct notify *q = arg;
	const struct notify_job *job = &q->running->job;

	q->spawn = NULL; /* freed itself */
	notify_output_flush(q->output);
	if (end->timeout)
		log_warn("%s: %s took longer than %lld ms and was ended: %s", q->instance,
			 job->name, (long long)(q->timeout / USEC_PER_MS), end->text);
	else if (!end->well)
		log_warn("%s: %s failed: %s", q->instance, job->name, end->text);
	else
		log_info("%s: %s done", q->instance, job->name);
	job_done(q, end->well);
}

/* What keepalived appends, and the same as environment. */
static struct spawn *
start_job(struct notify *q, const struct notify_job *job, struct err *e)
{
	struct spawn_order o = {
	    .command = job->command,
	    .output_fd = notify_output_fd(q->output),
	    .timeout = q->timeout,
	    .ids = q->ids,
	};
	const char *what = job->of_group ? "GROUP" : "INSTANCE";
	char priority[8], env[3][128];

	snprintf(priority, sizeof(priority), "%d", job->priority);
	snprintf(env[0], sizeof(env[0]), "VRRP_%s=%s", what, q->instance);
	snprintf(env[1], sizeof(env[1]), "VRRP_STATE=%s", job->state);
	snprintf(env[2], sizeof(env[2]), "VRRP_PRIORITY=%s", priority);
	for (int i = 0; i < 3; i++)
		o.env[i] = env[i];
	if (job->with_args) {
		o.args[0] = what;
		o.args[1] = q->instance;
		o.args[2] = job->state;
		o.args[3] = priority;
	}
	return spawn_start(q->base, &o, on_ended, q, e);
}

static void
start_next(struct notify *q)
{
	struct err e;

	q->running = TAILQ_FIRST(&q->waiting);
	TAILQ_REMOVE(&q->waiting, q->running, link);
	q->n_waiting--;
	if (needs_lane(q->running->job.kind))
		q->lane->busy = q;
	log_info("%s: %s: %s", q->instance, q->running->job.name, q->running->command);
	q->calls.on_start(q->running->job.kind, q->calls.arg);
	q->spawn = start_job(q, &q->running->job, &e);
	if (q->spawn)
		return;
	log_warn("%s: %s could not be started: %s", q->instance, q->running->job.name, e.text);
	job_done(q, false);
}

static bool
may_start(const struct notify *q)
{
	return !needs_lane(TAILQ_FIRST(&q->waiting)->job.kind) || !q->lane->busy;
}

static void
on_kick(evutil_socket_t fd, short what, void *arg)
{
	struct notify *q = arg;

	(void)fd;
	(void)what;
	if (!q->running && !TAILQ_EMPTY(&q->waiting) && may_start(q))
		start_next(q);
	q->calls.on_change(q->calls.arg);
	if (notify_idle(q))
		q->calls.on_idle(q->calls.arg); /* may free q: last */
}

struct notify_lane *
notify_lane_new(void)
{
	struct notify_lane *lane = calloc(1, sizeof(*lane));

	if (lane)
		TAILQ_INIT(&lane->queues);
	return lane;
}

void
notify_lane_free(struct notify_lane **lane)
{
	free(*lane);
	*lane = NULL;
}

struct notify *
notify_new(struct event_base *base, const char *instance, struct notify_lane *lane,
	   const struct notify_calls *calls, struct err *e)
{
	struct notify *q = calloc(1, sizeof(*q));

	if (!q) {
		err_set(e, "out of memory");
		return NULL;
	}
	TAILQ_INIT(&q->waiting);
	TAILQ_INSERT_TAIL(&lane->queues, q, lane_link);
	q->lane = lane;
	q->base = base;
	q->calls = *calls;
	q->instance = strdup(instance);
	q->kick = event_new(base, -1, 0, on_kick, q);
	q->output = notify_output_new(base, instance, e);
	if (q->instance && q->kick && q->output)
		return q;
	if (q->output)
		err_set(e, "out of memory");
	notify_free(&q);
	return NULL;
}

static void
drop(struct notify *q, struct entry *en)
{
	TAILQ_REMOVE(&q->waiting, en, link);
	q->n_waiting--;
	free_entry(&en);
}

void
notify_free(struct notify **queue)
{
	struct notify *q = *queue;
	struct entry *en, *next;

	if (!q)
		return;
	spawn_kill(&q->spawn);
	leave_lane(q);
	TAILQ_REMOVE(&q->lane->queues, q, lane_link);
	for (en = TAILQ_FIRST(&q->waiting); en; en = next) {
		next = TAILQ_NEXT(en, link);
		free_entry(&en);
	}
	free_entry(&q->running);
	notify_output_free(&q->output);
	if (q->kick)
		event_free(q->kick);
	free(q->instance);
	free(q);
	*queue = NULL;
}

void
notify_set_limits(struct notify *q, usec_t timeout, const struct spawn_ids *ids)
{
	q->timeout = timeout;
	q->ids = *ids;
}

void
notify_push(struct notify *q, const struct notify_job *job)
{
	struct entry *en = calloc(1, sizeof(*en));

	if (!en || !(en->command = strdup(job->command))) {
		log_err("%s: %s not run: out of memory", q->instance, job->name);
		free(en);
		return;
	}
	en->job = *job;
	en->job.command = en->command;
	if (q->n_waiting >= BACKLOG_MAX) {
		log_warn("%s: more than %d commands wait, %s is dropped", q->instance, BACKLOG_MAX,
			 TAILQ_FIRST(&q->waiting)->job.name);
		drop(q, TAILQ_FIRST(&q->waiting));
	}
	TAILQ_INSERT_TAIL(&q->waiting, en, link);
	q->n_waiting++;
	start_soon(q);
}

void
notify_forget(struct notify *q, enum notify_kind kind)
{
	struct entry *en = TAILQ_FIRST(&q->waiting);

	while (en) {
		struct entry *next = TAILQ_NEXT(en, link);

		if (en->job.kind == kind)
			drop(q, en);
		en = next;
	}
}

bool
notify_idle(const struct notify *q)
{
	return !q->running && TAILQ_EMPTY(&q->waiting);
}

bool
notify_waits(const struct notify *q, enum notify_kind kind)
{
	const struct entry *en;

	TAILQ_FOREACH (en, &q->waiting, link)
		if (en->job.kind == kind)
			return true;
	return false;
}

bool
notify_has(const struct notify *q, enum notify_kind kind)
{
	return (q->running && q->running->job.kind == kind) || notify_waits(q, kind);
}
