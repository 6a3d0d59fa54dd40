/*
 * weight.h - what the trackers say becomes an effective priority and a set of faults.
 */
#ifndef VRRPD_WEIGHT_H
#define VRRPD_WEIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vrrpd/track_fact.h"

struct weight_fact {
	/*
	 * 0: failing is a fault; >0: added while good; <0: added while failing.  For a file's
	 * value: times the value; 0: any value but 0 is a fault.
	 */
	int weight;
	bool reverse; /* the other way round: a fault while good, subtracted and not added */
	struct track_fact is;
};

struct weight_result {
	uint8_t priority; /* 1..254; a base of 255 (owner) is never changed */
	unsigned faults;  /* bits of enum vrrp_fault: TRACK, TRACK_DEAD, NOT_READY */
};

/* What it adds to the priority now, before the limits. */
int weight_share(const struct weight_fact *fact);
struct weight_result weight_apply(uint8_t base, const struct weight_fact *facts, size_t n);

#endif
