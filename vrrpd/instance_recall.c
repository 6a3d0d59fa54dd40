/*
 * instance_recall.c - an instance and the state file: remember, and go on after a crash.
 *
 * A master that was killed and is started again before the quickest backup can have noticed goes on
 * where it was: its addresses stay, its next advert goes out at once, no command is run.
 */
#include "common/daemon.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/statefile.h"

void
instance_remember(struct instance *in)
{
	struct recall r = {.digest = in->digest,
			   .master = in->fsm.state == VRRP_MASTER,
			   .at_sent = in->fsm.at_sent};

	if (in->slot)
		stateslot_set(in->slot, &r);
}

void
instance_recall(struct instance *in)
{
	in->was_master = in->slot && stateslot_recall(in->slot, in->digest, &in->recalled_at);
	/* AH counts its packets: who forgot the count is not listened to */
	in->resuming = in->was_master && in->conf->auth_type != VRRP_AUTH_AH &&
		       vrrp_may_resume(&in->params, in->recalled_at, clock_boot());
}

bool
instance_resumes(struct instance *in)
{
	usec_t away = clock_boot() - in->recalled_at;

	if (!in->resuming)
		return false;
	in->resuming = false;
	if (vrrp_may_resume(&in->params, in->recalled_at, clock_boot())) {
		log_notice("%s: was master until a crash, last advert %.0f ms ago: goes on",
			   in->conf->name, (double)away / (double)USEC_PER_MS);
		return true;
	}
	instance_delete_vips(in); /* they were spared as left-overs */
	return false;
}
