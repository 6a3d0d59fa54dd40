/*
 * stats_gather.c - a snapshot's records as rows: what every renderer starts from.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proxyd/stats.h"

#define ADMIN_ANY_MAINT (ADMIN_MAINT | ADMIN_CONF)

static uint64_t
seconds_since(usec_t at, usec_t now)
{
	return now > at ? (uint64_t)((now - at) / USEC_PER_SEC) : 0;
}

static void
set_counters(struct stats_row *r, const struct counters_sum *c, usec_t now)
{
	r->stot = c->stot;
	r->bin = c->bin;
	r->bout = c->bout;
	r->econ = c->econ;
	r->eresp = c->eresp;
	r->wretr = c->wretr;
	r->wredis = c->wredis;
	r->lbtot = c->lbtot;
	r->cli_abrt = c->cli_abrt;
	r->srv_abrt = c->srv_abrt;
	r->connect = c->connect;
	r->lastsess_s = c->at_last_sess ? (int64_t)seconds_since((usec_t)c->at_last_sess, now) : -1;
	r->qtime = c->qtime;
	r->ctime = c->ctime;
	r->ttime = c->ttime;
	r->qtime_max = c->qtime_max;
	r->ctime_max = c->ctime_max;
	r->ttime_max = c->ttime_max;
}

static void
frontend_row(struct stats_row *r, const struct frontend_view *fv)
{
	const struct frontend *f = fv->frontend;
	int state = atomic_load(&f->state);
	struct frontend_sum sum;

	stats_sum_frontend(f, &sum);
	r->type = STATS_FRONTEND;
	r->pxname = fv->conf->name;
	r->svname = "FRONTEND";
	r->iid = fv->conf->id;
	snprintf(r->status, sizeof(r->status), "%s",
		 state == FRONTEND_OPEN     ? "OPEN"
		 : state == FRONTEND_PAUSED ? "PAUSED"
					    : "STOP");
	r->state = state == FRONTEND_OPEN ? STATE_UP : STATE_MAINT;
	r->scur = atomic_load(&f->n_cur);
	r->smax = atomic_load(&f->n_max);
	r->slim = atomic_load(&f->maxconn);
	r->stot = sum.stot;
	r->bin = sum.bin;
	r->bout = sum.bout;
	r->dcon = sum.dcon;
	r->ereq = sum.ereq;
	r->rate = f->rate.cur;
	r->rate_max = f->rate.max;
	r->conn_rate = f->conn_rate.cur;
	r->conn_rate_max = f->conn_rate.max;
	r->conn_tot = sum.conn_tot;
}

static enum stats_state
server_state(const struct server *s)
{
	const struct health *h = &s->health;

	if (s->admin & ADMIN_ANY_MAINT)
		return STATE_MAINT;
	if (!health_is_up(h))
		return h->counter > 0 ? STATE_TRANSITION : STATE_DOWN;
	if (s->admin & ADMIN_DRAIN || s->weight == 0)
		return STATE_DRAIN;
	if (!h->enabled)
		return STATE_NOCHECK;
	return h->counter == h->rise + h->fall - 1 ? STATE_UP : STATE_TRANSITION;
}

static void
check_columns(struct stats_row *r, const struct server_view *sv)
{
	const struct health *h = &sv->server->health;

	r->has_check = server_is_checked(sv);
	r->check_running = h->running;
	r->check_status = h->last.status;
	r->check_code = h->last.code;
	r->check_ms = (uint64_t)(h->last.duration / USEC_PER_MS);
	snprintf(r->last_chk, sizeof(r->last_chk), "%s", h->last.info);
	r->rise = h->rise;
	r->fall = h->fall;
	r->health = h->counter;
}

static void
server_row(struct stats_row *r, const struct backend_view *bv, const struct server_view *sv,
	   usec_t now)
{
	const struct server *s = sv->server;
	struct counters_sum sum;

	stats_sum(s->counters, s->n_workers, &s->cleared, &sum);
	set_counters(r, &sum, now);
	r->type = STATS_SERVER;
	r->pxname = bv->conf->name;
	r->svname = sv->conf->name;
	r->iid = bv->conf->id;
	r->sid = sv->conf->id;
	server_status(s, r->status);
	r->state = server_state(s);
	r->scur = atomic_load(&s->n_cur);
	r->smax = atomic_load(&s->n_max);
	r->slim = atomic_load(&s->maxconn);
	r->weight = (uint64_t)atomic_load(&s->eff_weight);
	r->uweight = (uint64_t)s->weight;
	r->act = !sv->conf->backup;
	r->bck = sv->conf->backup;
	r->chkfail = s->n_chkfail;
	r->chkdown = s->n_chkdown;
	r->lastchg_s = seconds_since(s->at_changed, now);
	r->downtime_s = (uint64_t)(s->downtime / USEC_PER_SEC);
	if (!server_is_up(s))
		r->downtime_s = (uint64_t)((s->downtime + (now - s->at_changed)) / USEC_PER_SEC);
	r->rate = s->rate.cur;
	r->rate_max = s->rate.max;
	check_columns(r, sv);
	addr_format(&sv->conf->addr, r->addr);
}

static void
backend_row(struct stats_row *r, const struct backend_view *bv, usec_t now)
{
	const struct backend *b = bv->backend;
	struct counters_sum sum;
	unsigned act, bck;

	stats_sum(b->counters, b->n_workers, &b->cleared, &sum);
	set_counters(r, &sum, now);
	r->type = STATS_BACKEND;
	r->pxname = bv->conf->name;
	r->svname = "BACKEND";
	r->iid = bv->conf->id;
	snprintf(r->status, sizeof(r->status), "%s", b->up ? "UP" : "DOWN");
	r->state = b->up ? STATE_UP : STATE_DOWN;
	r->qcur = atomic_load(&b->n_queued);
	r->qmax = atomic_load(&b->n_queued_max);
	r->scur = atomic_load(&b->n_cur);
	r->smax = atomic_load(&b->n_max);
	r->slim = (uint64_t)bv->conf->fullconn;
	backend_count(bv, &act, &bck);
	r->act = act;
	r->bck = bck;
	for (size_t i = 0; i < bv->n_servers; i++) {
		if (bv->servers[i].conf->backup != (act == 0))
			continue; /* the weight of those that are in use */
		r->weight += (uint64_t)atomic_load(&bv->servers[i].server->eff_weight);
		r->uweight += (uint64_t)bv->servers[i].server->weight;
	}
	r->chkdown = b->n_chkdown;
	r->lastchg_s = seconds_since(b->at_changed, now);
	r->downtime_s = (uint64_t)(b->downtime / USEC_PER_SEC);
	if (!b->up)
		r->downtime_s = (uint64_t)((b->downtime + (now - b->at_changed)) / USEC_PER_SEC);
	r->rate = b->rate.cur;
	r->rate_max = b->rate.max;
	r->algo = bv->conf->px.balance == BALANCE_LEASTCONN ? "leastconn" : "roundrobin";
}

