/*
 * verdict.h - from single observations to a verdict: by counting, or by waiting.  Pure.
 *
 * Whoever asks from time to time counts: `fall` bad answers in a row, `rise` good ones.  Whoever
 * is told of each change waits: only what lasts longer than a delay counts.
 */
#ifndef VRRPD_VERDICT_H
#define VRRPD_VERDICT_H

#include <stdbool.h>

#include "common/usec.h"
#include "vrrpd/track_core.h"

struct verdict {
	enum track_verdict now;
	const char *reason; /* of the last failure, static text; "" when good */
	int n_good;         /* in a row */
	int n_bad;
	bool seen_good;   /* verdict_settle: what was last seen */
	usec_t change_at; /* verdict_settle: when that counts; USEC_NEVER: it does already */
};

/* init_fail: failing until `rise` good answers; else the first answer decides. */
void verdict_init(struct verdict *v, bool init_fail);
/* Both return: the verdict changed. */
bool verdict_count(struct verdict *v, const struct track_params *p, bool good, const char *reason);
/* As often as you like, also at change_at with what was last seen. */
bool verdict_settle(struct verdict *v, usec_t up_delay, usec_t down_delay, bool good,
		    const char *reason, usec_t now);

#endif
