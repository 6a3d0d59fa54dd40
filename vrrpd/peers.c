/*
 * peers.c - the other routers of a virtual router, as their advertisements tell.  Pure.
 */
#include "vrrpd/peers.h"

#include <string.h>

#include "vrrpd/packet.h"

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
	peer->n_adverts++;
}
