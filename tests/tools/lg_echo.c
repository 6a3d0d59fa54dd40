/*
 * lg_echo.c - connections that send a message and want it back (see lg_echo.h).
 *
 * One edge-triggered registration per connection; a message is sent right after connect() without
 * asking epoll first.  In open loop an operation's latency counts from the instant at which it was
 * to start, so a slow answer is not hidden by the pause it causes.
 */
#include "lg_echo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *
loop_of(struct echo_group *g)
{
	return &g->load->loop;
}

bool
echo_group_is_open_loop(const struct echo_group *g)
{
	return g->load->opt.rate > 0 && g->rhythm <= RHYTHM_PINGPONG;
}

static void
pump_soon(struct echo_group *g)
{
	if (!g->ending && !g->pump.slot)
		timer_set(loop_of(g), &g->pump, USEC_NOW);
}

void
echo_group_verified_one(struct echo_group *g)
{
	if (g->n_verifying && --g->n_verifying == 0)
		g->verified(g->load);
}

/* Close and put back to those that may be opened again. */
void
echo_conn_close(struct echo_conn *c)
{
	struct echo_group *g = c->group;

	timer_cancel(loop_of(g), &c->timer);
	if (g->load->opt.rst)
		sock_set_rst(c->watch.fd);
	loop_close(loop_of(g), &c->watch);
	if (c->connected)
		g->n_open--;
	else
		g->n_opening--;
	if (c->connected && !c->busy)
		TAILQ_REMOVE(&g->idle, c, link);
	TAILQ_INSERT_TAIL(&g->closed, c, link);
	c->connected = c->busy = c->verifying = false;
}

static void
conn_failed(struct echo_conn *c, int error)
{
	struct echo_group *g = c->group;
	bool verifying = c->verifying;

	if (c->connected)
		load_broken(g->load, error);
	else
		load_connect_failed(g->load, error);
	echo_conn_close(c);
	c->ended = g->rhythm >= RHYTHM_LONG; /* not replaced: the run tells how many broke */
	if (verifying)
		echo_group_verified_one(g);
	pump_soon(g);
}

static bool
count_reached(const struct echo_group *g)
{
	const struct load *l = g->load;

	return l->opt.count && g->rhythm <= RHYTHM_PINGPONG &&
	       l->counts.n_ops >= (uint64_t)l->opt.count;
}

/* Messages of these are rare: each has a timer of its own. */
static bool
is_rare(const struct echo_group *g)
{
	return g->rhythm >= RHYTHM_LONG;
}

static void
next_rare(struct echo_conn *c)
{
	struct echo_group *g = c->group;
	usec_t interval = g->load->opt.interval;
	bool verifying = c->verifying;

	timer_cancel(loop_of(g), &c->timer);
	c->verifying = false;
	if (g->rhythm == RHYTHM_LONG && c->fresh) /* from here on spread over the interval */
		timer_set(loop_of(g), &c->timer,
			  c->at_op + interval * (c - g->conns + 1) / (usec_t)g->n_conns);
	else if (g->rhythm == RHYTHM_LONG)
		timer_set(loop_of(g), &c->timer, c->at_op + interval);
	c->fresh = false;
	if (verifying)
		echo_group_verified_one(g);
}

static bool
counts_for_latency(const struct echo_conn *c)
{
	const struct echo_group *g = c->group;

	if (g->load->workload == &work_storm)
		return c->fresh;
	if (g->load->workload == &work_mix)
		return g->rhythm == RHYTHM_PINGPONG && !c->fresh && !g->load->stopping;
	return g->rhythm == RHYTHM_SHORT || !c->fresh;
}

static void
op_done(struct echo_conn *c)
{
	struct echo_group *g = c->group;
	struct load *l = g->load;
	usec_t now = mono_now();

	if (l->loop.stop)
		return; /* the count was reached by another one of this batch */
	if (l->workload != &work_mix || !l->stopping)
		l->counts.n_ops++;
	if (c->fresh)
		l->at_opened = now;
	if (counts_for_latency(c))
		hist_add(&l->counts.latency, now - c->at_op);
	c->busy = false;
	TAILQ_INSERT_TAIL(&g->idle, c, link);
	if (is_rare(g)) {
		next_rare(c);
		return;
	}
	c->fresh = false;
	if (g->rhythm == RHYTHM_SHORT)
		echo_conn_close(c);
	if (count_reached(g))
		load_stop(l);
	else if (g->rhythm == RHYTHM_SHORT || echo_group_is_open_loop(g))
		pump_soon(g);
	else
		echo_conn_send(c, now);
}

