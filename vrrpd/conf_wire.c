/*
 * conf_wire.c - the keys of how adverts travel: families, groups, peers, sources, forms.
 */
#include <string.h>

#include "vrrpd/conf_priv.h"
#include "vrrpd/conf_words.h"

#define wrong(d, in, line, key, ...)                                                               \
	errlist_add((d)->el, (d)->conf->file, line, (in)->section, key, __VA_ARGS__)

static const char *
family_name(int family)
{
	return family == AF_INET6 ? "IPv6" : "IPv4";
}

/* --- values ----------------------------------------------------------------------------------- */

static bool
host_address(struct key_ctx *kc, const struct ini_entry *en, const char *text, struct addr *a)
{
	struct err e;

	if (addr_parse_ip(text, a, &e) == 0)
		return conf_host_address(kc, en, text, a);
	key_error(kc, en, "%s", e.text);
	return false;
}

static bool
take_ttl(struct word_ctx *w, const char *value)
{
	struct ttl_range *range = w->obj;
	uint32_t ttl;

	if (!conf_word_number(w, value, 0, 255, &ttl))
		return false;
	*(w->row->arg ? &range->max : &range->min) = (uint8_t)ttl;
	return true;
}

static const struct word peer_words[] = {
    {"min_ttl", true, take_ttl, false}, {"max_ttl", true, take_ttl, true}, {0}};

static bool
peer_range(struct key_ctx *kc, const struct ini_entry *en, const char *const *words, int n,
	   struct ttl_range *range)
{
	struct word_ctx w = {.kc = kc, .en = en, .obj = range};

	if (!conf_words_apply(peer_words, &w, words, n))
		return false;
	if (range->min <= range->max)
		return true;
	key_error(kc, en, "min_ttl %d is above max_ttl %d", range->min, range->max);
	return false;
}

static void
one_peer(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct instance_draft *d = obj;
	struct instance_conf *ic = &d->ic;
	struct ttl_range range = {.max = 255};
	const char *words[CONF_WORDS_MAX];
	struct addr a;
	struct err e;
	int n = split_words(kc->arena, item, words, CONF_WORDS_MAX, &e);

	if (n < 0) {
		key_error(kc, en, "%s", e.text);
		return;
	}
	if (!host_address(kc, en, words[0], &a) || !peer_range(kc, en, words + 1, n - 1, &range))
		return;
	for (size_t i = 0; i < ic->n_unicast_peers; i++) {
		if (addr_ip_equal(&ic->unicast_peers[i], &a)) {
			key_error(kc, en, "'%s' stands twice", words[0]);
			return;
		}
	}
	d->line_peer_ttl = n > 1 ? en->line : d->line_peer_ttl;
	ic->wire.peer_ttls =
	    arena_grow(kc->arena, ic->wire.peer_ttls, ic->n_unicast_peers, sizeof(range));
	ic->unicast_peers =
	    arena_grow(kc->arena, ic->unicast_peers, ic->n_unicast_peers, sizeof(a));
	ic->wire.peer_ttls[ic->n_unicast_peers] = range;
	ic->unicast_peers[ic->n_unicast_peers++] = a;
}

void
conf_value_peer(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_peer, obj);
}

void
conf_value_mcast_src(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct instance_draft *d = obj;
	struct addr a;

	if (host_address(kc, en, en->value, &a))
		d->mcast_src = a;
}

void
conf_value_unicast_src(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct instance_draft *d = obj;
	struct addr a;

	if (host_address(kc, en, en->value, &a))
		d->unicast_src = a;
}

static void
group_address(struct key_ctx *kc, const struct ini_entry *en, int family, struct addr *out)
{
	struct addr a;
	struct err e;

	if (addr_parse_ip(en->value, &a, &e) < 0)
		key_error(kc, en, "%s", e.text);
	else if (!vrrp_is_multicast(&a))
		key_error(kc, en, "'%s' is no multicast address", en->value);
	else if (family != AF_UNSPEC && addr_family(&a) != family)
		key_error(kc, en, "'%s' is of the wrong family, expected %s", en->value,
			  family_name(family));
	else
		*out = a;
}

