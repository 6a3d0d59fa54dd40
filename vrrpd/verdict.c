/*
 * verdict.c - from single observations to a verdict: by counting, or by waiting.  Pure.
 */
#include "vrrpd/verdict.h"

#include <limits.h>

void
verdict_init(struct verdict *v, bool init_fail)
{
	*v = (struct verdict){
	    .now = init_fail ? TRACK_FAILING : TRACK_WAITING,
	    .reason = init_fail ? "not seen good yet" : "",
	    .change_at = USEC_NEVER,
	};
}

static bool
turn(struct verdict *v, bool good, const char *reason)
{
	enum track_verdict before = v->now;

	v->now = good ? TRACK_OK : TRACK_FAILING;
	v->reason = good ? "" : reason;
	return v->now != before;
}

static void
one_more(int *n)
{
	*n += *n < INT_MAX;
}

bool
verdict_count(struct verdict *v, const struct track_params *p, bool good, const char *reason)
{
	if (good) {
		v->n_bad = 0;
		one_more(&v->n_good);
		if (v->now == TRACK_WAITING || v->n_good >= p->rise)
			return turn(v, true, "");
		return false;
	}
	v->n_good = 0;
	one_more(&v->n_bad);
	if (v->now == TRACK_WAITING || v->n_bad >= p->fall)
		return turn(v, false, reason);
	v->reason = reason;
	return false;
}

bool
verdict_settle(struct verdict *v, usec_t up_delay, usec_t down_delay, bool good, const char *reason,
	       usec_t now)
{
	bool stands = v->now == (good ? TRACK_OK : TRACK_FAILING);

	if (v->now == TRACK_WAITING)
		return turn(v, good, reason);
	if (stands) { /* it was for a moment only */
		v->change_at = USEC_NEVER;
		v->seen_good = good;
		return false;
	}
	if (v->change_at == USEC_NEVER || v->seen_good != good)
		v->change_at = now + (good ? up_delay : down_delay);
	v->seen_good = good;
	if (now < v->change_at)
		return false;
	v->change_at = USEC_NEVER;
	return turn(v, good, reason);
}
