/*
 * conn.c - the life of a connection: made from an accepted socket, led through its states by
 * events and its one lazy timer, ended in conn_close() and nowhere else.
 *
 * A closed record stays readable until the batch of events that may still name it is through
 * (conn_reap), or until a grant that is on its way to it has come.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxyd/worker_priv.h"

#define ABORT_LOOK  (20 * USEC_PER_MS) /* how often to look whether the survivor has it all */
#define ABORT_LOOKS 250                /* without any progress */

/* No memory or no room in the epoll instance: the client is turned away. */
static void
refuse(struct worker *w, const struct accepted *a)
{
	struct snapshot *snap = a->snap;
	struct frontend *f = snap->frontends[a->frontend].frontend;

	counter_add(&f->counters[w->id].dcon, 1);
	counter_add(&w->n_accept_errors, 1);
	close(a->fd);
	room_release(w, f);
	snapshot_unref(&snap);
}

static int
watch_client(struct conn *c)
{
	struct epoll_event ev = {
	    .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET,
	    .data.ptr = (void *)((uintptr_t)c | TAG_CLIENT),
	};

	return epoll_ctl(c->worker->epfd, EPOLL_CTL_ADD, c->fd[CLIENT], &ev);
}

static void
set_up(struct conn *c, const struct accepted *a)
{
	c->fd[CLIENT] = a->fd;
	c->fd[SERVER] = -1;
	c->snap = a->snap;
	c->fv = &a->snap->frontends[a->frontend];
	c->bv = c->fv->backend;
	c->at_accept = c->at_active[CLIENT] = a->at_accept;
	c->peer = a->peer;
	c->state = CONN_CONNECTING;
}

void
conn_new(struct worker *w, const struct accepted *a)
{
	struct conn *c = spare_record(w);

	if (!c) {
		refuse(w, a);
		return;
	}
	set_up(c, a);
	if (timerheap_reserve(&w->timers, w->n_conns + 1) < 0 || watch_client(c) < 0) {
		spare_discard(c);
		slab_put(&w->slab, c);
		refuse(w, a);
		return;
	}
	TAILQ_INSERT_TAIL(&w->conns, c, link);
	w->n_conns++;
	atomic_fetch_add_explicit(&w->load, 1, memory_order_relaxed);
	gauge_inc(&c->bv->backend->n_cur, &c->bv->backend->n_max);
	counter_add(&c->fv->frontend->counters[w->id].stot, 1);
	counter_add(&c->bv->backend->counters[w->id].stot, 1);
	connect_client_options(c);
	conn_log_start(c);
	connect_start(c);
}

/*
 * Before the server is reached.  A client that has closed without having sent anything has given
 * up; one that has sent something and then its end is served.
 */
static bool
client_gave_up(const struct conn *c, uint32_t events)
{
	char byte;

	if (events & (EPOLLHUP | EPOLLERR))
		return true;
	return (events & EPOLLRDHUP) && recv(c->fd[CLIENT], &byte, 1, MSG_PEEK) <= 0;
}

static void
early_client_event(struct conn *c, uint32_t events)
{
	if (events & (EPOLLRDHUP | EPOLLPRI))
		c->read_to_end = true; /* for relay_start: this edge is not reported again */
	if (events & EPOLLPRI)
		c->urgent = true;
	if (!client_gave_up(c, events))
		return;
	conn_close(c, c->state == CONN_QUEUED ? CONN_CLOSE_CLIENT_ABORT_QUEUE
					      : CONN_CLOSE_CLIENT_ABORT_CONNECT);
}

void
conn_event(struct conn *c, int side, uint32_t events)
{
	switch ((enum conn_state)c->state) {
	case CONN_RELAY:
		relay_event(c, side, events);
		break;
	case CONN_CONNECTING:
		if (side == SERVER)
			connect_event(c, events);
		else
			early_client_event(c, events);
		break;
	case CONN_QUEUED:
	case CONN_PAUSED:
		if (side == CLIENT)
			early_client_event(c, events);
		break;
	case CONN_ABORTING:
		if (events & (EPOLLHUP | EPOLLERR))
			conn_close(c, (enum conn_close)c->reason);
		break;
	case CONN_DEAD:
		break; /* closed earlier in this batch */
	case CONN_SPARE:
		spare_event(c);
		break;
	}
}

void
conn_run(struct conn *c)
{
	if (c->state == CONN_RELAY)
		relay_run(c);
}

static usec_t
deadline(const struct conn *c)
{
	switch ((enum conn_state)c->state) {
	case CONN_QUEUED:
	case CONN_CONNECTING:
	case CONN_PAUSED:
		return connect_deadline(c);
	case CONN_RELAY:
		return relay_deadline(c, true);
	case CONN_ABORTING:
		return c->worker->now + ABORT_LOOK;
	case CONN_DEAD:
	case CONN_SPARE:
		break;
	}
	return USEC_NEVER;
}