void
conf_value_mcast_dst(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct instance_draft *d = obj;

	group_address(kc, en, AF_UNSPEC, &d->ic.wire.group);
}

void
conf_value_group4(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct global_conf *g = obj;

	group_address(kc, en, AF_INET, &g->group4);
}

void
conf_value_group6(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct global_conf *g = obj;

	group_address(kc, en, AF_INET6, &g->group6);
}

/* --- what must fit together ------------------------------------------------------------------- */

/* One virtual router is of one family: that of its first address. */
static void
check_family(struct conf_draft *d, struct instance_draft *in)
{
	struct instance_conf *ic = &in->ic;
	char text[ADDR_STRLEN];

	if (ic->n_vips == 0)
		return;
	ic->family = addr_family(&ic->vips[0].addr);
	for (size_t i = 1; i < ic->n_vips; i++) {
		if (addr_family(&ic->vips[i].addr) == ic->family)
			continue;
		wrong(d, in, ic->vips[i].line, "virtual_ipaddress",
		      "'%s' is of another family than the first (line %d), expected %s: the others "
		      "go to virtual_ipaddress_excluded or to an instance of their own",
		      addr_format_ip(&ic->vips[i].addr, text), ic->vips[0].line,
		      family_name(ic->family));
	}
	if (ic->family == AF_INET6 && ic->version == 2)
		wrong(d, in, in->line_version, "version",
		      "2 knows no IPv6 (virtual_ipaddress, line %d), expected 3", ic->vips[0].line);
	if (ic->family == AF_INET6 && !vrrp_is_link_local(&ic->vips[0].addr))
		errlist_warn(d->el, d->conf->file, ic->vips[0].line, in->section,
			     "virtual_ipaddress",
			     "the first IPv6 address should be a link-local one (RFC 9568 5.2.9), "
			     "fe80::...");
}

/* The far ends and our own one are of the virtual addresses' family. */
static void
check_end(struct conf_draft *d, const struct instance_draft *in, const char *key, int line,
	  const struct addr *a)
{
	const struct instance_conf *ic = &in->ic;

	if (a->len > 0 && ic->n_vips > 0 && addr_family(a) != ic->family)
		wrong(d, in, line, key,
		      "is of another family than virtual_ipaddress (line %d), expected %s",
		      ic->vips[0].line, family_name(ic->family));
}

static void
check_source(struct conf_draft *d, struct instance_draft *in)
{
	struct instance_conf *ic = &in->ic;

	if (in->line_mcast_src && in->line_peers)
		wrong(d, in, in->line_mcast_src, "mcast_src_ip",
		      "contradicts unicast_peer, expected unicast_src_ip");
	if (in->line_unicast_src && !in->line_peers)
		wrong(d, in, in->line_unicast_src, "unicast_src_ip",
		      "needs unicast_peer, expected mcast_src_ip");
	ic->source = in->line_peers ? in->unicast_src : in->mcast_src;
	if (in->line_track_src_ip && ic->source.len == 0)
		wrong(d, in, in->line_track_src_ip, "track_src_ip",
		      "needs mcast_src_ip or unicast_src_ip, there is nothing to track");
	if (in->line_peers)
		check_end(d, in, "unicast_src_ip", in->line_unicast_src, &ic->source);
	else
		check_end(d, in, "mcast_src_ip", in->line_mcast_src, &ic->source);
	if (!in->line_peers && addr_family(&ic->source) == AF_INET6 && ic->family == AF_INET6 &&
	    !vrrp_is_link_local(&ic->source))
		wrong(d, in, in->line_mcast_src, "mcast_src_ip",
		      "is not link-local, expected fe80::... (RFC 9568 5.1.2.1)");
}

