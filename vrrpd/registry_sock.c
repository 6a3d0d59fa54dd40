/*
 * registry_sock.c - the raw sockets that instances share, and whose packet is whose.
 *
 * One socket serves all instances of one family on one interface; what they need of it (filter,
 * groups, buffer) is told to it whenever the set of them changes.
 */
#include <stdlib.h>
#include <string.h>

#include "common/daemon.h"
#include "vrrpd/rawsock.h"
#include "vrrpd/registry_priv.h"

#define RCVBUF_MIN 4096

static bool
logs_unknown(const struct registry *r)
{
	return r->now && r->now->conf->global.log_unknown_vrids;
}

static void
note_unknown(struct registry *r, const struct rawsock *rs, const struct vrrp_meta *meta, int vrid)
{
	char text[ADDR_STRLEN];
	unsigned skipped;

	r->n_unknown_vrid++;
	if (logs_unknown(r) && log_limit_pass(&r->unknown_limit, clock_now(), &skipped))
		log_warn("advertisement from %s on %s for virtual router %d, which is not "
			 "configured here",
			 addr_format_ip(&meta->src, text), rawsock_ifname(rs), vrid);
}

static void
on_packet(struct rawsock *rs, enum vrrp_drop drop, const struct vrrp_meta *meta, const uint8_t *msg,
	  size_t len, void *arg)
{
	struct registry *r = arg;
	uint8_t version, vrid;
	struct member *m;
	bool known = false;

	if (drop == VRRP_DROP_NONE && !vrrp_peek(msg, len, &version, &vrid))
		drop = VRRP_DROP_LENGTH;
	if (drop != VRRP_DROP_NONE) {
		r->drops[drop]++;
		return;
	}
	TAILQ_FOREACH (m, &r->members, link) {
		if (m->in->sock != rs || m->in->conf->virtual_router_id != vrid)
			continue;
		instance_receive(m->in, meta, msg, len);
		known = true;
	}
	if (!known)
		note_unknown(r, rs, meta, vrid);
}

static struct rawsock *
find_socket(const struct registry *r, int family, int ifindex)
{
	for (size_t i = 0; i < r->n_socks; i++)
		if (rawsock_ifindex(r->socks[i]) == ifindex &&
		    rawsock_family(r->socks[i]) == family)
			return r->socks[i];
	return NULL;
}

struct rawsock *
registry_socket(struct registry *r, int family, const struct nl_link *link, struct err *e)
{
	struct rawsock *rs = find_socket(r, family, link->ifindex);
	struct rawsock **more;

	if (rs)
		return rs;
	more = realloc(r->socks, (r->n_socks + 1) * sizeof(struct rawsock *));
	if (!more) {
		err_set(e, "VRRP socket on %s: out of memory", link->name);
		return NULL;
	}
	r->socks = more;
	rs = rawsock_new(r->base, family, link->ifindex, link->name, on_packet, r, e);
	if (rs)
		r->socks[r->n_socks++] = rs;
	return rs;
}

static bool
has_vrid(const struct rawsock_users *u, int vrid)
{
	return memchr(u->vrids, vrid, u->n_vrids) != NULL;
}

static void
add_user(struct rawsock_users *u, const struct instance_conf *ic)
{
	u->with_ah |= ic->auth_type == VRRP_AUTH_AH;
	if (ic->wire.rx_buffer > u->buffer)
		u->buffer = (int)ic->wire.rx_buffer;
	if (ic->n_unicast_peers == 0)
		u->groups[u->n_groups++] = ic->wire.group;
	if (!has_vrid(u, ic->virtual_router_id))
		u->vrids[u->n_vrids++] = (uint8_t)ic->virtual_router_id;
}

/* What the members that share the socket want of it. */
int
registry_tune_socket(struct registry *r, struct rawsock *rs, struct err *e)
{
	struct rawsock_users u = {.buffer = RCVBUF_MIN};
	const struct member *m;
	size_t n = 0;
	int result;

	TAILQ_FOREACH (m, &r->members, link)
		n += m->in->sock == rs;
	u.groups = calloc(n + 1, sizeof(*u.groups));
	if (!u.groups)
		return err_set(e, "VRRP socket on %s: out of memory", rawsock_ifname(rs));
	TAILQ_FOREACH (m, &r->members, link)
		if (m->in->sock == rs)
			add_user(&u, m->in->conf);
	if (logs_unknown(r))
		u.n_vrids = 0; /* all may pass */
	result = rawsock_set_users(rs, &u, e);
	free(u.groups);
	return result;
}

void
registry_drop_unused_sockets(struct registry *r)
{
	for (size_t i = r->n_socks; i-- > 0;) {
		bool used = false;
		struct member *m;

		TAILQ_FOREACH (m, &r->members, link)
			used |= m->in->sock == r->socks[i];
		if (used)
			continue;
		rawsock_free(&r->socks[i]);
		r->socks[i] = r->socks[--r->n_socks];
	}
}

void
registry_tune_sockets(struct registry *r)
{
	unsigned skipped;
	struct err e;

	for (size_t i = 0; i < r->n_socks; i++)
		if (registry_tune_socket(r, r->socks[i], &e) < 0 &&
		    log_limit_pass(&r->sock_limit, clock_now(), &skipped))
			log_err("%s", e.text);
}
