/*
 * lg_bulk.c - as many bytes as go through, up (to a sink), down (from a source) or both (echo).
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loadgen.h"

#define RETRY_INTERVAL (10 * USEC_PER_MS)
#define PACE_INTERVAL  (1 * USEC_PER_MS)
#define CREDIT_TIME    (100 * USEC_PER_MS) /* of --bulk-rate, at most */

struct bulk_conn {
	struct bulk_group *group;
	struct watch watch;
	struct timer timer; /* connect timeout, or the next attempt */
	bool connected;
};

struct bulk_group {
	struct load *load;
	bool up, down;
	struct bulk_conn *conns;
	size_t n_conns;
	uint8_t *chunk;
	size_t chunk_len;
	struct timer pace; /* --bulk-rate: when those that wait may send again */
	int64_t credit;    /* bytes */
	usec_t at_credit;
};

static void
failed(struct bulk_conn *c, int error)
{
	struct load *l = c->group->load;

	if (c->connected)
		load_broken(l, error);
	else
		load_connect_failed(l, error);
	loop_close(&l->streams, &c->watch);
	c->connected = false;
	timer_set(&l->loop, &c->timer, mono_now() + RETRY_INTERVAL);
}

static bool
connected(struct bulk_conn *c)
{
	struct load *l = c->group->load;
	int error = sock_error(c->watch.fd);

	if (error) {
		failed(c, error);
		return false;
	}
	timer_cancel(&l->loop, &c->timer);
	c->connected = true;
	l->counts.n_connected++;
	loop_watch(&l->streams, &c->watch, c->watch.fd, (c->group->up ? EPOLLOUT : 0) | EPOLLIN);
	return true;
}

/* How much may be sent now; when it is nothing, `pace` runs. */
static size_t
allowance(struct bulk_group *g)
{
	int64_t rate = g->load->opt.bulk_rate, max = rate * CREDIT_TIME / USEC_PER_SEC;
	usec_t now;

	if (!rate)
		return g->chunk_len;
	now = mono_now();
	g->credit += (now - g->at_credit) * rate / USEC_PER_SEC;
	g->credit = g->credit < max ? g->credit : max;
	g->at_credit = now;
	if (g->credit >= (int64_t)g->chunk_len)
		return g->chunk_len;
	if (!g->pace.slot)
		timer_set(&g->load->loop, &g->pace, now + PACE_INTERVAL);
	return 0;
}

static void
on_pace(struct timer *t)
{
	struct bulk_group *g = container_of(t, struct bulk_group, pace);

	for (size_t i = 0; i < g->n_conns; i++) {
		struct bulk_conn *c = &g->conns[i];

		if (c->connected)
			loop_watch(&g->load->streams, &c->watch, c->watch.fd, EPOLLOUT | EPOLLIN);
	}
}

/* False: broken. */
static bool
send_chunk(struct bulk_conn *c)
{
	struct bulk_group *g = c->group;
	size_t len = allowance(g);
	ssize_t n;

	if (!len) {
		loop_watch(&g->load->streams, &c->watch, c->watch.fd, EPOLLIN);
		return true;
	}
	n = load_send_stream(g->load, c->watch.fd, len);
	if (n < 0)
		return errno == EAGAIN;
	g->load->counts.bytes_up += (uint64_t)n;
	g->credit -= n;
	return true;
}

static void
on_ready(struct watch *w, uint32_t events)
{
	struct bulk_conn *c = container_of(w, struct bulk_conn, watch);
	struct bulk_group *g = c->group;
	ssize_t n;

	if (!c->connected && !connected(c))
		return;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		n = recv(w->fd, g->chunk, g->chunk_len,
			 MSG_TRUNC); /* the bytes are not looked at */
		if (n == 0 || (n < 0 && errno != EAGAIN)) {
			failed(c, n ? errno : 0);
			return;
		}
		g->load->counts.bytes_down += n > 0 ? (uint64_t)n : 0;
	}
	if (g->up && (events & EPOLLOUT) && !send_chunk(c))
		failed(c, errno);
}

static void
on_timer(struct timer *t)
{
	struct bulk_conn *c = container_of(t, struct bulk_conn, timer);
	struct load *l = c->group->load;
	int fd;

	if (c->watch.fd >= 0) {
		failed(c, ETIMEDOUT);
		return;
	}
	fd = load_connect(l);
	timer_set(&l->loop, t, mono_now() + (fd < 0 ? RETRY_INTERVAL : l->opt.timeout));
	if (fd >= 0)
		loop_watch(&l->streams, &c->watch, fd, EPOLLOUT);
}

struct bulk_group *
bulk_group_start(struct load *l, int64_t conns, bool up, bool down)
{
	struct bulk_group *g = must_alloc(1, sizeof(*g));

	g->load = l;
	g->up = up;
	g->down = down;
	g->n_conns = (size_t)conns;
	g->conns = must_alloc(g->n_conns, sizeof(*g->conns));
	g->chunk_len = load_chunk(l);
	g->chunk = must_alloc(g->chunk_len, 1);
	g->pace.on_due = on_pace;
	g->at_credit = mono_now();
	for (size_t i = 0; i < g->n_conns; i++) {
		g->conns[i] = (struct bulk_conn){
		    .group = g,
		    .watch = {.fd = -1, .on_ready = on_ready},
		    .timer = {.on_due = on_timer},
		};
		timer_set(&l->loop, &g->conns[i].timer, USEC_NOW);
	}
	return g;
}

void
bulk_group_free(struct bulk_group *g)
{
	timer_cancel(&g->load->loop, &g->pace);
	for (size_t i = 0; i < g->n_conns; i++) {
		timer_cancel(&g->load->loop, &g->conns[i].timer);
		if (g->conns[i].watch.fd >= 0)
			close(g->conns[i].watch.fd);
	}
	free(g->conns);
	free(g->chunk);
	free(g);
}

static void
start_bulk(struct load *l)
{
	l->state = bulk_group_start(l, l->opt.conns, l->opt.up, l->opt.down);
}

static void
close_bulk(struct load *l)
{
	bulk_group_free(l->state);
}

const struct workload work_bulk = {
    .name = "bulk",
    .text = "bytes --up (to a sink), --down (from a source), --both (echo) on --conns connections",
    .start = start_bulk,
    .close = close_bulk,
};