static void
check_peers(struct conf_draft *d, const struct instance_draft *in)
{
	const struct instance_conf *ic = &in->ic;

	for (size_t i = 0; i < ic->n_unicast_peers; i++) {
		check_end(d, in, "unicast_peer", in->line_peers, &ic->unicast_peers[i]);
		if (ic->source.len > 0 && addr_ip_equal(&ic->unicast_peers[i], &ic->source))
			wrong(d, in, in->line_peers, "unicast_peer",
			      "contains our own address (unicast_src_ip)");
	}
	if (in->line_peers)
		return;
	if (in->line_unicast_ttl)
		wrong(d, in, in->line_unicast_ttl, "unicast_ttl",
		      "needs unicast_peer: multicast always goes with 255");
	if (in->line_check_src)
		wrong(d, in, in->line_check_src, "check_unicast_src", "needs unicast_peer");
}

static void
check_ttls(struct conf_draft *d, const struct instance_draft *in)
{
	if (in->line_peer_ttl && !in->ic.wire.check_unicast_src)
		wrong(d, in, in->line_check_src, "check_unicast_src",
		      "no contradicts min_ttl and max_ttl of unicast_peer (line %d)",
		      in->line_peer_ttl);
}

static void
check_group(struct conf_draft *d, const struct instance_draft *in)
{
	if (in->line_mcast_dst && in->line_peers)
		wrong(d, in, in->line_mcast_dst, "mcast_dst_ip",
		      "contradicts unicast_peer (line %d), expected one of the two",
		      in->line_peers);
	check_end(d, in, "mcast_dst_ip", in->line_mcast_dst, &in->ic.wire.group);
}

static void
check_checksum(struct conf_draft *d, const struct instance_draft *in)
{
	const struct instance_conf *ic = &in->ic;

	if (in->line_checksum && (ic->version == 2 || ic->family == AF_INET6))
		wrong(d, in, in->line_checksum, "v3_checksum_as_v2",
		      "is about version 3 with IPv4 addresses, expected nothing here");
}

/* What is not said follows from [global]. */
static void
resolve(const struct conf_draft *d, struct instance_draft *in)
{
	const struct global_conf *g = &d->conf->global;
	struct wire_conf *w = &in->ic.wire;
	const struct addr *group = in->ic.family == AF_INET6 ? &g->group6 : &g->group4;

	if (w->group.len == 0)
		w->group = group->len > 0 ? *group : vrrp_group(in->ic.family);
	if (w->checksum == CHECKSUM_NOT_GIVEN)
		w->checksum = g->checksum;
	if (!in->line_skip_check)
		w->skip_check_adv_addr = g->skip_check_adv_addr;
}

void
conf_wire_check(struct conf_draft *d, struct instance_draft *in)
{
	check_family(d, in);
	check_source(d, in);
	check_peers(d, in);
	check_ttls(d, in);
	check_group(d, in);
	check_checksum(d, in);
	resolve(d, in);
}

bool
wire_conf_equal(const struct instance_conf *a, const struct instance_conf *b)
{
	const struct wire_conf *x = &a->wire, *y = &b->wire;

	/* not the buffer: the socket is tuned with each reload */
	if (x->unicast_ttl != y->unicast_ttl || x->check_unicast_src != y->check_unicast_src ||
	    x->checksum != y->checksum || x->skip_check_adv_addr != y->skip_check_adv_addr ||
	    !addr_ip_equal(&x->group, &y->group) || a->n_unicast_peers != b->n_unicast_peers)
		return false;
	for (size_t i = 0; i < a->n_unicast_peers; i++)
		if (!addr_ip_equal(&a->unicast_peers[i], &b->unicast_peers[i]) ||
		    x->peer_ttls[i].min != y->peer_ttls[i].min ||
		    x->peer_ttls[i].max != y->peer_ttls[i].max)
			return false;
	return true;
}
