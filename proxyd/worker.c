/*
 * worker.c - one data path thread: its loop, its clock, its run queue.
 *
 * Connections live in an epoll instance of the worker's own, edge-triggered, one registration per
 * descriptor for its whole life; that instance is a single level-triggered event in the libevent
 * base, beside the mailbox, the tick and the timer.  (A struct event per descriptor would cost
 * 256 bytes per connection.)  Work that exceeds a turn's budget goes to the run queue, which gets
 * a turn after every batch of events: nobody starves and no edge is lost.
 */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "common/daemon.h"
#include "proxyd/worker_priv.h"

#define WAKE_MAX (2 * USEC_PER_MS) /* then mailbox and timers get their turn */

static void
set_clock(struct worker *w)
{
	w->now = clock_now();
	atomic_store_explicit(&w->at_alive, w->now, memory_order_relaxed);
}

static void
set_wall_offset(struct worker *w)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	w->wall_offset = ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000 - w->now;
}

void
worker_notify_main(struct workers *set)
{
	ssize_t n = write(set->notify_fd, &(uint64_t){1}, sizeof(uint64_t));

	(void)n; /* full means readable, which is all we want */
}

void
worker_run_later(struct worker *w, struct conn *c)
{
	if (c->running)
		return;
	c->running = true;
	TAILQ_INSERT_TAIL(&w->run, c, run_link);
	atomic_fetch_add_explicit(&w->n_running, 1, memory_order_relaxed);
}

void
worker_run_not(struct worker *w, struct conn *c)
{
	if (!c->running)
		return;
	c->running = false;
	TAILQ_REMOVE(&w->run, c, run_link);
	atomic_fetch_sub_explicit(&w->n_running, 1, memory_order_relaxed);
}

/* A turn for each connection that is in the queue now, as far as the time allows. */
static void
run_queue(struct worker *w)
{
	usec_t until = clock_now() + WAKE_MAX; /* its own, whatever the events took */
	struct conn *last = TAILQ_LAST(&w->run, conn_head);
	struct conn *c;

	while (last && (c = TAILQ_FIRST(&w->run))) {
		bool was_last = c == last;

		worker_run_not(w, c);
		if (c->state != CONN_DEAD)
			conn_run(c);
		set_clock(w); /* a turn may move megabytes */
		if (was_last || w->now >= until)
			break;
	}
}

/* Let the earliest deadline wake us; a timer that is armed for earlier may fire for nothing. */
static void
arm_timer(struct worker *w)
{
	struct timer *t = timerheap_first(&w->timers);
	struct timeval tv;
	usec_t in;

	if (!t || t->at >= w->at_timer)
		return;
	in = t->at > w->now ? t->at - w->now : 0;
	tv.tv_sec = in / USEC_PER_SEC;
	tv.tv_usec = in % USEC_PER_SEC;
	evtimer_add(w->ev_timer, &tv);
	w->at_timer = t->at;
}

/* The end of every handler: what had to wait until nobody looks at a connection any more. */
static void
settle(struct worker *w)
{
	conn_reap(w);
	if (w->ended) {
		event_base_loopbreak(w->base);
		return;
	}
	arm_timer(w);
	if (!TAILQ_EMPTY(&w->run))
		event_active(w->ev_epoll, EV_READ, 0);
}

static void
dispatch(const struct epoll_event *ev)
{
	uintptr_t v = (uintptr_t)ev->data.ptr;
	void *record = (void *)(v & ~(uintptr_t)TAG_MASK);

	if ((v & TAG_MASK) == TAG_LISTENER)
		listener_accept(record);
	else
		conn_event(record, (int)(v & TAG_MASK), ev->events);
}

