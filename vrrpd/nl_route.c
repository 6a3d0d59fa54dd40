/*
 * nl_route.c - routes and rules of the kernel over netlink.
 */
#include "vrrpd/nl_route.h"

#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "vrrpd/nl_priv.h"

static int
put_addr(struct nl_msg *msg, int type, const struct addr *a)
{
	if (a->len == 0)
		return 0;
	if (addr_family(a) == AF_INET6)
		return nla_put(msg, type, sizeof(a->in6.sin6_addr), &a->in6.sin6_addr);
	return nla_put(msg, type, sizeof(a->in.sin_addr), &a->in.sin_addr);
}

/* --- routes ----------------------------------------------------------------------------------- */

static int
put_mtu(struct nl_msg *msg, uint32_t mtu)
{
	struct nlattr *metrics;

	if (mtu == 0)
		return 0;
	metrics = nla_nest_start(msg, RTA_METRICS);
	if (!metrics || nla_put_u32(msg, RTAX_MTU, mtu) < 0)
		return -1;
	nla_nest_end(msg, metrics);
	return 0;
}

static int
put_route(struct nl_msg *msg, const struct route_conf *r, int ifindex)
{
	struct rtmsg head = {
	    .rtm_family = (unsigned char)r->family,
	    .rtm_dst_len = r->to.len,
	    .rtm_table = r->table < 256 ? (unsigned char)r->table : RT_TABLE_UNSPEC,
	    .rtm_protocol = r->proto,
	    .rtm_scope = r->scope,
	    .rtm_type = r->type,
	    .rtm_flags = r->onlink ? RTNH_F_ONLINK : 0,
	};

	if (nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO) < 0 ||
	    (r->to.len > 0 && put_addr(msg, RTA_DST, &r->to.addr) < 0) ||
	    put_addr(msg, RTA_GATEWAY, &r->via) < 0 || put_addr(msg, RTA_PREFSRC, &r->source) < 0 ||
	    nla_put_u32(msg, RTA_TABLE, r->table) < 0 ||
	    (ifindex && nla_put_u32(msg, RTA_OIF, (uint32_t)ifindex) < 0) ||
	    (r->metric && nla_put_u32(msg, RTA_PRIORITY, r->metric) < 0) ||
	    put_mtu(msg, r->mtu) < 0)
		return -1;
	return 0;
}

static struct nl_msg *
build_route(int type, int flags, const struct route_conf *r, int ifindex)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (msg && put_route(msg, r, ifindex) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

/* *was_there: nothing changed, something is at its place. */
static int
add_route(struct nl *n, const struct route_conf *r, int ifindex, bool *was_there, struct err *e)
{
	int code = nl_command(n, build_route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, r, ifindex));

	*was_there = code == -NLE_EXIST;
	if (code >= 0 || *was_there)
		return 0;
	return err_set(e, "adding route %s: %s", r->text, nl_geterror(code));
}

static bool
is_absent(int code)
{
	return code == -NLE_OBJ_NOTFOUND || code == -NLE_NODEV;
}

int
nl_route_delete(struct nl *n, const struct route_conf *r, int ifindex, bool *was_there,
		struct err *e)
{
	int code = nl_command(n, build_route(RTM_DELROUTE, 0, r, ifindex));

	*was_there = code >= 0;
	if (code >= 0 || is_absent(code))
		return 0;
	return err_set(e, "deleting route %s: %s", r->text, nl_geterror(code));
}

int
nl_route_hold(struct nl *n, const struct route_conf *r, int ifindex, bool known, bool *added,
	      struct err *e)
{
	bool was_there, ours;

	if (add_route(n, r, ifindex, &was_there, e) < 0)
		return -1;
	*added = !was_there;
	if (known || !was_there)
		return 0;
	/* of an earlier life: made anew it is surely as it shall be */
	if (nl_route_delete(n, r, ifindex, &ours, e) < 0)
		return -1;
	if (!ours)
		return err_set(e, "route %s: its place is taken by one that is not vrrpd's",
			       r->text);
	return add_route(n, r, ifindex, &was_there, e);
}

/* --- rules ------------------------------------------------------------------------------------ */

static int
put_rule(struct nl_msg *msg, const struct rule_conf *r)
{
	struct fib_rule_hdr head = {
	    .family = (unsigned char)r->family,
	    .dst_len = r->to.len,
	    .src_len = r->from.len,
	    .table = r->table < 256 ? (unsigned char)r->table : RT_TABLE_UNSPEC,
	    .action = r->action,
	    .flags = r->invert ? FIB_RULE_INVERT : 0,
	};

	if (nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO) < 0 ||
	    (r->to.len > 0 && put_addr(msg, FRA_DST, &r->to.addr) < 0) ||
	    (r->from.len > 0 && put_addr(msg, FRA_SRC, &r->from.addr) < 0) ||
	    (r->iif && nla_put_string(msg, FRA_IIFNAME, r->iif) < 0) ||
	    (r->oif && nla_put_string(msg, FRA_OIFNAME, r->oif) < 0) ||
	    (r->has_mark && nla_put_u32(msg, FRA_FWMARK, r->mark) < 0) ||
	    (r->has_mark && nla_put_u32(msg, FRA_FWMASK, r->mask) < 0) ||
	    (r->table && nla_put_u32(msg, FRA_TABLE, r->table) < 0) ||
	    nla_put_u32(msg, FRA_PRIORITY, r->priority) < 0 ||
	    nla_put_u8(msg, FRA_PROTOCOL, r->proto) < 0)
		return -1;
	return 0;
}

