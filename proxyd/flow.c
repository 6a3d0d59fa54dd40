/*
 * flow.c - carry out what the table of one direction (flowstate.c) says: reads, writes, splices.
 *
 * Copy: read up to 256 KB into the worker's buffer and write at once; only what the destination
 * did not take is kept, in a spill of exactly that size, and nothing more is read before it has
 * gone.  Splice (streams, unless configured otherwise): fill an empty pipe, drain it; a pipe
 * without bytes goes back to the pool at the end of the turn, so an idle connection holds nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "proxyd/worker_priv.h"

#define TURN_READS   2          /* fairness; more brings nothing (measured) */
#define STREAM_BYTES (64 << 10) /* a read of this size counts as full: see flowstate.h */

/* The result of a system call in flowstate's terms. */
static int64_t
outcome(ssize_t n)
{
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EWOULDBLOCK ? FLOW_EAGAIN : FLOW_ERROR;
}

static void
note_read(struct conn *c, int side, int64_t n)
{
	if (n <= 0)
		return;
	c->bytes[side] += (uint64_t)n;
	c->at_active[side] = c->worker->now;
}

/* Nagle never delays the first write of a connection: short ones save the call. */
static void
before_write(struct conn *c, int dst, uint64_t n)
{
	if (dst != SERVER || c->nodelay || c->bytes[CLIENT] <= n)
		return;
	setsockopt(c->fd[SERVER], IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	c->nodelay = true;
}

/* What the destination takes of these bytes; FLOW_EAGAIN: nothing. */
static int64_t
write_some(struct conn *c, int dst, const uint8_t *bytes, size_t n)
{
	int64_t done;

	before_write(c, dst, n);
	do
		done = send(c->fd[dst], bytes, n, MSG_NOSIGNAL);
	while (done < 0 && errno == EINTR);
	done = outcome(done);
	if (done > 0)
		c->at_active[dst] = c->worker->now;
	return done;
}

/* Keep the rest for the time when the destination is writable again. */
static int
spill_keep(struct conn *c, int side, const uint8_t *bytes, size_t n)
{
	struct spill *s = malloc(sizeof(*s) + n);

	if (!s)
		return -1;
	s->off = 0;
	s->len = (uint32_t)n;
	memcpy(s->bytes, bytes, n);
	c->spill[side] = s;
	return 0;
}

static void
do_read(struct conn *c, int side)
{
	struct flowstate *f = &c->flow[side];
	uint8_t *buffer = c->worker->buffer;
	int64_t n, done;

	do
		n = recv(c->fd[side], buffer, COPY_BUFFER, 0);
	while (n < 0 && errno == EINTR);
	n = outcome(n);
	note_read(c, side, n);
	flowstate_read(f, n, n >= STREAM_BYTES ? (uint32_t)n : COPY_BUFFER);
	if (n <= 0)
		return;
	done = write_some(c, !side, buffer, (size_t)n);
	if (done < n && done != FLOW_ERROR) {
		size_t gone = done > 0 ? (size_t)done : 0;

		if (spill_keep(c, side, buffer + gone, (size_t)n - gone) < 0)
			done = FLOW_ERROR;
	}
	flowstate_written(f, done);
}

static void
do_write(struct conn *c, int side)
{
	struct spill *s = c->spill[side];
	int64_t done;

	if (!s) { /* flowstate.h promises one: give the connection up rather than the process */
		flowstate_written(&c->flow[side], FLOW_ERROR);
		return;
	}
	done = write_some(c, !side, s->bytes + s->off, s->len - s->off);
	if (done > 0)
		s->off += (uint32_t)done;
	flowstate_written(&c->flow[side], done);
	if (s->off < s->len)
		return;
	free(s);
	c->spill[side] = NULL;
}

/* A pipe for this turn; false: copy. */
static bool
have_pipe(struct conn *c, int side)
{
	struct worker *w = c->worker;

	if (!c->pipe[side])
		c->pipe[side] = pipe_get(&w->pipes, w->now);
	return c->pipe[side] != NULL;
}

static void
do_fill(struct conn *c, int side)
{
	struct flowstate *f = &c->flow[side];
	struct pipe *p;
	ssize_t n;

	if (!have_pipe(c, side)) {
		flowstate_copying(f);
		return;
	}
	p = c->pipe[side];
	n = splice(c->fd[side], NULL, p->wr, NULL, p->size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n < 0 && (errno == EINVAL || errno == ENOSYS)) {
		flowstate_copying(f); /* not for this kind of socket */
		return;
	}
	if (n == 0) { /* the end, or urgent data before it: a read tells */
		flowstate_copying(f);
		return;
	}
	if (n < 0 && errno == EINTR)
		return;
	if (n > 0) {
		p->len += (size_t)n;
		counter_add(&c->worker->spliced_bytes, (uint64_t)n);
	}
	note_read(c, side, outcome(n));
	flowstate_read(f, outcome(n), (uint32_t)p->size);
}

static void
do_drain(struct conn *c, int side)
{
	struct pipe *p = c->pipe[side];
	ssize_t n;

	before_write(c, !side, p->len);
	n = splice(p->rd, NULL, c->fd[!side], NULL, p->len, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n < 0 && errno == EINTR)
		return;
	if (n > 0) {
		p->len -= (size_t)n;
		c->at_active[!side] = c->worker->now;
	}
	flowstate_written(&c->flow[side], n == 0 ? FLOW_ERROR : outcome(n));
}

static void
perform(struct conn *c, int side, enum flow_action a)
{
	switch (a) {
	case FLOW_READ:
		do_read(c, side);
		break;
	case FLOW_FILL:
		do_fill(c, side);
		break;
	case FLOW_WRITE:
		do_write(c, side);
		break;
	case FLOW_DRAIN:
		do_drain(c, side);
		break;
	case FLOW_WAIT:
	case FLOW_SHUTDOWN:
	case FLOW_DONE:
	case FLOW_FAILED:
		break;
	}
}

/* Live counters: pooled connections may stay for days. */
static void
count_bytes(struct conn *c, int side, uint64_t n)
{
	unsigned id = c->worker->id;
	struct frontend_counters *fc = &c->fv->frontend->counters[id];
	struct counters *bc = &c->bv->backend->counters[id];
	struct counters *sc = &c->sv->server->counters[id];

	counter_add(side == CLIENT ? &fc->bin : &fc->bout, n);
	counter_add(side == CLIENT ? &bc->bin : &bc->bout, n);
	counter_add(side == CLIENT ? &sc->bin : &sc->bout, n);
}

static void
end_turn(struct conn *c, int side, uint64_t bytes_before)
{
	if (c->bytes[side] != bytes_before)
		count_bytes(c, side, c->bytes[side] - bytes_before);
	if (c->pipe[side] && c->pipe[side]->len == 0) {
		pipe_put(&c->worker->pipes, c->pipe[side]);
		c->pipe[side] = NULL;
	}
}

/* Between two fills, with nothing pending: pipe or buffer from here on? */
static void
choose_mode(struct conn *c, int side)
{
	struct flowstate *f = &c->flow[side];
	uint8_t mode = f->mode;

	if (f->want_splice)
		flowstate_spliced(f, have_pipe(c, side));
	else if (flowstate_wants_copy(f))
		flowstate_copying(f);
	if (f->mode != mode)
		counter_add(&c->worker->n_switches, 1);
}

/*
 * One turn of the direction that starts at `side`.  Returns what comes next: WAIT, SHUTDOWN, DONE,
 * FAILED, or an I/O action when the turn's budget is used up.
 */
enum flow_action
flow_pump(struct conn *c, int side)
{
	struct flowstate *f = &c->flow[side];
	uint64_t bytes_before = c->bytes[side];
	int reads = 0;
	enum flow_action a;

	for (;;) {
		if (f->pending == 0)
			choose_mode(c, side);
		a = flowstate_next(f);
		if (a == FLOW_WAIT || a == FLOW_SHUTDOWN || a == FLOW_DONE || a == FLOW_FAILED)
			break;
		if ((a == FLOW_READ || a == FLOW_FILL) && reads++ >= TURN_READS)
			break;
		perform(c, side, a);
	}
	end_turn(c, side, bytes_before);
	return a;
}
