/*
 * registry_net.c - interfaces and addresses as the kernel tells of them.
 *
 * Instances name their interface; when one of that name comes, goes or comes again with another
 * index, socket and source follow.  Callbacks of a netlink dump only collect: the command socket
 * is busy until the dump is over.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/daemon.h"
#include "vrrpd/announce.h"
#include "vrrpd/nl_route.h"
#include "vrrpd/rawsock.h"
#include "vrrpd/registry_priv.h"
#include "vrrpd/statics.h"

static void
collect_link(const struct nl_link *link, void *arg)
{
	(void)links_note(arg, link);
}

/* --- sources ---------------------------------------------------------------------------------- */

static bool
is_somebodys_vip(const struct registry *r, int ifindex, const struct addr *a)
{
	const struct member *m;

	TAILQ_FOREACH (m, &r->members, link)
		if (instance_wants(m->in, ifindex, a))
			return true;
	return false;
}

/* RFC 9568 5.1.2.1; peers beyond the link could not answer such an address. */
static bool
wants_link_local(const struct instance_conf *ic)
{
	return ic->n_unicast_peers == 0 || vrrp_is_link_local(&ic->unicast_peers[0]);
}

static bool
may_be_source(const struct registry *r, const struct instance *in, const struct nl_address *a,
	      int ifindex)
{
	const struct instance_conf *ic = in->conf;

	if (a->ifindex != ifindex || a->tentative || addr_family(&a->addr) != ic->family)
		return false;
	if (ic->source.len > 0)
		return addr_ip_equal(&a->addr, &ic->source);
	if (a->proto == NL_PROTO_VRRP)
		return false;
	if (ic->family == AF_INET6 && vrrp_is_link_local(&a->addr) != wants_link_local(ic))
		return false;
	/* an owner's virtual address is the interface's own */
	return ic->priority == VRRP_PRIORITY_OWNER || !is_somebodys_vip(r, ifindex, &a->addr);
}

/* The one in use as long as it is there, else the first primary, else any. */
static struct addr
pick_source(const struct registry *r, const struct instance *in, int ifindex,
	    const struct nl_addresses *al)
{
	struct addr best = {.len = 0};
	bool best_secondary = true;

	for (size_t i = 0; i < al->n; i++) {
		const struct nl_address *a = &al->list[i];

		if (!may_be_source(r, in, a, ifindex))
			continue;
		if (in->source.len > 0 && addr_ip_equal(&in->source, &a->addr))
			return a->addr;
		if (best.len == 0 || (best_secondary && !a->secondary)) {
			best = a->addr;
			best_secondary = a->secondary;
		}
	}
	return best;
}

static void
refresh_source(struct registry *r, struct member *m, int ifindex)
{
	struct nl_addresses al;
	struct addr source;
	struct err e;

	if (nl_read_addresses(r->world.nl, m->in->conf->family, &al, &e) < 0) {
		log_warn("%s: %s", m->in->conf->name, e.text);
		free(al.list);
		return; /* as before */
	}
	source = pick_source(r, m->in, ifindex, &al);
	free(al.list);
	instance_set_source(m->in, &source);
}

int
registry_refresh(struct registry *r, struct member *m, bool strict, struct err *e)
{
	const struct nl_link *link = links_find(&r->links, m->in->conf->interface);
	const struct addr none = {.len = 0};
	struct rawsock *rs;
	unsigned skipped;

	if (!link) {
		instance_set_socket(m->in, NULL, false);
		instance_set_source(m->in, &none);
		return 0;
	}
	rs = registry_socket(r, m->in->conf->family, link, e);
	refresh_source(r, m, link->ifindex);
	instance_set_socket(m->in, rs, link->up);
	if (rs && registry_tune_socket(r, rs, e) == 0)
		return 0;
	if (strict)
		return -1;
	if (log_limit_pass(&r->sock_limit, clock_now(), &skipped))
		log_err("%s: %s", m->in->conf->name, e->text);
	return 0;
}

/* --- what the kernel tells -------------------------------------------------------------------- */

static void
tell_trackers(const struct registry *r)
{
	const struct tracker *t;

	TAILQ_FOREACH (t, &r->trackers, link)
		track_links_changed(t->track);
}

void
registry_on_link(struct registry *r, const struct nl_link *told)
{
	struct nl_link counts = *told, *link = &counts;
	struct member *m;
	struct err e;
	bool changed;

	registry_settle_link(r, link);
	changed = links_note(&r->links, link);
	statics_look(r->statics); /* an instance may send from a static address */
	TAILQ_FOREACH (m, &r->members, link) {
		bool concerned = strcmp(m->in->conf->interface, link->name) == 0 ||
				 (m->in->sock && rawsock_ifindex(m->in->sock) == link->ifindex);

		if (concerned)
			registry_refresh(r, m, false, &e);
		if (changed) /* the LAN must learn another MAC address, too */
			instance_device_changed(m->in, link->name);
	}
	registry_look_for_foreign(r);
	registry_drop_unused_sockets(r);
	tell_trackers(r);
}

static void
on_link(const struct nl_link *link, void *arg)
{
	registry_on_link(arg, link);
}

