/*
 * weight.c - what the trackers say becomes an effective priority and a set of faults.  Pure.
 */
#include "vrrpd/weight.h"

#include "vrrpd/fsm.h"

static unsigned
fault_of(const struct weight_fact *fact)
{
	switch (fact->verdict) {
	case TRACK_FAILING:
		return 1u << VRRP_FAULT_TRACK;
	case TRACK_DEAD:
		return 1u << VRRP_FAULT_TRACK_DEAD;
	case TRACK_WAITING:
		return 1u << VRRP_FAULT_NOT_READY;
	case TRACK_OK:
		break;
	}
	return fact->in_grace ? 1u << VRRP_FAULT_NOT_READY : 0;
}

/* As keepalived: a bonus is earned by being good, a malus by failing; not known yet is neither. */
int
weight_share(const struct weight_fact *fact)
{
	if (fact->weight > 0)
		return fact->verdict == TRACK_OK ? fact->weight : 0;
	return fact->verdict == TRACK_FAILING || fact->verdict == TRACK_DEAD ? fact->weight : 0;
}

struct weight_result
weight_apply(uint8_t base, const struct weight_fact *facts, size_t n)
{
	struct weight_result r = {.priority = base};
	int priority = base;

	for (size_t i = 0; i < n; i++) {
		if (facts[i].weight == 0)
			r.faults |= fault_of(&facts[i]);
		else
			priority += weight_share(&facts[i]);
	}
	if (base == 255)
		return r;
	if (priority < 1)
		priority = 1;
	if (priority > 254)
		priority = 254;
	r.priority = (uint8_t)priority;
	return r;
}
