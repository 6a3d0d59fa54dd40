/*
 * lg_integrity.c - every byte checked at both ends, with all the ways a connection may go: random
 * sizes, either side ending first, resets, slow readers (integrity.h has the dialogue).
 *
 * What a connection does follows from its number and the seed alone, so a failure can be repeated.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "integrity.h"
#include "lg_plan.h"
#include "loadgen.h"
#include "stream.h"

#define PACE_INTERVAL  (10 * USEC_PER_MS)
#define DRAIN_TIME     (10 * USEC_PER_SEC)
#define RETRY_INTERVAL (10 * USEC_PER_MS)

struct integrity_run;

struct check {
	struct integrity_run *run;
	int fd; /* -1: none */
	struct watch watch;
	struct timer timer; /* pace of a slow reader, otherwise next attempt or no progress */
	struct plan plan;
	uint64_t up_sent;  /* hello included */
	uint64_t down_got; /* verdict included */
	uint8_t verdict[VERDICT_LEN];
	bool connected, shut, eof;
	usec_t at_progress;
};

struct integrity_run {
	struct load *load;
	struct check *checks;
	uint64_t n_started;
	size_t n_under_way;
	struct timer drain;
	uint64_t asked[3]; /* the servers' counters before the run */
};

static void
finish(struct check *c, bool reset)
{
	struct integrity_run *r = c->run;
	loop_unwatch(&r->load->loop, &c->watch);
	if (reset)
		sock_close_rst(c->fd);
	else
		close(c->fd);
	c->fd = -1;
	r->n_under_way--;
	c->connected = false;
	timer_set(&r->load->loop, &c->timer, USEC_NOW); /* the next one */
	if (r->load->stopping && r->n_under_way == 0)
		load_stop(r->load);
}

static void
done(struct check *c, bool reset)
{
	c->run->load->counts.n_ops++;
	finish(c, reset);
}

static void
failed(struct check *c, int error)
{
	struct load *l = c->run->load;

	if (c->connected && (c->plan.hello.flags & INTEGRITY_SERVER_RESETS) && error != ETIMEDOUT) {
		done(c, false);
		return;
	}
	if (!c->connected) {
		load_connect_failed(l, error);
	} else {
		load_broken(l, error);
		fprintf(stderr,
			"loadgen: broken (%s): seed %" PRIu64 " flags %u, sent %" PRIu64
			" of %" PRIu64 ", got %" PRIu64 " of %" PRIu64 "\n",
			error ? strerrorname_np(error) : "end of file", c->plan.hello.seed,
			c->plan.hello.flags, c->up_sent, c->plan.hello.up_len + HELLO_LEN,
			c->down_got, c->plan.hello.down_len);
	}
	finish(c, false);
}

static void
differs(struct check *c, uint64_t n, uint64_t at, const char *where)
{
	c->run->load->counts.n_differences += n;
	fprintf(stderr,
		"loadgen: %" PRIu64 " wrong bytes %s: seed %" PRIu64 ", flags %u, first at %" PRIu64
		"\n",
		n, where, c->plan.hello.seed, c->plan.hello.flags, at);
}

static void
take_down(struct check *c, const uint8_t *buf, size_t len)
{
	uint64_t first = 0, left, at;
	size_t n, wrong;

	c->run->load->counts.bytes_down += len;
	left = c->down_got < c->plan.hello.down_len ? c->plan.hello.down_len - c->down_got : 0;
	n = len < left ? len : (size_t)left;
	wrong = stream_check(integrity_down_seed(&c->plan.hello), c->down_got, buf, n, &first);
	if (wrong)
		differs(c, wrong, first, "down");
	c->down_got += n;
	buf += n;
	len -= n;
	if (!len)
		return;
	at = c->down_got - c->plan.hello.down_len;
	n = hello_has_verdict(&c->plan.hello) ? VERDICT_LEN - (size_t)at : 0;
	n = n < len ? n : len;
	memcpy(c->verdict + at, buf, n);
	c->down_got += n;
	if (len > n)
		differs(c, len - n, c->down_got, "behind the end");
}

