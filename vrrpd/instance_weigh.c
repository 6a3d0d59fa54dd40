/*
 * instance_weigh.c - trackers and the host's state into a priority and faults for the election.
 */
#include <stdlib.h>

#include "common/daemon.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/track.h"

struct weight_result
instance_sum_up(const struct instance *in)
{
	uint8_t base = (uint8_t)in->conf->priority;
	struct weight_fact *facts = calloc(in->n_tracks + 1, sizeof(*facts));
	struct weight_result r = {.priority = base};

	for (size_t i = 0; facts && i < in->n_tracks; i++)
		facts[i] = instance_fact(in, i);
	if (facts)
		r = weight_apply(base, facts, in->n_tracks);
	free(facts);
	if (instance_restart_waits(in))
		r.faults |= 1u << VRRP_FAULT_NOT_READY;
	if (clock_boot() < in->world->claim_at)
		r.faults |= 1u << VRRP_FAULT_STARTUP;
	r.faults |= in->sync_faults;
	if (!in->sock || !instance_link_counts(in))
		r.faults |= 1u << VRRP_FAULT_LINK;
	else if (in->wire.src.len == 0)
		r.faults |= 1u << VRRP_FAULT_NO_SOURCE;
	else if (instance_cannot_hold(in))
		r.faults |= 1u << VRRP_FAULT_NO_VIPS;
	return r;
}

void
instance_weigh(struct instance *in)
{
	struct weight_result r;
	struct vrrp_event ev;

	if (!in->started || in->stopped)
		return;
	r = instance_sum_up(in);
	if (r.priority != in->fsm.told_priority) {
		log_info("%s: priority %d -> %d", in->conf->name, in->fsm.told_priority,
			 r.priority);
		ev = (struct vrrp_event){.type = VRRP_EV_PRIORITY, .priority = r.priority};
		instance_step(in, &ev);
		instance_tell_priority(in);
	}
	if (r.faults != in->fsm.told_faults) {
		ev = (struct vrrp_event){.type = VRRP_EV_FAULTS, .faults = r.faults};
		instance_step(in, &ev);
	}
}
