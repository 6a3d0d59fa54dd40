/*
 * timerheap.c - see timerheap.h.  One thread, pure.
 */
#include "proxyd/timerheap.h"

#include <assert.h>
#include <stdlib.h>

#define CAP_MIN 64

#define SHRUNK_MIN 64 /* timers */

void
timerheap_fini(struct timerheap *h)
{
	free(h->v);
	*h = (struct timerheap){0};
}

int
timerheap_reserve(struct timerheap *h, size_t n)
{
	size_t cap = h->cap ? h->cap * 2 : CAP_MIN;
	struct timer **v;

	if (n <= h->cap)
		return 0;
	if (cap < n)
		cap = n;
	v = realloc(h->v, cap * sizeof(struct timer *));
	if (!v)
		return -1;
	h->v = v;
	h->cap = cap;
	return 0;
}

void
timerheap_shrink(struct timerheap *h, size_t n)
{
	size_t cap = n * 2 < SHRUNK_MIN ? SHRUNK_MIN : n * 2;
	struct timer **v;

	if (h->cap <= cap * 2 || h->n > cap)
		return;
	v = realloc(h->v, cap * sizeof(struct timer *));
	if (!v)
		return;
	h->v = v;
	h->cap = cap;
}

void
timerheap_trim(struct timerheap *h, size_t n)
{
	size_t cap = n * 2 > CAP_MIN ? n * 2 : CAP_MIN;
	struct timer **v;

	if (n < h->n || h->cap < (size_t)CAP_MIN * 2 || h->cap / 4 < n)
		return;
	v = realloc(h->v, cap * sizeof(struct timer *));
	if (!v)
		return;
	h->v = v;
	h->cap = cap;
}

static void
place(struct timerheap *h, size_t i, struct timer *t)
{
	h->v[i] = t;
	t->index = (uint32_t)i + 1;
}

static void
sift_up(struct timerheap *h, size_t i, struct timer *t)
{
	while (i > 0 && h->v[(i - 1) / 2]->at > t->at) {
		place(h, i, h->v[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(h, i, t);
}

static void
sift_down(struct timerheap *h, size_t i, struct timer *t)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= h->n)
			break;
		if (child + 1 < h->n && h->v[child + 1]->at < h->v[child]->at)
			child++;
		if (h->v[child]->at >= t->at)
			break;
		place(h, i, h->v[child]);
		i = child;
	}
	place(h, i, t);
}

void
timer_arm(struct timerheap *h, struct timer *t, usec_t at)
{
	if (t->index == 0) {
		assert(h->n < h->cap);
		t->at = at;
		sift_up(h, h->n++, t);
		return;
	}
	if (at < t->at) {
		t->at = at;
		sift_up(h, t->index - 1, t);
	} else {
		t->at = at;
		sift_down(h, t->index - 1, t);
	}
}

void
timer_disarm(struct timerheap *h, struct timer *t)
{
	size_t i;
	struct timer *last;

	if (t->index == 0)
		return;
	i = t->index - 1;
	t->index = 0;
	last = h->v[--h->n];
	if (last == t)
		return;
	if (i > 0 && h->v[(i - 1) / 2]->at > last->at)
		sift_up(h, i, last);
	else
		sift_down(h, i, last);
}

struct timer *
timerheap_first(const struct timerheap *h)
{
	return h->n > 0 ? h->v[0] : NULL;
}
