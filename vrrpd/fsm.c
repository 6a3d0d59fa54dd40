/*
 * fsm.c - the VRRP election as a pure function (RFC 9568 section 6.4, RFC 3768 section 6.4).
 *
 * Nothing here reads a clock, a socket or a config file.  instance.c tells us what happened and
 * when; we answer with the new state, the next deadline and a set of actions.  Single-threaded by
 * design; all memory belongs to the caller.
 *
 * Beyond the RFCs: a master that leaves on purpose sends priority 0 and stays at the address until
 * its successor is heard ("leaving"), and a moment more, so that clients find somebody at every
 * instant and get the first answer of connections that had just begun.  The commands
 * of notify_* wait for the end of leaving, because they may restart what still serves.
 */
#include "vrrpd/fsm.h"

#include <string.h>

#include "vrrpd/fsm_move.h"

/* While another router believes to be master, the LAN is told the truth at most this often. */
#define GARP_HEAL_GAP (1 * USEC_PER_SEC)

/* How long members of a sync group that leave may differ in noticing that nobody comes. */
#define GROUP_PATIENCE (200 * USEC_PER_MS)

/* Nobody noticed that we were away: the VIPs are here, and the commands have run. */
static void
resume(struct vrrp_fsm *f, const struct vrrp_params *p, usec_t now, struct vrrp_out *out)
{
	fsm_become_master(f, p, "resumed after a crash", now, out);
	f->notified = VRRP_MASTER;
}

static void
on_init(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev, usec_t now,
	struct vrrp_out *out)
{
	switch (ev->type) {
	case VRRP_EV_START:
		f->priority = ev->priority;
		f->faults = ev->faults;
		if ((f->leaving && !fsm_worth_keeping(f)) || (ev->resume && fsm_is_faulty(f)))
			fsm_release(f, out);
		if (fsm_is_faulty(f))
			fsm_enter(f, VRRP_FAULT, vrrp_fault_text(f->faults), now, out);
		else if (ev->resume)
			resume(f, p, now, out);
		else if (f->priority == 255 && !fsm_is_held(f)) /* 6.4.1: the owner does not wait */
			fsm_become_master(f, p, "start, address owner", now, out);
		else
			fsm_become_backup(f, p, "start", now, out);
		break;
	case VRRP_EV_ADVERT:
		if (f->leaving && ev->advert.priority > 0)
			fsm_hand_over(f, now);
		break;
	case VRRP_EV_DEADLINE:
		if (f->leaving && now >= f->leave_at)
			fsm_release(f, out);
		break;
	case VRRP_EV_STOP:
		if (f->leaving)
			fsm_release(f, out);
		break;
	case VRRP_EV_FAULTS:
		f->faults = ev->faults;
		if (f->leaving && !fsm_worth_keeping(f))
			fsm_release(f, out);
		break;
	case VRRP_EV_PRIORITY:
		f->priority = ev->priority;
		break;
	case VRRP_EV_SWITCHOVER:
	case VRRP_EV_CONFIG:
	case VRRP_EV_WITNESS:
		break;
	}
}

/* 6.4.2, but only from whom we follow: the master is not gone because another is. */
static void
on_backup_zero(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev,
	       usec_t now, struct vrrp_out *out)
{
	bool follows = f->active.len > 0 && addr_ip_equal(&f->active, &ev->advert.source);

	if (follows && p->fast_takeover && !f->leaving && !fsm_is_held(f))
		fsm_become_master(f, p, "the master left, fast takeover", now, out);
	else if (follows || f->active.len == 0)
		f->down_at = now + vrrp_skew(p->version, f->active_adver, f->priority);
	if (fsm_awaits_group(f) && p->fast_takeover && follows && !f->leaving)
		f->down_at = now;
}

static void
on_backup_advert(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev,
		 usec_t now, struct vrrp_out *out)
{
	if (ev->advert.priority == 0) {
		on_backup_zero(f, p, ev, now, out);
		return;
	}
	if (f->leaving)
		fsm_hand_over(f, now);
	if (fsm_obeys(f, p, ev, now))
		fsm_follow(f, p, ev, now);
	else
		fsm_note_active(f, ev); /* down_at goes on and ends in preemption */
}

/*
 * The sync group decides whether we are master again; it is asked after this step, so a moment is
 * enough.  If it must not be, the VIPs go.
 */
static void
nobody_took_over_yet(struct vrrp_fsm *f, usec_t now, struct vrrp_out *out)
{
	if (f->down_at == USEC_NEVER) {
		fsm_release(f, out);
		return;
	}
	f->down_at = USEC_NEVER;
	f->leave_at = now + GROUP_PATIENCE;
}

