/*
 * relay.c - a connected pair: edges in, flows pumped, half-closes passed on, breaks noticed.
 *
 * Every event ends in relay_run(), that of a stream by way of the run queue: pump both directions,
 * then look at both results together.
 * Both finished: close, without a shutdown() before it.  One finished: tell the other side.
 * One side broke: the other still gets what has come, then a reset.
 */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "proxyd/worker_priv.h"

static bool
is_unix(const struct conn *c, int side)
{
	if (side == CLIENT)
		return c->peer.sa.sa_family == AF_UNIX;
	return addr_family(&c->sv->conf->addr) == AF_UNIX;
}

/*
 * `events`: of the server's side so far.  Its edges are all reported from its registration on, so
 * reading there may wait for one; the client may have sent long ago.
 */
void
relay_start(struct conn *c, uint32_t events)
{
	enum flow_policy policy = (enum flow_policy)c->snap->conf->global.forwarding;
	usec_t now = c->worker->now;

	c->state = CONN_RELAY;
	c->at_connected = now;
	c->at_active[CLIENT] = c->at_active[SERVER] = now;
	flowstate_init(&c->flow[CLIENT], policy);
	flowstate_init(&c->flow[SERVER], policy);
	c->flow[SERVER].can_read = false;
	c->flow[CLIENT].hup = c->read_to_end || is_unix(c, CLIENT);
	if (c->urgent)
		flowstate_urgent(&c->flow[CLIENT]);
	conn_arm(c);
	relay_event(c, SERVER, events);
}

/* Megabytes per turn: those wait until everybody with less to do has been served. */
static bool
is_streaming(const struct conn *c)
{
	return c->flow[CLIENT].mode == FLOW_SPLICE || c->flow[SERVER].mode == FLOW_SPLICE;
}

void
relay_event(struct conn *c, int side, uint32_t events)
{
	bool broken = (events & (EPOLLHUP | EPOLLERR)) != 0;
	/*
	 * A short read does not prove that a socket is empty when its end has come, when urgent
	 * data stands in the way, or on UNIX sockets that carry descriptors: read until EAGAIN.
	 */
	bool to_the_end = (events & (EPOLLRDHUP | EPOLLPRI)) != 0 || broken || is_unix(c, side);
	bool readable = (events & (EPOLLIN | EPOLLRDHUP | EPOLLPRI)) != 0 || broken;
	bool writable = (events & EPOLLOUT) != 0 || broken;

	flowstate_edges(&c->flow[side], readable, false, readable && to_the_end);
	flowstate_edges(&c->flow[!side], false, writable, false);
	if (events & EPOLLPRI)
		flowstate_urgent(&c->flow[side]);
	if (broken)
		c->hup[side] = true;
	if (is_streaming(c))
		worker_run_later(c->worker, c);
	else
		relay_run(c);
}

static bool
is_over(enum flow_action a)
{
	return a == FLOW_SHUTDOWN || a == FLOW_DONE;
}

static bool
has_work(enum flow_action a)
{
	return a == FLOW_READ || a == FLOW_FILL || a == FLOW_WRITE || a == FLOW_DRAIN;
}

/*
 * The side that broke off, or -1.  Besides failed calls: a hang-up of a TCP socket whose end was
 * read and which we have not shut down ourselves can only be a reset.  (A UNIX socket hangs up
 * when its peer is closed in the usual way.)
 */
static int
broken_side(const struct conn *c)
{
	for (int side = CLIENT; side <= SERVER; side++) {
		const struct flowstate *from = &c->flow[side], *to = &c->flow[!side];

		if (from->read_failed || to->write_failed)
			return side;
		if (c->hup[side] && from->eof && !to->shut && !is_unix(c, side))
			return side;
	}
	return -1;
}

