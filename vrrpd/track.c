/*
 * track.c - what all kinds of trackers have in common: life, references, log, show.
 *
 * A prober that is stopped is closed at once; its track stays for those who hold a reference, and
 * says from then on what it knew last.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/daemon.h"
#include "common/log.h"
#include "vrrpd/track_priv.h"

static const struct track_ops *const all_ops[TRACK_N_KINDS] = {
    [TRACK_SOCKET] = &track_socket_ops,       [TRACK_SCRIPT] = &track_script_ops,
    [TRACK_INTERFACE] = &track_interface_ops, [TRACK_PROCESS] = &track_process_ops,
    [TRACK_FILE] = &track_file_ops,           [TRACK_GATEWAY] = &track_gateway_ops,
};

void
track_arm(struct event *timer, usec_t at)
{
	usec_t left = at - clock_now();
	struct timeval tv;

	if (at == USEC_NEVER) {
		evtimer_del(timer);
		return;
	}
	left = left > 0 ? left : 0;
	tv = (struct timeval){.tv_sec = left / USEC_PER_SEC, .tv_usec = left % USEC_PER_SEC};
	evtimer_add(timer, &tv);
}

struct track_fact
track_now(const struct track *t)
{
	struct track_fact fact = t->logged;

	if (t->probe)
		t->ops->fact(t->probe, &fact);
	return fact;
}

static bool
says_something_new(const struct track_fact *a, const struct track_fact *b)
{
	return a->verdict != b->verdict || (b->has_value && a->value != b->value);
}

static void
log_fact(struct track *t, const struct track_fact *fact)
{
	const char *name = track_verdict_name(fact->verdict);

	if (fact->in_grace) {
		log_info("%s: %s, a restart of ours is under way", t->name, name);
		return;
	}
	if (!says_something_new(&t->logged, fact)) /* only the grace is over */
		return;
	if (fact->has_value && fact->verdict == TRACK_OK)
		log_notice("%s: %d%s%s%s", t->name, fact->value, *fact->reason ? " (" : "",
			   fact->reason, *fact->reason ? ")" : "");
	else if (fact->verdict == TRACK_DEAD || fact->verdict == TRACK_FAILING)
		log_warn("%s: %s (%s)", t->name, name, fact->reason);
	else
		log_notice("%s: %s", t->name, name);
	t->logged = *fact;
}

void
track_changed(struct track *t)
{
	struct track_fact fact = track_now(t);

	log_fact(t, &fact);
	t->fn(t, t->arg);
}

/* --- life ------------------------------------------------------------------------------------- */

struct track *
track_new(struct track_world *w, const struct track_conf *tc, track_fn fn, void *arg, struct err *e)
{
	struct track *t = calloc(1, sizeof(*t));

	if (t) {
		t->world = w;
		t->conf = tc;
		t->fn = fn;
		t->arg = arg;
		t->refs = 1;
		t->logged.reason = "";
		t->name = strdup(tc->name);
		t->ops = all_ops[tc->kind];
		t->probe = t->name ? t->ops->open(t) : NULL;
	}
	if (t && t->probe)
		return t;
	err_set(e, "track %s: out of memory", tc->name);
	if (t)
		free(t->name);
	free(t);
	return NULL;
}

struct track *
track_ref(struct track *t)
{
	t->refs++;
	return t;
}

static void
close_probe(struct track *t)
{
	if (t->probe)
		t->ops->close(t->probe);
	t->probe = NULL;
}

void
track_unref(struct track **track)
{
	struct track *t = *track;

	*track = NULL;
	if (!t || --t->refs > 0)
		return;
	close_probe(t);
	free(t->name);
	free(t);
}

void
track_start(struct track *t)
{
	t->ops->start(t->probe);
}

void
track_stop(struct track *t)
{
	t->logged = track_now(t);
	t->stopped = true;
	close_probe(t);
}

void
track_set_conf(struct track *t, const struct track_conf *tc, bool afresh)
{
	t->conf = tc;
	if (!afresh || t->stopped)
		return;
	close_probe(t);
	t->logged = (struct track_fact){.reason = ""};
	t->ops = all_ops[tc->kind];
	t->probe = t->ops->open(t);
	if (t->probe)
		track_start(t);
	else
		log_err("track %s: out of memory, it is not watched", t->name);
	t->fn(t, t->arg); /* not known at the moment */
}

const char *
track_name(const struct track *t)
{
	return t->name;
}

void
track_ordered(struct track *t, usec_t grace)
{
	if (t->probe && t->ops->ordered)
		t->ops->ordered(t->probe, grace);
}

void
track_order_done(struct track *t, bool well)
{
	if (t->probe && t->ops->order_done)
		t->ops->order_done(t->probe, well);
}

void
track_links_changed(struct track *t)
{
	if (t->probe && t->ops->links_changed)
		t->ops->links_changed(t->probe);
}

/* --- show ------------------------------------------------------------------------------------- */

void
track_json_text(struct strbuf *b, const char *key, const char *value)
{
	strbuf_addf(b, ",\"%s\":", key);
	strbuf_add_json(b, value);
}

void
track_json_number(struct strbuf *b, const char *key, int64_t value)
{
	strbuf_addf(b, ",\"%s\":%lld", key, (long long)value);
}

void
track_json(const struct track *t, struct strbuf *b)
{
	struct track_fact fact = track_now(t);

	strbuf_adds(b, "{\"name\":");
	strbuf_add_json(b, t->name);
	track_json_text(b, "kind", track_kind_name(t->conf->kind));
	track_json_number(b, "weight", t->conf->weight);
	strbuf_addf(b, ",\"reverse\":%s", t->conf->reverse ? "true" : "false");
	track_json_text(b, "verdict", track_verdict_name(fact.verdict));
	track_json_text(b, "reason", fact.reason);
	strbuf_addf(b, ",\"in_grace\":%s", fact.in_grace ? "true" : "false");
	if (fact.has_value)
		track_json_number(b, "value", fact.value);
	if (t->probe)
		t->ops->json(t->probe, b);
	strbuf_adds(b, "}");
}

void
track_text(const struct track *t, struct strbuf *b)
{
	struct track_fact fact = track_now(t);

	strbuf_addf(b, "track %s: %s", t->name, track_verdict_name(fact.verdict));
	if (fact.has_value)
		strbuf_addf(b, ", value %d", fact.value);
	if (*fact.reason)
		strbuf_addf(b, " (%s)", fact.reason);
	if (fact.in_grace)
		strbuf_adds(b, ", a restart of ours is under way");
	strbuf_addf(b, "\n  %s, weight %d%s, ", track_kind_name(t->conf->kind), t->conf->weight,
		    t->conf->reverse ? " reverse" : "");
	if (t->probe)
		t->ops->text(t->probe, b);
	strbuf_adds(b, "\n");
}
