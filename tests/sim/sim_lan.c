/*
 * sim_lan.c - the clock and the wires: delay (so reordering), loss, duplicates, flipped bits,
 * one-way partitions.  Delivery order is by arrival time, then by order of sending.
 */
#include "tests/sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* splitmix64: small, good enough, the same everywhere. */
uint64_t
sim_random(struct sim *s)
{
	uint64_t z = (s->rng += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

int
sim_below(struct sim *s, int n)
{
	return (int)(sim_random(s) % (uint64_t)n);
}

bool
sim_percent(struct sim *s, int percent)
{
	return sim_below(s, 100) < percent;
}

usec_t
sim_between(struct sim *s, usec_t min, usec_t max)
{
	return min + (usec_t)(sim_random(s) % (uint64_t)(max - min + 1));
}

void
sim_trace(struct sim *s, const char *fmt, ...)
{
	char *line = s->trace[s->n_trace++ % TRACE_LINES];
	int n = snprintf(line, TRACE_LINE, "%12.6f ", (double)s->now / (double)USEC_PER_SEC);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + n, (size_t)(TRACE_LINE - n), fmt, ap);
	va_end(ap);
}

static void
put_flight(struct sim *s, int from, int to, const struct message *m)
{
	struct lan *l = &s->lan;
	struct flight *f;

	if (l->n_flights == FLIGHTS_MAX) {
		sim_violate(s, "a storm: %d messages under way", FLIGHTS_MAX);
		return;
	}
	f = &l->flights[l->n_flights++];
	f->at = s->now + sim_between(s, 1, l->delay_max);
	if (!l->reorder && f->at <= l->last_at[from][to])
		f->at = l->last_at[from][to] + 1;
	l->last_at[from][to] = f->at;
	f->to = to;
	f->msg = *m;
	if (sim_percent(s, l->corrupt_percent)) {
		size_t byte = (size_t)sim_below(s, (int)m->len);

		f->msg.bytes[byte] ^= (uint8_t)(1 << sim_below(s, 8));
	}
}

static void
send_copy(struct sim *s, int from, int to, const struct message *m)
{
	struct lan *l = &s->lan;

	if (l->cut[from][to] || sim_percent(s, l->loss_percent) ||
	    (l->one_way[from][to] && sim_percent(s, l->one_way[from][to])))
		return;
	put_flight(s, from, to, m);
	if (sim_percent(s, l->dup_percent))
		put_flight(s, from, to, m);
}

void
lan_send(struct sim *s, int from, const struct message *m)
{
	for (int to = 0; to < s->n_routers; to++) {
		bool for_it = !s->unicast || addr_ip_equal(&m->dst, &s->routers[to].wire.src);

		if (to != from && for_it)
			send_copy(s, from, to, m);
	}
}

void
lan_calm(struct lan *l)
{
	l->loss_percent = l->dup_percent = l->corrupt_percent = 0;
	l->reorder = false;
	memset(l->cut, 0, sizeof(l->cut));
	memset(l->one_way, 0, sizeof(l->one_way));
	memset(l->witness_cut, 0, sizeof(l->witness_cut));
}

static size_t
first_flight(const struct lan *l)
{
	size_t best = 0;

	for (size_t i = 1; i < l->n_flights; i++)
		if (l->flights[i].at < l->flights[best].at)
			best = i;
	return best;
}

static struct router *
first_router(struct sim *s, usec_t *at)
{
	struct router *best = NULL;

	*at = USEC_NEVER;
	for (int i = 0; i < s->n_routers; i++) {
		usec_t t = router_deadline(&s->routers[i]);

		if (t < *at) {
			*at = t;
			best = &s->routers[i];
		}
	}
	return best;
}

static void
probe(struct sim *s)
{
	s->now = s->probe_at > s->now ? s->probe_at : s->now;
	s->probe_at = s->now + s->probe_gap;
	for (int i = 0; i < s->n_routers; i++)
		router_probe(s, &s->routers[i]);
}

/* One arrival, one timer or one round of probes; false when nothing happens until `until`. */
static bool
advance(struct sim *s, usec_t until)
{
	static const struct vrrp_event deadline = {.type = VRRP_EV_DEADLINE};
	struct lan *l = &s->lan;
	size_t first = first_flight(l);
	usec_t flight_at = l->n_flights ? l->flights[first].at : USEC_NEVER;
	usec_t timer_at;
	struct router *r = first_router(s, &timer_at);
	struct flight f;

	if (s->witnessed && s->probe_at < flight_at && s->probe_at < timer_at &&
	    s->probe_at <= until) {
		probe(s);
		return true;
	}
	if (flight_at > until && timer_at > until)
		return false;
	if (timer_at < flight_at) {
		s->now = timer_at > s->now ? timer_at : s->now;
		router_event(s, r, &deadline);
		if (router_deadline(r) <= s->now)
			sim_violate(s, "router %d: its deadline stays in the past", r->id);
		return true;
	}
	f = l->flights[first];
	l->flights[first] = l->flights[--l->n_flights];
	s->now = f.at > s->now ? f.at : s->now;
	f.msg.at = s->now;
	router_receive(s, &s->routers[f.to], &f.msg);
	return true;
}

void
sim_run(struct sim *s, usec_t until)
{
	while (!s->violated && advance(s, until))
		check_now(s);
	if (s->now < until)
		s->now = until;
	if (!s->violated)
		check_now(s);
}