static void
judge(struct check *c)
{
	struct verdict v;

	if (!hello_has_verdict(&c->plan.hello))
		return;
	if (!verdict_decode(c->verdict, &v))
		differs(c, VERDICT_LEN, c->plan.hello.down_len, "in the verdict");
	else if (v.differences)
		differs(c, v.differences, 0, "up, says the server");
	else if (v.received != c->plan.hello.up_len)
		load_broken(c->run->load, 0);
}

static bool
is_complete(const struct check *c)
{
	uint64_t up = c->plan.hello.up_len + HELLO_LEN;
	uint64_t down =
	    c->plan.hello.down_len + (hello_has_verdict(&c->plan.hello) ? VERDICT_LEN : 0);

	return c->eof && c->down_got >= down && c->up_sent == up &&
	       (c->shut || !c->plan.half_closes);
}

/* False: the check is over. */
static bool
send_up(struct check *c)
{
	uint8_t buf[CHUNK_MAX];
	uint64_t left = plan_up_limit(&c->plan, c->eof) - c->up_sent;
	ssize_t n;

	if (left) {
		n = (ssize_t)plan_make_up(&c->plan, c->up_sent, buf,
					  (size_t)(left < c->plan.chunk ? left : c->plan.chunk));
		n = send(c->fd, buf, (size_t)n, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN) {
			failed(c, errno);
			return false;
		}
		if (n > 0) {
			c->up_sent += (uint64_t)n;
			c->run->load->counts.bytes_up += (uint64_t)n;
			c->at_progress = mono_now();
		}
	}
	if ((c->plan.hello.flags & INTEGRITY_CLIENT_RESETS) && c->up_sent >= c->plan.rst_at) {
		done(c, true);
		return false;
	}
	if (!c->shut && c->plan.half_closes && c->up_sent == c->plan.hello.up_len + HELLO_LEN) {
		shutdown(c->fd, SHUT_WR);
		c->shut = true;
	}
	return true;
}

/* False: the check is over. */
static bool
receive_down(struct check *c, size_t max)
{
	uint8_t buf[CHUNK_MAX];
	ssize_t n = recv(c->fd, buf, max < CHUNK_MAX ? max : CHUNK_MAX, 0);

	if (n < 0 && errno == EAGAIN)
		return true;
	if (n < 0) {
		failed(c, errno);
		return false;
	}
	c->at_progress = mono_now();
	c->eof = n == 0;
	take_down(c, buf, (size_t)n);
	if (!c->eof)
		return true;
	if (c->down_got <
	    c->plan.hello.down_len + (hello_has_verdict(&c->plan.hello) ? VERDICT_LEN : 0)) {
		failed(c, 0);
		return false;
	}
	return true;
}

/* What a slow reader takes in one interval.  False: the check is over. */
static bool
receive_share(struct check *c)
{
	uint64_t share = c->plan.read_rate * PACE_INTERVAL / USEC_PER_SEC;
	uint64_t until = c->down_got + (share ? share : 1), before;

	do {
		before = c->down_got;
		if (!receive_down(c, (size_t)(until - before)))
			return false;
	} while (!c->eof && c->down_got > before && c->down_got < until);
	return true;
}

static void
settle(struct check *c)
{
	bool more =
	    c->up_sent < plan_up_limit(&c->plan, c->eof) ||
	    (!c->shut && c->plan.half_closes && c->up_sent == c->plan.hello.up_len + HELLO_LEN);
	uint32_t events = more ? EPOLLOUT : 0;

	if (is_complete(c)) {
		judge(c);
		done(c, false);
		return;
	}
	if (!c->eof && !c->plan.read_rate)
		events |= EPOLLIN;
	loop_watch(&c->run->load->loop, &c->watch, c->fd, events);
}

static void
on_ready(struct watch *w, uint32_t events)
{
	struct check *c = container_of(w, struct check, watch);
	int error;

	if (!c->connected) {
		error = sock_error(w->fd);
		if (error) {
			failed(c, error);
			return;
		}
		c->connected = true;
		c->run->load->counts.n_connected++;
	}
	if ((events & (EPOLLERR | EPOLLHUP)) && !(events & EPOLLIN) && !c->plan.read_rate)
		events |= EPOLLIN;
	if ((events & EPOLLERR) && c->plan.read_rate) {
		failed(c, sock_error(w->fd));
		return;
	}
	if ((events & EPOLLHUP) && c->plan.read_rate) {
		loop_unwatch(&c->run->load->loop, w); /* the pace timer goes on alone */
		return;
	}
	if ((events & EPOLLIN) && !c->eof && !receive_down(c, CHUNK_MAX))
		return;
	if (send_up(c))
		settle(c);
}

