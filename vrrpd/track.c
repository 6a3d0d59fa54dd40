/*
 * track.c - the kept connection to proxyd's control socket.
 *
 * What happens is reported to track_step(), what it wishes is done in its order, and what that
 * leads to is reported next, in one loop (feed).  Late or unasked bytes are never an answer.
 */
#include "vrrpd/track.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"

#define ANSWER_MAX 4096 /* of the first line; proxyd's has some dozen bytes */
#define FEED_MAX   16   /* turns of the loop; two are needed */

struct track {
	struct event_base *base;
	char *name; /* an instance that leaves may still tell it when the configuration is gone */
	const struct track_conf *conf;
	struct track_state state;
	track_fn fn;
	void *arg;
	int refs;
	bool stopped;
	int fd;
	struct event *read_event;
	struct event *timer;
	bool prompted; /* the connection is in prompt mode */
	char line[ANSWER_MAX];
	size_t len;
	enum track_verdict logged;
	uint64_t n_ok, n_bad, n_lost;
};

enum feed { FEED_NOTHING = -1 };

static void
close_link(struct track *t)
{
	if (t->read_event)
		event_free(t->read_event);
	t->read_event = NULL;
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	t->len = 0;
	t->prompted = false;
}

static void on_readable(evutil_socket_t fd, short what, void *arg);

/* Which event this leads to. */
static int
do_connect(struct track *t)
{
	struct addr a;
	struct err e;

	close_link(t);
	t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0 || addr_parse(t->conf->socket, -1, &a, &e) < 0)
		return TRACK_EV_REFUSED;
	if (connect(t->fd, &a.sa, a.len) < 0) {
		/* its queue is full: somebody is there, time will tell */
		int next = errno == EAGAIN ? (int)FEED_NOTHING : (int)TRACK_EV_REFUSED;

		close_link(t);
		return next;
	}
	t->read_event = event_new(t->base, t->fd, EV_READ | EV_PERSIST, on_readable, t);
	if (!t->read_event || event_add(t->read_event, NULL) < 0) {
		close_link(t);
		return TRACK_EV_REFUSED;
	}
	return TRACK_EV_CONNECTED;
}

static int
do_ask(struct track *t)
{
	char question[512];
	const char *backend = t->conf->backend;
	int n = snprintf(question, sizeof(question), "%sshow health%s%s\n",
			 t->prompted ? "" : "prompt\n", backend ? " backend " : "",
			 backend ? backend : "");

	t->prompted = true;
	if (send(t->fd, question, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) == n)
		return FEED_NOTHING;
	close_link(t);
	return TRACK_EV_EOF;
}

static void
arm(struct track *t)
{
	usec_t at = track_deadline(&t->state), left = at - clock_now();
	struct timeval tv;

	if (at == USEC_NEVER) {
		evtimer_del(t->timer);
		return;
	}
	left = left > 0 ? left : 0;
	tv = (struct timeval){.tv_sec = left / USEC_PER_SEC, .tv_usec = left % USEC_PER_SEC};
	evtimer_add(t->timer, &tv);
}

static void
log_verdict(struct track *t)
{
	const struct track_state *s = &t->state;
	const char *name = track_verdict_name(s->verdict);

	if (track_in_grace(s)) {
		log_info("%s: %s, a restart of ours is under way", t->name, name);
		return;
	}
	if (s->verdict == t->logged) /* only the grace is over */
		return;
	t->logged = s->verdict;
	if (s->verdict == TRACK_DEAD || s->verdict == TRACK_FAILING)
		log_warn("%s: %s (%s)", t->name, name, s->reason);
	else
		log_notice("%s: %s", t->name, name);
}

static void
tell(struct track *t)
{
	log_verdict(t);
	t->fn(t, t->arg);
}

static void
count(struct track *t, int ev)
{
	if (ev == TRACK_EV_OK)
		t->n_ok++;
	else if (ev == TRACK_EV_BAD)
		t->n_bad++;
	else if (ev == TRACK_EV_EOF)
		t->n_lost++;
}

static void
feed(struct track *t, enum track_event first, usec_t grace)
{
	int ev = (int)first;

	if (t->stopped)
		return;
	for (int i = 0; ev != FEED_NOTHING && i < FEED_MAX; i++) {
		unsigned wishes = track_step(&t->state, &t->conf->timing, (enum track_event)ev,
					     grace, clock_now());

		count(t, ev);
		ev = FEED_NOTHING;
		if (wishes & TRACK_DO_CLOSE)
			close_link(t);
		if (wishes & TRACK_DO_CONNECT)
			ev = do_connect(t);
		if (wishes & TRACK_DO_ASK)
			ev = do_ask(t);
		if (wishes & TRACK_DO_TELL)
			tell(t);
	}
	arm(t);
}

/* --- answers ---------------------------------------------------------------------------------- */

