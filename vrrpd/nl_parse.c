/*
 * nl_parse.c - netlink messages about links and addresses into our structs, and back.
 *
 * The attributes are read and written here rather than through libnl's objects, because libnl 3.7
 * does not know IFA_PROTO and guesses scope and peer address.
 */
#include "vrrpd/nl_parse.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

static bool
set_addr(struct addr *a, int family, const struct nlattr *attr)
{
	memset(a, 0, sizeof(*a));
	if (family == AF_INET && nla_len(attr) == sizeof(a->in.sin_addr)) {
		a->in.sin_family = AF_INET;
		memcpy(&a->in.sin_addr, nla_data(attr), sizeof(a->in.sin_addr));
		a->len = sizeof(a->in);
		return true;
	}
	if (family == AF_INET6 && nla_len(attr) == sizeof(a->in6.sin6_addr)) {
		a->in6.sin6_family = AF_INET6;
		memcpy(&a->in6.sin6_addr, nla_data(attr), sizeof(a->in6.sin6_addr));
		a->len = sizeof(a->in6);
		return true;
	}
	return false;
}

bool
nl_parse_link(struct nlmsghdr *hdr, struct nl_link *out)
{
	struct nlattr *tb[IFLA_MAX + 1];
	const struct ifinfomsg *info;

	if (hdr->nlmsg_type != RTM_NEWLINK && hdr->nlmsg_type != RTM_DELLINK)
		return false;
	if (nlmsg_parse(hdr, sizeof(*info), tb, IFLA_MAX, NULL) < 0 || !tb[IFLA_IFNAME])
		return false;
	info = nlmsg_data(hdr);
	if (info->ifi_family != AF_UNSPEC) /* a bridge tells of its ports: not our links */
		return false;
	memset(out, 0, sizeof(*out));
	out->ifindex = info->ifi_index;
	out->gone = hdr->nlmsg_type == RTM_DELLINK;
	out->up = !out->gone && (info->ifi_flags & IFF_UP) && (info->ifi_flags & IFF_RUNNING);
	nla_strlcpy(out->name, tb[IFLA_IFNAME], sizeof(out->name));
	if (tb[IFLA_ADDRESS] && nla_len(tb[IFLA_ADDRESS]) == sizeof(out->mac)) {
		memcpy(out->mac, nla_data(tb[IFLA_ADDRESS]), sizeof(out->mac));
		out->has_mac = true;
	}
	return true;
}

bool
nl_parse_address(struct nlmsghdr *hdr, struct nl_address *out)
{
	struct nlattr *tb[IFA_MAX + 1], *local;
	const struct ifaddrmsg *info;

	if (hdr->nlmsg_type != RTM_NEWADDR && hdr->nlmsg_type != RTM_DELADDR)
		return false;
	if (nlmsg_parse(hdr, sizeof(*info), tb, IFA_MAX, NULL) < 0)
		return false;
	info = nlmsg_data(hdr);
	local = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	memset(out, 0, sizeof(*out));
	if (!local || !set_addr(&out->addr, info->ifa_family, local))
		return false;
	if (tb[IFA_LOCAL] && tb[IFA_ADDRESS] &&
	    nla_len(tb[IFA_LOCAL]) == nla_len(tb[IFA_ADDRESS]) &&
	    memcmp(nla_data(tb[IFA_LOCAL]), nla_data(tb[IFA_ADDRESS]),
		   (size_t)nla_len(tb[IFA_LOCAL])) != 0)
		set_addr(&out->peer, info->ifa_family, tb[IFA_ADDRESS]);
	out->ifindex = (int)info->ifa_index;
	out->prefix_len = info->ifa_prefixlen;
	out->secondary = info->ifa_family == AF_INET && (info->ifa_flags & IFA_F_SECONDARY);
	out->tentative = info->ifa_family == AF_INET6 &&
			 (info->ifa_flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) &&
			 !(info->ifa_flags & IFA_F_OPTIMISTIC);
	out->gone = hdr->nlmsg_type == RTM_DELADDR;
	out->valid_s = NL_FOREVER;
	if (tb[IFA_PROTO] && nla_len(tb[IFA_PROTO]) >= 1)
		out->proto = nla_get_u8(tb[IFA_PROTO]);
	if (tb[IFA_CACHEINFO] && nla_len(tb[IFA_CACHEINFO]) >= (int)sizeof(struct ifa_cacheinfo)) {
		struct ifa_cacheinfo ci;

		memcpy(&ci, nla_data(tb[IFA_CACHEINFO]), sizeof(ci));
		out->valid_s = ci.ifa_valid;
	}
	return true;
}

static int
put_addr(struct nl_msg *msg, int type, const struct addr *a)
{
	if (addr_family(a) == AF_INET6)
		return nla_put(msg, type, sizeof(a->in6.sin6_addr), &a->in6.sin6_addr);
	return nla_put(msg, type, sizeof(a->in.sin_addr), &a->in.sin_addr);
}

static bool
is_set(const struct addr *a)
{
	return a && a->len > 0;
}

static int
put_address(struct nl_msg *msg, const struct nl_vip *vip)
{
	struct ifaddrmsg info = {
	    .ifa_family = (unsigned char)addr_family(vip->addr),
	    .ifa_prefixlen = vip->prefix_len,
	    .ifa_scope = vip->scope,
	    .ifa_index = (unsigned)vip->ifindex,
	};

	if (nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) < 0 ||
	    put_addr(msg, IFA_LOCAL, vip->addr) < 0 ||
	    put_addr(msg, IFA_ADDRESS, is_set(vip->peer) ? vip->peer : vip->addr) < 0)
		return -1;
	return 0;
}

static struct nl_msg *
build(int type, int flags, const struct nl_vip *vip)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (msg && put_address(msg, vip) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

struct nl_msg *
nl_build_set(const struct nl_vip *vip, uint32_t lease_s)
{
	struct ifa_cacheinfo ci = {.ifa_prefered =
				       vip->preferred_s < lease_s ? vip->preferred_s : lease_s,
				   .ifa_valid = lease_s};
	struct nl_msg *msg = build(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, vip);

	if (!msg)
		return NULL;
	if (nla_put(msg, IFA_CACHEINFO, sizeof(ci), &ci) < 0 ||
	    nla_put_u8(msg, IFA_PROTO, vip->proto) < 0 ||
	    nla_put_u32(msg, IFA_FLAGS, vip->flags) < 0 ||
	    (is_set(vip->broadcast) && put_addr(msg, IFA_BROADCAST, vip->broadcast) < 0) ||
	    (vip->label && nla_put_string(msg, IFA_LABEL, vip->label) < 0)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

struct nl_msg *
nl_build_delete(const struct nl_vip *vip)
{
	return build(RTM_DELADDR, 0, vip);
}