static void
start_check(struct check *c)
{
	struct integrity_run *r = c->run;
	struct load *l = r->load;
	usec_t now = mono_now();
	int fd;

	if (l->stopping || (l->opt.count && r->n_started >= (uint64_t)l->opt.count)) {
		if (r->n_under_way == 0)
			load_stop(l);
		return;
	}
	fd = load_connect(l);
	if (fd < 0) {
		timer_set(&l->loop, &c->timer, now + RETRY_INTERVAL);
		return;
	}
	c->fd = fd;
	plan_draw(&c->plan, stream_mix(l->opt.seed + r->n_started++), (uint64_t)l->opt.max_size);
	r->n_under_way++;
	c->up_sent = c->down_got = 0;
	c->shut = c->eof = false;
	c->at_progress = now;
	timer_set(&l->loop, &c->timer, now + (c->plan.read_rate ? PACE_INTERVAL : l->opt.timeout));
	loop_watch(&l->loop, &c->watch, fd, EPOLLOUT);
}

static void
on_timer(struct timer *t)
{
	struct check *c = container_of(t, struct check, timer);
	struct load *l = c->run->load;
	usec_t now = mono_now();

	if (c->fd < 0) {
		start_check(c);
		return;
	}
	if (now - c->at_progress >= l->opt.timeout) {
		failed(c, ETIMEDOUT);
		return;
	}
	if (!c->plan.read_rate) {
		timer_set(&l->loop, t, c->at_progress + l->opt.timeout);
		return;
	}
	timer_set(&l->loop, t, now + PACE_INTERVAL);
	if (c->connected && !c->eof && receive_share(c))
		settle(c);
}

static void
on_drained(struct timer *t)
{
	load_stop(container_of(t, struct integrity_run, drain)->load);
}

static const char *const asked_names[] = {"differences", "truncated", "bad_hello"};

static void
start_integrity(struct load *l)
{
	struct integrity_run *r = must_alloc(1, sizeof(*r));

	r->load = l;
	r->drain.on_due = on_drained;
	r->checks = must_alloc((size_t)l->opt.conns, sizeof(*r->checks));
	l->state = r;
	for (int i = 0; i < 3; i++)
		r->asked[i] = load_ask_servers(l, asked_names[i]);
	for (int64_t i = 0; i < l->opt.conns; i++) {
		r->checks[i] = (struct check){
		    .run = r,
		    .fd = -1,
		    .watch = {.fd = -1, .on_ready = on_ready},
		    .timer = {.on_due = on_timer},
		};
		timer_set(&l->loop, &r->checks[i].timer, USEC_NOW);
	}
}

/* No new ones; those under way may end. */
static void
quit_integrity(struct load *l)
{
	struct integrity_run *r = l->state;

	if (r->n_under_way == 0)
		load_stop(l);
	else
		timer_set(&l->loop, &r->drain, mono_now() + DRAIN_TIME);
}

static void
close_integrity(struct load *l)
{
	struct integrity_run *r = l->state;
	uint64_t *sum[] = {&l->counts.n_server_differences, &l->counts.n_server_truncated,
			   &l->counts.n_server_bad_hello};

	for (int64_t i = 0; i < l->opt.conns; i++) {
		if (r->checks[i].fd < 0)
			continue;
		l->counts.n_unfinished++;
		close(r->checks[i].fd);
	}
	for (int i = 0; i < 100 && load_ask_servers(l, "now"); i++)
		usleep(10000); /* the servers see the last ends */
	for (int i = 0; i < 3; i++)
		*sum[i] = load_ask_servers(l, asked_names[i]) - r->asked[i];
	free(r->checks);
	free(r);
}

const struct workload work_integrity = {
    .name = "integrity",
    .text = "every byte checked at both ends (tcpserver --integrity), --conns at once",
    .start = start_integrity,
    .quit = quit_integrity,
    .close = close_integrity,
};
