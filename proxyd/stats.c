/*
 * stats.c - per-worker counters added up, rates once per second, rows for the renderers.
 *
 * Control thread.  Workers' counters are only read here: `clear counters all` remembers what they
 * were instead of writing into them, so that each keeps its single writer.
 */
#include "proxyd/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
average_add(struct average *a, uint64_t value_ms)
{
	uint64_t n = counter_get(&a->n), sum = counter_get(&a->sum);

	if (n < AVERAGE_WINDOW)
		counter_add(&a->n, 1);
	else
		sum -= (sum + AVERAGE_WINDOW - 1) / AVERAGE_WINDOW; /* forget one average value */
	atomic_store_explicit(&a->sum, sum + value_ms, memory_order_relaxed);
	counter_max(&a->max, value_ms);
}

/* One average over all workers; the largest maximum. */
static void
sum_average(const struct counters *c, unsigned n, size_t offset, uint64_t *avg, uint64_t *max)
{
	uint64_t sum = 0, count = 0;

	*max = 0;
	for (unsigned i = 0; i < n; i++) {
		const struct average *a = (const void *)((const char *)&c[i] + offset);
		uint64_t m = counter_get(&a->max);

		sum += counter_get(&a->sum);
		count += counter_get(&a->n);
		if (m > *max)
			*max = m;
	}
	*avg = count > 0 ? (sum + count / 2) / count : 0;
}

static void
sum_plain(const struct counters *c, unsigned n, struct counters_sum *out)
{
	for (unsigned i = 0; i < n; i++) {
		uint64_t last = counter_get(&c[i].at_last_sess);

		out->stot += counter_get(&c[i].stot);
		out->bin += counter_get(&c[i].bin);
		out->bout += counter_get(&c[i].bout);
		out->econ += counter_get(&c[i].econ);
		out->eresp += counter_get(&c[i].eresp);
		out->wretr += counter_get(&c[i].wretr);
		out->wredis += counter_get(&c[i].wredis);
		out->lbtot += counter_get(&c[i].lbtot);
		out->cli_abrt += counter_get(&c[i].cli_abrt);
		out->srv_abrt += counter_get(&c[i].srv_abrt);
		out->connect += counter_get(&c[i].connect);
		if (last > out->at_last_sess)
			out->at_last_sess = last;
	}
}

static void
take_off(struct counters_sum *s, const struct counters_sum *cleared)
{
	s->stot -= cleared->stot;
	s->bin -= cleared->bin;
	s->bout -= cleared->bout;
	s->econ -= cleared->econ;
	s->eresp -= cleared->eresp;
	s->wretr -= cleared->wretr;
	s->wredis -= cleared->wredis;
	s->lbtot -= cleared->lbtot;
	s->cli_abrt -= cleared->cli_abrt;
	s->srv_abrt -= cleared->srv_abrt;
	s->connect -= cleared->connect;
}

void
stats_sum(const struct counters *per_worker, unsigned n, const struct counters_sum *cleared,
	  struct counters_sum *out)
{
	*out = (struct counters_sum){0};
	sum_plain(per_worker, n, out);
	take_off(out, cleared);
	sum_average(per_worker, n, offsetof(struct counters, qtime), &out->qtime, &out->qtime_max);
	sum_average(per_worker, n, offsetof(struct counters, ctime), &out->ctime, &out->ctime_max);
	sum_average(per_worker, n, offsetof(struct counters, ttime), &out->ttime, &out->ttime_max);
}

static void
sum_frontend_raw(const struct frontend *f, struct frontend_sum *out)
{
	*out = (struct frontend_sum){0};
	for (unsigned i = 0; i < f->n_workers; i++) {
		const struct frontend_counters *c = &f->counters[i];

		out->conn_tot += counter_get(&c->conn_tot);
		out->stot += counter_get(&c->stot);
		out->bin += counter_get(&c->bin);
		out->bout += counter_get(&c->bout);
		out->dcon += counter_get(&c->dcon);
		out->ereq += counter_get(&c->ereq);
	}
}

