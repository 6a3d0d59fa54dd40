/*
 * registry_foreign.c - virtual addresses on this host that no instance put there: left over from an
 * earlier life, or somebody else's.
 */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/foreign.h"
#include "vrrpd/registry_priv.h"

/* --- left-overs ------------------------------------------------------------------------------- */

/* Since 5.18 the kernel's own addresses have a mark as well, and ::1 or 127.0.0.1 are everywhere.
 */
static bool
kernel_marks(const struct nl_addresses *al)
{
	for (size_t i = 0; i < al->n; i++)
		if (al->list[i].proto != 0)
			return true;
	return false;
}

/* A crash ended its master's life a moment ago, and it goes on. */
static bool
is_resumed(const struct registry *r, const struct nl_address *a)
{
	const struct member *m;

	TAILQ_FOREACH (m, &r->members, link)
		if (m->in->resuming && instance_wants(m->in, a->ifindex, &a->addr))
			return true;
	return false;
}

static bool
is_left_over(const struct registry *r, const struct nl_address *a, bool marks)
{
	bool marked = a->proto == NL_PROTO_VRRP, mortal = a->valid_s != NL_FOREVER;
	const struct member *m;

	if (is_resumed(r, a))
		return false;
	TAILQ_FOREACH (m, &r->members, link) {
		const struct nl_link *link = links_find(&r->links, m->in->conf->interface);
		bool wanted = instance_wants(m->in, a->ifindex, &a->addr);

		if (marked && (wanted || (link && link->ifindex == a->ifindex)))
			return true;
		if (wanted && m->in->conf->priority != VRRP_PRIORITY_OWNER &&
		    foreign_is_left_over(marked, marks, mortal))
			return true;
	}
	return false;
}

static void
remove_left_over(struct registry *r, const struct nl_address *a)
{
	struct nl_vip v = {
	    .ifindex = a->ifindex, .addr = &a->addr, .peer = &a->peer, .prefix_len = a->prefix_len};
	char text[ADDR_STRLEN];
	bool was_there;
	struct err e;

	if (nl_vip_delete(r->world.nl, &v, &was_there, &e) < 0)
		log_err("%s", e.text);
	else if (was_there)
		log_notice("removed %s/%d, left over from an earlier life",
			   addr_format_ip(&a->addr, text), a->prefix_len);
}

void
registry_remove_left_overs(struct registry *r)
{
	struct nl_addresses al;
	struct err e;

	if (nl_read_addresses(r->world.nl, AF_UNSPEC, &al, &e) < 0)
		log_warn("looking for addresses of an earlier life: %s", e.text);
	for (size_t i = 0; i < al.n; i++)
		if (is_left_over(r, &al.list[i], kernel_marks(&al)))
			remove_left_over(r, &al.list[i]);
	free(al.list);
}

/* --- somebody else's -------------------------------------------------------------------------- */

/* On lo it is how servers behind a direct-routing balancer have it; nobody hears of it there. */
static bool
is_loopback(const struct registry *r, int ifindex)
{
	const struct nl_link *lo = links_find(&r->links, "lo");

	return lo && lo->ifindex == ifindex;
}

static bool
held_by_another(const struct registry *r, const struct instance *in, const struct nl_address *a)
{
	return r->world.held_by_other(in, a->ifindex, &a->addr, r->world.arg);
}

void
registry_look_for_foreign(struct registry *r)
{
	struct nl_addresses al;
	struct member *m;
	struct err e;

	if (nl_read_addresses(r->world.nl, AF_UNSPEC, &al, &e) < 0) {
		log_warn("looking for addresses of others: %s", e.text);
		free(al.list);
		return;
	}
	TAILQ_FOREACH (m, &r->members, link) {
		if (m->leaving)
			continue;
		instance_foreign_begin(m->in);
		for (size_t i = 0; i < al.n; i++)
			if (!is_loopback(r, al.list[i].ifindex) &&
			    !held_by_another(r, m->in, &al.list[i]))
				instance_foreign_look(m->in, &al.list[i]);
		instance_foreign_end(m->in);
	}
	free(al.list);
}

void
registry_note_address(struct registry *r, const struct nl_address *a)
{
	const struct member *m;

	if (!a->gone && a->proto == NL_PROTO_VRRP)
		return;
	TAILQ_FOREACH (m, &r->members, link) {
		bool lists = instance_lists(m->in, &a->addr);
		bool renewed = !a->gone && instance_holds(m->in, a->ifindex, &a->addr);

		/* our own renewals, each second where the kernel keeps no mark, need no look */
		if (lists && !renewed && (!a->gone || m->in->foreign.n > 0)) {
			registry_look_for_foreign(r);
			return;
		}
	}
}
