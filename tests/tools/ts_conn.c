/*
 * ts_conn.c - one connection of tcpserver.
 *
 * What is read goes through one shared buffer; a connection owns memory only while something
 * waits for its peer or for the answer delay.  conn_settle() is the one place that decides, after
 * each event, whether the connection shuts down, closes, and what it waits for next.
 */
#include "tcpserver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUF_LEN          (256 * 1024)
#define OUT_MAX          (1024 * 1024) /* more than this behind an answer delay: stop reading */
#define PACE_INTERVAL    (10 * USEC_PER_MS)
#define WRITES_PER_EVENT 4

static uint8_t shared[BUF_LEN]; /* scratch of the only thread; nothing lives in it */

static struct loop *
loop_of(struct conn *c)
{
	return &c->ls->server->loop;
}

static void
conn_free(struct conn *c, bool rst)
{
	struct counters *n = &c->ls->counters;

	if (c->integrity)
		integrity_server_tally(c->integrity, &n->integrity);
	loop_unwatch(loop_of(c), &c->watch);
	timer_cancel(loop_of(c), &c->pace);
	timer_cancel(loop_of(c), &c->answer);
	if (rst)
		sock_close_rst(c->fd);
	else
		close(c->fd);
	LIST_REMOVE(c, link);
	n->n_now--;
	free(c->integrity);
	free(c->out);
	free(c);
}

static int64_t
read_rate(const struct conn *c)
{
	if (c->integrity && c->integrity->understood)
		return c->integrity->hello.read_rate;
	return c->ls->script.read_rate;
}

static bool
wants_read(const struct conn *c)
{
	if (c->eof || c->closing || c->ls->script.mode == MODE_STUCK)
		return false;
	if (c->out_len)
		return c->answer.slot && c->out_len < OUT_MAX;
	return true;
}

static bool
has_more(const struct conn *c)
{
	if (c->shut)
		return false;
	if (c->integrity)
		return integrity_server_ready(c->integrity);
	return c->to_source != 0;
}

/* May send less than len; -1: the connection is broken. */
static ssize_t
send_some(struct conn *c, const void *buf, size_t len)
{
	int64_t limit = c->ls->script.shut_after;
	ssize_t n;

	if (limit >= 0 && c->sent + (int64_t)len > limit)
		len = (size_t)(limit - c->sent);
	n = len ? send(c->fd, buf, len, MSG_NOSIGNAL) : 0;
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	c->sent += n;
	c->ls->counters.bytes_out += (uint64_t)n;
	return n;
}

static void
keep(struct conn *c, const void *buf, size_t len)
{
	c->out = must_grow(c->out, c->out_off + c->out_len + len, 1);
	memcpy(c->out + c->out_off + c->out_len, buf, len);
	c->out_len += len;
}

/* Send now what can go now, keep the rest.  False: broken. */
static bool
answer(struct conn *c, const void *buf, size_t len)
{
	usec_t delay = c->ls->script.delay_answer * USEC_PER_MS;
	ssize_t n = 0;

	if (c->shut || !len)
		return true;
	if (delay && !c->out_len)
		timer_set(loop_of(c), &c->answer, mono_now() + delay);
	else if (!c->out_len)
		n = send_some(c, buf, len);
	if (n >= 0 && (size_t)n < len)
		keep(c, (const char *)buf + n, len - (size_t)n);
	return n >= 0;
}

static bool
answer_lines(struct conn *c, const char *buf, size_t len)
{
	char *text = NULL;
	size_t text_len = 0;
	FILE *f = open_memstream(&text, &text_len);
	bool ok;

	if (!f)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!c->mid_line)
			fprintf(f, "%s: ", c->ls->name);
		fputc(buf[i], f);
		c->mid_line = buf[i] != '\n';
	}
	fclose(f);
	ok = answer(c, text, text_len);
	free(text);
	return ok;
}

