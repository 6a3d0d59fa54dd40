/*
 * conf_witness.c - `witness`: addresses with or without a port, and what must fit together.
 */
#include <string.h>

#include "vrrpd/conf_priv.h"
#include "vrrpd/conf_words.h"

#define wrong(d, in, line, key, ...)                                                               \
	errlist_add((d)->el, (d)->conf->file, line, (in)->section, key, __VA_ARGS__)

bool
witness_conf_equal(const struct witness_conf *a, const struct witness_conf *b)
{
	if (a->n != b->n || a->need != b->need || a->timing.interval != b->timing.interval ||
	    a->timing.timeout != b->timing.timeout || a->timing.fall != b->timing.fall)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!addr_equal(&a->list[i], &b->list[i]))
			return false;
	return true;
}

/* ADDRESS or ADDRESS:PORT, [ADDRESS]:PORT in IPv6 */
static void
one_witness(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct witness_conf *w = &((struct instance_draft *)obj)->ic.witness;
	struct addr a;
	struct err e;

	if (addr_parse_ip(item, &a, &e) < 0 && addr_parse(item, -1, &a, &e) < 0) {
		key_error(kc, en, "'%s' is no witness, expected ADDRESS or ADDRESS:PORT", item);
		return;
	}
	if (addr_family(&a) == AF_UNIX || addr_is_any(&a)) {
		key_error(kc, en, "'%s' is no address of a host", item);
		return;
	}
	if (addr_family(&a) == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&a.in6.sin6_addr)) {
		key_error(kc, en, "'%s' is link-local, expected an address of a host's own", item);
		return;
	}
	for (size_t i = 0; i < w->n; i++) {
		if (addr_equal(&w->list[i], &a)) {
			key_error(kc, en, "'%s' stands twice", item);
			return;
		}
	}
	if (w->n == TRACK_TARGETS_MAX) {
		key_error(kc, en, "too many addresses, expected at most %d", TRACK_TARGETS_MAX);
		return;
	}
	w->list = arena_grow(kc->arena, w->list, w->n, sizeof(a));
	w->list[w->n++] = a;
}

void
conf_value_witness(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_witness, obj);
}

static void
check_no_witness(struct conf_draft *d, const struct instance_draft *in)
{
	const struct {
		int line;
		const char *key;
	} keys[] = {{in->line_witness_need, "witness_need"},
		    {in->line_witness_interval, "witness_interval"},
		    {in->line_witness_timeout, "witness_timeout"},
		    {in->line_witness_fall, "witness_fall"}};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].line)
			wrong(d, in, keys[i].line, keys[i].key, "needs witness");
}

/* Who is part of the quarrel is no witness of it. */
static bool
is_party(const struct instance_conf *ic, const struct addr *a)
{
	for (size_t i = 0; i < ic->n_unicast_peers; i++)
		if (addr_ip_equal(&ic->unicast_peers[i], a))
			return true;
	for (size_t i = 0; i < ic->n_held; i++)
		if (addr_ip_equal(&ic->vips[i].addr, a))
			return true;
	return ic->source.len > 0 && addr_ip_equal(&ic->source, a);
}

void
conf_check_witness(struct conf_draft *d, struct instance_draft *in)
{
	struct witness_conf *w = &in->ic.witness;
	char text[ADDR_STRLEN];

	if (w->n == 0) {
		check_no_witness(d, in);
		return;
	}
	if (!in->line_witness_timeout)
		w->timing.timeout = w->timing.interval;
	if (w->timing.timeout > w->timing.interval)
		wrong(d, in, in->line_witness_timeout, "witness_timeout",
		      "a witness is asked again after witness_interval, expected at most that");
	if ((size_t)w->need > w->n)
		wrong(d, in, in->line_witness_need, "witness_need",
		      "%d of %zu witnesses can never answer", w->need, w->n);
	for (size_t i = 0; i < w->n; i++)
		if (is_party(&in->ic, &w->list[i]))
			wrong(d, in, in->line_witness, "witness",
			      "%s is a router of this group or its address, expected another host",
			      addr_format_ip(&w->list[i], text));
}
