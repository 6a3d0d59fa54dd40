/*
 * fsm_move.h - between fsm.c (what each event means in each state) and fsm_move.c (how it is done).
 */
#ifndef VRRPD_FSM_MOVE_H
#define VRRPD_FSM_MOVE_H

#include <stdbool.h>

#include "vrrpd/fsm.h"

bool fsm_is_faulty(const struct vrrp_fsm *f);
bool fsm_is_held(const struct vrrp_fsm *f);
bool fsm_awaits_group(const struct vrrp_fsm *f); /* held by its sync group */
bool fsm_worth_keeping(const struct vrrp_fsm *f);
bool fsm_preempts(const struct vrrp_fsm *f, const struct vrrp_params *p);
void fsm_start_down_timer(struct vrrp_fsm *f, const struct vrrp_params *p, usec_t now);
/* The only writer of the state. */
void fsm_enter(struct vrrp_fsm *f, enum vrrp_state to, const char *reason, usec_t now,
	       struct vrrp_out *out);
void fsm_send_advert(struct vrrp_fsm *f, const struct vrrp_params *p, usec_t now,
		     struct vrrp_out *out);
/* RFC 9568 6.4.3: at once; or, where an advert has only just gone out, after a moment. */
void fsm_answer(struct vrrp_fsm *f, const struct vrrp_params *p, usec_t now, struct vrrp_out *out);
void fsm_announce(struct vrrp_fsm *f, usec_t now, struct vrrp_out *out);
void fsm_become_master(struct vrrp_fsm *f, const struct vrrp_params *p, const char *reason,
		       usec_t now, struct vrrp_out *out);
void fsm_become_backup(struct vrrp_fsm *f, const struct vrrp_params *p, const char *reason,
		       usec_t now, struct vrrp_out *out);
/* The VIP goes now. */
void fsm_release(struct vrrp_fsm *f, struct vrrp_out *out);
/* Leaving, and the successor is heard. */
void fsm_hand_over(struct vrrp_fsm *f, usec_t now);
/* A master goes on purpose: tell the backups, and stay at the VIP for them if that is of use. */
void fsm_leave(struct vrrp_fsm *f, const struct vrrp_params *p, enum vrrp_state to,
	       const char *reason, usec_t now, struct vrrp_out *out);
/* The shell's moment, or the kernel's, which is earlier when we slept. */
usec_t fsm_heard_at(const struct vrrp_event *ev, usec_t now);
void fsm_note_active(struct vrrp_fsm *f, const struct vrrp_event *ev);
void fsm_follow(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev,
		usec_t now);
/* Does a backup accept the sender as its master (6.4.2)?  Equal priorities never preempt. */
bool fsm_obeys(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev,
	       usec_t now);
/* Between two masters: the higher priority, then the higher address (6.4.3). */
bool fsm_beats_us(const struct vrrp_fsm *f, const struct vrrp_params *p,
		  const struct vrrp_event *ev);
/* The skew belongs to the priority: a running timer moves with it. */
void fsm_set_priority(struct vrrp_fsm *f, const struct vrrp_params *p, uint8_t priority);

/* fsm_guard.c: when this router must not trust its own view. */

/* What was told, and what is heard, into the facts; e: the event as the states shall see it. */
void fsm_take_note(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev,
		   usec_t now, struct vrrp_event *e);
/* Has the election's own share of the faults changed?  Then *e is the event that says so. */
bool fsm_look_around(struct vrrp_fsm *f, usec_t now, struct vrrp_event *e);
unsigned fsm_own_faults(const struct vrrp_fsm *f);
/* Has this master slept so long that a backup may have replaced it? */
bool fsm_overslept(const struct vrrp_fsm *f, const struct vrrp_params *p, usec_t now);
void fsm_step_down(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev,
		   usec_t now, struct vrrp_out *out);
/* A backup woken late for its down timer: true when it listens once more before it believes it. */
bool fsm_listens_first(struct vrrp_fsm *f, const struct vrrp_params *p, usec_t now);

#endif
