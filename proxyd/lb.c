/*
 * lb.c - smooth weighted round robin and weighted least connections.
 *
 * Round robin is the smooth kind: each round every candidate gains its weight, the richest is
 * picked and pays the sum of all weights.  Least connections compares (n_cur + 1) / weight, what
 * the load would be after the pick, and lets equals take turns by the same smooth rule.
 * The caller holds backend.lock for everything here.
 */
#include "proxyd/lb.h"

/* The servers that may be picked: by role, and without those that failed already. */
struct choice {
	const struct backend_view *bv;
	uint64_t tried;
	bool backup;
	size_t only; /* index of the one backup in use, or n_servers for "any" */
};

static unsigned
weight_of(const struct server *s)
{
	int w = atomic_load_explicit(&s->eff_weight, memory_order_relaxed);

	return w > 0 ? (unsigned)w : 0;
}

static unsigned
load_of(const struct server *s)
{
	return atomic_load_explicit(&s->n_cur, memory_order_relaxed);
}

static bool
is_candidate(const struct choice *c, size_t i)
{
	const struct server_view *sv = &c->bv->servers[i];

	if (sv->conf->backup != c->backup || (c->only < c->bv->n_servers && c->only != i))
		return false;
	return server_is_usable(sv->server) && (c->tried & lb_tried_bit(i)) == 0;
}

bool
lb_has_room(const struct server *s)
{
	unsigned maxconn = atomic_load_explicit(&s->maxconn, memory_order_relaxed);

	return server_is_usable(s) && (maxconn == 0 || load_of(s) < maxconn);
}

/* Is a less loaded than b after one more connection? <0 yes, 0 equal, >0 no. */
static int
compare_load(const struct server *a, const struct server *b)
{
	uint64_t la = ((uint64_t)load_of(a) + 1) * weight_of(b);
	uint64_t lb = ((uint64_t)load_of(b) + 1) * weight_of(a);

	return (la > lb) - (la < lb);
}

static const struct server *
least_loaded(const struct choice *c)
{
	const struct server *best = NULL;

	for (size_t i = 0; i < c->bv->n_servers; i++) {
		const struct server *s = c->bv->servers[i].server;

		if (is_candidate(c, i) && lb_has_room(s) &&
		    (best == NULL || compare_load(s, best) < 0))
			best = s;
	}
	return best;
}

/* One round among the candidates with room (and, with `equal_to`, of the same load as that). */
static size_t
take_turn(const struct choice *c, const struct server *equal_to)
{
	size_t best = c->bv->n_servers;
	int64_t total = 0;

	for (size_t i = 0; i < c->bv->n_servers; i++) {
		struct server *s = c->bv->servers[i].server;

		if (!is_candidate(c, i) || !lb_has_room(s))
			continue;
		if (equal_to != NULL && compare_load(s, equal_to) != 0)
			continue;
		s->lb_current += weight_of(s);
		total += weight_of(s);
		if (best == c->bv->n_servers ||
		    s->lb_current > c->bv->servers[best].server->lb_current)
			best = i;
	}
	if (best < c->bv->n_servers)
		c->bv->servers[best].server->lb_current -= total;
	return best;
}

static enum lb_verdict
pick_among(const struct choice *c, size_t *picked)
{
	const struct server *least = NULL;
	bool any = false;

	for (size_t i = 0; i < c->bv->n_servers && !any; i++)
		any = is_candidate(c, i);
	if (!any)
		return LB_NONE;
	if (c->bv->conf->px.balance == BALANCE_LEASTCONN) {
		least = least_loaded(c);
		if (least == NULL)
			return LB_QUEUE;
	}
	*picked = take_turn(c, least);
	return *picked < c->bv->n_servers ? LB_SERVER : LB_QUEUE;
}

static size_t
first_usable_backup(const struct backend_view *bv)
{
	for (size_t i = 0; i < bv->n_servers; i++)
		if (bv->servers[i].conf->backup && server_is_usable(bv->servers[i].server))
			return i;
	return bv->n_servers;
}

static bool
any_active(const struct backend_view *bv)
{
	for (size_t i = 0; i < bv->n_servers; i++)
		if (!bv->servers[i].conf->backup && server_is_usable(bv->servers[i].server))
			return true;
	return false;
}

enum lb_verdict
lb_pick(const struct backend_view *bv, uint64_t tried, size_t *picked)
{
	struct choice c = {.bv = bv, .tried = tried, .only = bv->n_servers};
	enum lb_verdict v;

	c.backup = !any_active(bv);
	if (c.backup && !bv->conf->px.option_allbackups)
		c.only = first_usable_backup(bv);
	v = pick_among(&c, picked);
	if (v != LB_NONE || tried == 0)
		return v;
	c.tried = 0; /* only tried ones are left: better one of them than none */
	return pick_among(&c, picked);
}
