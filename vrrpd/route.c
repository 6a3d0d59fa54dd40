/*
 * route.c - routes and rules: which are the same.
 */
#include "vrrpd/route.h"

#include <string.h>

#include "common/names.h"

static bool
same_addr(const struct addr *a, const struct addr *b)
{
	if (a->len == 0 || b->len == 0)
		return a->len == b->len;
	return addr_ip_equal(a, b);
}

static bool
same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && (a->len == 0 || same_addr(&a->addr, &b->addr));
}

bool
route_same_place(const struct route_conf *a, const struct route_conf *b)
{
	return a->family == b->family && same_prefix(&a->to, &b->to) && a->table == b->table &&
	       a->metric == b->metric;
}

bool
route_equal(const struct route_conf *a, const struct route_conf *b)
{
	return route_same_place(a, b) && a->type == b->type && same_addr(&a->via, &b->via) &&
	       same_addr(&a->source, &b->source) && text_same(a->dev, b->dev) && a->mtu == b->mtu &&
	       a->scope == b->scope && a->proto == b->proto && a->onlink == b->onlink;
}

bool
rule_equal(const struct rule_conf *a, const struct rule_conf *b)
{
	return a->family == b->family && a->action == b->action && a->invert == b->invert &&
	       same_prefix(&a->from, &b->from) && same_prefix(&a->to, &b->to) &&
	       text_same(a->iif, b->iif) && text_same(a->oif, b->oif) &&
	       a->has_mark == b->has_mark && a->mark == b->mark && a->mask == b->mask &&
	       a->table == b->table && a->priority == b->priority;
}

static bool
same_if_said(const struct prefix *said, const struct prefix *other)
{
	return said->len == 0 || same_prefix(said, other);
}

/* The kernel does not look at `not`. */
static bool
is_found_as(const struct rule_conf *asked, const struct rule_conf *there)
{
	return asked->action == there->action && asked->table == there->table &&
	       same_if_said(&asked->from, &there->from) && same_if_said(&asked->to, &there->to) &&
	       (!asked->iif || text_same(asked->iif, there->iif)) &&
	       (!asked->oif || text_same(asked->oif, there->oif)) &&
	       (!asked->has_mark || asked->mark == 0 || asked->mark == there->mark) &&
	       (!asked->has_mark || asked->mask == 0 || asked->mask == there->mask);
}

bool
rule_confusable(const struct rule_conf *a, const struct rule_conf *b)
{
	return a->family == b->family && a->priority == b->priority &&
	       (is_found_as(a, b) || is_found_as(b, a));
}
