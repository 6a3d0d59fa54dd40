/*
 * outage.h - outages as seen by a series of attempts, told in the order of their starts.
 *
 * An outage lies between the last attempt that succeeded before a failure and the next one that
 * succeeded.  Its length is the distance of their starts minus one interval: what is missing from
 * an unbroken cadence.  One lost attempt alone is an outage of one interval.  Two edges:
 * - failures before the first success count from one interval before the first attempt;
 * - failures up to the last attempt count up to one interval behind it and are marked open.
 */
#ifndef TESTS_OUTAGE_H
#define TESTS_OUTAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/usec.h"

struct instant {
	usec_t mono;
	usec_t real;
};

struct outage {
	struct instant last_ok; /* start of the attempt; the edges above for the others */
	struct instant next_ok;
	usec_t length;
	uint64_t n_failed;
	bool open;     /* no success came any more */
	bool at_start; /* no success had come before */
};

struct outages {
	usec_t interval;
	struct instant last_ok, last;
	bool seen_ok, failing;
	struct outage *list;
	size_t n, cap;
};

void outages_step(struct outages *o, struct instant start, bool ok);
void outages_end(struct outages *o);
const struct outage *outages_longest(const struct outages *o); /* NULL: none */

#endif