/* With whatever prefix: it may have been given another one.  Not known: no. */
static bool
is_there(const struct registry *r, const struct nl_address *a)
{
	struct nl_addresses al;
	bool found = false;
	struct err e;

	(void)!nl_read_addresses(r->world.nl, addr_family(&a->addr), &al, &e);
	for (size_t i = 0; i < al.n; i++)
		found |=
		    al.list[i].ifindex == a->ifindex && addr_ip_equal(&al.list[i].addr, &a->addr);
	free(al.list);
	return found;
}

/*
 * The news may be old: we removed it ourselves and hold it again.  And a secondary address goes
 * with its primary, which may be our source: put back now, it would become the primary, and the
 * host's own address, when it returns, would later go with it.
 */
static void
on_vip_gone(struct registry *r, const struct nl_address *a)
{
	struct member *m;

	if (is_there(r, a))
		return;
	TAILQ_FOREACH (m, &r->members, link) {
		const struct nl_link *link = links_find(&r->links, m->in->conf->interface);

		if (!instance_holds(m->in, a->ifindex, &a->addr))
			continue;
		if (link)
			refresh_source(r, m, link->ifindex);
		instance_address_gone(m->in, a->ifindex, &a->addr);
	}
}

static void
on_address(const struct nl_address *a, void *arg)
{
	struct registry *r = arg;
	bool is_vip = is_somebodys_vip(r, a->ifindex, &a->addr);
	struct member *m;

	if (a->gone)
		statics_address_gone(r->statics, a->ifindex, &a->addr);
	registry_note_address(r, a);
	if (is_vip && a->gone)
		on_vip_gone(r, a);
	TAILQ_FOREACH (m, &r->members, link) {
		const struct nl_link *link = links_find(&r->links, m->in->conf->interface);

		/* renewals of leases come each second; only an owner may send from its VIP */
		if (is_vip && m->in->conf->priority != VRRP_PRIORITY_OWNER)
			continue;
		if (link && link->ifindex == a->ifindex &&
		    addr_family(&a->addr) == m->in->conf->family)
			refresh_source(r, m, link->ifindex);
	}
}

static void
on_route_gone(uint8_t proto, void *arg)
{
	struct registry *r = arg;
	struct member *m;

	statics_routes_gone(r->statics, proto);
	TAILQ_FOREACH (m, &r->members, link)
		instance_routes_gone(m->in, proto);
}

void
registry_watch_routes(struct registry *r)
{
	struct member *m;
	bool any = statics_have_routes(r->statics);

	TAILQ_FOREACH (m, &r->members, link)
		any |= m->in->conf->n_routes + m->in->conf->n_rules > 0;
	nl_watch_routes(r->world.nl, any);
}

static void
on_lost(void *arg)
{
	struct registry *r = arg;
	struct links fresh = {NULL, 0};
	struct member *m;
	struct err e;

	log_warn("netlink messages were lost, looking at all interfaces afresh");
	if (nl_list_links(r->world.nl, collect_link, &fresh, &e) < 0) {
		log_err("%s", e.text);
		links_free(&fresh);
		return;
	}
	links_free(&r->links);
	r->links = fresh;
	registry_settle_links(r);
	statics_look(r->statics);
	TAILQ_FOREACH (m, &r->members, link) {
		registry_refresh(r, m, false, &e);
		instance_assert_vips(m->in);
	}
	registry_look_for_foreign(r);
	registry_drop_unused_sockets(r);
	tell_trackers(r);
}

void
registry_remove_old_routes(struct registry *r)
{
	struct err e;
	int n = nl_remove_marked(r->world.nl, ROUTE_PROTO_VRRP, &e);
	struct member *m;

	if (n < 0)
		log_warn("looking for routes of an earlier life: %s", e.text);
	else if (n > 0)
		log_notice("removed %d routes and rules, left over from an earlier life", n);
	/* those without our mark may be the administrator's, but for a master's that was killed */
	TAILQ_FOREACH (m, &r->members, link)
		if (m->in->was_master)
			instance_delete_routes(m->in);
}

int
registry_open_net(struct registry *r, struct err *e)
{
	struct nl_listener l = {.on_link = on_link,
				.on_address = on_address,
				.on_route_gone = on_route_gone,
				.on_lost = on_lost,
				.arg = r};

	r->world.links = &r->links;
	r->world.announcer = announcer_new(r->base, e);
	if (!r->world.announcer)
		return -1;
	/* listen first, then look: what changes in between is told */
	r->world.nl = nl_new(r->base, &l, e);
	if (!r->world.nl)
		return -1;
	r->statics = statics_new(r->base, r->world.nl, &r->links);
	if (!r->statics)
		return err_set(e, "out of memory");
	return nl_list_links(r->world.nl, collect_link, &r->links, e);
}

void
registry_close_net(struct registry *r)
{
	for (size_t i = 0; i < r->n_socks; i++)
		rawsock_free(&r->socks[i]);
	free(r->socks);
	r->socks = NULL;
	r->n_socks = 0;
	nl_free(&r->world.nl);
	links_free(&r->links);
	announcer_free(&r->world.announcer);
}