/* False: the connection has failed and is closed. */
static bool
op_send(struct echo_conn *c)
{
	struct load *l = c->group->load;
	ssize_t n;

	while (c->sent < l->opt.size) {
		n = send(c->watch.fd, c->group->message + c->sent, (size_t)l->opt.size - c->sent,
			 MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || (errno == ENOTCONN && !c->connected)))
			return true;
		if (n < 0) {
			conn_failed(c, errno);
			return false;
		}
		c->sent += (uint32_t)n;
		l->counts.bytes_up += (uint64_t)n;
	}
	return true;
}

static void
op_receive(struct echo_conn *c)
{
	struct load *l = c->group->load;
	static uint8_t buf[65536];
	ssize_t n;

	while (c->got < l->opt.size) {
		n = recv(c->watch.fd, buf, sizeof(buf), 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			conn_failed(c, n < 0 ? errno : 0);
			return;
		}
		l->counts.bytes_down += (uint64_t)n;
		if (c->got + n > l->opt.size ||
		    memcmp(buf, c->group->message + c->got, (size_t)n) != 0) {
			l->counts.n_differences++;
			conn_failed(c, EBADMSG);
			return;
		}
		c->got += (uint32_t)n;
	}
	op_done(c);
}

void
echo_conn_send(struct echo_conn *c, usec_t at)
{
	TAILQ_REMOVE(&c->group->idle, c, link);
	c->busy = true;
	c->at_op = at;
	c->sent = c->got = 0;
	if (is_rare(c->group))
		timer_set(loop_of(c->group), &c->timer, at + c->group->load->opt.timeout);
	(void)op_send(c);
}

static bool
conn_up(struct echo_conn *c, uint32_t events)
{
	struct echo_group *g = c->group;
	int error = events & (EPOLLERR | EPOLLHUP) ? sock_error(c->watch.fd) : 0;

	if (error) {
		conn_failed(c, error);
		return false;
	}
	if (g->rhythm == RHYTHM_PINGPONG)
		timer_cancel(loop_of(g), &c->timer);
	c->connected = true;
	g->n_opening--;
	g->n_open++;
	g->load->counts.n_connected++;
	if (g->rhythm != RHYTHM_SHORT)
		pump_soon(g);
	return true;
}

static void
on_ready(struct watch *w, uint32_t events)
{
	struct echo_conn *c = container_of(w, struct echo_conn, watch);
	bool ended = events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP);

	if (!c->connected && (!(events & EPOLLOUT || ended) || !conn_up(c, events)))
		return;
	if (c->busy && c->sent < c->group->load->opt.size && !op_send(c))
		return;
	if (c->busy && (ended || (events & EPOLLIN)))
		op_receive(c);
	if (!ended || !c->connected)
		return;
	/* The edge that told of the end does not come again. */
	if (c->busy)
		op_receive(c);
	else
		conn_failed(c, sock_error(w->fd));
}

static void
on_timer(struct timer *t)
{
	struct echo_conn *c = container_of(t, struct echo_conn, timer);

	if (!c->connected || c->busy)
		conn_failed(c, ETIMEDOUT);
	else
		echo_conn_send(c, mono_now());
}

/* False: nothing more can be opened now. */
bool
echo_conn_open(struct echo_group *g, usec_t at)
{
	struct echo_conn *c = TAILQ_FIRST(&g->closed);
	int fd = load_connect(g->load);

	TAILQ_REMOVE(&g->closed, c, link);
	if (fd < 0) {
		c->ended = g->rhythm >= RHYTHM_LONG;
		TAILQ_INSERT_TAIL(&g->closed, c, link);
		return false;
	}
	g->n_opening++;
	c->busy = c->fresh = true;
	c->at_op = at;
	c->sent = c->got = 0;
	timer_set(loop_of(g), &c->timer, mono_now() + g->load->opt.timeout);
	loop_watch(loop_of(g), &c->watch, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
	return op_send(c);
}

void
echo_conn_init(struct echo_conn *c, struct echo_group *g)
{
	*c = (struct echo_conn){
	    .group = g,
	    .watch = {.fd = -1, .on_ready = on_ready},
	    .timer = {.on_due = on_timer},
	};
	TAILQ_INSERT_TAIL(&g->closed, c, link);
}