static struct nl_msg *
build_rule(int type, int flags, const struct rule_conf *r)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (msg && put_rule(msg, r) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

static int
add_rule(struct nl *n, const struct rule_conf *r, bool *was_there, struct err *e)
{
	int code = nl_command(n, build_rule(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, r));

	*was_there = code == -NLE_EXIST;
	if (code >= 0 || *was_there)
		return 0;
	return err_set(e, "adding rule %s: %s", r->text, nl_geterror(code));
}

int
nl_rule_delete(struct nl *n, const struct rule_conf *r, bool *was_there, struct err *e)
{
	int code = nl_command(n, build_rule(RTM_DELRULE, 0, r));

	*was_there = code >= 0;
	if (code >= 0 || is_absent(code))
		return 0;
	return err_set(e, "deleting rule %s: %s", r->text, nl_geterror(code));
}

int
nl_rule_hold(struct nl *n, const struct rule_conf *r, bool known, bool *added, struct err *e)
{
	bool was_there, ours;

	if (add_rule(n, r, &was_there, e) < 0)
		return -1;
	*added = !was_there;
	if (known || !was_there)
		return 0;
	if (nl_rule_delete(n, r, &ours, e) < 0)
		return -1;
	if (!ours)
		return err_set(e, "rule %s: its place is taken by one that is not vrrpd's",
			       r->text);
	return add_rule(n, r, &was_there, e);
}

/* --- left-overs ------------------------------------------------------------------------------- */

struct marked {
	uint8_t proto;
	struct nl_msg **list; /* each turned into the order to delete it */
	size_t n;
};

static bool
is_route(int type)
{
	return type == RTM_NEWROUTE || type == RTM_DELROUTE;
}

static bool
is_rule(int type)
{
	return type == RTM_NEWRULE || type == RTM_DELRULE;
}

/* 0: not known */
static uint8_t
protocol_of(struct nlmsghdr *hdr)
{
	struct nlattr *protocol;

	if (is_route(hdr->nlmsg_type) && nlmsg_valid_hdr(hdr, sizeof(struct rtmsg)))
		return ((const struct rtmsg *)nlmsg_data(hdr))->rtm_protocol;
	if (!is_rule(hdr->nlmsg_type) || !nlmsg_valid_hdr(hdr, sizeof(struct fib_rule_hdr)))
		return 0;
	protocol = nlmsg_find_attr(hdr, sizeof(struct fib_rule_hdr), FRA_PROTOCOL);
	return protocol && nla_len(protocol) >= 1 ? nla_get_u8(protocol) : 0;
}

bool
nl_route_is_gone(struct nlmsghdr *hdr, uint8_t *proto)
{
	if (hdr->nlmsg_type != RTM_DELROUTE && hdr->nlmsg_type != RTM_DELRULE)
		return false;
	*proto = protocol_of(hdr);
	return *proto != 0;
}

static int
on_marked(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct marked *m = arg;
	struct nl_msg **more, *order;

	if (protocol_of(hdr) != m->proto)
		return NL_OK;
	more = realloc(m->list, (m->n + 1) * sizeof(struct nl_msg *));
	if (!more)
		return NL_OK;
	m->list = more;
	order = nlmsg_alloc_simple(is_route(hdr->nlmsg_type) ? RTM_DELROUTE : RTM_DELRULE, 0);
	if (order && nlmsg_append(order, nlmsg_data(hdr), (size_t)nlmsg_datalen(hdr), 0) < 0) {
		nlmsg_free(order);
		order = NULL;
	}
	if (order)
		m->list[m->n++] = order;
	return NL_OK;
}

/* The kernel looks through its table for the routes of one protocol, where it can. */
static int
dump_marked(struct nl *n, int type, struct marked *m)
{
	struct nl_sock *sock = nl_command_socket(n);
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	struct rtmsg request = {.rtm_protocol = type == RTM_GETROUTE ? m->proto : 0};
	int strict = type == RTM_GETROUTE, code = -NLE_NOMEM;

	if (!cb)
		return code;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_marked, m);
	(void)setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &strict,
			 sizeof(strict));
	code = nl_send_simple(sock, type, NLM_F_DUMP, &request, sizeof(request));
	if (code >= 0)
		code = nl_recvmsgs(sock, cb);
	strict = 0;
	(void)setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &strict,
			 sizeof(strict));
	nl_cb_put(cb);
	return code;
}

int
nl_remove_marked(struct nl *n, uint8_t proto, struct err *e)
{
	struct marked m = {.proto = proto};
	int code = dump_marked(n, RTM_GETRULE, &m), removed = 0;

	if (code >= 0)
		code = dump_marked(n, RTM_GETROUTE, &m);
	for (size_t i = 0; i < m.n; i++)
		removed += nl_command(n, m.list[i]) >= 0;
	free(m.list);
	return code < 0 ? err_set(e, "reading routes and rules: %s", nl_geterror(code)) : removed;
}
