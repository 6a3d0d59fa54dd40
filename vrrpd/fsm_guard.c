/*
 * fsm_guard.c - when a router must not trust its own view of the group: it slept, or it is alone.
 *
 * Pure, as fsm.c.  Asleep: a process that got no time for longer than the quickest backup waits may
 * have been replaced.  As master it steps down, whatever Preempt_Mode says, and asks with priority
 * 0, which a new master answers at once; as backup it gives the master one more interval to be
 * heard.  Alone: see enum vrrp_witness.
 */
#include <stddef.h>

#include "vrrpd/fsm_move.h"

#define OWN_FAULTS (1u << VRRP_FAULT_ISOLATED | 1u << VRRP_FAULT_UNWITNESSED)

static void
note_stall(struct vrrp_fsm *f, usec_t length)
{
	f->n_stalls++;
	if (length > f->longest_stall)
		f->longest_stall = length;
}

static void
note_peer(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev, usec_t now)
{
	usec_t interval = p->version == 3 ? ev->advert.interval : p->interval;
	usec_t until = fsm_heard_at(ev, now) + vrrp_down_interval(p, interval, f->priority);

	f->peer = ev->advert.source;
	if (until > f->heard_until)
		f->heard_until = until;
}

void
fsm_take_note(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev,
	      usec_t now, struct vrrp_event *e)
{
	*e = *ev;
	switch (ev->type) {
	case VRRP_EV_START:
		f->told_faults = ev->faults;
		f->told_priority = ev->priority;
		f->rival_owner = false;
		break;
	case VRRP_EV_FAULTS:
		f->told_faults = ev->faults;
		break;
	case VRRP_EV_PRIORITY:
		f->told_priority = ev->priority;
		if (f->rival_owner && ev->priority == 255)
			e->priority = 254;
		break;
	case VRRP_EV_ADVERT:
		note_peer(f, p, ev, now);
		break;
	case VRRP_EV_WITNESS:
		f->witness = ev->witness;
		f->peer_seen = ev->peer_seen;
		break;
	case VRRP_EV_STOP:
	case VRRP_EV_DEADLINE:
	case VRRP_EV_SWITCHOVER:
	case VRRP_EV_CONFIG:
		break;
	}
}

bool
fsm_look_around(struct vrrp_fsm *f, usec_t now, struct vrrp_event *e)
{
	static const unsigned found[] = {
	    [VRRP_WITNESS_NONE] = 0,
	    [VRRP_WITNESS_WAITING] = 1u << VRRP_FAULT_UNWITNESSED,
	    [VRRP_WITNESS_OK] = 0,
	    [VRRP_WITNESS_LOST] = 1u << VRRP_FAULT_ISOLATED,
	};
	unsigned own = f->peer_seen ? 0 : found[f->witness];

	f->alone_at = USEC_NEVER;
	if (own && now < f->heard_until) {
		if (f->state != VRRP_INIT || f->leaving)
			f->alone_at = f->heard_until;
		own = 0;
	}
	*e = (struct vrrp_event){.type = VRRP_EV_FAULTS, .faults = (f->faults & ~OWN_FAULTS) | own};
	return own != (f->faults & OWN_FAULTS);
}

unsigned
fsm_own_faults(const struct vrrp_fsm *f)
{
	return f->faults & OWN_FAULTS;
}

bool
fsm_overslept(const struct vrrp_fsm *f, const struct vrrp_params *p, usec_t now)
{
	struct vrrp_params told = *p;

	/* the backups count by what they heard: a reload may have changed the interval just now */
	told.interval = f->active_adver;
	return f->state == VRRP_MASTER && now - f->at_sent > vrrp_silence_max(&told);
}

void
fsm_step_down(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev,
	      usec_t now, struct vrrp_out *out)
{
	static const char reason[] = "woke up too late";

	note_stall(f, now - f->at_sent);
	if (ev->type == VRRP_EV_ADVERT && ev->advert.priority > 0) { /* here is the new master */
		fsm_become_backup(f, p, reason, now, out);
		fsm_release(f, out);
		return;
	}
	/* Nothing heard: priority 0 makes a new master speak at once, or a backup become one. */
	fsm_leave(f, p, VRRP_BACKUP, reason, now, out);
}

bool
vrrp_may_resume(const struct vrrp_params *p, usec_t at_sent, usec_t now)
{
	return at_sent <= now && now - at_sent < vrrp_silence_max(p) - p->interval;
}

bool
fsm_listens_first(struct vrrp_fsm *f, const struct vrrp_params *p, usec_t now)
{
	usec_t late = now - f->down_at;

	if (late <= f->active_adver || f->listened)
		return false;
	note_stall(f, late);
	f->down_at = now + f->active_adver + vrrp_skew(p->version, f->active_adver, f->priority);
	f->listened = true;
	return true;
}
