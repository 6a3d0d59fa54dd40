/*
 * weight.c - what the trackers say becomes an effective priority and a set of faults.  Pure.
 */
#include "vrrpd/weight.h"

#include "vrrpd/fsm.h"

#define VALUE_FAULT (-254) /* of a file, times its weight: from here on downwards it is FAULT */
#define VALUE_MAX   253

static unsigned
fault_of_verdict(const struct weight_fact *fact)
{
	const unsigned bad = 1u << VRRP_FAULT_TRACK;

	switch (fact->is.verdict) {
	case TRACK_FAILING:
		return fact->reverse ? 0 : bad;
	case TRACK_DEAD:
		return fact->reverse ? 0 : 1u << VRRP_FAULT_TRACK_DEAD;
	case TRACK_WAITING:
		return 1u << VRRP_FAULT_NOT_READY;
	case TRACK_OK:
		break;
	}
	if (fact->is.in_grace)
		return 1u << VRRP_FAULT_NOT_READY;
	return fact->reverse ? bad : 0;
}

/* As keepalived: a bonus is earned by being good, a malus by failing; not known yet is neither. */
static int
bonus_of_verdict(const struct weight_fact *fact)
{
	enum track_verdict v = fact->is.verdict;
	bool counts = fact->weight > 0 ? v == TRACK_OK : v == TRACK_FAILING || v == TRACK_DEAD;

	if (!counts)
		return 0;
	return fact->reverse ? -fact->weight : fact->weight;
}

/* A file's number: its product with the weight, or FAULT. */
static unsigned
weigh_value(const struct weight_fact *fact, int *bonus)
{
	int64_t product = (int64_t)fact->weight * fact->is.value;

	*bonus = 0;
	if (fact->is.verdict != TRACK_OK)
		return fact->weight == 0 ? 1u << VRRP_FAULT_NOT_READY : 0;
	if (fact->weight == 0)
		return (fact->is.value != 0) != fact->reverse ? 1u << VRRP_FAULT_TRACK : 0;
	if (fact->reverse)
		product = -product;
	if (product <= VALUE_FAULT)
		return 1u << VRRP_FAULT_TRACK;
	*bonus = product > VALUE_MAX ? VALUE_MAX : (int)product;
	return 0;
}

static unsigned
weigh_one(const struct weight_fact *fact, int *bonus)
{
	if (fact->is.has_value)
		return weigh_value(fact, bonus);
	*bonus = fact->weight == 0 ? 0 : bonus_of_verdict(fact);
	return fact->weight == 0 ? fault_of_verdict(fact) : 0;
}

int
weight_share(const struct weight_fact *fact)
{
	int bonus;

	weigh_one(fact, &bonus);
	return bonus;
}

struct weight_result
weight_apply(uint8_t base, const struct weight_fact *facts, size_t n)
{
	struct weight_result r = {.priority = base};
	int64_t priority = base;

	for (size_t i = 0; i < n; i++) {
		int bonus;

		r.faults |= weigh_one(&facts[i], &bonus);
		priority += bonus;
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
