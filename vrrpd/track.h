/*
 * track.h - the kept connection to proxyd's control socket; track_core judges what it hears.
 */
#ifndef VRRPD_TRACK_H
#define VRRPD_TRACK_H

#include <stdbool.h>

#include "common/err.h"
#include "common/strbuf.h"
#include "vrrpd/conf.h"
#include "vrrpd/track_core.h"

struct event_base;
struct track;

/* The verdict or the grace changed: weigh again. */
typedef void (*track_fn)(struct track *t, void *arg);

/* tc is looked at until track_set_conf() or the end. */
struct track *track_new(struct event_base *base, const struct track_conf *tc, track_fn fn,
			void *arg, struct err *e);
/* Those who hold one while their command runs; the last one frees it. */
struct track *track_ref(struct track *t);
void track_unref(struct track **t);
void track_start(struct track *t);
/* No connection, no calls any more; for the time until the last reference is gone. */
void track_stop(struct track *t);
/* afresh: another socket or other timing, start over; false: the same with moved memory. */
void track_set_conf(struct track *t, const struct track_conf *tc, bool afresh);

const char *track_name(const struct track *t);
const struct track_state *track_now(const struct track *t);
/* A restart that we ordered begins or ends; grace is notify_timeout. */
void track_ordered(struct track *t, usec_t grace);
void track_order_done(struct track *t, bool well);
/* A JSON object. */
void track_json(const struct track *t, struct strbuf *b);
void track_text(const struct track *t, struct strbuf *b);

#endif
