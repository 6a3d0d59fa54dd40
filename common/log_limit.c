/*
 * log_limit.c - how many lines a peer may cause, and how many were held back.
 */
#include "common/log.h"

#define WINDOW_DEFAULT (10 * USEC_PER_SEC)
#define MAX_DEFAULT    5u

bool
log_limit_pass(struct log_limit *l, usec_t now, unsigned *skipped)
{
	usec_t window = l->window ? l->window : WINDOW_DEFAULT;
	unsigned max = l->max ? l->max : MAX_DEFAULT;

	*skipped = 0;
	if (now - l->at_window >= window) {
		l->at_window = now;
		l->n_sent = 0;
	}
	if (l->n_sent >= max) {
		l->n_skipped++;
		return false;
	}
	l->n_sent++;
	*skipped = l->n_skipped;
	l->n_skipped = 0;
	return true;
}
