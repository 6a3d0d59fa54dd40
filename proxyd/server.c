/*
 * server.c - life of the records and every change of a server's state.
 *
 * One writer: the control thread changes health, admin and weight here and nowhere else; each
 * change ends in server_refresh(), which derives what workers see (eff_weight), and in
 * backend_refresh(). server_report.c words the log lines.
 */
#include "proxyd/server.h"

#include <stdlib.h>
#include <string.h>

#include "proxyd/server_report.h"
#include "proxyd/snapshot.h"

struct server *
server_ref(struct server *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void
server_unref(struct server **sp)
{
	struct server *s = *sp;

	*sp = NULL;
	if (s == NULL || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	free((char *)s->backend_name);
	free((char *)s->name);
	free(s->counters);
	free(s);
}

/* Zeroed per-worker counters on cache lines of their own. */
static void *
new_counters(unsigned n_workers, size_t size)
{
	size_t bytes = (n_workers > 0 ? n_workers : 1) * size;
	void *p = aligned_alloc(64, bytes);

	if (p != NULL)
		memset(p, 0, bytes);
	return p;
}

struct server *
server_new(const char *backend_name, const struct conf_server *cs, unsigned n_workers, usec_t now)
{
	struct server *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	atomic_init(&s->refs, 1);
	s->n_workers = n_workers;
	s->backend_name = strdup(backend_name);
	s->name = strdup(cs->name);
	s->counters = new_counters(n_workers, sizeof(*s->counters));
	if (s->backend_name == NULL || s->name == NULL || s->counters == NULL) {
		server_unref(&s);
		return NULL;
	}
	health_init(&s->health, cs->rise, cs->fall, cs->check);
	s->weight = s->conf_weight = cs->weight;
	s->conf_maxconn = cs->maxconn;
	atomic_init(&s->maxconn, (unsigned)cs->maxconn);
	s->at_changed = now;
	if (cs->disabled) {
		s->admin = ADMIN_CONF;
		health_force(&s->health, false);
	}
	server_refresh(s);
	return s;
}

struct backend *
backend_ref(struct backend *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void
backend_unref(struct backend **bp)
{
	struct backend *b = *bp;

	*bp = NULL;
	if (b == NULL || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
		return;
	pthread_mutex_destroy(&b->lock);
	free((char *)b->name);
	free(b->counters);
	free(b);
}

struct backend *
backend_new(const char *name, unsigned n_workers, usec_t now)
{
	struct backend *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	atomic_init(&b->refs, 1);
	pthread_mutex_init(&b->lock, NULL);
	TAILQ_INIT(&b->queue);
	b->n_workers = n_workers;
	b->name = strdup(name);
	b->counters = new_counters(n_workers, sizeof(*b->counters));
	if (b->name == NULL || b->counters == NULL) {
		backend_unref(&b);
		return NULL;
	}
	b->up = true;
	b->at_changed = now;
	return b;
}

struct frontend *
frontend_ref(struct frontend *f)
{
	atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
	return f;
}

void
frontend_unref(struct frontend **fp)
{
	struct frontend *f = *fp;

	*fp = NULL;
	if (f == NULL || atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) != 1)
		return;
	free((char *)f->name);
	free(f->counters);
	free(f);
}

struct frontend *
frontend_new(const char *name, unsigned n_workers)
{
	struct frontend *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	atomic_init(&f->refs, 1);
	f->n_workers = n_workers;
	f->name = strdup(name);
	f->counters = new_counters(n_workers, sizeof(*f->counters));
	if (f->name == NULL || f->counters == NULL) {
		frontend_unref(&f);
		return NULL;
	}
	return f;
}

void
server_take(struct server *s)
{
	gauge_inc(&s->n_cur, &s->n_max);
}

void
server_release(struct server *s)
{
	gauge_dec(&s->n_cur);
}

void
server_count_session(struct backend *b, struct server *s, unsigned worker, usec_t now)
{
	struct counters *c = &s->counters[worker];

	counter_add(&c->stot, 1);
	counter_add(&c->lbtot, 1);
	counter_max(&c->at_last_sess, (uint64_t)now);
	counter_add(&b->counters[worker].lbtot, 1);
	counter_max(&b->counters[worker].at_last_sess, (uint64_t)now);
}