static void
on_epoll(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	struct epoll_event events[EVENTS_BATCH];
	usec_t until = clock_now() + WAKE_MAX;

	(void)fd;
	(void)what;
	do {
		int n = epoll_wait(w->epfd, events, EVENTS_BATCH, 0);

		set_clock(w);
		for (int i = 0; i < n; i++)
			dispatch(&events[i]);
		if (n <= 0 && TAILQ_EMPTY(&w->run))
			break;
		run_queue(w);
		conn_reap(w); /* no event of this batch points to them any more */
	} while (w->now < until);
	settle(w);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	struct timer *t;

	(void)fd;
	(void)what;
	set_clock(w);
	w->at_timer = USEC_NEVER;
	while ((t = timerheap_first(&w->timers)) && t->at <= w->now) {
		timer_disarm(&w->timers, t);
		conn_timer((struct conn *)(void *)((char *)t - offsetof(struct conn, timer)));
	}
	settle(w);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;

	(void)fd;
	(void)what;
	set_clock(w);
	set_wall_offset(w);
	listener_recheck(w, w->now);
	atomic_store_explicit(&w->n_pipes_used, w->pipes.n_used, memory_order_relaxed);
	atomic_store_explicit(&w->n_pipes, w->pipes.n_used + w->pipes.n_idle, memory_order_relaxed);
	settle(w);
	timerheap_shrink(&w->timers, w->n_conns + 1);
}

static void
on_mail(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;

	(void)fd;
	(void)what;
	set_clock(w);
	worker_mail(w);
	settle(w);
}

/*
 * Without locks: no other thread ever touches the base.  One callback, then the base looks at its
 * descriptors and the clock again: on_epoll, which activates itself while there is work in the run
 * queue, would otherwise keep mailbox, tick and timers out for as long as streams saturate us.
 */
static struct event_base *
base_new(void)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base;

	if (!cfg)
		return NULL;
	event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
	event_config_set_max_dispatch_interval(cfg, NULL, 1, 0);
	base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	return base;
}

static int
events_new(struct worker *w)
{
	struct timeval tick = {0, TICK};

	w->ev_epoll = event_new(w->base, w->epfd, EV_READ | EV_PERSIST, on_epoll, w);
	w->ev_mail = event_new(w->base, w->mailbox.fd, EV_READ | EV_PERSIST, on_mail, w);
	w->ev_tick = event_new(w->base, -1, EV_PERSIST, on_tick, w);
	w->ev_timer = evtimer_new(w->base, on_timer, w);
	if (!w->ev_epoll || !w->ev_mail || !w->ev_tick || !w->ev_timer)
		return -1;
	if (event_add(w->ev_epoll, NULL) < 0 || event_add(w->ev_mail, NULL) < 0)
		return -1;
	return event_add(w->ev_tick, &tick);
}

int
worker_init(struct worker *w, struct workers *set, unsigned id, struct err *e)
{
	*w = (struct worker){.set = set, .id = id, .epfd = -1, .at_timer = USEC_NEVER};
	w->mailbox.fd = -1;
	slab_init(&w->slab, sizeof(struct conn));
	pipes_init(&w->pipes, 0);
	TAILQ_INIT(&w->conns);
	TAILQ_INIT(&w->run);
	TAILQ_INIT(&w->dead);
	TAILQ_INIT(&w->listeners);
	if (mailbox_init(&w->mailbox, e) < 0)
		return -1;
	w->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (w->epfd < 0)
		return err_sys(e, "epoll_create1 for worker %u", id);
	w->buffer = malloc(COPY_BUFFER);
	w->base = base_new();
	if (!w->buffer || !w->base || events_new(w) < 0)
		return err_set(e, "no memory or descriptors for worker %u", id);
	set_clock(w);
	set_wall_offset(w);
	return 0;
}

static void
free_event(struct event **ev)
{
	if (*ev)
		event_free(*ev);
	*ev = NULL;
}

/* The thread has ended (or never ran): what is left is the main thread's. */
void
worker_fini(struct worker *w)
{
	struct mail_batch batch;
	struct mail *m;

	if (w->mailbox.fd >= 0) {
		mailbox_take(&w->mailbox, &batch);
		while ((m = STAILQ_FIRST(&batch.mails))) {
			STAILQ_REMOVE_HEAD(&batch.mails, link);
			mail_free(m);
		}
	}
	listener_drop_all(w);
	free_event(&w->ev_epoll);
	free_event(&w->ev_mail);
	free_event(&w->ev_tick);
	free_event(&w->ev_timer);
	if (w->base)
		event_base_free(w->base);
	if (w->epfd >= 0)
		close(w->epfd);
	mailbox_fini(&w->mailbox);
	pipes_fini(&w->pipes);
	timerheap_fini(&w->timers);
	slab_fini(&w->slab);
	free(w->buffer);
	if (w->snap)
		snapshot_unref(&w->snap);
}

void *
worker_main(void *arg)
{
	struct worker *w = arg;

	set_clock(w);
	event_base_loop(w->base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}
