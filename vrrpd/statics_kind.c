/*
 * statics_kind.c - how a static address, route or rule is added and removed.
 */
#include "vrrpd/nl_route.h"
#include "vrrpd/statics_priv.h"
#include "vrrpd/vip.h"

/* --- addresses -------------------------------------------------------------------------------- */

int
statics_ifindex(const struct statics *s, const char *dev)
{
	const struct nl_link *link = dev ? links_find(s->links, dev) : NULL;

	return link ? link->ifindex : 0;
}

const struct nl_address *
statics_find_known(const struct statics *s, const struct vip_conf *vip)
{
	int ifindex = statics_ifindex(s, vip->dev);

	for (size_t i = 0; i < s->known.n; i++) {
		const struct nl_address *a = &s->known.list[i];

		if (a->ifindex == ifindex && a->prefix_len == vip->prefix_len &&
		    addr_ip_equal(&a->addr, &vip->addr))
			return a;
	}
	return NULL;
}

static enum static_outcome
add_address(struct statics *s, struct static_item *it, bool known, struct err *e)
{
	const struct vip_conf *vip = it->conf;
	const struct nl_address *there = statics_find_known(s, vip);
	struct nl_vip v = vip_for_kernel(vip, statics_ifindex(s, vip->dev), ROUTE_PROTO_STATIC);

	(void)known;
	if (v.ifindex == 0)
		return err_set(e, "there is no interface %s", vip->dev);
	if (there) {
		it->ours |= there->proto == ROUTE_PROTO_STATIC; /* of an earlier life */
		return STATIC_WAS_THERE;
	}
	return nl_vip_set(s->nl, &v, NL_FOREVER, e) < 0 ? STATIC_FAILED : STATIC_ADDED;
}

static int
remove_address(struct statics *s, const struct static_item *it, struct err *e)
{
	const struct vip_conf *vip = it->conf;
	struct nl_vip v = vip_for_kernel(vip, statics_ifindex(s, vip->dev), ROUTE_PROTO_STATIC);

	return v.ifindex ? vip_delete_alone(s->nl, vip->dev, &v, e) : 0;
}

static bool
same_address(const void *a, const void *b)
{
	struct vip_conf x = *(const struct vip_conf *)a;

	x.no_track = ((const struct vip_conf *)b)->no_track;
	return vip_conf_equal(&x, b);
}

/* --- routes and rules ------------------------------------------------------------------------- */

static enum static_outcome
add_route(struct statics *s, struct static_item *it, bool known, struct err *e)
{
	const struct route_conf *r = it->conf;
	int ifindex = statics_ifindex(s, r->dev);
	bool added;

	if (r->dev && ifindex == 0)
		return err_set(e, "there is no interface %s", r->dev);
	if (nl_route_hold(s->nl, r, ifindex, known, &added, e) < 0)
		return STATIC_FAILED;
	return added ? STATIC_ADDED : STATIC_WAS_THERE;
}

static int
remove_route(struct statics *s, const struct static_item *it, struct err *e)
{
	const struct route_conf *r = it->conf;
	bool was_there;

	return nl_route_delete(s->nl, r, statics_ifindex(s, r->dev), &was_there, e);
}

static bool
same_route(const void *a, const void *b)
{
	return route_equal(a, b);
}

static enum static_outcome
add_rule(struct statics *s, struct static_item *it, bool known, struct err *e)
{
	bool added;

	if (nl_rule_hold(s->nl, it->conf, known, &added, e) < 0)
		return STATIC_FAILED;
	return added ? STATIC_ADDED : STATIC_WAS_THERE;
}

static int
remove_rule(struct statics *s, const struct static_item *it, struct err *e)
{
	bool was_there;

	return nl_rule_delete(s->nl, it->conf, &was_there, e);
}

static bool
same_rule(const void *a, const void *b)
{
	return rule_equal(a, b);
}

const struct static_kind static_address = {"address", "addresses", add_address, remove_address,
					   same_address};
const struct static_kind static_route = {"route", "routes", add_route, remove_route, same_route};
const struct static_kind static_rule = {"rule", "rules", add_rule, remove_rule, same_rule};
