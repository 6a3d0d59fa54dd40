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

#define RCVBUF (1 << 20) /* a fifth of a second of a flood */

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
	r->n_unknown_vrid += !known;
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

/* What the members that share the socket want of it. */
int
registry_tune_socket(struct registry *r, struct rawsock *rs, struct err *e)
{
	struct rawsock_users u = {.buffer = RCVBUF};
	const struct member *m;

	TAILQ_FOREACH (m, &r->members, link) {
		const struct instance_conf *ic = m->in->conf;

		if (m->in->sock != rs)
			continue;
		u.with_ah |= ic->auth_type == VRRP_AUTH_AH;
		if (!has_vrid(&u, ic->virtual_router_id))
			u.vrids[u.n_vrids++] = (uint8_t)ic->virtual_router_id;
	}
	return rawsock_set_users(rs, &u, e);
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