static void
on_backup_deadline(struct vrrp_fsm *f, const struct vrrp_params *p, usec_t now,
		   struct vrrp_out *out)
{
	if (now < f->down_at && !(f->leaving && now >= f->leave_at))
		return;
	if (f->leaving && f->succeeded && now >= f->leave_at)
		fsm_release(f, out);
	else if (fsm_listens_first(f, p, now)) {
		if (f->leaving) /* it slept again, and somebody may have come */
			fsm_release(f, out);
	} else if (f->leaving && fsm_awaits_group(f))
		nobody_took_over_yet(f, now, out);
	else if (f->leaving)
		fsm_become_master(f, p, "nobody took over", now, out);
	else if (fsm_is_held(f))
		f->down_at = USEC_NEVER; /* master as soon as nothing holds us */
	else
		fsm_become_master(f, p, "master down timer", now, out);
}

static void
on_backup(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev, usec_t now,
	  struct vrrp_out *out)
{
	const char *reason;

	switch (ev->type) {
	case VRRP_EV_ADVERT:
		on_backup_advert(f, p, ev, now, out);
		break;
	case VRRP_EV_DEADLINE:
		on_backup_deadline(f, p, now, out);
		break;
	case VRRP_EV_FAULTS:
		reason = fsm_awaits_group(f) ? "with its sync group" : "ready, and no master";
		f->faults = ev->faults;
		if (f->leaving && !fsm_worth_keeping(f))
			fsm_release(f, out);
		if (fsm_is_faulty(f))
			fsm_enter(f, VRRP_FAULT, vrrp_fault_text(f->faults), now, out);
		else if (f->down_at == USEC_NEVER && !fsm_is_held(f))
			fsm_become_master(f, p, reason, now, out);
		break;
	case VRRP_EV_STOP:
		fsm_enter(f, VRRP_INIT, "stop", now, out);
		break;
	case VRRP_EV_PRIORITY:
		fsm_set_priority(f, p, ev->priority);
		break;
	case VRRP_EV_CONFIG:
		if (p->version == 2 || f->active.len == 0)
			f->active_adver = p->interval;
		if (f->down_at != USEC_NEVER)
			fsm_start_down_timer(f, p, now);
		break;
	case VRRP_EV_START:
	case VRRP_EV_SWITCHOVER:
	case VRRP_EV_WITNESS:
		break;
	}
}

/* Two owners of one address are a mistake of the configuration; one of them has to give way. */
static const char *
yield_to(struct vrrp_fsm *f, const struct vrrp_event *ev)
{
	if (f->priority < 255 || ev->advert.priority < 255)
		return "higher priority master";
	f->rival_owner = true;
	f->priority = 254;
	return "another owner (255), own priority lowered to 254";
}

static void
on_master_advert(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev,
		 usec_t now, struct vrrp_out *out)
{
	if (ev->advert.priority == 0) { /* 6.4.3: nobody shall doubt that there is a master */
		fsm_answer(f, p, now, out);
		return;
	}
	if (fsm_beats_us(f, p, ev)) {
		if (p->last_word) /* it makes the winner tell the LAN where the address is */
			fsm_send_advert(f, p, now, out);
		fsm_become_backup(f, p, yield_to(f, ev), now, out);
		fsm_release(f, out);
		fsm_follow(f, p, ev, now);
		return;
	}
	if (!p->no_answer)
		fsm_answer(f, p, now, out);
	/* The LAN believes whom it heard last: tell it as well. */
	if (now - f->at_garp >= GARP_HEAL_GAP)
		fsm_announce(f, now, out);
	else if (f->garp_at > f->at_garp + GARP_HEAL_GAP)
		f->garp_at = f->at_garp + GARP_HEAL_GAP;
}

static void
on_master_deadline(struct vrrp_fsm *f, const struct vrrp_params *p, usec_t now,
		   struct vrrp_out *out)
{
	if (now >= f->adver_at) {
		usec_t next = f->adver_at + p->interval;

		fsm_send_advert(f, p, now, out);
		if (next > now)
			f->adver_at = next; /* no drift */
	}
	if (now >= f->garp_at) {
		fsm_announce(f, now, out);
		f->garp_at = USEC_NEVER;
	}
}

