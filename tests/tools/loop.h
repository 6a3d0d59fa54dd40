/*
 * loop.h - epoll and timers for the test tools.
 *
 * Timers fire with the precision of the kernel's high resolution clock (epoll_pwait2), at most
 * one batch of events late.  A handler may free the object it was called for and no other that is
 * being watched; to end others, set them a timer of USEC_NOW.
 */
#ifndef TESTS_LOOP_H
#define TESTS_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "common/usec.h"

#define USEC_NOW ((usec_t)0) /* an instant that is always over */

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

struct watch {
	int fd; /* -1: not watched */
	uint32_t events;
	void (*on_ready)(struct watch *w, uint32_t events);
};

struct timer {
	usec_t at;
	size_t slot; /* place in the heap + 1; 0: not running */
	void (*on_due)(struct timer *t);
};

struct loop {
	int epfd;
	bool stop;
	struct timer **heap;
	size_t n_timers, cap;
	struct watch signals;
	void (*on_signal)(struct loop *l, int signo);
};

void loop_init(struct loop *l);
void loop_free(struct loop *l);
void loop_run(struct loop *l);                    /* until l->stop */
void loop_run_timers(struct loop *l, usec_t now); /* those that are due at now */

/* Start watching fd, or change what is waited for. */
void loop_watch(struct loop *l, struct watch *w, int fd, uint32_t events);
/* The descriptor stays open; the caller closes it. */
void loop_unwatch(struct loop *l, struct watch *w);

void timer_set(struct loop *l, struct timer *t, usec_t at); /* also moves a running one */
void timer_cancel(struct loop *l, struct timer *t);

/* As loop_unwatch(), for a descriptor of which there is no copy: close it, which saves a call. */
void loop_close(struct loop *l, struct watch *w);
/* A loop within a loop: whatever is ready now, at most max of it, then return. */
void loop_run_ready(struct loop *l, int max);

/* Deliver these signals (0 ends the list) through the loop; SIGPIPE is ignored from then on. */
void loop_signals(struct loop *l, const int *signals, void (*on_signal)(struct loop *l, int signo));

#endif
