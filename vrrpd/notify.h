/*
 * notify.h - the commands of one instance: in order, one at a time, each with its time limit.
 */
#ifndef VRRPD_NOTIFY_H
#define VRRPD_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/usec.h"

struct event_base;
struct notify;
struct notify_lane;
struct spawn_ids;

enum notify_kind {
	NOTIFY_TELL,    /* the operator wants to know */
	NOTIFY_RESTART, /* may restart what is tracked: it is an order, see track_core.h */
	NOTIFY_HEARD,   /* as TELL, and one that waits is enough */
	NOTIFY_RECOVER, /* shall bring back what is tracked: an order too */
};

struct notify_job {
	enum notify_kind kind;
	const char *name;    /* "notify_backup" */
	const char *command; /* words or a shell line */
	const char *state;   /* "MASTER", "BACKUP", "FAULT", "STOP" */
	uint8_t priority;
	bool with_args; /* keepalived's: INSTANCE NAME STATE PRIO */
	bool of_group;  /* GROUP instead, and the priority is 0 */
};

/* Called from the event loop, never from within notify_push(). */
struct notify_calls {
	void (*on_start)(enum notify_kind kind, void *arg);
	void (*on_end)(enum notify_kind kind, bool well, void *arg);
	void (*on_change)(void *arg); /* something else waits, or runs */
	void (*on_idle)(void *arg);   /* nothing runs, nothing waits */
	void *arg;
};

/*
 * What several instances share: commands that restart the same program run one at a time, in the
 * order in which their turn came.
 */
struct notify_lane *notify_lane_new(void); /* NULL: out of memory */
void notify_lane_free(struct notify_lane **lane);

/* lane: outlives the queue. */
struct notify *notify_new(struct event_base *base, const char *instance, struct notify_lane *lane,
			  const struct notify_calls *calls, struct err *e);
void notify_free(struct notify **q); /* kills what runs, forgets what waits */
void notify_set_limits(struct notify *q, usec_t timeout, const struct spawn_ids *ids);
/* Everything is copied.  Beyond a backlog of 32 the oldest that waits is dropped. */
void notify_push(struct notify *q, const struct notify_job *job);
void notify_forget(struct notify *q, enum notify_kind kind); /* what waits, not what runs */
bool notify_idle(const struct notify *q);
bool notify_waits(const struct notify *q, enum notify_kind kind); /* does not run yet */
bool notify_has(const struct notify *q, enum notify_kind kind);   /* running or waiting */

#endif
