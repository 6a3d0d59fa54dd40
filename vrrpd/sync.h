/*
 * sync.h - sync groups: instances that move together, decided from what their elections say.  Pure.
 *
 * A backup of a group does not claim by itself: VRRP_FAULT_SYNC_WAIT holds it until each member's
 * own election would claim, and then all do.  So a member that still hears its master keeps the
 * others back, whatever the others hear or do not hear, and nobody claims what it cannot keep: with
 * one-way loss, or with members of different priority, whoever is master of all stays it.  One
 * member in FAULT puts all into FAULT (VRRP_FAULT_SYNC); one that gives the role away takes the
 * others along.
 *
 * Why this is quick nevertheless: when a member hears that its master leaves (priority 0), the
 * others take it as said to them, because their masters are the same host and it cannot tell them
 * over a link that is cut.
 */
#ifndef VRRPD_SYNC_H
#define VRRPD_SYNC_H

#include <stdbool.h>
#include <stddef.h>

#include "vrrpd/fsm.h"

#define SYNC_FAULTS (1u << VRRP_FAULT_SYNC | 1u << VRRP_FAULT_SYNC_WAIT)

struct sync_member {
	enum vrrp_state state;
	bool absent;  /* not started yet: does not count */
	bool faulty;  /* by itself, not because of the group; or taken out by the operator */
	bool expired; /* BACKUP that would claim, if the group let it */
	bool in_term; /* was master together with the others; the caller keeps it */
};

struct sync_order {
	unsigned faults; /* of SYNC_FAULTS: what the group adds to the member's own */
	bool yield;      /* MASTER: give the role away */
};

/* Everything but `absent` and `in_term`; a member that is out (INIT) is the caller's matter. */
struct sync_member sync_member_of(const struct vrrp_fsm *f);
/*
 * was: what the group was decided to be before (INIT at first); returns what it is.  Updates
 * in_term.  To be asked again after each step of a member, until nothing changes.
 */
enum vrrp_state sync_decide(enum vrrp_state was, struct sync_member *m, struct sync_order *o,
			    size_t n);
/* Does a priority 0 that another member heard from its master count for this one? */
bool sync_shares_zero(const struct vrrp_fsm *f);

#endif
