/*
 * track_core.c - is proxyd well?  One kept connection to its control socket, judged purely.
 *
 * Two ways to fail.  Death: the connection ends and nobody listens any more; that is certain and
 * counts at once.  Everything else (no answer in time, "fail", refused at the first try) may pass
 * and counts `fall` times in a row.  A restart that we ordered looks like death and is none: grace.
 */
#include "vrrpd/track_core.h"

#include <string.h>

/* While proxyd restarts it is looked for at least this often: a held backup waits for it. */
#define GRACE_RETRY (200 * USEC_PER_MS)

/*
 * A process that is being killed gives up its listening socket some milliseconds after its
 * connections: what connects in between is closed unheard.  So it is looked at again very soon,
 * then less and less so, and only so often: the next try is refused, or somebody else serves by
 * then.
 */
#define ENDED_RETRY  (1 * USEC_PER_MS)
#define ENDED_DOUBLE 4 /* times that the wait doubles */
#define ENDED_MAX    10

#define RECOVER_FIRST (1 * USEC_PER_SEC)
#define RECOVER_MAX   (60 * USEC_PER_SEC)

const char *
track_verdict_name(enum track_verdict v)
{
	static const char *const names[] = {"waiting", "ok", "failing", "dead"};

	return names[v];
}

bool
track_in_grace(const struct track_state *t)
{
	return t->grace_until != USEC_NEVER;
}

static unsigned
set_verdict(struct track_state *t, enum track_verdict v)
{
	if (t->verdict == v)
		return 0;
	t->verdict = v;
	return TRACK_DO_TELL;
}

static unsigned
connect_now(struct track_state *t, const struct track_params *p, usec_t now)
{
	t->link = TRACK_CONNECTING;
	t->next_at = now + p->timeout;
	return TRACK_DO_CONNECT;
}

static unsigned
ask_now(struct track_state *t, const struct track_params *p, usec_t now)
{
	t->link = TRACK_ASKED;
	t->next_at = now + p->timeout;
	return TRACK_DO_ASK;
}

static void
rest(struct track_state *t, const struct track_params *p, usec_t now)
{
	usec_t pause = p->interval;

	if (track_in_grace(t) && pause > GRACE_RETRY)
		pause = GRACE_RETRY;
	t->next_at = now + pause;
}

/* certain: need not happen `fall` times. */
static unsigned
failed(struct track_state *t, const struct track_params *p, enum track_verdict v,
       const char *reason, bool certain)
{
	t->n_good = 0;
	t->lost = false;
	t->n_ended = 0;
	if (track_in_grace(t))
		return 0;
	t->reason = reason;
	t->n_bad++;
	if (t->verdict == TRACK_OK || t->verdict == TRACK_WAITING)
		if (!certain && t->n_bad < p->fall)
			return 0;
	return set_verdict(t, v);
}

static unsigned
on_ok(struct track_state *t, const struct track_params *p, usec_t now)
{
	unsigned wishes = 0;

	t->link = TRACK_IDLE;
	t->lost = false;
	t->n_ended = 0;
	t->n_bad = 0;
	t->n_good++;
	/* While the command runs, who was not away is the old proxyd, about to be stopped. */
	if (track_in_grace(t) && (t->n_orders == 0 || t->gone)) {
		t->grace_until = USEC_NEVER;
		wishes = TRACK_DO_TELL;
	}
	rest(t, p, now);
	if (t->verdict == TRACK_WAITING || t->n_good >= p->rise) {
		t->reason = "";
		wishes |= set_verdict(t, TRACK_OK);
	}
	return wishes;
}

static usec_t
ended_retry(int n)
{
	return ENDED_RETRY << (n - 1 < ENDED_DOUBLE ? n - 1 : ENDED_DOUBLE);
}

