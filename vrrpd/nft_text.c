/*
 * nft_text.c - what `nft` shall do for no_accept, in its own language.
 *
 * The table follows the configuration, not the state: on a host that is not master the addresses
 * are not there, so nothing is dropped that anybody would have received, and becoming master does
 * not wait for the firewall.
 */
#include "vrrpd/nft_text.h"

/* The owner of an address is the host that it belongs to (RFC 9568 section 6.1). */
static bool
refuses(const struct instance_conf *ic)
{
	return !ic->accept && ic->priority != VRRP_PRIORITY_OWNER;
}

bool
nft_text_needed(const struct vrrpd_conf *c)
{
	for (size_t i = 0; i < c->n_instances; i++)
		if (refuses(&c->instances[i]))
			return true;
	return false;
}

/* "{ a, b }", or nothing. */
static bool
add_addresses(const struct vrrpd_conf *c, int family, struct strbuf *b)
{
	char text[ADDR_STRLEN];
	bool any = false;

	for (size_t i = 0; i < c->n_instances; i++) {
		const struct instance_conf *ic = &c->instances[i];

		for (size_t k = 0; k < ic->n_held && refuses(ic); k++) {
			if (addr_family(&ic->vips[k].addr) != family)
				continue;
			strbuf_addf(b, "%s%s", any ? ", " : "{ ",
				    addr_format_ip(&ic->vips[k].addr, text));
			any = true;
		}
	}
	strbuf_adds(b, any ? " }" : "");
	return any;
}

static void
add_rule(const struct vrrpd_conf *c, int family, struct strbuf *b)
{
	struct strbuf list;

	strbuf_init(&list);
	if (add_addresses(c, family, &list))
		strbuf_addf(b, "\t\t%s daddr %s counter drop\n", family == AF_INET ? "ip" : "ip6",
			    strbuf_str(&list));
	strbuf_free(&list);
}

void
nft_text(const struct vrrpd_conf *c, struct strbuf *b)
{
	strbuf_adds(b, "table inet " NFT_TABLE "\ndelete table inet " NFT_TABLE "\n");
	if (!nft_text_needed(c))
		return;
	strbuf_adds(b, "table inet " NFT_TABLE " {\n"
		       "\tchain input {\n"
		       "\t\ttype filter hook input priority -10; policy accept;\n"
		       /* without these nobody would find the router behind the address */
		       "\t\ticmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n");
	add_rule(c, AF_INET, b);
	add_rule(c, AF_INET6, b);
	strbuf_adds(b, "\t}\n}\n");
}
