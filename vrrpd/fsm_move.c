/*
 * fsm_move.c - the moves of the VRRP election: changes of state, timers and who beats whom.
 *
 * Pure, as fsm.c.  A master that leaves on purpose sends priority 0 and stays at the address until
 * its successor is heard ("leaving"), so that clients find somebody at every instant.
 */
#include "vrrpd/fsm_move.h"

#include <stddef.h>

#define FAULT_BIT(id) (1u << VRRP_FAULT_##id)

/* A leaving router waits at least this long for its successor. */
#define LEAVE_MIN            (1 * USEC_PER_SEC)
/* What a router counts to unless down_timer_adverts says otherwise. */
#define DOWN_ADVERTS_DEFAULT 3
/* From the successor's first advert on: its server answers a connection that has just begun. */
#define LEAVE_LINGER         (20 * USEC_PER_MS)
/* For the successor's advert to travel and to be read, on top of the longest skew. */
#define LEAVE_MARGIN         (100 * USEC_PER_MS)

/*
 * Between two answers to adverts that lose, from the advert before: whoever is on the LAN can make
 * us answer, and what answers a flood must not be one.  Shorter than any interval.
 */
#define ANSWER_GAP (5 * USEC_PER_MS)

const char *
vrrp_state_name(enum vrrp_state s)
{
	static const char *const names[] = {"INIT", "BACKUP", "MASTER", "FAULT"};

	return names[s];
}

const char *
vrrp_fault_text(unsigned faults)
{
#define X(id, keeps, holds, text)                                                                  \
	if (faults & FAULT_BIT(id))                                                                \
		return text;
	VRRP_FAULT_TABLE(X)
#undef X
	return "";
}

/* The bits of the table whose `keeps` (or `holds`) is set. */
#define X_KEEPS(id, keeps, holds, text) | ((keeps) ? FAULT_BIT(id) : 0u)
#define X_HOLDS(id, keeps, holds, text) | ((holds) ? FAULT_BIT(id) : 0u)
static const unsigned keeping_faults = 0u VRRP_FAULT_TABLE(X_KEEPS);
static const unsigned holding_faults = 0u VRRP_FAULT_TABLE(X_HOLDS);

bool
fsm_is_faulty(const struct vrrp_fsm *f)
{
	return (f->faults & ~holding_faults) != 0;
}

bool
fsm_is_held(const struct vrrp_fsm *f)
{
	return (f->faults & holding_faults) != 0;
}

bool
fsm_awaits_group(const struct vrrp_fsm *f)
{
	return (f->faults & FAULT_BIT(SYNC_WAIT)) != 0;
}

bool
fsm_worth_keeping(const struct vrrp_fsm *f)
{
	return (f->faults & ~keeping_faults) == 0;
}

bool
fsm_preempts(const struct vrrp_fsm *f, const struct vrrp_params *p)
{
	return !f->yielded && (p->preempt || f->priority == 255);
}

usec_t
vrrp_skew(uint8_t version, usec_t active_adver, uint8_t priority)
{
	/* v2 counts seconds whatever the interval (RFC 3768 6.1). */
	usec_t unit = version == 2 ? USEC_PER_SEC : active_adver;

	return (256 - priority) * unit / 256;
}

usec_t
vrrp_down_interval(const struct vrrp_params *p, usec_t active_adver, uint8_t priority)
{
	return p->down_adverts * active_adver + vrrp_skew(p->version, active_adver, priority);
}

/* 254 is the highest priority, so the quickest, that a backup can have; others may count to 3. */
usec_t
vrrp_silence_max(const struct vrrp_params *p)
{
	struct vrrp_params peer = *p;

	if (peer.down_adverts > DOWN_ADVERTS_DEFAULT)
		peer.down_adverts = DOWN_ADVERTS_DEFAULT;
	return vrrp_down_interval(&peer, p->interval, 254);
}

unsigned
vrrp_lease_seconds(const struct vrrp_params *p, uint8_t priority)
{
	usec_t down = vrrp_down_interval(p, p->interval, priority);
	unsigned seconds = (unsigned)((down + USEC_PER_SEC - 1) / USEC_PER_SEC) + 1;

	return seconds < 2 ? 2 : seconds;
}

/*
 * How long to stay at the VIP for want of a successor: the slowest backup (priority 1) takes over
 * one skew after our priority 0, 255/256 s in v2, so 1 s alone would be a tie with its advert.
 */
static usec_t
leave_patience(const struct vrrp_params *p)
{
	usec_t longest = vrrp_skew(p->version, p->interval, 1) + LEAVE_MARGIN;

	return longest > LEAVE_MIN ? longest : LEAVE_MIN;
}

void
fsm_start_down_timer(struct vrrp_fsm *f, const struct vrrp_params *p, usec_t now)
{
	f->down_at = now + vrrp_down_interval(p, f->active_adver, f->priority);
	f->listened = false;
}

void
fsm_enter(struct vrrp_fsm *f, enum vrrp_state to, const char *reason, usec_t now,
	  struct vrrp_out *out)
{
	if (!(out->actions & VRRP_ACT_LOG))
		out->from = f->state;
	if (f->state == VRRP_MASTER)
		f->n_release_master++;
	if (to == VRRP_MASTER)
		f->n_become_master++;
	f->state = to;
	f->at_changed = now;
	f->down_at = f->adver_at = f->garp_at = f->preempt_at = USEC_NEVER;
	out->actions |= VRRP_ACT_LOG;
	out->to = to;
	out->reason = reason;
}

void
fsm_send_advert(struct vrrp_fsm *f, const struct vrrp_params *p, usec_t now, struct vrrp_out *out)
{
	out->actions |= VRRP_ACT_SEND_ADVERT;
	f->at_sent = now;
	f->adver_at = now + p->interval;
}

