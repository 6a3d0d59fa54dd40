/*
 * conf_static.c - static_ipaddress, static_routes and static_rules of [global].
 *
 * Nothing of them may be in the place of what an instance holds: the two would take it from each
 * other with each transition.
 */
#include <string.h>

#include "vrrpd/conf_priv.h"
#include "vrrpd/conf_words.h"

static bool
is_new(struct key_ctx *kc, const struct ini_entry *en, const struct static_conf *sc,
       const struct vip_conf *vip)
{
	for (size_t i = 0; i < sc->n_addrs; i++) {
		if (!addr_ip_equal(&sc->addrs[i].addr, &vip->addr) ||
		    strcmp(sc->addrs[i].dev, vip->dev) != 0)
			continue;
		key_error(kc, en, "'%s' stands twice, first on line %d", vip->text,
			  sc->addrs[i].line);
		return false;
	}
	return true;
}

static void
one_address(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct static_conf *sc = &((struct global_conf *)obj)->statics;
	struct vip_conf vip = {.line = 0};

	if (!conf_read_vip(kc, en, item, true, &vip))
		return;
	if (!vip.dev)
		key_error(kc, en, "'%s': its interface is missing, expected 'dev IF'", item);
	else if (vip.label && !conf_label_fits(vip.label, vip.dev))
		key_error(kc, en, "label '%s' does not fit its interface, expected '%s:...'",
			  vip.label, vip.dev);
	else if (is_new(kc, en, sc, &vip)) {
		sc->addrs = arena_grow(kc->arena, sc->addrs, sc->n_addrs, sizeof(vip));
		sc->addrs[sc->n_addrs++] = vip;
	}
}

static void
one_route(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct static_conf *sc = &((struct global_conf *)obj)->statics;
	struct route_conf r;

	if (conf_read_route(kc, en, item, ROUTE_PROTO_STATIC, &r))
		conf_add_route(kc, en, &r, &sc->routes, &sc->n_routes);
}

static void
one_rule(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct static_conf *sc = &((struct global_conf *)obj)->statics;
	struct rule_conf r;

	if (conf_read_rule(kc, en, item, ROUTE_PROTO_STATIC, &r))
		conf_add_rule(kc, en, &r, &sc->rules, &sc->n_rules);
}

void
conf_value_static_addresses(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_address, obj);
}

void
conf_value_static_routes(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_route, obj);
}

void
conf_value_static_rules(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_rule, obj);
}

/* --- beside instances ------------------------------------------------------------------------- */

#define wrong(d, line, key, ...)                                                                   \
	errlist_add((d)->el, (d)->conf->file, line, "global", key, __VA_ARGS__)

static void
check_address(struct conf_draft *d, const struct vip_conf *vip, const struct instance_draft *in)
{
	for (size_t i = 0; i < in->ic.n_held; i++)
		if (addr_ip_equal(&vip->addr, &in->ic.vips[i].addr))
			wrong(d, vip->line, "static_ipaddress",
			      "'%s' is a virtual address of [%s] (line %d)", vip->text, in->section,
			      in->ic.vips[i].line);
}

static void
check_route(struct conf_draft *d, const struct route_conf *r, const struct instance_draft *in)
{
	for (size_t i = 0; i < in->ic.n_routes; i++)
		if (route_same_place(r, &in->ic.routes[i]))
			wrong(d, r->line, "static_routes",
			      "'%s' has the place of a route of [%s] (line %d)", r->text,
			      in->section, in->ic.routes[i].line);
}

static void
check_rule(struct conf_draft *d, const struct rule_conf *r, const struct instance_draft *in)
{
	for (size_t i = 0; i < in->ic.n_rules; i++)
		if (rule_confusable(r, &in->ic.rules[i]))
			wrong(d, r->line, "static_rules",
			      "the kernel cannot tell '%s' from a rule of [%s] (line %d), expected "
			      "another priority",
			      r->text, in->section, in->ic.rules[i].line);
}

void
conf_static_check(struct conf_draft *d, const struct instance_draft *in)
{
	const struct static_conf *sc = &d->conf->global.statics;

	for (size_t i = 0; i < sc->n_addrs; i++)
		check_address(d, &sc->addrs[i], in);
	for (size_t i = 0; i < sc->n_routes; i++)
		check_route(d, &sc->routes[i], in);
	for (size_t i = 0; i < sc->n_rules; i++)
		check_rule(d, &sc->rules[i], in);
}

/* --- reload ----------------------------------------------------------------------------------- */

bool
static_conf_equal(const struct static_conf *a, const struct static_conf *b)
{
	if (a->n_addrs != b->n_addrs || a->n_routes != b->n_routes || a->n_rules != b->n_rules)
		return false;
	for (size_t i = 0; i < a->n_addrs; i++)
		if (!vip_conf_equal(&a->addrs[i], &b->addrs[i]))
			return false;
	for (size_t i = 0; i < a->n_routes; i++)
		if (!route_equal(&a->routes[i], &b->routes[i]) ||
		    a->routes[i].no_track != b->routes[i].no_track)
			return false;
	for (size_t i = 0; i < a->n_rules; i++)
		if (!rule_equal(&a->rules[i], &b->rules[i]) ||
		    a->rules[i].no_track != b->rules[i].no_track)
			return false;
	return true;
}
