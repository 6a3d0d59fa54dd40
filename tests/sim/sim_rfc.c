/*
 * sim_rfc.c - each advert that a router hears, against the letter of RFC 9568 section 6.4 (and RFC
 * 3768 for version 2), written a second time and in other words than the election.
 *
 * Where vrrpd means to differ it is said: priority 0 counts from the router that is followed only,
 * the loser of two masters cannot shorten the timer, a router that slept is not in the RFC, an
 * answer waits until the advert before is some milliseconds old.
 */
#include <arpa/inet.h>

#include "tests/sim/sim.h"

#define ANSWER_GAP   (5 * USEC_PER_MS)
#define LEAVE_LINGER (20 * USEC_PER_MS)

static usec_t
skew_of(const struct router *r, usec_t adver)
{
	int64_t part = 256 - r->fsm.priority;

	return r->params.version == 2 ? part * 1000000 / 256 : part * adver / 256;
}

static uint32_t
number_of(const struct addr *a)
{
	return ntohl(a->in.sin_addr.s_addr);
}

static bool
slept(const struct router *r, const struct vrrp_fsm *before, usec_t now)
{
	usec_t adver = r->params.interval;
	usec_t quickest =
	    3 * adver + (r->params.version == 2 ? 2 * 1000000 / 256 : 2 * adver / 256);

	return now - before->at_sent > quickest;
}

/* 6.4.3: who has the higher priority stays, then who has the higher address; it says so at once. */
static void
check_master(struct sim *s, const struct router *r, const struct vrrp_fsm *before,
	     const struct vrrp_event *ev, const struct vrrp_out *out)
{
	int theirs = ev->advert.priority, ours = r->fsm.priority;
	bool yields = theirs > ours || (theirs == ours && theirs > 0 &&
					number_of(&ev->advert.source) > number_of(&r->wire.src));

	if (yields != (r->fsm.state == VRRP_BACKUP))
		sim_violate(s, "router %d (%d) heard %d as master, and %s", r->id, ours, theirs,
			    yields ? "stayed" : "yielded");
	if (!yields && !(out->actions & VRRP_ACT_SEND_ADVERT) &&
	    r->fsm.adver_at > before->at_sent + ANSWER_GAP)
		sim_violate(s, "router %d did not answer at once", r->id);
	if ((out->actions & VRRP_ACT_SEND_ADVERT) && !yields &&
	    s->now - before->at_sent < ANSWER_GAP)
		sim_violate(s, "router %d answers too often", r->id);
	if (!yields && theirs > 0 && !(out->actions & VRRP_ACT_GARP) &&
	    r->fsm.garp_at > before->at_garp + USEC_PER_SEC)
		sim_violate(s, "router %d does not tell the LAN that it is master still", r->id);
}

/* Is it the master for this backup? */
static bool
must_obey(const struct sim *s, const struct router *r, const struct vrrp_fsm *before, int priority)
{
	bool preempts = (!s->nopreempt || r->fsm.priority == 255) && !before->yielded;

	return priority >= r->fsm.priority || !preempts;
}

static void
check_timer(struct sim *s, const struct router *r, const struct vrrp_fsm *before,
	    const struct vrrp_event *ev)
{
	usec_t adver = r->params.version == 3 ? ev->advert.interval : r->params.interval;
	usec_t at = ev->advert.at < s->now ? ev->advert.at : s->now;
	usec_t due = at + 3 * adver + skew_of(r, adver);
	bool longer = before->down_at == r->fsm.down_at && before->down_at > due;

	if (r->fsm.down_at != due && !longer)
		sim_violate(s, "router %d: the down timer ends in %lld us, not in %lld", r->id,
			    (long long)(r->fsm.down_at - s->now), (long long)(due - s->now));
}

/* Two masters for a moment: what the worse one says must not hurry a backup of the better one. */
static void
check_loser(struct sim *s, const struct router *r, const struct vrrp_fsm *before,
	    const struct vrrp_event *ev)
{
	int theirs = ev->advert.priority, best = before->active_priority;

	if (before->active.len == 0 || before->down_at == USEC_NEVER || theirs > best ||
	    (theirs == best && number_of(&ev->advert.source) >= number_of(&before->active)))
		return;
	if (r->fsm.down_at < before->down_at)
		sim_violate(s, "router %d was hurried by a loser", r->id);
}

