/*
 * instance_vips.c - an instance's virtual addresses: added as a lease, renewed, deleted.
 *
 * The kernel removes an address whose lease nobody renews, so a vrrpd that was killed leaves no
 * second holder behind.  Renewing is also adding: what is missing comes back.
 */
#include <linux/if_addr.h>
#include <stdlib.h>
#include <string.h>

#include "common/daemon.h"
#include "vrrpd/announce.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/links.h"
#include "vrrpd/nl.h"
#include "vrrpd/sysctl.h"
#include "vrrpd/vip.h"

/* Each second, and a little earlier, so that an advert_int of 1 s renews with each advert. */
#define RENEW_GAP (900 * USEC_PER_MS)

const char *
instance_vip_device(const struct instance_conf *ic, const struct vip_conf *vip)
{
	return vip->dev ? vip->dev : ic->interface;
}

int
instance_vip_ifindex(const struct instance *in, const struct vip_conf *vip)
{
	const struct nl_link *link =
	    links_find(in->world->links, instance_vip_device(in->conf, vip));

	return link ? link->ifindex : 0;
}

static void
complain(struct instance *in, const struct err *e)
{
	unsigned skipped;

	if (log_limit_pass(&in->vip_limit, clock_now(), &skipped))
		log_err("%s: %s", in->conf->name, e->text);
}

/*
 * An owner's virtual address may be the interface's own, the one that it sends from: that is the
 * host's, no lease of ours, and it stays when vrrpd goes.
 */
static bool
is_hosts_own(const struct instance *in, const struct instance_conf *ic, const struct addr *vip)
{
	return ic->priority == VRRP_PRIORITY_OWNER && in->source.len > 0 &&
	       addr_ip_equal(vip, &in->source);
}

static uint32_t
lease_of(const struct instance *in)
{
	return in->conf->vip_lease ? vrrp_lease_seconds(&in->params, in->fsm.priority) : NL_FOREVER;
}

/* Looks for an address of the host's own in a virtual address's network. */
struct neighbour_search {
	const struct nl_vip *vip;
	bool found;
};

static bool
same_network(const struct addr *a, const struct addr *b, uint8_t prefix_len)
{
	const uint8_t *x = a->in6.sin6_addr.s6_addr, *y = b->in6.sin6_addr.s6_addr;
	size_t whole = prefix_len / 8;
	uint8_t mask = (uint8_t)(0xff00 >> prefix_len % 8);

	return memcmp(x, y, whole) == 0 &&
	       (prefix_len % 8 == 0 || ((x[whole] ^ y[whole]) & mask) == 0);
}

static void
on_neighbour(const struct nl_address *a, void *arg)
{
	struct neighbour_search *s = arg;

	if (a->ifindex == s->vip->ifindex && a->proto != NL_PROTO_VRRP &&
	    a->prefix_len == s->vip->prefix_len && !addr_ip_equal(&a->addr, s->vip->addr) &&
	    same_network(&a->addr, s->vip->addr, a->prefix_len))
		s->found = true;
}

/*
 * Then the route to the network is the host's: the kernel would give that one route the lease's
 * end, and the host lose its network when vrrpd is killed.  Not known: better no second route.
 */
static bool
host_has_network(struct instance *in, const struct nl_vip *vip)
{
	struct neighbour_search s = {.vip = vip};
	struct err e;

	if (addr_family(vip->addr) != AF_INET6 || vip->prefix_len == 128)
		return false;
	if (nl_list_addresses(in->world->nl, AF_INET6, on_neighbour, &s, &e) < 0)
		return true;
	return s.found;
}

/* false: it was not there, and is not now. */
static bool
add_vip(struct instance *in, const struct vip_conf *vip, struct held *h)
{
	struct nl_vip v = vip_for_kernel(vip, instance_vip_ifindex(in, vip), NL_PROTO_VRRP);
	struct err e;

	if (is_hosts_own(in, in->conf, &vip->addr) || instance_is_foreign(in, vip, v.ifindex)) {
		held_added(h);
		return true;
	}
	if (in->conf->vip_lease && v.ifindex && host_has_network(in, &v))
		v.flags |= IFA_F_NOPREFIXROUTE;
	if (v.ifindex == 0)
		err_set(&e, "no interface %s for a virtual address",
			instance_vip_device(in->conf, vip));
	else if (nl_vip_set(in->world->nl, &v, lease_of(in), &e) == 0) {
		held_added(h);
		return true;
	}
	in->count.vip_failures++;
	held_failed(h, e.text, clock_boot());
	complain(in, &e);
	return false;
}

/* One of a network that goes must not take the others along, whether we remove it or its lease
 * ends when we are no more. */
static void
promote_secondaries(struct instance *in, const struct vip_conf *vip)
{
	const char *dev = instance_vip_device(in->conf, vip);
	struct err e;

	if (!in->conf->promote_secondaries || addr_family(&vip->addr) != AF_INET ||
	    !links_find(in->world->links, dev) || sysctl_promotes_secondaries(dev))
		return;
	if (sysctl_promote_secondaries(dev, true, &e) < 0)
		complain(in, &e);
}

