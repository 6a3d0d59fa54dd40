/*
 * nl.c - the two netlink sockets: commands with their answers, and the listener.
 *
 * The command socket blocks, which is no wait: the kernel answers within the call.  Everything
 * runs in the thread of the event base.
 */
#include "vrrpd/nl.h"

#include <errno.h>
#include <event2/event.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "vrrpd/nl_parse.h"
#include "vrrpd/nl_priv.h"
#include "vrrpd/nl_route.h"

#define LISTEN_RCVBUF (4 << 20) /* a burst of some ten thousand messages */
#define DUMP_TRIES    3         /* the table changed while it was read */
#define READ_MAX      64        /* datagrams per wake-up */

struct nl {
	struct nl_sock *commands;
	struct nl_sock *listener;
	struct event *event;
	bool watches_routes;
	bool lost; /* messages, and those from before have not all been read */
	struct nl_listener calls;
};

/* A dump's receiver. */
struct dump {
	nl_link_fn on_link;
	nl_address_fn on_address;
	void *arg;
};

static int
fail(struct err *e, const char *what, int code)
{
	return err_set(e, "%s: %s", what, nl_geterror(code));
}

int
nl_command(struct nl *n, struct nl_msg *msg)
{
	return msg ? nl_send_sync(n->commands, msg) : -NLE_NOMEM;
}

struct nl_sock *
nl_command_socket(struct nl *n)
{
	return n->commands;
}

static int
on_dumped(struct nl_msg *msg, void *arg)
{
	const struct dump *d = arg;
	struct nl_address address;
	struct nl_link link;

	if (d->on_link && nl_parse_link(nlmsg_hdr(msg), &link))
		d->on_link(&link, d->arg);
	else if (d->on_address && nl_parse_address(nlmsg_hdr(msg), &address))
		d->on_address(&address, d->arg);
	return NL_OK;
}

static int
dump_once(struct nl *n, int type, int family, struct dump *d)
{
	struct rtgenmsg request = {.rtgen_family = (unsigned char)family};
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int code;

	if (!cb)
		return -NLE_NOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_dumped, d);
	code = nl_send_simple(n->commands, type, NLM_F_DUMP, &request, sizeof(request));
	if (code >= 0)
		code = nl_recvmsgs(n->commands, cb);
	nl_cb_put(cb);
	return code;
}

static int
dump(struct nl *n, int type, int family, struct dump *d, struct err *e)
{
	int code = -NLE_DUMP_INTR;

	for (int i = 0; i < DUMP_TRIES && code == -NLE_DUMP_INTR; i++)
		code = dump_once(n, type, family, d);
	return code < 0 ? fail(e, "reading links and addresses", code) : 0;
}

int
nl_list_links(struct nl *n, nl_link_fn fn, void *arg, struct err *e)
{
	struct dump d = {.on_link = fn, .arg = arg};

	return dump(n, RTM_GETLINK, AF_UNSPEC, &d, e);
}

int
nl_list_addresses(struct nl *n, int family, nl_address_fn fn, void *arg, struct err *e)
{
	struct dump d = {.on_address = fn, .arg = arg};

	return dump(n, RTM_GETADDR, family, &d, e);
}

struct collection {
	struct nl_addresses *out;
	bool no_memory;
};

static void
collect(const struct nl_address *a, void *arg)
{
	struct collection *c = arg;
	struct nl_addresses *all = c->out;
	struct nl_address *more = realloc(all->list, (all->n + 1) * sizeof(*more));

	if (!more) {
		c->no_memory = true;
		return;
	}
	all->list = more;
	all->list[all->n++] = *a;
}

int
nl_read_addresses(struct nl *n, int family, struct nl_addresses *out, struct err *e)
{
	struct collection c = {.out = out};

	*out = (struct nl_addresses){NULL, 0};
	if (nl_list_addresses(n, family, collect, &c, e) < 0)
		return -1;
	return c.no_memory ? err_set(e, "reading addresses: out of memory") : 0;
}

int
nl_vip_set(struct nl *n, const struct nl_vip *vip, uint32_t lease_s, struct err *e)
{
	struct nl_msg *msg = nl_build_set(vip, lease_s);
	char text[ADDR_STRLEN];
	int code = msg ? nl_send_sync(n->commands, msg) : -NLE_NOMEM; /* frees the message */

	if (code >= 0)
		return 0;
	return err_set(e, "adding %s: %s", addr_format_ip(vip->addr, text), nl_geterror(code));
}

