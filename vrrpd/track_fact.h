/*
 * track_fact.h - what a tracker knows at the moment, whatever its kind; the same for the weighing,
 * the log and vrrpctl.
 */
#ifndef VRRPD_TRACK_FACT_H
#define VRRPD_TRACK_FACT_H

#include <stdbool.h>

#include "vrrpd/track_core.h"

struct track_fact {
	enum track_verdict verdict;
	const char *reason; /* static text; "" when good */
	bool in_grace;      /* a restart that we ordered is under way: a backup waits for it */
	bool has_value; /* a file: the value counts, and the verdict says only that it is known */
	int value;
};

#endif
