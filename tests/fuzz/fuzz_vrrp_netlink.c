/*
 * fuzz_vrrp_netlink.c - any bytes behind the header of a netlink message about a link or an
 * address.
 *
 * What is understood has the form that the rest of vrrpd relies on.  The length in the header is
 * right, because libnl has cut the message by it.
 */
#include <linux/rtnetlink.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "vrrpd/nl_parse.h"

static void
check_addr(const struct addr *a, bool may_be_none)
{
	FUZZ_ASSERT((may_be_none && a->len == 0) || addr_family(a) == AF_INET ||
		    addr_family(a) == AF_INET6);
}

static void
check_message(struct nlmsghdr *hdr)
{
	struct nl_address address;
	struct nl_link link;
	bool is_link = nl_parse_link(hdr, &link), is_address = nl_parse_address(hdr, &address);

	FUZZ_ASSERT(!is_link || !is_address);
	if (is_link) {
		FUZZ_ASSERT(memchr(link.name, '\0', sizeof(link.name)) != NULL);
		FUZZ_ASSERT(link.gone == (hdr->nlmsg_type == RTM_DELLINK));
		FUZZ_ASSERT(!(link.up && link.gone));
	}
	if (is_address) {
		check_addr(&address.addr, false);
		check_addr(&address.peer, true);
		FUZZ_ASSERT(address.gone == (hdr->nlmsg_type == RTM_DELADDR));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t types[] = {RTM_NEWLINK, RTM_DELLINK, RTM_NEWADDR, RTM_DELADDR};
	size_t len = size > 0 ? size - 1 : 0;
	struct nlmsghdr *hdr = calloc(1, NLMSG_HDRLEN + len); /* exactly as long */

	FUZZ_ASSERT(hdr != NULL);
	hdr->nlmsg_len = (uint32_t)(NLMSG_HDRLEN + len);
	hdr->nlmsg_type = types[size > 0 ? data[0] % 4 : 0];
	memcpy(NLMSG_DATA(hdr), data + (size > 0), len);
	check_message(hdr);
	free(hdr);
	return 0;
}