static bool
take(struct conn *c, const uint8_t *buf, size_t len)
{
	struct script *s = &c->ls->script;

	switch ((enum mode)s->mode) {
	case MODE_ECHO:
		return answer(c, buf, len);
	case MODE_GREET:
		return answer_lines(c, (const char *)buf, len);
	case MODE_INTEGRITY:
		if (integrity_server_feed(c->integrity, buf, len, s->corrupt_one))
			s->corrupt_one = false;
		return !c->integrity->hopeless;
	case MODE_SINK:
	case MODE_SOURCE:
	case MODE_STUCK:
		break;
	}
	return true;
}

static void
on_eof(struct conn *c)
{
	const struct script *s = &c->ls->script;

	c->eof = true;
	c->ls->counters.n_eof++;
	if (c->integrity)
		integrity_server_eof(c->integrity);
	else if (s->on_eof == EOF_SEND)
		c->to_source = s->eof_bytes;
	else if (c->to_source < 0)
		c->to_source = 0; /* nobody listens to an endless source any more */
	if (s->on_eof != EOF_HOLD && !c->integrity)
		c->closing = true;
}

/* One read of at most max bytes.  False: the connection is gone. */
static bool
read_some(struct conn *c, size_t max)
{
	enum mode mode = (enum mode)c->ls->script.mode;
	bool discard = mode == MODE_SINK || mode == MODE_SOURCE;
	int64_t limit = c->ls->script.close_after;
	ssize_t n = recv(c->fd, shared, max, discard ? MSG_TRUNC : 0);

	if (n < 0 && errno == EAGAIN)
		return true;
	if (n < 0) {
		c->ls->counters.n_reset++;
		conn_free(c, false);
		return false;
	}
	if (n == 0) {
		on_eof(c);
		return true;
	}
	c->received += n;
	c->ls->counters.bytes_in += (uint64_t)n;
	if (!take(c, shared, (size_t)n)) {
		conn_free(c, true);
		return false;
	}
	if (limit >= 0 && c->received >= limit)
		c->closing = true;
	if (c->closing && !c->eof)
		c->to_source = 0;
	return true;
}

static bool
flush_out(struct conn *c)
{
	ssize_t n;

	if (!c->out_len || c->answer.slot)
		return true;
	n = send_some(c, c->out + c->out_off, c->out_len);
	if (n < 0)
		return false;
	c->out_off += (size_t)n;
	c->out_len -= (size_t)n;
	if (c->out_len)
		return true;
	free(c->out);
	c->out = NULL;
	c->out_off = 0;
	return true;
}

/* Bytes that are made, not echoed: a source, or the integrity stream.  False: broken. */
static bool
send_made(struct conn *c)
{
	size_t len;
	ssize_t n;

	for (int i = 0; i < WRITES_PER_EVENT && has_more(c) && !c->out_len; i++) {
		if (c->integrity)
			len = integrity_server_next(c->integrity, shared, 65536);
		else
			len = c->to_source < 0 || c->to_source > BUF_LEN ? BUF_LEN
									 : (size_t)c->to_source;
		n = send_some(c, shared, len);
		if (n <= 0)
			return n == 0;
		if (c->integrity)
			c->integrity->sent += (uint64_t)n;
		else if (c->to_source > 0)
			c->to_source -= n;
		if (c->integrity && integrity_server_must_reset(c->integrity))
			return false;
		if (c->integrity && len < 65536)
			break; /* a message goes alone */
	}
	return true;
}

static void
shut(struct conn *c)
{
	c->shut = true;
	c->out_len = 0;
	c->to_source = 0;
	timer_cancel(loop_of(c), &c->answer);
	shutdown(c->fd, SHUT_WR);
}

static bool
time_to_shut(const struct conn *c)
{
	const struct script *s = &c->ls->script;

	if (c->shut)
		return false;
	if (s->shut_after >= 0 && c->sent >= s->shut_after)
		return true; /* what waits is dropped */
	if (c->out_len)
		return false;
	if (c->integrity)
		return integrity_server_sent_all(c->integrity);
	return s->mode == MODE_SOURCE && c->to_source == 0;
}