static unsigned
on_eof(struct track_state *t, const struct track_params *p, usec_t now)
{
	unsigned wishes;

	if (!t->lost && t->link != TRACK_CONNECTING) {
		t->lost = true;
		t->gone = true;
		return connect_now(t, p, now);
	}
	t->link = TRACK_CLOSED;
	if (t->lost && ++t->n_ended < ENDED_MAX) {
		t->next_at = now + ended_retry(t->n_ended);
		return 0;
	}
	/* So often without an answer in between: no reason to hurry any more. */
	wishes = failed(t, p, TRACK_DEAD, "connection closed", false);
	rest(t, p, now);
	return wishes;
}

static unsigned
on_refused(struct track_state *t, const struct track_params *p, usec_t now)
{
	unsigned wishes = failed(t, p, TRACK_DEAD, "connection refused", t->lost);

	t->gone = true;
	t->link = TRACK_CLOSED;
	rest(t, p, now);
	return wishes;
}

static unsigned
on_tick(struct track_state *t, const struct track_params *p, usec_t now)
{
	unsigned wishes = 0;

	if (now >= t->grace_until) {
		t->grace_until = USEC_NEVER;
		wishes = TRACK_DO_TELL;
	}
	if (now < t->next_at)
		return wishes;
	switch (t->link) {
	case TRACK_CLOSED:
		return wishes | connect_now(t, p, now);
	case TRACK_IDLE:
		return wishes | ask_now(t, p, now);
	case TRACK_CONNECTING:
	case TRACK_ASKED:
		break;
	}
	/* A late answer on the old connection would be taken for the next one: start afresh. */
	wishes |= failed(t, p, TRACK_DEAD, "no answer in time", false);
	return wishes | TRACK_DO_CLOSE | connect_now(t, p, now);
}

static unsigned
on_order_end(struct track_state *t, bool well)
{
	if (t->n_orders > 0)
		t->n_orders--;
	if (well || t->n_orders > 0 || !track_in_grace(t))
		return 0;
	t->grace_until = USEC_NEVER;
	return TRACK_DO_TELL;
}

static unsigned
on_order(struct track_state *t, usec_t grace, usec_t now)
{
	unsigned wishes = track_in_grace(t) ? 0 : TRACK_DO_TELL;

	t->n_orders++;
	t->n_bad = 0;
	t->gone = t->link == TRACK_CLOSED;
	t->grace_until = now + grace;
	return wishes;
}

void
track_init(struct track_state *t)
{
	memset(t, 0, sizeof(*t));
	t->reason = "";
	t->link = TRACK_CLOSED;
	t->grace_until = USEC_NEVER;
	t->next_at = USEC_NEVER;
}

unsigned
track_step(struct track_state *t, const struct track_params *p, enum track_event ev, usec_t grace,
	   usec_t now)
{
	switch (ev) {
	case TRACK_EV_START:
		return connect_now(t, p, now);
	case TRACK_EV_CONNECTED:
		return ask_now(t, p, now);
	case TRACK_EV_REFUSED:
		return on_refused(t, p, now);
	case TRACK_EV_EOF:
		return on_eof(t, p, now);
	case TRACK_EV_OK:
		return on_ok(t, p, now);
	case TRACK_EV_BAD:
		t->link = TRACK_IDLE;
		rest(t, p, now);
		return failed(t, p, TRACK_FAILING, "it answered that it cannot serve", false);
	case TRACK_EV_TICK:
		return on_tick(t, p, now);
	case TRACK_EV_ORDERED:
		return on_order(t, grace, now);
	case TRACK_EV_ORDER_DONE:
		return on_order_end(t, true);
	case TRACK_EV_ORDER_FAILED:
		return on_order_end(t, false);
	}
	return 0;
}

usec_t
track_deadline(const struct track_state *t)
{
	return t->grace_until < t->next_at ? t->grace_until : t->next_at;
}

usec_t
track_recover_delay(unsigned n)
{
	usec_t delay = RECOVER_FIRST;

	while (n-- > 0 && delay < RECOVER_MAX)
		delay *= 2;
	return delay < RECOVER_MAX ? delay : RECOVER_MAX;
}