/* A backup becomes master: not by an advert but of its own master that leaves, nor half asleep. */
static void
check_claim(struct sim *s, const struct router *r, const struct vrrp_fsm *before,
	    const struct vrrp_event *ev)
{
	bool follows =
	    before->active.len > 0 && number_of(&before->active) == number_of(&ev->advert.source);

	if (ev->type == VRRP_EV_ADVERT && before->down_at != USEC_NEVER &&
	    (ev->advert.priority > 0 || !follows))
		sim_violate(s, "router %d became master because another spoke", r->id);
	if (ev->type == VRRP_EV_DEADLINE && before->down_at != USEC_NEVER && !before->listened &&
	    s->now - before->down_at > before->active_adver)
		sim_violate(s, "router %d overslept, and became master without listening", r->id);
}

/* 6.4.2 */
static void
check_backup(struct sim *s, const struct router *r, const struct vrrp_fsm *before,
	     const struct vrrp_event *ev)
{
	bool follows =
	    before->active.len > 0 && number_of(&before->active) == number_of(&ev->advert.source);
	bool counts = before->active.len == 0 || follows;

	if (ev->advert.priority == 0) {
		if (counts && r->fsm.state == VRRP_BACKUP &&
		    r->fsm.down_at != s->now + skew_of(r, before->active_adver))
			sim_violate(s, "router %d does not take over after the skew", r->id);
		if (!counts && r->fsm.down_at != before->down_at)
			sim_violate(s, "router %d was hurried by a stranger", r->id);
	} else if (must_obey(s, r, before, ev->advert.priority)) {
		check_timer(s, r, before, ev);
		check_loser(s, r, before, ev);
	} else if (s->preempt_delay > 0 && before->preempt_at == USEC_NEVER &&
		   r->fsm.preempt_at != s->now + s->preempt_delay) {
		sim_violate(s, "router %d does not wait its preempt_delay", r->id);
	} else if (s->preempt_delay == 0 && r->fsm.down_at != before->down_at) {
		sim_violate(s, "router %d obeys a lower priority", r->id);
	}
}

/* Not of the RFC: a leaving router stays for a moment after its successor, and no longer. */
static void
check_hand_over(struct sim *s, const struct router *r, const struct vrrp_fsm *before)
{
	usec_t until = before->leave_at;

	if (!before->succeeded && s->now + LEAVE_LINGER < until)
		until = s->now + LEAVE_LINGER;
	if (r->fsm.leave_at != until || !r->fsm.succeeded)
		sim_violate(s, "router %d heard its successor, and stays %lld us, not %lld", r->id,
			    (long long)(r->fsm.leave_at - s->now), (long long)(until - s->now));
}

void
check_rfc(struct sim *s, const struct router *r, const struct vrrp_fsm *before,
	  const struct vrrp_event *ev, const struct vrrp_out *out)
{
	if (before->state == VRRP_BACKUP && r->fsm.state == VRRP_MASTER && !before->leaving &&
	    (r->fsm.faults & FAULT(NOT_READY)))
		sim_violate(s, "router %d is not ready, and became master", r->id);
	if (before->state == VRRP_BACKUP && r->fsm.state == VRRP_MASTER && !before->leaving)
		check_claim(s, r, before, ev);
	if (ev->type == VRRP_EV_START && !ev->resume && s->witnessed && r->fsm.state == VRRP_MASTER)
		sim_violate(s, "router %d did not wait for its witness", r->id);
	if (ev->type == VRRP_EV_ADVERT && ev->advert.priority > 0 && before->leaving &&
	    r->fsm.leaving)
		check_hand_over(s, r, before);
	if (ev->type != VRRP_EV_ADVERT || r->fsm.state == VRRP_FAULT)
		return;
	if (before->state == VRRP_MASTER && !slept(r, before, s->now))
		check_master(s, r, before, ev, out);
	else if (before->state == VRRP_BACKUP && !before->leaving && r->fsm.state == VRRP_BACKUP)
		check_backup(s, r, before, ev);
}