/* What is due; did one come back that had failed before? */
static bool
add_due(struct instance *in)
{
	bool came_back = false;

	in->at_renewed = clock_boot();
	for (size_t i = 0; i < in->conf->n_held; i++) {
		bool had_failed = in->held[i].n_failed > 0;

		if (held_due(&in->held[i], clock_boot()))
			came_back |= add_vip(in, &in->conf->vips[i], &in->held[i]) && had_failed;
	}
	instance_add_routes(in);
	instance_settle_held(in);
	return came_back;
}

void
instance_add_vips(struct instance *in)
{
	held_hurry(in->held, in->n_all_held);
	for (size_t i = 0; i < in->conf->n_held; i++)
		promote_secondaries(in, &in->conf->vips[i]);
	add_due(in);
}

void
instance_renew_vips(struct instance *in)
{
	if (clock_boot() - in->at_renewed < RENEW_GAP)
		return;
	if (in->conf->vip_lease || in->conf->n_routes + in->conf->n_rules > 0)
		add_due(in);
}

void
instance_retry_held(struct instance *in)
{
	if (add_due(in))
		instance_announce_again(in);
}

void
instance_prolong_vips(struct instance *in)
{
	usec_t age = clock_boot() - in->at_renewed;

	if (in->conf->vip_lease && age < lease_of(in) * USEC_PER_SEC)
		add_due(in);
}

bool
instance_vip_removed(struct instance *in, int ifindex, const struct addr *a)
{
	bool wanted = false;

	for (size_t i = 0; i < in->conf->n_held; i++) {
		const struct vip_conf *vip = &in->conf->vips[i];

		if (addr_ip_equal(&vip->addr, a) && instance_vip_ifindex(in, vip) == ifindex)
			wanted |= held_removed(&in->held[i], vip->no_track);
	}
	if (wanted)
		add_due(in);
	return wanted;
}

static void
delete_vip(struct instance *in, const struct instance_conf *ic, const struct vip_conf *vip)
{
	const struct world *w = in->world;
	const struct nl_link *link = links_find(w->links, instance_vip_device(ic, vip));
	struct nl_vip v;
	struct err e;

	if (!link || is_hosts_own(in, ic, &vip->addr) ||
	    instance_is_foreign(in, vip, link->ifindex) ||
	    w->held_by_other(in, link->ifindex, &vip->addr, w->arg))
		return;
	v = vip_for_kernel(vip, link->ifindex, NL_PROTO_VRRP);
	if (vip_delete_alone(w->nl, link->name, &v, &e) < 0)
		complain(in, &e);
}

void
instance_delete_vips(struct instance *in)
{
	announce_stop(in->announce);
	instance_conflict_end(in);
	instance_delete_routes(in);
	for (size_t i = 0; i < in->conf->n_held; i++)
		delete_vip(in, in->conf, &in->conf->vips[i]);
	held_forget(in->held, in->n_all_held);
	instance_settle_held(in);
}

bool
instance_same_vip(const struct instance_conf *a_conf, const struct vip_conf *a,
		  const struct instance_conf *b_conf, const struct vip_conf *b)
{
	struct vip_conf x = *a, y = *b;

	x.dev = instance_vip_device(a_conf, a);
	y.dev = instance_vip_device(b_conf, b);
	/* these change without another address */
	x.no_track = y.no_track;
	x.preferred_s = y.preferred_s;
	return vip_conf_equal(&x, &y);
}

void
instance_delete_old_vips(struct instance *in, const struct instance_conf *before)
{
	for (size_t i = 0; i < before->n_held; i++) {
		size_t k = 0;

		while (k < in->conf->n_held &&
		       !instance_same_vip(before, &before->vips[i], in->conf, &in->conf->vips[k]))
			k++;
		if (k == in->conf->n_held)
			delete_vip(in, before, &before->vips[i]);
	}
}

bool
instance_wants(const struct instance *in, int ifindex, const struct addr *vip)
{
	for (size_t i = 0; i < in->conf->n_held; i++)
		if (addr_ip_equal(&in->conf->vips[i].addr, vip) &&
		    !is_hosts_own(in, in->conf, vip) &&
		    instance_vip_ifindex(in, &in->conf->vips[i]) == ifindex)
			return true;
	return false;
}

bool
instance_holds(const struct instance *in, int ifindex, const struct addr *vip)
{
	return vrrp_fsm_holds_vips(&in->fsm) && instance_wants(in, ifindex, vip);
}

bool
instance_uses(const struct instance *in, const char *device)
{
	for (size_t i = 0; i < in->conf->n_held; i++)
		if (strcmp(instance_vip_device(in->conf, &in->conf->vips[i]), device) == 0)
			return true;
	return false;
}