/* Wake up in time for the present state; an alarm that is earlier than needed may stay. */
void
conn_arm(struct conn *c)
{
	usec_t at = deadline(c);

	if (at == USEC_NEVER || (c->timer.index != 0 && c->timer.at <= at))
		return;
	timer_arm(&c->worker->timers, &c->timer, at);
}

static bool
survivor_had_its_time(const struct conn *c, int side)
{
	usec_t allowed = relay_allowed_silence(c, side);

	return c->abort_tries >= ABORT_LOOKS ||
	       (allowed > 0 && c->worker->now >= c->at_active[side] + allowed);
}

/*
 * A reset overtakes what is still unsent: wait for the send queue as long as it gets shorter, and
 * not for longer than the survivor may be silent.
 */
static void
look_at_survivor(struct conn *c)
{
	int side = c->fd[CLIENT] >= 0 ? CLIENT : SERVER;
	int unsent = 0;

	if (ioctl(c->fd[side], SIOCOUTQ, &unsent) < 0)
		unsent = 0;
	c->abort_tries = (uint32_t)unsent < c->unsent ? 0 : (uint8_t)(c->abort_tries + 1);
	c->unsent = (uint32_t)unsent;
	if (unsent == 0 || survivor_had_its_time(c, side))
		conn_close(c, (enum conn_close)c->reason);
	else
		conn_arm(c);
}

void
conn_timer(struct conn *c)
{
	switch ((enum conn_state)c->state) {
	case CONN_QUEUED:
	case CONN_CONNECTING:
	case CONN_PAUSED:
		connect_timer(c);
		break;
	case CONN_RELAY:
		relay_timer(c);
		break;
	case CONN_ABORTING:
		look_at_survivor(c);
		break;
	case CONN_DEAD:
	case CONN_SPARE:
		break;
	}
}

void
conn_close_fd(struct conn *c, int side, bool reset)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	if (c->fd[side] < 0)
		return;
	if (reset)
		setsockopt(c->fd[side], SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(c->fd[side]);
	c->fd[side] = -1;
}

/* One side broke off: the other is to see that too, after everything that came before. */
void
conn_abort(struct conn *c, enum conn_close reason)
{
	c->state = CONN_ABORTING;
	c->reason = (uint8_t)reason;
	conn_close_fd(c, reason == CONN_CLOSE_CLIENT_ABORT ? CLIENT : SERVER, false);
	relay_drop(c);
	c->unsent = UINT32_MAX;
	c->at_active[c->fd[CLIENT] >= 0 ? CLIENT : SERVER] = c->worker->now;
	look_at_survivor(c);
}

void
conn_kill(struct conn *c, char who)
{
	conn_close(c, who == 'D' ? CONN_CLOSE_SERVER_DOWN : CONN_CLOSE_KILLED);
}

static void
leave_queue(struct conn *c)
{
	pthread_mutex_t *lock = &c->bv->backend->lock;

	pthread_mutex_lock(lock);
	c->granted = !queue_leave(c->bv->backend, &c->slot);
	pthread_mutex_unlock(lock);
}

void
conn_close(struct conn *c, enum conn_close reason)
{
	struct worker *w = c->worker;
	bool reset = c->state == CONN_ABORTING;

	if (c->state == CONN_QUEUED)
		leave_queue(c);
	relay_drop(c);
	timer_disarm(&w->timers, &c->timer);
	worker_run_not(w, c);
	if (reason == CONN_CLOSE_NORMAL)
		spare_keep(c);
	conn_close_fd(c, CLIENT, reset);
	conn_close_fd(c, SERVER, reset);
	conn_account(c, reason);
	connect_give_back(c);
	gauge_dec(&c->bv->backend->n_cur);
	conn_log_end(c, reason);
	room_release(w, c->fv->frontend);
	TAILQ_REMOVE(&w->conns, c, link);
	w->n_conns--;
	timerheap_trim(&w->timers, w->n_conns);
	atomic_fetch_sub_explicit(&w->load, 1, memory_order_relaxed);
	c->state = CONN_DEAD;
	if (!c->granted)
		TAILQ_INSERT_TAIL(&w->dead, c, link);
}

void
conn_granted(struct conn *c)
{
	struct backend *b = c->bv->backend;

	if (!c->granted) {
		connect_granted(c);
		return;
	}
	pthread_mutex_lock(&b->lock); /* it died meanwhile: the next one may have the place */
	server_release(queue_delivered(&c->slot));
	workers_grant(c->worker->set, b);
	pthread_mutex_unlock(&b->lock);
	TAILQ_INSERT_TAIL(&c->worker->dead, c, link);
}

void
conn_reap(struct worker *w)
{
	struct conn *c;
	bool kept;

	while ((c = TAILQ_FIRST(&w->dead))) {
		TAILQ_REMOVE(&w->dead, c, link);
		kept = spare_return(c);
		snapshot_unref(&c->snap);
		if (!kept)
			slab_put(&w->slab, c);
	}
}