static size_t
count_rows(const struct snapshot *s)
{
	size_t n = s->n_frontends + s->n_backends;

	for (size_t i = 0; i < s->n_backends; i++)
		n += s->backends[i].n_servers;
	return n;
}

static void
backend_rows(struct stats_table *t, const struct backend_view *bv, usec_t now)
{
	for (size_t i = 0; i < bv->n_servers; i++)
		server_row(&t->rows[t->n_rows++], bv, &bv->servers[i], now);
	backend_row(&t->rows[t->n_rows++], bv, now);
}

int
stats_gather(const struct snapshot *s, usec_t now, struct stats_table *out)
{
	size_t f = 0, b = 0;

	*out = (struct stats_table){.rows = calloc(count_rows(s) + 1, sizeof(*out->rows))};
	if (out->rows == NULL)
		return -1;
	while (f < s->n_frontends || b < s->n_backends) {
		if (b == s->n_backends ||
		    (f < s->n_frontends && s->frontends[f].conf->id < s->backends[b].conf->id))
			frontend_row(&out->rows[out->n_rows++], &s->frontends[f++]);
		else
			backend_rows(out, &s->backends[b++], now);
	}
	return 0;
}

void
stats_table_free(struct stats_table *t)
{
	free(t->rows);
	*t = (struct stats_table){0};
}