static void
on_line(struct track *t)
{
	const char *text = t->line;

	t->line[t->len] = '\0';
	t->len = 0;
	while (strncmp(text, "> ", 2) == 0)
		text += 2;
	if (*text == '\0' || t->state.link != TRACK_ASKED)
		return; /* the frame's empty line, the rest of a long answer */
	feed(t, strcmp(text, "ok") == 0 ? TRACK_EV_OK : TRACK_EV_BAD, 0);
}

static void
on_bytes(struct track *t, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n && t->fd >= 0; i++) {
		if (bytes[i] == '\n')
			on_line(t);
		else if (t->len < sizeof(t->line) - 1)
			t->line[t->len++] = bytes[i];
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct track *t = arg;
	char buf[4096];
	ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	(void)what;
	if (n > 0) {
		on_bytes(t, buf, (size_t)n);
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	close_link(t);
	feed(t, TRACK_EV_EOF, 0);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct track *t = arg;

	(void)fd;
	(void)what;
	/* an answer that came while we slept counts before the clock does */
	if (t->fd >= 0)
		on_readable(t->fd, EV_READ, t);
	feed(t, TRACK_EV_TICK, 0);
}

/* --- life ------------------------------------------------------------------------------------- */

struct track *
track_new(struct event_base *base, const struct track_conf *tc, track_fn fn, void *arg,
	  struct err *e)
{
	struct track *t = calloc(1, sizeof(*t));

	if (!t)
		goto fail;
	t->name = strdup(tc->name);
	t->timer = evtimer_new(base, on_timer, t);
	if (!t->name || !t->timer)
		goto fail;
	t->base = base;
	t->conf = tc;
	t->fn = fn;
	t->arg = arg;
	t->refs = 1;
	t->fd = -1;
	track_init(&t->state);
	return t;
fail:
	err_set(e, "track %s: out of memory", tc->name);
	if (t && t->timer)
		event_free(t->timer);
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

void
track_unref(struct track **track)
{
	struct track *t = *track;

	*track = NULL;
	if (!t || --t->refs > 0)
		return;
	close_link(t);
	event_free(t->timer);
	free(t->name);
	free(t);
}

void
track_start(struct track *t)
{
	feed(t, TRACK_EV_START, 0);
}

void
track_stop(struct track *t)
{
	t->stopped = true;
	close_link(t);
	evtimer_del(t->timer);
}

void
track_set_conf(struct track *t, const struct track_conf *tc, bool afresh)
{
	t->conf = tc;
	if (!afresh)
		return;
	close_link(t);
	track_init(&t->state);
	track_start(t);
	t->fn(t, t->arg); /* not known at the moment */
}

const char *
track_name(const struct track *t)
{
	return t->name;
}

const struct track_state *
track_now(const struct track *t)
{
	return &t->state;
}

void
track_ordered(struct track *t, usec_t grace)
{
	feed(t, TRACK_EV_ORDERED, grace);
}

void
track_order_done(struct track *t, bool well)
{
	feed(t, well ? TRACK_EV_ORDER_DONE : TRACK_EV_ORDER_FAILED, 0);
}

void
track_json(const struct track *t, struct strbuf *b)
{
	strbuf_adds(b, "{\"name\":");
	strbuf_add_json(b, t->name);
	strbuf_adds(b, ",\"socket\":");
	strbuf_add_json(b, t->conf->socket);
	if (t->conf->backend) {
		strbuf_adds(b, ",\"backend\":");
		strbuf_add_json(b, t->conf->backend);
	}
	strbuf_addf(b, ",\"weight\":%d,\"verdict\":\"%s\",\"reason\":", t->conf->weight,
		    track_verdict_name(t->state.verdict));
	strbuf_add_json(b, t->state.reason);
	strbuf_addf(b, ",\"in_grace\":%s,\"good\":%llu,\"bad\":%llu,\"lost\":%llu}",
		    track_in_grace(&t->state) ? "true" : "false", (unsigned long long)t->n_ok,
		    (unsigned long long)t->n_bad, (unsigned long long)t->n_lost);
}

void
track_text(const struct track *t, struct strbuf *b)
{
	strbuf_addf(b, "track %s: %s", t->name, track_verdict_name(t->state.verdict));
	if (*t->state.reason)
		strbuf_addf(b, " (%s)", t->state.reason);
	if (track_in_grace(&t->state))
		strbuf_adds(b, ", a restart of ours is under way");
	strbuf_addf(
	    b, "\n  %s%s%s, weight %d, %llu good answers, %llu bad, %llu lost connections\n",
	    t->conf->socket, t->conf->backend ? ", backend " : "",
	    t->conf->backend ? t->conf->backend : "", t->conf->weight, (unsigned long long)t->n_ok,
	    (unsigned long long)t->n_bad, (unsigned long long)t->n_lost);
}
