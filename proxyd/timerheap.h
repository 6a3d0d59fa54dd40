/*
 * timerheap.h - the deadlines of one worker's connections: a binary heap, earliest first.
 *
 * Timers are lazy: an armed deadline may lie before the true one, never after it; who is woken
 * too early arms again.  So activity costs nothing, only a nearer deadline moves an entry.
 */
#ifndef PROXYD_TIMERHEAP_H
#define PROXYD_TIMERHEAP_H

#include <stddef.h>
#include <stdint.h>

#include "common/usec.h"

struct timer {
	usec_t at;      /* armed for; meaningless while not in the heap */
	uint32_t index; /* place in the heap + 1, 0: not armed */
};

struct timerheap {
	struct timer **v;
	size_t n, cap;
};

void timerheap_fini(struct timerheap *h);
/* Room for one more timer, so that timer_arm cannot fail; -1: out of memory. */
int timerheap_reserve(struct timerheap *h, size_t n) __attribute__((warn_unused_result));
/* Give memory back when far more than `n` timers have room; room for n stays. */
void timerheap_shrink(struct timerheap *h, size_t n);
/* Give memory back when there is room for far more than n timers, all of those that may be armed.
 */
void timerheap_trim(struct timerheap *h, size_t n);
void timer_arm(struct timerheap *h, struct timer *t, usec_t at); /* moves an armed one */
void timer_disarm(struct timerheap *h, struct timer *t);
struct timer *timerheap_first(const struct timerheap *h); /* NULL when empty */

#endif
