/*
 * track_core.h - is proxyd well?  One kept connection to its control socket, judged purely.
 *
 * track.c owns the socket: it reports what happened and does what the wishes say.  It asks with
 * "show health" (or "show health backend NAME") and reports a first line "ok" as TRACK_EV_OK,
 * anything else as TRACK_EV_BAD.
 */
#ifndef VRRPD_TRACK_CORE_H
#define VRRPD_TRACK_CORE_H

#include <stdbool.h>

#include "common/usec.h"

enum track_verdict {
	TRACK_WAITING, /* not known yet */
	TRACK_OK,
	TRACK_FAILING, /* it answers, and says that it cannot serve */
	TRACK_DEAD,    /* nobody there, or hung */
};
const char *track_verdict_name(enum track_verdict v); /* "waiting", "ok", "failing", "dead" */

struct track_params {
	usec_t interval;
	usec_t timeout; /* for one answer, and for connecting */
	int fall;
	int rise;
};

enum track_event {
	TRACK_EV_START, /* once; wishes the first connection */
	TRACK_EV_CONNECTED,
	TRACK_EV_REFUSED, /* connect() failed, whatever the errno */
	TRACK_EV_EOF,     /* end of file or error on the connection, which the caller has closed */
	TRACK_EV_OK,
	TRACK_EV_BAD,
	TRACK_EV_TICK, /* track_deadline() is due; early ones do no harm */
	/*
	 * We ordered a restart (notify_backup, notify_master, recover): failures do not count until
	 * it answers after it was away or after the command ended, or grace is over.  Orders nest:
	 * each needs its end.
	 */
	TRACK_EV_ORDERED,
	TRACK_EV_ORDER_DONE,   /* the command ended well */
	TRACK_EV_ORDER_FAILED, /* it ended badly or was killed: no grace any more */
};

/* Bits; to be performed in this order.  What they lead to is reported after the last one. */
enum track_wish {
	TRACK_DO_CLOSE = 1 << 0, /* drop the connection: its answer is overdue */
	TRACK_DO_CONNECT = 1 << 1,
	TRACK_DO_ASK = 1 << 2,
	TRACK_DO_TELL = 1 << 3, /* verdict or grace changed: weigh again, log the verdict */
};

/* Read-only for everybody but track_core.c. */
struct track_state {
	enum track_verdict verdict;
	const char *reason; /* of the last failure, static text; "" when good */
	int n_good;         /* in a row */
	int n_bad;
	enum { TRACK_CLOSED, TRACK_CONNECTING, TRACK_IDLE, TRACK_ASKED } link;
	bool lost;          /* the connection ended by itself; the reconnect decides */
	int n_ended;        /* connections that ended without an answer, in a row */
	int n_orders;       /* commands running */
	bool gone;          /* since the last order the old proxyd was seen to be away */
	usec_t grace_until; /* USEC_NEVER: no grace */
	usec_t next_at;     /* next connection, question or end of patience */
};

void track_init(struct track_state *t);
/* Returns the wishes.  grace is notify_timeout, used with TRACK_EV_ORDERED. */
unsigned track_step(struct track_state *t, const struct track_params *p, enum track_event ev,
		    usec_t grace, usec_t now);
usec_t track_deadline(const struct track_state *t);
/* Is a restart that we ordered under way?  The verdict is then what it was before. */
bool track_in_grace(const struct track_state *t);

/* How long to wait before recover attempt n (0, 1, ...): 1 s, doubling, at most 60 s. */
usec_t track_recover_delay(unsigned n);

#endif
