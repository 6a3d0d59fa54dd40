/*
 * track.h - something that must be well for this host to be master, whatever its kind.
 *
 * track.c is what all kinds have in common: name, references, the log, what is shown.  Each kind
 * is a prober behind track_priv.h's table of operations.
 */
#ifndef VRRPD_TRACK_H
#define VRRPD_TRACK_H

#include <stdbool.h>

#include "common/err.h"
#include "common/strbuf.h"
#include "vrrpd/conf.h"
#include "vrrpd/spawn.h"
#include "vrrpd/track_fact.h"

struct event_base;
struct links;
struct track;

/* What all trackers share; the registry owns it. */
struct track_world {
	struct event_base *base;
	const struct links *links;
	struct spawn_ids script_ids; /* script_user's */
	usec_t script_slot_at;       /* the next tracker's first command: not all in one moment */
};

/* The verdict, a value or the grace changed: weigh again. */
typedef void (*track_fn)(struct track *t, void *arg);

/* tc is looked at until track_set_conf() or the end. */
struct track *track_new(struct track_world *w, const struct track_conf *tc, track_fn fn, void *arg,
			struct err *e);
/* Those who hold one while their command runs; the last one frees it. */
struct track *track_ref(struct track *t);
void track_unref(struct track **t);
void track_start(struct track *t);
/* Nothing is watched, no calls any more; for the time until the last reference is gone. */
void track_stop(struct track *t);
/* afresh: something else is watched, or otherwise; false: the same with moved memory. */
void track_set_conf(struct track *t, const struct track_conf *tc, bool afresh);

const char *track_name(const struct track *t);
struct track_fact track_now(const struct track *t);
/* A restart that we ordered begins or ends; grace is notify_timeout. */
void track_ordered(struct track *t, usec_t grace);
void track_order_done(struct track *t, bool well);
/* An interface came, went or changed. */
void track_links_changed(struct track *t);
/* A JSON object. */
void track_json(const struct track *t, struct strbuf *b);
void track_text(const struct track *t, struct strbuf *b);

#endif
