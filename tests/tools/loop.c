/*
 * loop.c - epoll and a heap of timers (see loop.h).  Single-threaded.
 */
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

#define EVENTS_PER_WAIT 64
#define TIMER_SLACK_NS  1000UL

void
loop_init(struct loop *l)
{
	memset(l, 0, sizeof(*l));
	l->signals.fd = -1;
	l->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epfd < 0)
		die("epoll_create1: %s", strerror(errno));
	prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
}

void
loop_free(struct loop *l)
{
	if (l->signals.fd >= 0)
		close(l->signals.fd);
	close(l->epfd);
	free(l->heap);
}

void
loop_watch(struct loop *l, struct watch *w, int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = w};
	int op = w->fd == fd ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (w->fd == fd && w->events == events)
		return;
	w->fd = fd;
	w->events = events;
	if (epoll_ctl(l->epfd, op, fd, &ev) < 0)
		die("epoll_ctl: %s", strerror(errno));
}

void
loop_unwatch(struct loop *l, struct watch *w)
{
	if (w->fd >= 0)
		epoll_ctl(l->epfd, EPOLL_CTL_DEL, w->fd, NULL);
	w->fd = -1;
	w->events = 0;
}

void
loop_close(struct loop *l, struct watch *w)
{
	(void)l; /* the kernel forgets the registration with the last copy */
	close(w->fd);
	w->fd = -1;
	w->events = 0;
}

static void
heap_put(struct loop *l, size_t i, struct timer *t)
{
	l->heap[i] = t;
	t->slot = i + 1;
}

/* Let t, which belongs at place i or above or below it, find its place. */
static void
heap_settle(struct loop *l, size_t i, struct timer *t)
{
	size_t child;

	while (i > 0 && l->heap[(i - 1) / 2]->at > t->at) {
		heap_put(l, i, l->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	for (;;) {
		child = 2 * i + 1;
		if (child >= l->n_timers)
			break;
		if (child + 1 < l->n_timers && l->heap[child + 1]->at < l->heap[child]->at)
			child++;
		if (l->heap[child]->at >= t->at)
			break;
		heap_put(l, i, l->heap[child]);
		i = child;
	}
	heap_put(l, i, t);
}

void
timer_set(struct loop *l, struct timer *t, usec_t at)
{
	t->at = at;
	if (t->slot) {
		heap_settle(l, t->slot - 1, t);
		return;
	}
	if (l->n_timers == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->heap = must_grow(l->heap, l->cap, sizeof(struct timer *));
	}
	l->n_timers++;
	heap_settle(l, l->n_timers - 1, t);
}

void
timer_cancel(struct loop *l, struct timer *t)
{
	size_t i = t->slot - 1;
	struct timer *last;

	if (!t->slot)
		return;
	t->slot = 0;
	last = l->heap[--l->n_timers];
	if (last != t)
		heap_settle(l, i, last);
}

void
loop_run_timers(struct loop *l, usec_t now)
{
	struct timer *t;

	while (l->n_timers && l->heap[0]->at <= now && !l->stop) {
		t = l->heap[0];
		timer_cancel(l, t);
		t->on_due(t);
	}
}

static int
wait_events(struct loop *l, struct epoll_event *events)
{
	struct timespec ts = {0};
	usec_t left;

	if (!l->n_timers)
		return epoll_pwait2(l->epfd, events, EVENTS_PER_WAIT, NULL, NULL);
	left = l->heap[0]->at - mono_now();
	if (left > 0 && l->heap[0]->at != USEC_NEVER) {
		ts.tv_sec = left / USEC_PER_SEC;
		ts.tv_nsec = left % USEC_PER_SEC * 1000;
	}
	return epoll_pwait2(l->epfd, events, EVENTS_PER_WAIT, &ts, NULL);
}

void
loop_run(struct loop *l)
{
	struct epoll_event events[EVENTS_PER_WAIT];
	struct watch *w;
	int n;

	while (!l->stop) {
		n = wait_events(l, events);
		if (n < 0 && errno != EINTR)
			die("epoll_pwait2: %s", strerror(errno));
		for (int i = 0; i < n; i++) {
			w = events[i].data.ptr;
			w->on_ready(w, events[i].events);
		}
		loop_run_timers(l, mono_now());
	}
}

void
loop_run_ready(struct loop *l, int max)
{
	struct epoll_event events[EVENTS_PER_WAIT];
	struct watch *w;
	int n = epoll_wait(l->epfd, events, max < EVENTS_PER_WAIT ? max : EVENTS_PER_WAIT, 0);

	for (int i = 0; i < n; i++) {
		w = events[i].data.ptr;
		w->on_ready(w, events[i].events);
	}
}

static void
on_signalfd(struct watch *w, uint32_t events)
{
	struct loop *l = container_of(w, struct loop, signals);
	struct signalfd_siginfo si;

	(void)events;
	while (read(w->fd, &si, sizeof(si)) == (ssize_t)sizeof(si))
		l->on_signal(l, (int)si.ssi_signo);
}

void
loop_signals(struct loop *l, const int *signals, void (*on_signal)(struct loop *l, int signo))
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (; *signals; signals++)
		sigaddset(&set, *signals);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		die("signalfd: %s", strerror(errno));
	l->on_signal = on_signal;
	l->signals.on_ready = on_signalfd;
	loop_watch(l, &l->signals, fd, EPOLLIN);
}
