/*
 * statics.c - addresses, routes and rules that the host has as long as vrrpd runs.
 *
 * Each change of the kernel's that may concern them leads to one look at all of them, which puts
 * back what is missing: routes go without a word with their interface or source address.
 */
#include "vrrpd/statics.h"

#include <event2/event.h>
#include <stdlib.h>

#include "common/arena.h"
#include "common/daemon.h"
#include "common/json.h"
#include "vrrpd/nl_route.h"
#include "vrrpd/statics_priv.h"

#define ARM_MIN (20 * USEC_PER_MS)

/* --- all of them ------------------------------------------------------------------------------ */

static void
complain(struct statics *s, const struct static_item *it, const char *text)
{
	unsigned skipped;

	if (log_limit_pass(&s->limit, clock_now(), &skipped))
		log_warn("static %s %s: %s", it->kind->name, it->text, text);
}

static void
look_at(struct statics *s, struct static_item *it, struct held *h)
{
	enum static_outcome outcome;
	struct err e;

	if (!held_due(h, clock_boot()) || (h->there && it->no_track))
		return;
	outcome = it->kind->add(s, it, h->there, &e);
	if (outcome == STATIC_FAILED) {
		s->n_failures++;
		held_failed(h, e.text, clock_boot());
		complain(s, it, e.text);
		return;
	}
	held_added(h);
	it->ours |= outcome == STATIC_ADDED || it->kind != &static_address;
	if (outcome == STATIC_ADDED && it->had_it) {
		s->n_restored++;
		complain(s, it, "was gone, put back");
	}
	it->had_it = true;
}

static void
arm(struct statics *s)
{
	usec_t next = held_next_retry(s->held, s->n), left = next - clock_boot();
	struct timeval tv;

	if (next == USEC_NEVER) {
		evtimer_del(s->timer);
		return;
	}
	if (left < ARM_MIN)
		left = ARM_MIN; /* what could not be looked at is due all the time */
	tv = (struct timeval){.tv_sec = left / USEC_PER_SEC, .tv_usec = left % USEC_PER_SEC};
	evtimer_add(s->timer, &tv);
}

static bool
learn_addresses(struct statics *s)
{
	unsigned skipped;
	struct err e;

	free(s->known.list);
	if (nl_read_addresses(s->nl, AF_UNSPEC, &s->known, &e) == 0)
		return true;
	if (log_limit_pass(&s->limit, clock_now(), &skipped))
		log_warn("static addresses: %s", e.text);
	return false;
}

static void
forget_addresses(struct statics *s)
{
	free(s->known.list);
	s->known = (struct nl_addresses){NULL, 0};
}

/* Addresses that are not known of would be taken for missing, and changed: better later. */
static void
look(struct statics *s)
{
	bool learned;

	if (s->n == 0)
		return;
	learned = learn_addresses(s);
	for (size_t i = 0; i < s->n; i++)
		if (learned || s->items[i].kind != &static_address)
			look_at(s, &s->items[i], &s->held[i]);
	forget_addresses(s);
	arm(s);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	look(arg);
}

/* --- a new configuration ---------------------------------------------------------------------- */

static size_t
list_items(struct static_item *out, const struct static_conf *sc)
{
	size_t n = 0;

	for (size_t i = 0; i < sc->n_addrs; i++)
		out[n++] = (struct static_item){&static_address, &sc->addrs[i], sc->addrs[i].text,
						.no_track = sc->addrs[i].no_track};
	for (size_t i = 0; i < sc->n_routes; i++)
		out[n++] = (struct static_item){&static_route, &sc->routes[i], sc->routes[i].text,
						.no_track = sc->routes[i].no_track};
	for (size_t i = 0; i < sc->n_rules; i++)
		out[n++] = (struct static_item){&static_rule, &sc->rules[i], sc->rules[i].text,
						.no_track = sc->rules[i].no_track};
	return n;
}

static void
keep_what_stays(struct statics *s, struct static_item *items, struct held *held, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < s->n; k++) {
			struct static_item *old = &s->items[k];

			if (old->kind != items[i].kind ||
			    !old->kind->same(old->conf, items[i].conf))
				continue;
			held[i] = s->held[k];
			held[i].given_up = held[i].given_up && items[i].no_track;
			items[i].ours = old->ours;
			items[i].had_it = old->had_it;
			old->is_kept = true;
		}
	}
}

static void
remove_the_rest(struct statics *s)
{
	for (size_t i = s->n; i-- > 0;) {
		const struct static_item *it = &s->items[i];
		struct err e;

		if (!it->is_kept && it->ours && it->kind->remove(s, it, &e) < 0)
			complain(s, it, e.text);
	}
}

void
statics_set(struct statics *s, const struct static_conf *sc)
{
	static const struct static_conf none;
	const struct static_conf *now = sc ? sc : &none;
	size_t n = now->n_addrs + now->n_routes + now->n_rules;
	struct arena *arena = arena_new();
	struct static_item *items = arena_alloc(arena, (n + 1) * sizeof(*items));
	struct held *held = arena_alloc(arena, (n + 1) * sizeof(*held));

	list_items(items, now);
	keep_what_stays(s, items, held, n);
	remove_the_rest(s);
	if (s->arena)
		arena_free(&s->arena);
	s->arena = arena;
	s->items = items;
	s->held = held;
	s->n = n;
	statics_look(s);
	arm(s);
}

