/*
 * weight.h - what the trackers say becomes an effective priority and a set of faults.
 */
#ifndef VRRPD_WEIGHT_H
#define VRRPD_WEIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vrrpd/track_core.h"

struct weight_fact {
	int weight; /* 0: failing is a fault; >0: added while good; <0: added while failing */
	enum track_verdict verdict;
	bool in_grace; /* track_in_grace(): a weight 0 holds a backup back till it is over */
};

struct weight_result {
	uint8_t priority; /* 1..254; a base of 255 (owner) is never changed */
	unsigned faults;  /* bits of enum vrrp_fault: TRACK, TRACK_DEAD, NOT_READY */
};

/* What it adds to the priority now, before the limits. */
int weight_share(const struct weight_fact *fact);
struct weight_result weight_apply(uint8_t base, const struct weight_fact *facts, size_t n);

#endif