void
stats_sum_frontend(const struct frontend *f, struct frontend_sum *out)
{
	sum_frontend_raw(f, out);
	out->conn_tot -= f->cleared.conn_tot;
	out->stot -= f->cleared.stot;
	out->bin -= f->cleared.bin;
	out->bout -= f->cleared.bout;
	out->dcon -= f->cleared.dcon;
	out->ereq -= f->cleared.ereq;
}

static void
account(struct rate *r, uint64_t total, usec_t elapsed)
{
	uint64_t delta = total - r->last_total;

	r->last_total = total;
	if (elapsed <= 0)
		return;
	r->cur = (unsigned)((delta * (uint64_t)USEC_PER_SEC + (uint64_t)elapsed / 2) /
			    (uint64_t)elapsed);
	if (r->cur > r->max)
		r->max = r->cur;
}

static const struct counters_sum nothing;

static uint64_t
sessions(const struct counters *c, unsigned n)
{
	struct counters_sum sum;

	stats_sum(c, n, &nothing, &sum);
	return sum.stot;
}

void
stats_account(const struct snapshot *s, usec_t elapsed)
{
	for (size_t i = 0; i < s->n_frontends; i++) {
		struct frontend *f = s->frontends[i].frontend;
		struct frontend_sum sum;

		sum_frontend_raw(f, &sum);
		account(&f->rate, sum.stot, elapsed);
		account(&f->conn_rate, sum.conn_tot, elapsed);
	}
	for (size_t i = 0; i < s->n_backends; i++) {
		struct backend *b = s->backends[i].backend;

		account(&b->rate, sessions(b->counters, b->n_workers), elapsed);
		for (size_t k = 0; k < s->backends[i].n_servers; k++) {
			struct server *v = s->backends[i].servers[k].server;

			account(&v->rate, sessions(v->counters, v->n_workers), elapsed);
		}
	}
}

static void
clear_max(atomic_uint *max, const atomic_uint *cur)
{
	atomic_store_explicit(max, atomic_load_explicit(cur, memory_order_relaxed),
			      memory_order_relaxed);
}

/* A worker that sets a new maximum in this very moment wins or loses; either is a maximum. */
static void
clear_time_max(struct counters *c, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		atomic_store_explicit(&c[i].qtime.max, 0, memory_order_relaxed);
		atomic_store_explicit(&c[i].ctime.max, 0, memory_order_relaxed);
		atomic_store_explicit(&c[i].ttime.max, 0, memory_order_relaxed);
	}
}

static void
clear_server(struct server *s, bool all)
{
	clear_max(&s->n_max, &s->n_cur);
	clear_time_max(s->counters, s->n_workers);
	s->rate.max = s->rate.cur;
	if (!all)
		return;
	stats_sum(s->counters, s->n_workers, &nothing, &s->cleared);
	s->n_chkfail = s->n_chkdown = 0;
}

static void
clear_backend(struct backend *b, bool all)
{
	clear_max(&b->n_max, &b->n_cur);
	clear_max(&b->n_queued_max, &b->n_queued);
	clear_time_max(b->counters, b->n_workers);
	b->rate.max = b->rate.cur;
	if (!all)
		return;
	stats_sum(b->counters, b->n_workers, &nothing, &b->cleared);
	b->n_chkdown = 0;
}

void
stats_clear(const struct snapshot *s, bool all)
{
	for (size_t i = 0; i < s->n_frontends; i++) {
		struct frontend *f = s->frontends[i].frontend;

		clear_max(&f->n_max, &f->n_cur);
		f->rate.max = f->rate.cur;
		f->conn_rate.max = f->conn_rate.cur;
		if (all)
			sum_frontend_raw(f, &f->cleared);
	}
	for (size_t i = 0; i < s->n_backends; i++) {
		clear_backend(s->backends[i].backend, all);
		for (size_t k = 0; k < s->backends[i].n_servers; k++)
			clear_server(s->backends[i].servers[k].server, all);
	}
}
