/*
 * sync.c - what a sync group does, from what its members are.
 */
#include "vrrpd/sync.h"

#include "vrrpd/fsm_move.h"

struct sync_member
sync_member_of(const struct vrrp_fsm *f)
{
	struct vrrp_fsm own = *f;

	own.faults &= ~SYNC_FAULTS;
	return (struct sync_member){
	    .state = f->state,
	    .faulty = fsm_is_faulty(&own),
	    .expired = f->state == VRRP_BACKUP && f->down_at == USEC_NEVER && !fsm_is_held(&own),
	};
}

static size_t
count_faulty(const struct sync_member *m, size_t n)
{
	size_t faulty = 0;

	for (size_t i = 0; i < n; i++)
		faulty += m[i].faulty;
	return faulty;
}

static enum vrrp_state
all_fault(struct sync_member *m, struct sync_order *o, size_t n)
{
	size_t faulty = count_faulty(m, n);

	for (size_t i = 0; i < n; i++) {
		if (faulty > m[i].faulty) /* somebody else's */
			o[i].faults |= 1u << VRRP_FAULT_SYNC;
		o[i].faults |= 1u << VRRP_FAULT_SYNC_WAIT;
		m[i].in_term = false;
	}
	return VRRP_FAULT;
}

static enum vrrp_state
all_backup(struct sync_member *m, struct sync_order *o, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		o[i].faults |= 1u << VRRP_FAULT_SYNC_WAIT;
		o[i].yield = m[i].state == VRRP_MASTER;
		m[i].in_term = false;
	}
	return VRRP_BACKUP;
}

/* In office.  A member that came later may claim when its own election says so. */
static enum vrrp_state
while_master(struct sync_member *m, struct sync_order *o, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!m[i].absent && m[i].in_term && m[i].state != VRRP_MASTER)
			return all_backup(m, o, n);
	for (size_t i = 0; i < n; i++)
		m[i].in_term |= m[i].state == VRRP_MASTER;
	return VRRP_MASTER;
}

static enum vrrp_state
while_backup(struct sync_member *m, struct sync_order *o, size_t n)
{
	size_t masters = 0, present = 0;

	for (size_t i = 0; i < n; i++) {
		if (m[i].absent)
			continue;
		present++;
		masters += m[i].state == VRRP_MASTER;
		if (m[i].state != VRRP_MASTER && !m[i].expired)
			return all_backup(m, o, n);
	}
	if (masters < present)
		return VRRP_BACKUP; /* without an order to wait: they become it now */
	for (size_t i = 0; i < n; i++)
		m[i].in_term = !m[i].absent;
	return VRRP_MASTER;
}

enum vrrp_state
sync_decide(enum vrrp_state was, struct sync_member *m, struct sync_order *o, size_t n)
{
	size_t present = 0;

	for (size_t i = 0; i < n; i++) {
		o[i] = (struct sync_order){0};
		present += !m[i].absent;
	}
	if (count_faulty(m, n) > 0)
		return all_fault(m, o, n);
	if (present == 0) {
		all_backup(m, o, n);
		return VRRP_INIT;
	}
	return was == VRRP_MASTER ? while_master(m, o, n) : while_backup(m, o, n);
}

bool
sync_shares_zero(const struct vrrp_fsm *f)
{
	return f->state == VRRP_BACKUP && f->active.len > 0 && !f->leaving;
}
