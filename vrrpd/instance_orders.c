/*
 * instance_orders.c - what the operator wants of an instance: switchover, disable, enable.
 *
 * Disabled is a property of the record, not of the election: the instance was stopped, and is not
 * started again before it is enabled.
 */
#include "vrrpd/instance_priv.h"

int
instance_switchover(struct instance *in, struct err *e)
{
	if (in->fsm.state != VRRP_MASTER)
		return err_set(e, "%s is %s, only a MASTER can give its role away", in->conf->name,
			       vrrp_state_name(in->fsm.state));
	instance_order(in, VRRP_EV_SWITCHOVER);
	return 0;
}

void
instance_yield(struct instance *in, const char *reason)
{
	struct vrrp_event ev = {.type = VRRP_EV_SWITCHOVER, .reason = reason};

	instance_step(in, &ev);
}

void
instance_master_leaves(struct instance *in)
{
	struct vrrp_event ev = {
	    .type = VRRP_EV_ADVERT,
	    .advert = {.interval = in->fsm.active_adver, .source = in->fsm.active},
	};

	instance_step(in, &ev);
}

void
instance_disable(struct instance *in)
{
	if (in->record->disabled)
		return;
	in->record->disabled = true;
	log_notice("%s: disabled by the operator", in->conf->name);
	if (in->started)
		instance_stop(in);
}

int
instance_enable(struct instance *in, struct err *e)
{
	if (in->world->stopping)
		return err_set(e, "vrrpd is stopping");
	if (!in->record->disabled)
		return 0;
	in->record->disabled = false;
	log_notice("%s: enabled by the operator", in->conf->name);
	if (!in->started) /* it waits for its predecessor, and starts by itself */
		return 0;
	in->stopped = false;
	instance_start(in);
	return 0;
}