void
fsm_answer(struct vrrp_fsm *f, const struct vrrp_params *p, usec_t now, struct vrrp_out *out)
{
	if (now - f->at_sent >= ANSWER_GAP)
		fsm_send_advert(f, p, now, out);
	else if (f->adver_at > f->at_sent + ANSWER_GAP)
		f->adver_at = f->at_sent + ANSWER_GAP;
}

void
fsm_announce(struct vrrp_fsm *f, usec_t now, struct vrrp_out *out)
{
	out->actions |= VRRP_ACT_GARP;
	f->at_garp = now;
	f->garp_at = USEC_NEVER;
}

void
fsm_become_master(struct vrrp_fsm *f, const struct vrrp_params *p, const char *reason, usec_t now,
		  struct vrrp_out *out)
{
	fsm_enter(f, VRRP_MASTER, reason, now, out);
	f->leaving = f->succeeded = false;
	f->leave_at = USEC_NEVER;
	f->yielded = false;
	if (f->rival_owner) /* it is gone, then */
		f->priority = f->told_priority;
	f->rival_owner = false;
	f->active_adver = p->interval;
	f->active_priority = f->priority;
	f->active.len = 0;
	out->actions |= VRRP_ACT_ADD_VIPS;
	fsm_announce(f, now, out);
	fsm_send_advert(f, p, now, out);
}

void
fsm_become_backup(struct vrrp_fsm *f, const struct vrrp_params *p, const char *reason, usec_t now,
		  struct vrrp_out *out)
{
	fsm_enter(f, VRRP_BACKUP, reason, now, out);
	f->active_adver = p->interval;
	f->active_priority = 0;
	f->active.len = 0;
	fsm_start_down_timer(f, p, now);
}

void
fsm_release(struct vrrp_fsm *f, struct vrrp_out *out)
{
	f->leaving = f->succeeded = false;
	f->leave_at = USEC_NEVER;
	if (out->actions & VRRP_ACT_ADD_VIPS) /* taken and given up within one step */
		out->actions &=
		    ~(unsigned)(VRRP_ACT_ADD_VIPS | VRRP_ACT_GARP | VRRP_ACT_SEND_ADVERT);
	out->actions |= VRRP_ACT_DEL_VIPS;
}

void
fsm_leave(struct vrrp_fsm *f, const struct vrrp_params *p, enum vrrp_state to, const char *reason,
	  usec_t now, struct vrrp_out *out)
{
	if (to == VRRP_BACKUP)
		fsm_become_backup(f, p, reason, now, out);
	else
		fsm_enter(f, to, reason, now, out);
	out->actions |= VRRP_ACT_SEND_ZERO;
	if (!fsm_worth_keeping(f)) {
		fsm_release(f, out);
		return;
	}
	f->leaving = true;
	f->succeeded = false;
	f->leave_at = now + leave_patience(p);
}

void
fsm_hand_over(struct vrrp_fsm *f, usec_t now)
{
	if (!f->succeeded && now + LEAVE_LINGER < f->leave_at)
		f->leave_at = now + LEAVE_LINGER;
	f->succeeded = true;
}

usec_t
fsm_heard_at(const struct vrrp_event *ev, usec_t now)
{
	return ev->advert.at > 0 && ev->advert.at < now ? ev->advert.at : now;
}

void
fsm_note_active(struct vrrp_fsm *f, const struct vrrp_event *ev)
{
	f->active = ev->advert.source;
	f->active_priority = ev->advert.priority;
}

/* Between two masters: the higher priority, then the higher address. */
static bool
beats(uint8_t priority, const struct addr *source, uint8_t other_priority, const struct addr *other)
{
	if (priority != other_priority)
		return priority > other_priority;
	return addr_family(source) == addr_family(other) && addr_ip_compare(source, other) > 0;
}

bool
fsm_beats_us(const struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev)
{
	return beats(ev->advert.priority, &ev->advert.source, f->priority, &p->source);
}

/* Two masters for a moment: the loser's last words must not hurry us, if its interval is short. */
static bool
is_loser(const struct vrrp_fsm *f, const struct vrrp_event *ev)
{
	return f->active.len > 0 &&
	       beats(f->active_priority, &f->active, ev->advert.priority, &ev->advert.source);
}

void
fsm_follow(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev, usec_t now)
{
	usec_t heard_at = fsm_heard_at(ev, now);
	usec_t at_least = is_loser(f, ev) && f->down_at != USEC_NEVER ? f->down_at : heard_at;

	fsm_note_active(f, ev);
	f->active_adver = p->version == 3 ? ev->advert.interval : p->interval;
	fsm_start_down_timer(f, p, heard_at);
	if (f->down_at < at_least)
		f->down_at = at_least;
}

bool
fsm_obeys(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev, usec_t now)
{
	if (ev->advert.priority >= f->priority) {
		f->yielded = false;
		f->preempt_at = USEC_NEVER;
		return true;
	}
	if (!fsm_preempts(f, p))
		return true;
	if (p->preempt_delay <= 0)
		return false;
	if (f->preempt_at == USEC_NEVER)
		f->preempt_at = now + p->preempt_delay;
	return now < f->preempt_at;
}

void
fsm_set_priority(struct vrrp_fsm *f, const struct vrrp_params *p, uint8_t priority)
{
	usec_t before = vrrp_skew(p->version, f->active_adver, f->priority);

	f->priority = priority;
	if (f->state == VRRP_BACKUP && f->down_at != USEC_NEVER)
		f->down_at += vrrp_skew(p->version, f->active_adver, priority) - before;
}
