/*
 * instance_routes.c - the routes and rules of a master: behind its addresses, before them when it
 * leaves.
 *
 * What is in a route's place and not ours is left alone.
 */
#include "common/daemon.h"
#include "common/json.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/links.h"
#include "vrrpd/nl_route.h"

static struct held *
route_state(const struct instance *in, size_t i)
{
	return &in->held[in->conf->n_held + i];
}

static struct held *
rule_state(const struct instance *in, size_t i)
{
	return &in->held[in->conf->n_held + in->conf->n_routes + i];
}

static int
route_ifindex(const struct instance *in, const struct route_conf *r)
{
	const struct nl_link *link = r->dev ? links_find(in->world->links, r->dev) : NULL;

	return link ? link->ifindex : 0;
}

static void
complain(struct instance *in, const char *text)
{
	unsigned skipped;

	if (log_limit_pass(&in->route_limit, clock_now(), &skipped))
		log_warn("%s: %s", in->conf->name, text);
}

/* The outcome of an attempt; known: it was there before as far as we know. */
static void
note_outcome(struct instance *in, struct held *h, const char *text, bool known, bool added)
{
	struct err e;

	held_added(h);
	if (!known || !added)
		return;
	in->count.routes_restored++;
	err_set(&e, "%s was removed by somebody else, put back", text);
	complain(in, e.text);
}

static void
note_failure(struct instance *in, struct held *h, const struct err *e)
{
	in->count.route_failures++;
	held_failed(h, e->text, clock_boot());
	complain(in, e->text);
}

static void
add_route(struct instance *in, const struct route_conf *r, struct held *h)
{
	int ifindex = route_ifindex(in, r);
	bool added, known = h->there;
	struct err e;

	if (r->dev && ifindex == 0)
		err_set(&e, "route %s: there is no interface %s", r->text, r->dev);
	else if (nl_route_hold(in->world->nl, r, ifindex, known, &added, &e) == 0) {
		note_outcome(in, h, r->text, known, added);
		return;
	}
	note_failure(in, h, &e);
}

static void
add_rule(struct instance *in, const struct rule_conf *r, struct held *h)
{
	bool added, known = h->there;
	struct err e;

	if (nl_rule_hold(in->world->nl, r, known, &added, &e) < 0)
		note_failure(in, h, &e);
	else
		note_outcome(in, h, r->text, known, added);
}

void
instance_add_routes(struct instance *in)
{
	const struct instance_conf *ic = in->conf;
	usec_t now = clock_boot();

	for (size_t i = 0; i < ic->n_routes; i++) {
		struct held *h = route_state(in, i);

		if (held_due(h, now) && !(h->there && ic->routes[i].no_track))
			add_route(in, &ic->routes[i], h);
	}
	for (size_t i = 0; i < ic->n_rules; i++) {
		struct held *h = rule_state(in, i);

		if (held_due(h, now) && !(h->there && ic->rules[i].no_track))
			add_rule(in, &ic->rules[i], h);
	}
}

static void
delete_route(struct instance *in, const struct route_conf *r)
{
	bool was_there;
	struct err e;

	if (nl_route_delete(in->world->nl, r, route_ifindex(in, r), &was_there, &e) < 0)
		complain(in, e.text);
}

static void
delete_rule(struct instance *in, const struct rule_conf *r)
{
	bool was_there;
	struct err e;

	if (nl_rule_delete(in->world->nl, r, &was_there, &e) < 0)
		complain(in, e.text);
}

/* What could not be added is not ours to delete: the match by protocol spares somebody else's. */
void
instance_delete_routes(struct instance *in)
{
	for (size_t i = 0; i < in->conf->n_rules; i++)
		delete_rule(in, &in->conf->rules[i]);
	for (size_t i = 0; i < in->conf->n_routes; i++)
		delete_route(in, &in->conf->routes[i]);
}

void
instance_delete_old_routes(struct instance *in, const struct instance_conf *before)
{
	for (size_t i = 0; i < before->n_rules; i++) {
		size_t k = 0;

		while (k < in->conf->n_rules && !rule_equal(&before->rules[i], &in->conf->rules[k]))
			k++;
		if (k == in->conf->n_rules)
			delete_rule(in, &before->rules[i]);
	}
	for (size_t i = 0; i < before->n_routes; i++) {
		size_t k = 0;

		while (k < in->conf->n_routes &&
		       !route_equal(&before->routes[i], &in->conf->routes[k]))
			k++;
		if (k == in->conf->n_routes)
			delete_route(in, &before->routes[i]);
	}
}

bool
instance_has_route_of(const struct instance *in, uint8_t proto)
{
	if (proto == ROUTE_PROTO_VRRP)
		return in->conf->n_routes + in->conf->n_rules > 0;
	for (size_t i = 0; i < in->conf->n_routes; i++)
		if (in->conf->routes[i].proto == proto)
			return true;
	return false;
}

void
instance_routes_gone(struct instance *in, uint8_t proto)
{
	if (!vrrp_fsm_holds_vips(&in->fsm) || !instance_has_route_of(in, proto))
		return;
	instance_meet_deadline(in);
	if (!vrrp_fsm_holds_vips(&in->fsm))
		return;
	instance_add_routes(in);
	instance_settle_held(in);
}

/* --- what is told ----------------------------------------------------------------------------- */

static void
text_one(struct strbuf *b, const char *what, const char *text, const struct held *h)
{
	strbuf_addf(b, "  %-10s %s, ", what, text);
	if (h->n_failed > 0)
		strbuf_addf(b, "MISSING, failed %u times: %s\n", h->n_failed, h->why);
	else
		strbuf_adds(b, h->there ? "here\n" : "not here\n");
}

void
instance_text_routes(const struct instance *in, struct strbuf *b)
{
	if (!in->conf->accept)
		strbuf_adds(b, "  no_accept  packets to its addresses are dropped\n");
	for (size_t i = 0; i < in->conf->n_routes; i++)
		text_one(b, "route", in->conf->routes[i].text, route_state(in, i));
	for (size_t i = 0; i < in->conf->n_rules; i++)
		text_one(b, "rule", in->conf->rules[i].text, rule_state(in, i));
}

static void
json_one(struct strbuf *b, const char *text, const struct held *h)
{
	json_open(b, NULL, '{');
	json_str(b, "text", text);
	json_bool(b, "present", h->there);
	json_u64(b, "failed", h->n_failed);
	json_str(b, "error", h->why);
	json_close(b, '}');
}

void
instance_json_routes(const struct instance *in, struct strbuf *b)
{
	json_bool(b, "accept", in->conf->accept);
	json_open(b, "routes", '[');
	for (size_t i = 0; i < in->conf->n_routes; i++)
		json_one(b, in->conf->routes[i].text, route_state(in, i));
	json_close(b, ']');
	json_open(b, "rules", '[');
	for (size_t i = 0; i < in->conf->n_rules; i++)
		json_one(b, in->conf->rules[i].text, rule_state(in, i));
	json_close(b, ']');
}
