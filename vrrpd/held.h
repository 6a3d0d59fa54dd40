/*
 * held.h - what became of one thing that a master holds in the kernel: an address, route or rule.
 *
 * What cannot be added is tried again with growing pauses.
 */
#ifndef VRRPD_HELD_H
#define VRRPD_HELD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/usec.h"

#define HELD_WHY_LEN 96

struct held {
	bool there;        /* added, and nothing was heard of its removal */
	bool given_up;     /* removed by somebody else, and no_track */
	unsigned n_failed; /* attempts in a row */
	usec_t retry_at;
	char why[HELD_WHY_LEN]; /* of the last failure */
};

void held_added(struct held *h);
void held_failed(struct held *h, const char *why, usec_t now);
/* By somebody else.  false: leave it so. */
bool held_removed(struct held *h, bool no_track);
/* Add it, or see that it is there, now? */
bool held_due(const struct held *h, usec_t now);
/* Everything is due, whatever happened to it. */
void held_hurry(struct held *list, size_t n);
/* Nothing is there any more. */
void held_forget(struct held *list, size_t n);

usec_t held_next_retry(const struct held *list, size_t n); /* USEC_NEVER: nothing failed */
bool held_all_failed(const struct held *list, size_t n);
/* The n-th time in a row that a master could add none of its addresses: so long it is no master. */
usec_t held_fault_time(unsigned n);

#endif