static void
remove_old_address(struct statics *s, const struct nl_address *a)
{
	struct nl_vip v = {
	    .ifindex = a->ifindex, .addr = &a->addr, .peer = &a->peer, .prefix_len = a->prefix_len};
	char text[ADDR_STRLEN];
	bool was_there;
	struct err e;

	if (nl_vip_delete(s->nl, &v, &was_there, &e) < 0)
		log_err("%s", e.text);
	else
		log_notice("removed %s/%d, static in an earlier life",
			   addr_format_ip(&a->addr, text), a->prefix_len);
}

void
statics_remove_left_overs(struct statics *s, const struct static_conf *sc)
{
	struct err e;
	int n = nl_remove_marked(s->nl, ROUTE_PROTO_STATIC, &e);

	if (n < 0)
		log_warn("looking for static routes of an earlier life: %s", e.text);
	if (!learn_addresses(s))
		return;
	for (size_t i = 0; i < s->known.n; i++) {
		const struct nl_address *a = &s->known.list[i];
		bool stays = a->proto != ROUTE_PROTO_STATIC;

		for (size_t k = 0; k < sc->n_addrs; k++)
			stays |= statics_find_known(s, &sc->addrs[k]) == a;
		if (!stays)
			remove_old_address(s, a);
	}
	forget_addresses(s);
}

/* --- what the kernel tells -------------------------------------------------------------------- */

void
statics_look(struct statics *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!s->held[i].given_up)
			held_hurry(&s->held[i], 1);
	look(s);
}

/* The news may be old: it is here again. */
void
statics_address_gone(struct statics *s, int ifindex, const struct addr *a)
{
	bool missed = false;

	if (s->n == 0 || !learn_addresses(s))
		return;
	for (size_t i = 0; i < s->n; i++) {
		const struct vip_conf *vip = s->items[i].conf;

		if (s->items[i].kind == &static_address && addr_ip_equal(&vip->addr, a) &&
		    statics_ifindex(s, vip->dev) == ifindex && !statics_find_known(s, vip) &&
		    s->held[i].there)
			missed |= held_removed(&s->held[i], vip->no_track);
	}
	forget_addresses(s);
	/* routes go with their source address, whosever it was */
	if (missed || statics_have_routes(s))
		statics_look(s);
}

void
statics_routes_gone(struct statics *s, uint8_t proto)
{
	bool concerned = proto == ROUTE_PROTO_STATIC;

	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].kind == &static_route)
			concerned |= ((const struct route_conf *)s->items[i].conf)->proto == proto;
	if (concerned)
		look(s);
}

bool
statics_have_routes(const struct statics *s)
{
	return s->n > 0 && s->items[s->n - 1].kind != &static_address;
}

/* --- what is told ----------------------------------------------------------------------------- */

void
statics_text(const struct statics *s, struct strbuf *b)
{
	if (s->n > 0)
		strbuf_adds(b, "static\n");
	for (size_t i = 0; i < s->n; i++) {
		const struct static_item *it = &s->items[i];
		const struct held *h = &s->held[i];

		strbuf_addf(b, "  %-10s %s, ", it->kind->name, it->text);
		if (h->n_failed > 0)
			strbuf_addf(b, "MISSING, failed %u times: %s\n", h->n_failed, h->why);
		else
			strbuf_adds(b, h->there ? "here\n" : "not here\n");
	}
}

static void
json_kind(const struct statics *s, const struct static_kind *kind, struct strbuf *b)
{
	json_open(b, kind->json, '[');
	for (size_t i = 0; i < s->n; i++) {
		if (s->items[i].kind != kind)
			continue;
		json_open(b, NULL, '{');
		json_str(b, "text", s->items[i].text);
		json_bool(b, "present", s->held[i].there);
		json_bool(b, "ours", s->items[i].ours);
		json_u64(b, "failed", s->held[i].n_failed);
		json_str(b, "error", s->held[i].why);
		json_close(b, '}');
	}
	json_close(b, ']');
}

void
statics_json(const struct statics *s, struct strbuf *b)
{
	json_open(b, "static", '{');
	json_kind(s, &static_address, b);
	json_kind(s, &static_route, b);
	json_kind(s, &static_rule, b);
	json_u64(b, "restored", s->n_restored);
	json_u64(b, "failures", s->n_failures);
	json_close(b, '}');
}

uint64_t
statics_restored(const struct statics *s)
{
	return s->n_restored;
}

uint64_t
statics_failures(const struct statics *s)
{
	return s->n_failures;
}

/* --- life ------------------------------------------------------------------------------------- */

struct statics *
statics_new(struct event_base *base, struct nl *nl, const struct links *links)
{
	struct statics *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->nl = nl;
	s->links = links;
	s->timer = evtimer_new(base, on_timer, s);
	if (s->timer)
		return s;
	free(s);
	return NULL;
}

void
statics_free(struct statics **s)
{
	if (!*s)
		return;
	statics_set(*s, NULL);
	arena_free(&(*s)->arena);
	event_free((*s)->timer);
	free(*s);
	*s = NULL;
}
