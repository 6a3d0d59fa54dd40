/*
 * lag.c - how late this process acts: the worst delay of its own timers, and its stalls.
 *
 * Timers of the instances report their own delay; a tick of its own sees what happens between them.
 * The election judges for itself whether it slept too long (fsm_guard.c): this is for the operator.
 */
#include "vrrpd/lag.h"

#include <event2/event.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/daemon.h"
#include "common/json.h"
#include "common/log.h"
#include "vrrpd/peak.h"

#define TICK_MIN (100 * USEC_PER_MS)

struct lag {
	struct event *tick;
	usec_t period;
	usec_t stall;
	usec_t at_due; /* the tick */
	usec_t at_stall;
	struct peak peak;
	uint64_t n_stalls;
	struct log_limit limit;
};

static void
arm(struct lag *l)
{
	struct timeval tv = {.tv_sec = l->period / USEC_PER_SEC,
			     .tv_usec = l->period % USEC_PER_SEC};

	l->at_due = clock_boot() + l->period;
	evtimer_add(l->tick, &tv);
}

void
lag_note(struct lag *l, usec_t at_due)
{
	usec_t now = clock_boot(), late = now - at_due;
	unsigned skipped;

	peak_note(&l->peak, late, now);
	/* one stall is seen by several timers */
	if (late <= l->stall || at_due < l->at_stall)
		return;
	l->at_stall = now;
	l->n_stalls++;
	if (log_limit_pass(&l->limit, clock_now(), &skipped))
		log_warn("got no time for %.3f s: this host, or this process, was stopped or "
			 "overloaded",
			 (double)late / (double)USEC_PER_SEC);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct lag *l = arg;

	(void)fd;
	(void)what;
	lag_note(l, l->at_due);
	arm(l);
}

struct lag *
lag_new(struct event_base *base, struct err *e)
{
	struct lag *l = calloc(1, sizeof(*l));

	if (l) {
		l->period = l->stall = USEC_PER_SEC;
		l->tick = evtimer_new(base, on_tick, l);
	}
	if (l && l->tick) {
		arm(l);
		return l;
	}
	err_set(e, "out of memory");
	lag_free(&l);
	return NULL;
}

void
lag_free(struct lag **l)
{
	if (!*l)
		return;
	if ((*l)->tick)
		event_free((*l)->tick);
	free(*l);
	*l = NULL;
}

void
lag_set(struct lag *l, usec_t interval, usec_t stall)
{
	l->period = interval > TICK_MIN ? interval : TICK_MIN;
	l->stall = stall;
	arm(l);
}

usec_t
lag_max(const struct lag *l)
{
	return l->peak.max;
}

usec_t
lag_recent(const struct lag *l)
{
	return peak_recent(&l->peak, clock_boot());
}

uint64_t
lag_stalls(const struct lag *l)
{
	return l->n_stalls;
}

void
lag_text(const struct lag *l, struct strbuf *b)
{
	strbuf_addf(b, "loop: at most %.1f ms late, %.1f ms in the last minute, %llu stalls",
		    (double)l->peak.max / (double)USEC_PER_MS,
		    (double)lag_recent(l) / (double)USEC_PER_MS, (unsigned long long)l->n_stalls);
	if (l->n_stalls)
		strbuf_addf(b, ", the last ended %.1f s ago",
			    (double)(clock_boot() - l->at_stall) / (double)USEC_PER_SEC);
	strbuf_adds(b, "\n");
}

void
lag_json(const struct lag *l, struct strbuf *b)
{
	json_open(b, "loop", '{');
	json_int(b, "max_lag_us", l->peak.max);
	json_int(b, "recent_lag_us", lag_recent(l));
	json_u64(b, "stalls", l->n_stalls);
	json_close(b, '}');
}
