/*
 * instance_announce.c - which addresses an instance announces, on which interface and from which
 * MAC.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/announce.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/links.h"

/* The first of its family on that interface: extra rounds need no other one. */
static bool
is_said_already(const struct announce_target *list, size_t n, const struct announce_target *t)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].ifindex == t->ifindex &&
		    addr_family(&list[i].vip) == addr_family(&t->vip))
			return true;
	return false;
}

/* A router must say so in what it advertises about itself, or hosts forget it as one. */
static bool
forwards(const char *device)
{
	char path[sizeof("/proc/sys/net/ipv6/conf//forwarding") + IFNAMSIZ];
	FILE *f;
	int c;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/forwarding", device);
	f = fopen(path, "re");
	if (!f)
		return false;
	c = getc(f);
	fclose(f);
	return c != EOF && c != '0';
}

static size_t
list_targets(const struct instance *in, struct announce_target *list)
{
	const struct instance_conf *ic = in->conf;
	size_t n = 0;

	for (size_t i = 0; i < ic->n_held; i++) {
		const struct vip_conf *vip = &ic->vips[i];
		const struct nl_link *link =
		    links_find(in->world->links, instance_vip_device(ic, vip));
		struct announce_target t = {.vip = vip->addr};

		if (!link || !link->has_mac)
			continue;
		t.ifindex = link->ifindex;
		memcpy(t.mac, link->mac, sizeof(link->mac));
		t.is_router = addr_family(&vip->addr) == AF_INET6 && forwards(link->name);
		t.extra = vip->dev && strcmp(vip->dev, ic->interface) != 0;
		t.silent = t.extra && !ic->garp.extra_all && is_said_already(list, n, &t);
		list[n++] = t;
	}
	return n;
}

static void
announce(struct instance *in,
	 void (*how)(struct announce *a, const struct announce_target *targets, size_t n))
{
	struct announce_target *list = calloc(in->conf->n_held + 1, sizeof(*list));

	if (list)
		how(in->announce, list, list_targets(in, list));
	free(list);
}

void
instance_announce_claim(struct instance *in)
{
	announce(in, announce_claim);
}

void
instance_announce_again(struct instance *in)
{
	announce(in, announce_again);
}
