/*
 * lg_bulk.c - as many bytes as go through, up (to a sink), down (from a source) or both (echo).
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loadgen.h"

#define CHUNK          (256 * 1024)
#define RETRY_INTERVAL (10 * USEC_PER_MS)

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
};

static void
failed(struct bulk_conn *c, int error)
{
	struct load *l = c->group->load;
	int fd = c->watch.fd;

	if (c->connected)
		load_broken(l, error);
	else
		load_connect_failed(l, error);
	loop_unwatch(&l->loop, &c->watch);
	close(fd);
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
	loop_watch(&l->loop, &c->watch, c->watch.fd, (c->group->up ? EPOLLOUT : 0) | EPOLLIN);
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
		n = recv(w->fd, g->chunk, CHUNK, MSG_TRUNC); /* the bytes are not looked at */
		if (n == 0 || (n < 0 && errno != EAGAIN)) {
			failed(c, n ? errno : 0);
			return;
		}
		g->load->counts.bytes_down += n > 0 ? (uint64_t)n : 0;
	}
	if (g->up && (events & EPOLLOUT)) {
		n = send(w->fd, g->chunk, CHUNK, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN) {
			failed(c, errno);
			return;
		}
		g->load->counts.bytes_up += n > 0 ? (uint64_t)n : 0;
	}
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
		loop_watch(&l->loop, &c->watch, fd, EPOLLOUT);
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
	g->chunk = must_alloc(CHUNK, 1);
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