/* The survivor gets what the broken side has sent, as long as there is any. */
static void
run_broken(struct conn *c, int broken)
{
	struct flowstate *rest = &c->flow[broken];
	enum flow_action a;

	flowstate_edges(rest, !rest->eof && !rest->read_failed, false, true);
	a = flow_pump(c, broken);
	if (has_work(a)) {
		worker_run_later(c->worker, c);
		return;
	}
	if (a == FLOW_WAIT && (rest->pending > 0 || !rest->can_write))
		return; /* the survivor is slow; its timeout runs */
	conn_abort(c, broken == CLIENT ? CONN_CLOSE_CLIENT_ABORT : CONN_CLOSE_SERVER_ABORT);
}

/* The direction from `side` has ended and all of it is written. */
static void
pass_on_end(struct conn *c, int side)
{
	shutdown(c->fd[!side], SHUT_WR); /* fails only when that side is gone: an event tells */
	flowstate_was_shut(&c->flow[side]);
	conn_arm(c); /* other timeouts may apply from now on */
}

void
relay_run(struct conn *c)
{
	enum flow_action up = flow_pump(c, CLIENT), down = flow_pump(c, SERVER);
	int broken;

	if (is_over(up) && is_over(down)) {
		conn_close(c, CONN_CLOSE_NORMAL);
		return;
	}
	broken = broken_side(c);
	if (broken >= 0) {
		run_broken(c, broken);
		return;
	}
	if (up == FLOW_SHUTDOWN)
		pass_on_end(c, CLIENT);
	if (down == FLOW_SHUTDOWN)
		pass_on_end(c, SERVER);
	if (has_work(up) || has_work(down))
		worker_run_later(c->worker, c);
}

usec_t
relay_allowed_silence(const struct conn *c, int side)
{
	const struct conf_proxy *fe = &c->fv->conf->px, *be = &c->bv->conf->px;
	usec_t fin = side == CLIENT ? fe->timeout_client_fin : be->timeout_server_fin;

	if (fin > 0 && (c->flow[CLIENT].shut || c->flow[SERVER].shut))
		return fin;
	if (be->timeout_tunnel > 0)
		return be->timeout_tunnel;
	return side == CLIENT ? fe->timeout_client : be->timeout_server;
}

/* Is it this side that we wait for: to send something, or to take what we have? */
static bool
waits_for(const struct conn *c, int side)
{
	const struct flowstate *from = &c->flow[side], *to = &c->flow[!side];

	if (to->pending > 0 || (to->can_read && !to->can_write && !to->shut))
		return true;
	return !from->eof && !from->read_failed && from->pending == 0 && from->can_write;
}

static usec_t
side_deadline(const struct conn *c, int side, bool lazy)
{
	usec_t allowed = relay_allowed_silence(c, side);

	if (allowed == 0)
		return USEC_NEVER;
	if (waits_for(c, side))
		return c->at_active[side] + allowed;
	return lazy ? c->worker->now + allowed : USEC_NEVER;
}

/*
 * The earliest instant at which a timeout could strike (lazy: whatever happens until then, so
 * that no I/O has to arm anything), or does strike if nothing happens.
 */
usec_t
relay_deadline(const struct conn *c, bool lazy)
{
	usec_t client = side_deadline(c, CLIENT, lazy), server = side_deadline(c, SERVER, lazy);

	return client < server ? client : server;
}

void
relay_timer(struct conn *c)
{
	if (side_deadline(c, CLIENT, false) <= c->worker->now)
		conn_close(c, CONN_CLOSE_CLIENT_TIMEOUT);
	else if (side_deadline(c, SERVER, false) <= c->worker->now)
		conn_close(c, CONN_CLOSE_SERVER_TIMEOUT);
	else
		conn_arm(c);
}

void
relay_drop(struct conn *c)
{
	for (int side = CLIENT; side <= SERVER; side++) {
		free(c->spill[side]);
		c->spill[side] = NULL;
		if (c->pipe[side])
			pipe_put(&c->worker->pipes, c->pipe[side]);
		c->pipe[side] = NULL;
	}
}
