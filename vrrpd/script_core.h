/*
 * script_core.h - when a tracker's command runs, when it has taken too long, what that means.
 *
 * track_script.c owns the child: it reports what happened and runs the command when told.  There
 * is never a second copy: while one runs, a turn is skipped.  The child's end after its time limit
 * is spawn.c's matter (SIGTERM, then SIGKILL); here it has failed at the limit already, and again
 * with each turn that it hangs on.
 */
#ifndef VRRPD_SCRIPT_CORE_H
#define VRRPD_SCRIPT_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/usec.h"
#include "vrrpd/verdict.h"

enum script_event {
	SCRIPT_EV_TICK, /* script_deadline() is due; early ones do no harm */
	SCRIPT_EV_WELL, /* it ended with status 0 */
	SCRIPT_EV_BADLY,
	SCRIPT_EV_NOT_STARTED,
};

enum script_wish {
	SCRIPT_DO_RUN = 1 << 0,
	SCRIPT_DO_TELL = 1 << 1, /* the verdict changed */
};

/* Read-only for everybody but script_core.c. */
struct script_state {
	struct verdict verdict;
	bool running;
	bool overdue;      /* beyond its time limit, and counted */
	int n_excused;     /* orders under way: failures do not count */
	usec_t next_at;    /* next turn */
	usec_t timeout_at; /* of the one that runs */
	uint64_t n_good, n_bad, n_timeouts, n_skipped;
};

/* first_at: the first turn; a host with many trackers spreads them. */
void script_init(struct script_state *s, bool init_fail, usec_t first_at);
/* Returns the wishes. */
unsigned script_step(struct script_state *s, const struct track_params *p, enum script_event ev,
		     usec_t now);
usec_t script_deadline(const struct script_state *s);

#endif
