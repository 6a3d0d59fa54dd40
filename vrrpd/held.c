/*
 * held.c - what became of one thing that a master holds in the kernel.
 */
#include "vrrpd/held.h"

#include <stdio.h>
#include <string.h>

#define RETRY_FIRST (100 * USEC_PER_MS)
#define RETRY_MAX   (30 * USEC_PER_SEC)
#define FAULT_FIRST (10 * USEC_PER_SEC)
#define FAULT_MAX   (300 * USEC_PER_SEC)

/* first, doubled with each further failure */
static usec_t
pause_after(usec_t first, usec_t max, unsigned n_failed)
{
	usec_t pause = first;

	while (n_failed-- > 1 && pause < max)
		pause *= 2;
	return pause < max ? pause : max;
}

void
held_added(struct held *h)
{
	*h = (struct held){.there = true};
}

void
held_failed(struct held *h, const char *why, usec_t now)
{
	h->there = false;
	h->n_failed++;
	h->retry_at = now + pause_after(RETRY_FIRST, RETRY_MAX, h->n_failed);
	snprintf(h->why, sizeof(h->why), "%s", why);
}

bool
held_removed(struct held *h, bool no_track)
{
	h->there = false;
	h->given_up = no_track;
	return !no_track;
}

bool
held_due(const struct held *h, usec_t now)
{
	return !h->given_up && (h->n_failed == 0 || now >= h->retry_at);
}

void
held_hurry(struct held *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		list[i] = (struct held){.there = list[i].there};
}

void
held_forget(struct held *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		list[i] = (struct held){.there = false};
}

usec_t
held_next_retry(const struct held *list, size_t n)
{
	usec_t next = USEC_NEVER;

	for (size_t i = 0; i < n; i++)
		if (list[i].n_failed > 0 && list[i].retry_at < next)
			next = list[i].retry_at;
	return next;
}

bool
held_all_failed(const struct held *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].n_failed == 0)
			return false;
	return n > 0;
}

usec_t
held_fault_time(unsigned n)
{
	return pause_after(FAULT_FIRST, FAULT_MAX, n);
}