static void
on_master(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev, usec_t now,
	  struct vrrp_out *out)
{
	switch (ev->type) {
	case VRRP_EV_ADVERT:
		on_master_advert(f, p, ev, now, out);
		break;
	case VRRP_EV_DEADLINE:
		on_master_deadline(f, p, now, out);
		break;
	case VRRP_EV_FAULTS:
		f->faults = ev->faults;
		if (fsm_is_faulty(f))
			fsm_leave(f, p, VRRP_FAULT, vrrp_fault_text(f->faults), now, out);
		break;
	case VRRP_EV_STOP:
		fsm_leave(f, p, VRRP_INIT, "stop", now, out);
		break;
	case VRRP_EV_SWITCHOVER:
		fsm_leave(f, p, VRRP_BACKUP, ev->reason ? ev->reason : "switchover", now, out);
		f->yielded = true;
		break;
	case VRRP_EV_PRIORITY:
		f->priority = f->active_priority = ev->priority;
		break;
	case VRRP_EV_CONFIG:
		f->active_adver = p->interval;
		fsm_send_advert(f, p, now, out);
		break;
	case VRRP_EV_START:
	case VRRP_EV_WITNESS:
		break;
	}
}

static void
on_fault(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev, usec_t now,
	 struct vrrp_out *out)
{
	switch (ev->type) {
	case VRRP_EV_ADVERT:
		fsm_note_active(f, ev);
		if (f->leaving && ev->advert.priority > 0)
			fsm_hand_over(f, now);
		break;
	case VRRP_EV_DEADLINE:
		if (f->leaving && now >= f->leave_at)
			fsm_release(f, out);
		break;
	case VRRP_EV_FAULTS:
		f->faults = ev->faults;
		if (f->leaving && !fsm_worth_keeping(f))
			fsm_release(f, out);
		if (!fsm_is_faulty(f))
			fsm_become_backup(f, p, "recovered", now, out);
		break;
	case VRRP_EV_STOP:
		fsm_enter(f, VRRP_INIT, "stop", now, out);
		break;
	case VRRP_EV_PRIORITY:
		f->priority = ev->priority;
		break;
	case VRRP_EV_START:
	case VRRP_EV_SWITCHOVER:
	case VRRP_EV_CONFIG:
	case VRRP_EV_WITNESS:
		break;
	}
}

static void
dispatch(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev, usec_t now,
	 struct vrrp_out *out)
{
	switch (f->state) {
	case VRRP_INIT:
		on_init(f, p, ev, now, out);
		break;
	case VRRP_BACKUP:
		on_backup(f, p, ev, now, out);
		break;
	case VRRP_MASTER:
		on_master(f, p, ev, now, out);
		break;
	case VRRP_FAULT:
		on_fault(f, p, ev, now, out);
		break;
	}
}

void
vrrp_fsm_init(struct vrrp_fsm *f)
{
	memset(f, 0, sizeof(*f));
	f->down_at = f->adver_at = f->garp_at = f->leave_at = f->preempt_at = USEC_NEVER;
	f->alone_at = USEC_NEVER;
}

void
vrrp_fsm_step(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev,
	      usec_t now, struct vrrp_out *out)
{
	bool ran = f->state != VRRP_INIT || f->leaving;
	struct vrrp_event e, found;

	memset(out, 0, sizeof(*out));
	if (p->owner_ignores && f->priority == 255 && ev->type == VRRP_EV_ADVERT && !f->leaving)
		return;
	fsm_take_note(f, p, ev, now, &e);
	if (fsm_overslept(f, p, now))
		fsm_step_down(f, p, &e, now, out);
	if (fsm_look_around(f, now, &found))
		dispatch(f, p, &found, now, out);
	if (ev->type == VRRP_EV_START || ev->type == VRRP_EV_FAULTS)
		e.faults |= fsm_own_faults(f);
	dispatch(f, p, &e, now, out);
	if (!f->leaving && f->notified != f->state) {
		out->actions |= VRRP_ACT_NOTIFY;
		out->notify = f->notified = f->state;
	}
	if (f->state == VRRP_INIT && !f->leaving && (ran || ev->type == VRRP_EV_STOP))
		out->actions |= VRRP_ACT_STOPPED;
}

usec_t
vrrp_fsm_deadline(const struct vrrp_fsm *f)
{
	usec_t at = f->leaving ? f->leave_at : USEC_NEVER;

	/* fsm_enter() has set to USEC_NEVER what does not belong to the state. */
	if (f->down_at < at)
		at = f->down_at;
	if (f->adver_at < at)
		at = f->adver_at;
	if (f->alone_at < at)
		at = f->alone_at;
	return f->garp_at < at ? f->garp_at : at;
}

bool
vrrp_fsm_holds_vips(const struct vrrp_fsm *f)
{
	return f->state == VRRP_MASTER || f->leaving;
}
