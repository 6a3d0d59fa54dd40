/*
 * track_script.c - a command whose exit status says whether all is well; script_core.c decides.
 *
 * Its output is nobody's: it goes to /dev/null, as keepalived does it.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/daemon.h"
#include "common/log.h"
#include "vrrpd/script_core.h"
#include "vrrpd/spawn.h"
#include "vrrpd/track_priv.h"

/* Between the first commands of two trackers: starting one takes a millisecond of ours. */
#define SLOT (2 * USEC_PER_MS)

struct probe {
	struct track *track;
	struct script_state state;
	struct event *timer;
	struct spawn *spawn;
	struct spawn_ids ids;
	struct log_limit limit;
	char last[64]; /* how the last one ended */
};

static void feed(struct probe *p, enum script_event ev);

static void
on_end(const struct spawn_end *end, void *arg)
{
	struct probe *p = arg;

	p->spawn = NULL; /* freed itself */
	snprintf(p->last, sizeof(p->last), "%s", end->text);
	if (!end->well)
		log_debug("%s: %s", p->track->name, end->text);
	feed(p, end->well ? SCRIPT_EV_WELL : SCRIPT_EV_BADLY);
}

static bool
run(struct probe *p)
{
	const struct track_conf *tc = p->track->conf;
	struct spawn_order o = {
	    .command = tc->script,
	    .output_fd = -1,
	    .timeout = tc->timing.timeout,
	    .ids = tc->user ? p->ids : p->track->world->script_ids,
	};
	unsigned skipped;
	struct err e;

	p->spawn = spawn_start(p->track->world->base, &o, on_end, p, &e);
	if (p->spawn)
		return true;
	if (log_limit_pass(&p->limit, clock_now(), &skipped))
		log_warn("%s: %s", p->track->name, e.text);
	return false;
}

static void
feed(struct probe *p, enum script_event ev)
{
	const struct track_params *params = &p->track->conf->timing;
	unsigned wishes = script_step(&p->state, params, ev, clock_now());

	if ((wishes & SCRIPT_DO_RUN) && !run(p))
		wishes |= script_step(&p->state, params, SCRIPT_EV_NOT_STARTED, clock_now());
	track_arm(p->timer, script_deadline(&p->state));
	if (wishes & SCRIPT_DO_TELL)
		track_changed(p->track);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	feed(arg, SCRIPT_EV_TICK);
}

/* --- the prober ------------------------------------------------------------------------------- */

static void *
script_open(struct track *track)
{
	struct probe *p = calloc(1, sizeof(*p));
	struct err e;

	if (!p)
		return NULL;
	p->track = track;
	p->timer = evtimer_new(track->world->base, on_timer, p);
	if (!p->timer) {
		free(p);
		return NULL;
	}
	/* that it exists was checked with the configuration; nobody runs as root by accident */
	if (track->conf->user && spawn_find_ids(track->conf->user, &p->ids, &e) < 0) {
		log_err("%s: %s, it runs as nobody", track->name, e.text);
		p->ids = (struct spawn_ids){.is_set = true, .uid = 65534, .gid = 65534};
	}
	return p;
}

static void
script_start(void *probe)
{
	struct probe *p = probe;
	struct track_world *w = p->track->world;
	usec_t now = clock_now(), at = w->script_slot_at > now ? w->script_slot_at : now;

	w->script_slot_at = at + SLOT;
	script_init(&p->state, p->track->conf->init_fail, at);
	track_arm(p->timer, at);
}

static void
script_close(void *probe)
{
	struct probe *p = probe;

	spawn_kill(&p->spawn);
	event_free(p->timer);
	free(p);
}

static void
script_fact(const void *probe, struct track_fact *out)
{
	const struct verdict *v = &((const struct probe *)probe)->state.verdict;

	*out = (struct track_fact){.verdict = v->now, .reason = v->reason ? v->reason : ""};
}

/* What we restart ourselves is away for a moment; a backup is not held back for it. */
static void
script_ordered(void *probe, usec_t grace)
{
	struct probe *p = probe;

	(void)grace;
	p->state.n_excused++;
}

static void
script_order_done(void *probe, bool well)
{
	struct probe *p = probe;

	(void)well;
	p->state.n_excused -= p->state.n_excused > 0;
}

static void
script_text(const void *probe, struct strbuf *b)
{
	const struct probe *p = probe;
	const struct script_state *s = &p->state;

	strbuf_addf(
	    b, "%s, %llu good, %llu bad, %llu took too long, %llu turns skipped, last: %s%s",
	    p->track->conf->script, (unsigned long long)s->n_good, (unsigned long long)s->n_bad,
	    (unsigned long long)s->n_timeouts, (unsigned long long)s->n_skipped,
	    *p->last ? p->last : "none yet", s->running ? ", running" : "");
}

static void
script_json(const void *probe, struct strbuf *b)
{
	const struct probe *p = probe;

	track_json_text(b, "script", p->track->conf->script);
	track_json_number(b, "good", (int64_t)p->state.n_good);
	track_json_number(b, "bad", (int64_t)p->state.n_bad);
	track_json_number(b, "timeouts", (int64_t)p->state.n_timeouts);
	track_json_number(b, "skipped", (int64_t)p->state.n_skipped);
	track_json_text(b, "last", p->last);
	strbuf_addf(b, ",\"running\":%s", p->state.running ? "true" : "false");
}

const struct track_ops track_script_ops = {
    .open = script_open,
    .start = script_start,
    .close = script_close,
    .fact = script_fact,
    .ordered = script_ordered,
    .order_done = script_order_done,
    .text = script_text,
    .json = script_json,
};