static void
conn_settle(struct conn *c)
{
	uint32_t events = 0;

	if (time_to_shut(c))
		shut(c);
	if ((c->closing && !c->out_len && !has_more(c)) || (c->eof && c->shut)) {
		conn_free(c, c->ls->script.rst);
		return;
	}
	if (wants_read(c) && read_rate(c)) {
		if (!c->pace.slot)
			timer_set(loop_of(c), &c->pace, mono_now() + PACE_INTERVAL);
	} else if (wants_read(c)) {
		events |= EPOLLIN;
	}
	if ((c->out_len && !c->answer.slot) || (!c->out_len && has_more(c)))
		events |= EPOLLOUT;
	loop_watch(loop_of(c), &c->watch, c->fd, events);
}

static void
on_ready(struct watch *w, uint32_t events)
{
	struct conn *c = container_of(w, struct conn, watch);
	bool must_reset;

	if (events & EPOLLERR) {
		c->ls->counters.n_reset++;
		conn_free(c, false);
		return;
	}
	if ((events & EPOLLHUP) && !(w->events & (EPOLLIN | EPOLLOUT))) {
		loop_unwatch(loop_of(c), w); /* both sides are shut: the pace timer goes on alone */
		return;
	}
	if ((events & EPOLLIN) && wants_read(c) && !read_some(c, BUF_LEN))
		return;
	if (!flush_out(c) || !send_made(c)) {
		must_reset = c->integrity && integrity_server_must_reset(c->integrity);
		c->ls->counters.n_reset += !must_reset;
		conn_free(c, true);
		return;
	}
	conn_settle(c);
}

static void
on_pace(struct timer *t)
{
	struct conn *c = container_of(t, struct conn, pace);
	int64_t share = read_rate(c) * PACE_INTERVAL / USEC_PER_SEC;

	if (c->doom) {
		conn_free(c, c->doom == DOOM_RST);
		return;
	}
	if (share < 1)
		share = 1;
	if (!wants_read(c) || read_some(c, share < BUF_LEN ? (size_t)share : BUF_LEN))
		conn_settle(c);
}

static void
on_answer(struct timer *t)
{
	struct conn *c = container_of(t, struct conn, answer);

	if (flush_out(c))
		conn_settle(c);
	else
		conn_free(c, false);
}

void
conn_doom(struct conn *c, enum doom doom)
{
	c->doom = doom;
	timer_set(loop_of(c), &c->pace, USEC_NOW);
}

void
conn_new(struct listener *ls, int fd)
{
	struct conn *c = must_alloc(1, sizeof(*c));
	const struct script *s = &ls->script;
	char hello[80];
	bool ok = true;

	*c = (struct conn){
	    .ls = ls,
	    .fd = fd,
	    .watch = {.fd = -1, .on_ready = on_ready},
	    .pace = {.on_due = on_pace},
	    .answer = {.on_due = on_answer},
	    .closing = s->close_after == 0,
	};
	LIST_INSERT_HEAD(&ls->conns, c, link);
	ls->counters.n_now++;
	ls->counters.n_total++;
	sock_buffers(fd, (int)s->rcvbuf, (int)s->sndbuf);
	sock_nodelay(fd);
	if (s->mode == MODE_SOURCE && !c->closing)
		c->to_source = s->source_bytes ? s->source_bytes : -1;
	if (s->mode == MODE_INTEGRITY)
		c->integrity = integrity_server_new();
	if (s->mode == MODE_GREET && !c->closing)
		ok = answer(c, hello,
			    (size_t)snprintf(hello, sizeof(hello), "hello %s\n", ls->name));
	if (ok)
		conn_settle(c);
	else
		conn_free(c, false);
}
