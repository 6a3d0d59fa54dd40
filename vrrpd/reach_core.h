/*
 * reach_core.h - do enough of some addresses answer?  Pure; reach.c asks them.
 *
 * All are asked together each interval; who has not answered within the timeout (at most an
 * interval) has failed once.  Each address counts for itself (rise, fall), and `need` of them
 * must be well.
 */
#ifndef VRRPD_REACH_CORE_H
#define VRRPD_REACH_CORE_H

#include <stdbool.h>
#include <stddef.h>

#include "vrrpd/track_conf.h"
#include "vrrpd/verdict.h"

enum reach_wish {
	REACH_DO_END = 1 << 0,  /* wait for no answer any more */
	REACH_DO_ASK = 1 << 1,  /* all of them */
	REACH_DO_TELL = 1 << 2, /* the verdict changed */
};

/* Read-only for everybody but reach_core.c. */
struct reach_state {
	enum track_verdict now;
	const char *reason; /* static text; "" when good */
	int n_ok;
	usec_t next_at;
	usec_t judge_at; /* USEC_NEVER: no question is open */
	size_t n;
	struct reach_one {
		struct verdict verdict;
		bool asked; /* and has not answered yet */
	} one[TRACK_TARGETS_MAX];
};

void reach_init(struct reach_state *s, size_t n, usec_t now);
/* Both return wishes.  A tick is due at the deadline; early ones do no harm. */
unsigned reach_tick(struct reach_state *s, const struct track_params *p, int need, usec_t now);
unsigned reach_answer(struct reach_state *s, const struct track_params *p, int need, size_t i,
		      bool good);
usec_t reach_deadline(const struct reach_state *s);

#endif