int
nl_vip_delete(struct nl *n, const struct nl_vip *vip, bool *was_there, struct err *e)
{
	struct nl_msg *msg = nl_build_delete(vip);
	char text[ADDR_STRLEN];
	int code = msg ? nl_send_sync(n->commands, msg) : -NLE_NOMEM;

	*was_there = code >= 0;
	if (code >= 0 || code == -NLE_NOADDR || code == -NLE_NODEV)
		return 0;
	return err_set(e, "deleting %s: %s", addr_format_ip(vip->addr, text), nl_geterror(code));
}

/* --- the listener ----------------------------------------------------------------------------- */

static int
on_heard(struct nl_msg *msg, void *arg)
{
	const struct nl *n = arg;
	struct nl_address address;
	struct nl_link link;
	uint8_t proto;

	if (nl_route_is_gone(nlmsg_hdr(msg), &proto))
		n->calls.on_route_gone(proto, n->calls.arg);
	else if (nl_parse_link(nlmsg_hdr(msg), &link))
		n->calls.on_link(&link, n->calls.arg);
	else if (nl_parse_address(nlmsg_hdr(msg), &address))
		n->calls.on_address(&address, n->calls.arg);
	return NL_OK;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct nl *n = arg;

	(void)fd;
	(void)what;
	for (int i = 0; i < READ_MAX; i++) {
		int code = nl_recvmsgs_default(n->listener);

		if (code == -NLE_AGAIN)
			break;
		if (code < 0) /* ENOBUFS comes as NLE_NOMEM: messages were lost */
			n->lost = true;
		if (i == READ_MAX - 1)
			return; /* there may be more */
	}
	/* What is still queued is older than the loss, so look afresh when it is read. */
	if (!n->lost)
		return;
	n->lost = false;
	n->calls.on_lost(n->calls.arg);
}

static int
open_listener(struct nl *n, struct err *e)
{
	int size = LISTEN_RCVBUF, code;

	n->listener = nl_socket_alloc();
	if (!n->listener)
		return err_set(e, "netlink: out of memory");
	nl_socket_disable_seq_check(n->listener);
	nl_socket_modify_cb(n->listener, NL_CB_VALID, NL_CB_CUSTOM, on_heard, n);
	code = nl_connect(n->listener, NETLINK_ROUTE);
	if (code >= 0)
		code = nl_socket_set_nonblocking(n->listener);
	if (code >= 0)
		code = nl_socket_add_memberships(n->listener, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
						 RTNLGRP_IPV6_IFADDR, 0);
	if (code < 0)
		return fail(e, "netlink listener", code);
	if (setsockopt(nl_socket_get_fd(n->listener), SOL_SOCKET, SO_RCVBUFFORCE, &size,
		       sizeof(size)) < 0)
		nl_socket_set_buffer_size(n->listener, size, 0);
	return 0;
}

static int
open_commands(struct nl *n, struct err *e)
{
	int code;

	n->commands = nl_socket_alloc();
	if (!n->commands)
		return err_set(e, "netlink: out of memory");
	code = nl_connect(n->commands, NETLINK_ROUTE);
	return code < 0 ? fail(e, "netlink commands", code) : 0;
}

void
nl_watch_routes(struct nl *n, bool on)
{
	static const int groups[] = {RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,
				     RTNLGRP_IPV6_RULE};

	if (n->watches_routes == on)
		return;
	n->watches_routes = on;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (on)
			(void)!nl_socket_add_membership(n->listener, groups[i]);
		else
			(void)!nl_socket_drop_membership(n->listener, groups[i]);
	}
}

struct nl *
nl_new(struct event_base *base, const struct nl_listener *l, struct err *e)
{
	struct nl *n = calloc(1, sizeof(*n));

	if (!n) {
		err_set(e, "netlink: out of memory");
		return NULL;
	}
	n->calls = *l;
	if (open_commands(n, e) < 0 || open_listener(n, e) < 0)
		goto fail;
	n->event =
	    event_new(base, nl_socket_get_fd(n->listener), EV_READ | EV_PERSIST, on_readable, n);
	if (n->event && event_add(n->event, NULL) == 0)
		return n;
	err_set(e, "netlink listener: no event");
fail:
	nl_free(&n);
	return NULL;
}

void
nl_free(struct nl **n)
{
	if (!*n)
		return;
	if ((*n)->event)
		event_free((*n)->event);
	if ((*n)->listener)
		nl_socket_free((*n)->listener);
	if ((*n)->commands)
		nl_socket_free((*n)->commands);
	free(*n);
	*n = NULL;
}
