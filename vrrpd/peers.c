/*
 * peers.c - the other routers of a virtual router, as their advertisements tell.  Pure.
 */
#include "vrrpd/peers.h"

#include <string.h>

#define ALL_CSUMS   ((1u << VRRP_N_CSUMS) - 1)
/* A form that was not used for so long belongs to an older configuration. */
#define CSUM_MEMORY (60 * USEC_PER_SEC)

static struct peer *
place_for(struct peers *p, const struct addr *a)
{
	struct peer *silent = &p->list[0];

	for (size_t i = 0; i < p->n; i++) {
		if (addr_ip_equal(&p->list[i].addr, a))
			return &p->list[i];
		if (p->list[i].at < silent->at)
			silent = &p->list[i];
	}
	if (p->n < PEERS_MAX)
		silent = &p->list[p->n++];
	memset(silent, 0, sizeof(*silent));
	silent->addr = *a;
	return silent;
}

/* Who uses both forms these days understands both, and needs neither. */
static unsigned
csum_needed_by(const struct peer *peer)
{
	unsigned forms = 0;

	if (peer->version != 3)
		return 0;
	for (unsigned i = 0; i < VRRP_N_CSUMS; i++)
		if (peer->at_csum[i] > 0 && peer->at - peer->at_csum[i] <= CSUM_MEMORY)
			forms |= 1u << i;
	return forms == ALL_CSUMS ? 0 : forms;
}

unsigned
peers_csums_to_send(const struct peers *p, unsigned sent, bool is_master)
{
	unsigned needed = 0;

	for (size_t i = 0; i < p->n; i++)
		needed |= csum_needed_by(&p->list[i]);
	if (is_master)
		return sent | needed;
	return needed ? needed : 1u << VRRP_CSUM_PSEUDO;
}

void
peers_note(struct peers *p, const struct vrrp_advert *ad, usec_t now)
{
	struct peer *peer = place_for(p, &ad->src);

	peer->leaving = ad->priority == 0;
	if (!peer->leaving)
		peer->priority = ad->priority;
	peer->version = ad->version;
	peer->interval = ad->interval;
	peer->at = now;
	peer->at_csum[ad->csum] = now;
	peer->n_adverts++;
}
