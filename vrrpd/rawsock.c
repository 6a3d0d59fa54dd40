/*
 * rawsock.c - the raw VRRP socket of one interface and family: life, options, who uses it.
 *
 * The kernel writes the IP header (precedence 6 as RFC 3768 5.2 and keepalived do); an IPv4 packet
 * is handed over with its header, an IPv6 one with control messages.  Bound to its device, a socket
 * neither hears nor answers on another.  The checksum is ours to write and to check in both
 * families.  AH covers the IP header, so a second descriptor takes packets that have theirs.
 */
#include "vrrpd/rawsock.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/daemon.h"
#include "vrrpd/ah.h"
#include "vrrpd/intake.h"
#include "vrrpd/rawsock_priv.h"

#define SEND_PRIORITY 7 /* SO_PRIORITY: before everything else in the queue of the interface */

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

struct option {
	int family; /* AF_UNSPEC: both */
	int level, name, value;
};

static const struct option options[] = {
    {AF_UNSPEC, SOL_SOCKET, SO_PRIORITY, SEND_PRIORITY},
    {AF_UNSPEC, SOL_SOCKET, SO_TIMESTAMPNS, 1},
    {AF_INET, IPPROTO_IP, IP_TOS, VRRP_IP_TOS},
    {AF_INET, IPPROTO_IP, IP_MULTICAST_LOOP, 0},
    {AF_INET, IPPROTO_IP, IP_MULTICAST_ALL, 0},
    {AF_INET6, IPPROTO_IPV6, IPV6_TCLASS, VRRP_IP_TOS},
    {AF_INET6, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0},
    {AF_INET6, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0},
    {AF_INET6, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1},
    {AF_INET6, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1},
};

static int
set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

static int
attach(int fd, struct sock_filter *filter, size_t n)
{
	struct sock_fprog program = {.len = (unsigned short)n, .filter = filter};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int
set_options(const struct rawsock *rs, int fd)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const struct option *o = &options[i];

		if ((o->family == AF_UNSPEC || o->family == rs->family) &&
		    set_int(fd, o->level, o->name, o->value) < 0)
			return -1;
	}
	/* to send from a configured address that is not there (track_src_ip = no) */
	if (rs->family == AF_INET6)
		(void)set_int(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, 1);
	else
		(void)set_int(fd, IPPROTO_IP, IP_TRANSPARENT, 1);
	return 0;
}

/* --- ports ------------------------------------------------------------------------------------ */

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	rawsock_read(arg);
}

