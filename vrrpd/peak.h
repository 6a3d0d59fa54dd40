/*
 * peak.h - the largest of a stream of measurements: of all times, and recently.  Pure.
 */
#ifndef VRRPD_PEAK_H
#define VRRPD_PEAK_H

#include <stdint.h>

#include "common/usec.h"

#define PEAK_WINDOW (30 * USEC_PER_SEC) /* peak_recent() looks back one to two of them */

struct peak {
	usec_t max;
	usec_t max_at;
	usec_t window_at; /* when the present window began */
	usec_t window[2]; /* largest of the present and of the one before */
	uint64_t n;
};

/* A timer was due `late` ago (not late at all: 0 or less). */
void peak_note(struct peak *l, usec_t late, usec_t now);
/* The largest of the last half to one minute. */
usec_t peak_recent(const struct peak *l, usec_t now);

#endif
