/*
 * instance_hear.c - what an instance has to say about the adverts that it hears.
 *
 * Whoever is on the LAN can make us say it, so each has its limit.
 */
#include <stdio.h>

#include "common/daemon.h"
#include "vrrpd/instance_priv.h"

/* A difference in the configurations comes with each advert, and lasts until somebody acts. */
#define LIST_LOG_WINDOW (60 * USEC_PER_SEC)

void
instance_log_drop(struct instance *in, const struct vrrp_meta *meta, enum vrrp_drop drop)
{
	char text[ADDR_STRLEN], detail[64] = "";
	unsigned skipped;

	if (!log_limit_pass(&in->drop_limit, clock_now(), &skipped))
		return;
	if (drop == VRRP_DROP_EXT_STALE) /* authentic, and so this is worth a figure */
		snprintf(detail, sizeof(detail), " (its clock is %d s behind ours)",
			 in->auth.skew_s);
	log_warn("%s: advertisement from %s dropped: %s%s", in->conf->name,
		 addr_format_ip(&meta->src, text), vrrp_drop_text(drop), detail);
	if (skipped > 0)
		log_warn("%s: %u more dropped before it", in->conf->name, skipped);
}

void
instance_log_drift(struct instance *in, const struct vrrp_advert *ad)
{
	char text[ADDR_STRLEN];
	unsigned skipped;

	in->drift_limit.window = LIST_LOG_WINDOW;
	in->drift_limit.max = 1;
	if (log_limit_pass(&in->drift_limit, clock_now(), &skipped))
		log_warn("%s: the clock of %s is %d s behind ours, its adverts are dropped beyond "
			 "%lld s",
			 in->conf->name, addr_format_ip(&ad->src, text), in->auth.skew_s,
			 (long long)(in->wire.hmac->window / USEC_PER_SEC));
}

/* No reason to drop it, but the two configurations differ, and keepalived 2.2 does drop ours. */
static void
log_other_list(struct instance *in, const struct vrrp_advert *ad)
{
	char text[ADDR_STRLEN];
	unsigned skipped;

	in->list_limit.window = LIST_LOG_WINDOW;
	in->list_limit.max = 1;
	if (log_limit_pass(&in->list_limit, clock_now(), &skipped))
		log_warn("%s: %s advertises other virtual addresses than are configured here",
			 in->conf->name, addr_format_ip(&ad->src, text));
}

void
instance_check_list(struct instance *in, const struct vrrp_advert *ad)
{
	bool again = in->last_sender.len > 0 && addr_ip_equal(&in->last_sender, &ad->src);

	in->last_sender = ad->src;
	if (!ad->list_differs || (again && in->conf->wire.skip_check_adv_addr))
		return;
	in->count.list_differs++;
	log_other_list(in, ad);
}

/* One of the two yields, but an address has one owner: somebody has to correct a configuration. */
void
instance_log_other_owner(struct instance *in, const struct vrrp_advert *ad)
{
	char text[ADDR_STRLEN];
	unsigned skipped;

	in->owner_limit.window = LIST_LOG_WINDOW;
	in->owner_limit.max = 1;
	if (log_limit_pass(&in->owner_limit, clock_now(), &skipped))
		log_err("%s: %s claims to own the addresses as well (priority 255), only one may",
			in->conf->name, addr_format_ip(&ad->src, text));
}
