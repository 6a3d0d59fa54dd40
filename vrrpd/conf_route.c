/*
 * conf_route.c - virtual_routes and virtual_rules: what `ip route` and `ip rule` take.
 */
#include <linux/rtnetlink.h>
#include <string.h>

#include "vrrpd/conf_priv.h"
#include "vrrpd/conf_words.h"

static const struct name protocols[] = {{"vrrp", ROUTE_PROTO_VRRP}, {"boot", RTPROT_BOOT},
					{"static", RTPROT_STATIC},  {"keepalived", 18},
					{"kernel", RTPROT_KERNEL},  {0}};
static const struct name route_types[] = {
    {"unicast", RTN_UNICAST},   {"blackhole", RTN_BLACKHOLE}, {"unreachable", RTN_UNREACHABLE},
    {"prohibit", RTN_PROHIBIT}, {"throw", RTN_THROW},         {0}};

/* --- routes ----------------------------------------------------------------------------------- */

/* A route while it is read. */
struct route_draft {
	struct route_conf route;
	bool has_to, has_scope;
};

static bool
route_to(struct word_ctx *w, const char *value)
{
	struct route_draft *d = w->obj;

	d->has_to = true;
	return conf_word_network(w, value, &d->route.to, &d->route.family);
}

static bool
route_via(struct word_ctx *w, const char *value)
{
	struct route_draft *d = w->obj;

	return conf_word_address(w, value, &d->route.via) &&
	       conf_word_family(w, &d->route.family, &d->route.via, value);
}

static bool
route_source(struct word_ctx *w, const char *value)
{
	struct route_draft *d = w->obj;

	return conf_word_address(w, value, &d->route.source) &&
	       conf_word_family(w, &d->route.family, &d->route.source, value);
}

static bool
route_device(struct word_ctx *w, const char *value)
{
	struct route_draft *d = w->obj;

	return conf_word_device(w, value, &d->route.dev);
}

static bool
route_table(struct word_ctx *w, const char *value)
{
	struct route_draft *d = w->obj;

	return conf_word_table(w, value, &d->route.table);
}

static bool
route_metric(struct word_ctx *w, const char *value)
{
	struct route_draft *d = w->obj;

	return conf_word_number(w, value, 0, UINT32_MAX, &d->route.metric);
}

static bool
route_mtu(struct word_ctx *w, const char *value)
{
	struct route_draft *d = w->obj;

	return conf_word_number(w, value, 68, 65535, &d->route.mtu);
}

static bool
route_scope(struct word_ctx *w, const char *value)
{
	struct route_draft *d = w->obj;
	uint32_t scope;

	if (!conf_word_name(w, value, conf_scopes, 255, &scope))
		return false;
	d->route.scope = (uint8_t)scope;
	d->has_scope = true;
	return true;
}

static bool
route_proto(struct word_ctx *w, const char *value)
{
	struct route_draft *d = w->obj;
	uint32_t proto;

	if (!conf_word_name(w, value, protocols, 255, &proto))
		return false;
	d->route.proto = (uint8_t)proto;
	return true;
}

static bool
route_onlink(struct word_ctx *w, const char *value)
{
	struct route_draft *d = w->obj;

	(void)value;
	d->route.onlink = true;
	return true;
}

static bool
route_no_track(struct word_ctx *w, const char *value)
{
	struct route_draft *d = w->obj;

	(void)value;
	d->route.no_track = true;
	return true;
}

static const struct word route_words[] = {
    {"via", true, route_via, 0},
    {"dev", true, route_device, 0},
    {"to", true, route_to, 0},
    {"src", true, route_source, 0},
    {"table", true, route_table, 0},
    {"metric", true, route_metric, 0},
    {"scope", true, route_scope, 0},
    {"proto", true, route_proto, 0},
    {"mtu", true, route_mtu, 0},
    {"onlink", false, route_onlink, 0},
    {"no_track", false, route_no_track, 0},
    {0},
};

static bool
check_route(struct word_ctx *w, struct route_draft *d)
{
	struct route_conf *r = &d->route;
	const char *wrong = NULL;

	if (!d->has_to)
		wrong = "its destination is missing, expected a NETWORK/PREFIX or 'default'";
	else if (r->type == RTN_UNICAST && r->via.len == 0 && !r->dev)
		wrong = "it leads nowhere, expected 'via ADDRESS' or 'dev IF'";
	else if (r->type != RTN_UNICAST && (r->via.len > 0 || r->dev))
		wrong = "it goes nowhere and has a 'via' or 'dev' all the same";
	else if (r->onlink && (r->via.len == 0 || !r->dev))
		wrong = "'onlink' needs 'via ADDRESS' and 'dev IF'";
	if (wrong)
		key_error(w->kc, w->en, "'%s': %s", r->text, wrong);
	return !wrong;
}

static bool
read_route(struct word_ctx *w, const char *item, struct route_draft *d)
{
	const char *words[CONF_WORDS_MAX];
	struct err e;
	int n = split_words(w->kc->arena, item, words, CONF_WORDS_MAX, &e), at = 0, type;

	if (n < 0) {
		key_error(w->kc, w->en, "%s", e.text);
		return false;
	}
	if (names_find(route_types, words[0], &type)) {
		d->route.type = (uint8_t)type;
		at++;
	}
	w->row = &route_words[2];
	/* "to" may be left out */
	if (at < n && (strpbrk(words[at], ".:") || strcmp(words[at], "default") == 0))
		if (!route_to(w, words[at++]))
			return false;
	return conf_words_apply(route_words, w, words + at, n - at) && check_route(w, d);
}

bool
conf_read_route(struct key_ctx *kc, const struct ini_entry *en, const char *item, uint8_t proto,
		struct route_conf *out)
{
	struct route_draft d = {.route = {.text = item,
					  .line = en->line,
					  .type = RTN_UNICAST,
					  .table = RT_TABLE_MAIN,
					  .proto = proto}};
	struct word_ctx w = {.kc = kc, .en = en, .obj = &d};
	struct route_conf *r = &d.route;

	if (!read_route(&w, item, &d))
		return false;
	if (r->family == AF_UNSPEC)
		r->family = AF_INET;
	/* what is reached without a router is on the link */
	if (!d.has_scope && r->type == RTN_UNICAST && r->via.len == 0)
		r->scope = RT_SCOPE_LINK;
	*out = *r;
	return true;
}

void
conf_add_route(struct key_ctx *kc, const struct ini_entry *en, const struct route_conf *r,
	       struct route_conf **list, size_t *n)
{
	for (size_t i = 0; i < *n; i++) {
		const struct route_conf *other = &(*list)[i];

		if (route_same_place(r, other)) {
			key_error(kc, en, "'%s' has the place of '%s' (line %d)", r->text,
				  other->text, other->line);
			return;
		}
	}
	*list = arena_grow(kc->arena, *list, *n, sizeof(*r));
	(*list)[(*n)++] = *r;
}

static void
one_route(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct instance_draft *in = obj;
	struct route_conf r;

	if (conf_read_route(kc, en, item, ROUTE_PROTO_VRRP, &r))
		conf_add_route(kc, en, &r, &in->ic.routes, &in->ic.n_routes);
}

void
conf_value_routes(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_route, obj);
}
