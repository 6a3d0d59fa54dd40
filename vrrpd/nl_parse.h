/*
 * nl_parse.h - netlink messages about links and addresses into our structs, and back.
 */
#ifndef VRRPD_NL_PARSE_H
#define VRRPD_NL_PARSE_H

#include <linux/netlink.h>
#include <stdbool.h>

#include "vrrpd/nl.h"

struct nl_msg;

/* false: not such a message, or nothing of interest (no name, no address, another family). */
bool nl_parse_link(struct nlmsghdr *hdr, struct nl_link *out);
bool nl_parse_address(struct nlmsghdr *hdr, struct nl_address *out);
/* NULL: out of memory. */
struct nl_msg *nl_build_set(const struct nl_vip *vip, uint32_t lease_s);
struct nl_msg *nl_build_delete(const struct nl_vip *vip);

#endif