static void
close_port(struct port *p)
{
	if (p->event)
		event_free(p->event);
	p->event = NULL;
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

static int
open_port(struct port *p, int protocol, struct err *e)
{
	const struct rawsock *rs = p->rs;
	struct sock_filter none[INTAKE_FILTER_MAX];

	p->at_empty = clock_boot();
	p->fd = socket(rs->family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	/* what other interfaces hear until it is bound shall not wait for us */
	if (p->fd < 0 || attach(p->fd, none, intake_filter_none(none)) < 0 ||
	    setsockopt(p->fd, SOL_SOCKET, SO_BINDTODEVICE, rs->ifname,
		       (socklen_t)strlen(rs->ifname)) < 0 ||
	    set_options(rs, p->fd) < 0) {
		err_sys(e, "VRRP socket on %s", rs->ifname);
		goto fail;
	}
	p->event = event_new(rs->base, p->fd, EV_READ | EV_PERSIST, on_readable, p);
	if (p->event && event_add(p->event, NULL) == 0)
		return 0;
	err_set(e, "VRRP socket on %s: no event", rs->ifname);
fail:
	close_port(p);
	return -1;
}

/* --- groups ----------------------------------------------------------------------------------- */

static int
set_membership(const struct rawsock *rs, const struct port *p, const struct addr *group, bool join)
{
	struct ip_mreqn four = {.imr_ifindex = rs->ifindex};
	struct ipv6_mreq six = {.ipv6mr_interface = (unsigned)rs->ifindex};

	if (rs->family == AF_INET6) {
		six.ipv6mr_multiaddr = group->in6.sin6_addr;
		return setsockopt(p->fd, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP,
				  &six, sizeof(six));
	}
	four.imr_multiaddr = group->in.sin_addr;
	return setsockopt(p->fd, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &four,
			  sizeof(four));
}

static bool
has_group(const struct addr *list, size_t n, const struct addr *group)
{
	for (size_t i = 0; i < n; i++)
		if (addr_ip_equal(&list[i], group))
			return true;
	return false;
}

static int
join(struct rawsock *rs, const struct addr *group, struct err *e)
{
	char text[ADDR_STRLEN];
	struct addr *more;

	if (has_group(rs->groups, rs->n_groups, group))
		return 0;
	more = realloc(rs->groups, (rs->n_groups + 1) * sizeof(*more));
	if (more)
		rs->groups = more;
	if (!more || set_membership(rs, &rs->plain, group, true) < 0)
		return err_sys(e, "joining %s on %s", addr_format_ip(group, text), rs->ifname);
	rs->groups[rs->n_groups++] = *group;
	return 0;
}

/* The family's own group is never left: who multicasts to it by mistake shall be told of. */
static void
leave_others(struct rawsock *rs, const struct rawsock_users *u)
{
	for (size_t i = rs->n_groups; i-- > 1;) {
		if (has_group(u->groups, u->n_groups, &rs->groups[i]))
			continue;
		(void)set_membership(rs, &rs->plain, &rs->groups[i], false);
		if (rs->ah.fd >= 0)
			(void)set_membership(rs, &rs->ah, &rs->groups[i], false);
		rs->groups[i] = rs->groups[--rs->n_groups];
	}
}

/* --- users ------------------------------------------------------------------------------------ */

/* Membership is the host's; but a port is given only what came to a group that it joined itself. */
static int
open_ah(struct rawsock *rs, struct err *e)
{
	if (rs->ah.fd >= 0)
		return 0;
	if (open_port(&rs->ah, AH_IP_PROTO, e) < 0)
		return -1;
	if (set_int(rs->ah.fd, IPPROTO_IP, IP_HDRINCL, 1) == 0)
		return 0;
	err_sys(e, "VRRP socket with AH on %s", rs->ifname);
	close_port(&rs->ah);
	return -1;
}

static int
join_groups(struct rawsock *rs, const struct rawsock_users *u, struct err *e)
{
	int result = 0;

	for (size_t i = 0; i < u->n_groups; i++)
		if (join(rs, &u->groups[i], e) < 0)
			result = -1;
	leave_others(rs, u);
	for (size_t i = 0; i < rs->n_groups && rs->ah.fd >= 0; i++)
		if (set_membership(rs, &rs->ah, &rs->groups[i], true) < 0 && errno != EADDRINUSE)
			result = err_sys(e, "joining a group with AH on %s", rs->ifname);
	return result;
}

static int
tune(const struct rawsock *rs, const struct port *p, unsigned offset, const struct rawsock_users *u,
     struct err *e)
{
	struct sock_filter filter[INTAKE_FILTER_MAX];
	size_t n = intake_filter(rs->family, offset, u->vrids, u->n_vrids, filter);

	if (p->fd < 0)
		return 0;
	if (set_int(p->fd, SOL_SOCKET, SO_RCVBUFFORCE, u->buffer) < 0)
		(void)set_int(p->fd, SOL_SOCKET, SO_RCVBUF, u->buffer);
	return attach(p->fd, filter, n) < 0 ? err_sys(e, "packet filter on %s", rs->ifname) : 0;
}

int
rawsock_set_users(struct rawsock *rs, const struct rawsock_users *u, struct err *e)
{
	int result = 0;

	if (!u->with_ah)
		close_port(&rs->ah);
	else if (open_ah(rs, e) < 0)
		result = -1;
	if (join_groups(rs, u, e) < 0 || tune(rs, &rs->plain, 0, u, e) < 0 ||
	    tune(rs, &rs->ah, AH_LEN, u, e) < 0)
		result = -1;
	return result;
}

/* --- life ------------------------------------------------------------------------------------- */

static int
open_plain(struct rawsock *rs, struct err *e)
{
	struct addr group = vrrp_group(rs->family);

	return open_port(&rs->plain, VRRP_IP_PROTO, e) < 0 ? -1 : join(rs, &group, e);
}

struct rawsock *
rawsock_new(struct event_base *base, int family, int ifindex, const char *ifname, rawsock_fn fn,
	    void *arg, struct err *e)
{
	struct rawsock *rs = calloc(1, sizeof(*rs));

	if (!rs) {
		err_set(e, "VRRP socket on %s: out of memory", ifname);
		return NULL;
	}
	rs->plain = rs->ah = (struct port){.rs = rs, .fd = -1};
	rs->base = base;
	rs->family = family;
	rs->ifindex = ifindex;
	rs->ifname = strdup(ifname);
	rs->fn = fn;
	rs->arg = arg;
	if (!rs->ifname)
		err_set(e, "VRRP socket on %s: out of memory", ifname);
	else if (open_plain(rs, e) == 0)
		return rs;
	rawsock_free(&rs);
	return NULL;
}

void
rawsock_free(struct rawsock **rs)
{
	if (!*rs)
		return;
	close_port(&(*rs)->plain);
	close_port(&(*rs)->ah);
	free((*rs)->groups);
	free((*rs)->ifname);
	free(*rs);
	*rs = NULL;
}

int
rawsock_ifindex(const struct rawsock *rs)
{
	return rs->ifindex;
}

int
rawsock_family(const struct rawsock *rs)
{
	return rs->family;
}

const char *
rawsock_ifname(const struct rawsock *rs)
{
	return rs->ifname;
}
