/*
 * track_socket.c - the kept connection to proxyd's control socket.
 *
 * What happens is reported to track_step(), what it wishes is done in its order, and what that
 * leads to is reported next, in one loop (feed).  Late or unasked bytes are never an answer.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/daemon.h"
#include "vrrpd/track_priv.h"

#define ANSWER_MAX 4096 /* of the first line; proxyd's has some dozen bytes */
#define FEED_MAX   16   /* turns of the loop; two are needed */

struct probe {
	struct track *track;
	struct track_state state;
	int fd;
	struct event *read_event;
	struct event *timer;
	bool prompted; /* the connection is in prompt mode */
	char line[ANSWER_MAX];
	size_t len;
	uint64_t n_ok, n_bad, n_lost;
};

enum feed { FEED_NOTHING = -1 };

static void
close_link(struct probe *t)
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
do_connect(struct probe *t)
{
	struct addr a;
	struct err e;

	close_link(t);
	t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0 || addr_parse(t->track->conf->socket, -1, &a, &e) < 0)
		return TRACK_EV_REFUSED;
	if (connect(t->fd, &a.sa, a.len) < 0) {
		/* its queue is full: somebody is there, time will tell */
		int next = errno == EAGAIN ? (int)FEED_NOTHING : (int)TRACK_EV_REFUSED;

		close_link(t);
		return next;
	}
	t->read_event =
	    event_new(t->track->world->base, t->fd, EV_READ | EV_PERSIST, on_readable, t);
	if (!t->read_event || event_add(t->read_event, NULL) < 0) {
		close_link(t);
		return TRACK_EV_REFUSED;
	}
	return TRACK_EV_CONNECTED;
}

static int
do_ask(struct probe *t)
{
	char question[512];
	const char *backend = t->track->conf->backend;
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
count(struct probe *t, int ev)
{
	if (ev == TRACK_EV_OK)
		t->n_ok++;
	else if (ev == TRACK_EV_BAD)
		t->n_bad++;
	else if (ev == TRACK_EV_EOF)
		t->n_lost++;
}

static void
feed(struct probe *t, enum track_event first, usec_t grace)
{
	bool tells = false;
	int ev = (int)first;

	for (int i = 0; ev != FEED_NOTHING && i < FEED_MAX; i++) {
		unsigned wishes = track_step(&t->state, &t->track->conf->timing,
					     (enum track_event)ev, grace, clock_now());

		count(t, ev);
		ev = FEED_NOTHING;
		if (wishes & TRACK_DO_CLOSE)
			close_link(t);
		if (wishes & TRACK_DO_CONNECT)
			ev = do_connect(t);
		if (wishes & TRACK_DO_ASK)
			ev = do_ask(t);
		tells |= (wishes & TRACK_DO_TELL) != 0;
	}
	track_arm(t->timer, track_deadline(&t->state));
	if (tells)
		track_changed(t->track);
}

/* --- answers ---------------------------------------------------------------------------------- */

static void
on_line(struct probe *t)
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
on_bytes(struct probe *t, const char *bytes, size_t n)
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
	struct probe *t = arg;
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
	struct probe *t = arg;

	(void)fd;
	(void)what;
	/* an answer that came while we slept counts before the clock does */
	if (t->fd >= 0)
		on_readable(t->fd, EV_READ, t);
	feed(t, TRACK_EV_TICK, 0);
}

/* --- the prober ------------------------------------------------------------------------------- */

static void *
socket_open(struct track *track)
{
	struct probe *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->track = track;
	t->fd = -1;
	t->timer = evtimer_new(track->world->base, on_timer, t);
	if (!t->timer) {
		free(t);
		return NULL;
	}
	track_init(&t->state);
	return t;
}

static void
socket_start(void *probe)
{
	feed(probe, TRACK_EV_START, 0);
}

static void
socket_close(void *probe)
{
	struct probe *t = probe;

	close_link(t);
	event_free(t->timer);
	free(t);
}

static void
socket_fact(const void *probe, struct track_fact *out)
{
	const struct probe *t = probe;

	*out = (struct track_fact){.verdict = t->state.verdict,
				   .reason = t->state.reason,
				   .in_grace = track_in_grace(&t->state)};
}

static void
socket_ordered(void *probe, usec_t grace)
{
	feed(probe, TRACK_EV_ORDERED, grace);
}

static void
socket_order_done(void *probe, bool well)
{
	feed(probe, well ? TRACK_EV_ORDER_DONE : TRACK_EV_ORDER_FAILED, 0);
}

static void
socket_text(const void *probe, struct strbuf *b)
{
	const struct probe *t = probe;
	const struct track_conf *tc = t->track->conf;

	strbuf_addf(b, "%s%s%s, %llu good answers, %llu bad, %llu lost connections", tc->socket,
		    tc->backend ? ", backend " : "", tc->backend ? tc->backend : "",
		    (unsigned long long)t->n_ok, (unsigned long long)t->n_bad,
		    (unsigned long long)t->n_lost);
}

static void
socket_json(const void *probe, struct strbuf *b)
{
	const struct probe *t = probe;

	track_json_text(b, "socket", t->track->conf->socket);
	if (t->track->conf->backend)
		track_json_text(b, "backend", t->track->conf->backend);
	track_json_number(b, "good", (int64_t)t->n_ok);
	track_json_number(b, "bad", (int64_t)t->n_bad);
	track_json_number(b, "lost", (int64_t)t->n_lost);
}

const struct track_ops track_socket_ops = {
    .open = socket_open,
    .start = socket_start,
    .close = socket_close,
    .fact = socket_fact,
    .ordered = socket_ordered,
    .order_done = socket_order_done,
    .text = socket_text,
    .json = socket_json,
};
