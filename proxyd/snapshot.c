/*
 * snapshot.c - a configuration bound to records: build (no side effects), commit, references.
 *
 * Records are shared between generations by name.  Control thread, except snapshot_ref/unref.
 */
#include "proxyd/snapshot.h"

#include <stdlib.h>
#include <string.h>

#define ADMIN_ANY_MAINT (ADMIN_MAINT | ADMIN_CONF)

const struct frontend_view *
snapshot_frontend(const struct snapshot *s, const char *name)
{
	for (size_t i = 0; i < s->n_frontends; i++)
		if (strcmp(s->frontends[i].conf->name, name) == 0)
			return &s->frontends[i];
	return NULL;
}

const struct backend_view *
snapshot_backend(const struct snapshot *s, const char *name)
{
	for (size_t i = 0; i < s->n_backends; i++)
		if (strcmp(s->backends[i].conf->name, name) == 0)
			return &s->backends[i];
	return NULL;
}

const struct server_view *
snapshot_server(const struct backend_view *bv, const char *name)
{
	for (size_t i = 0; i < bv->n_servers; i++)
		if (strcmp(bv->servers[i].conf->name, name) == 0)
			return &bv->servers[i];
	return NULL;
}

static int
bind_servers(struct snapshot *s, struct backend_view *bv, const struct backend_view *old)
{
	bv->servers = calloc(bv->conf->n_servers, sizeof(*bv->servers));
	if (bv->servers == NULL)
		return -1;
	for (size_t i = 0; i < bv->conf->n_servers; i++) {
		const struct conf_server *cs = &bv->conf->servers[i];
		const struct server_view *o = old ? snapshot_server(old, cs->name) : NULL;
		struct server_view *sv = &bv->servers[i];

		sv->conf = cs;
		if (o != NULL && addr_equal(&o->conf->addr, &cs->addr))
			sv->server = server_ref(o->server);
		else
			sv->server = server_new(bv->conf->name, cs, s->n_workers, s->at_built);
		if (sv->server == NULL)
			return -1;
		bv->n_servers++;
	}
	return 0;
}

static int
bind_backends(struct snapshot *s, const struct snapshot *old)
{
	s->backends = calloc(s->conf->n_backends + 1, sizeof(*s->backends));
	if (s->backends == NULL)
		return -1;
	for (size_t i = 0; i < s->conf->n_backends; i++) {
		struct backend_view *bv = &s->backends[i];
		const struct backend_view *o;

		bv->conf = &s->conf->backends[i];
		o = old ? snapshot_backend(old, bv->conf->name) : NULL;
		bv->backend = o ? backend_ref(o->backend)
				: backend_new(bv->conf->name, s->n_workers, s->at_built);
		if (bv->backend == NULL)
			return -1;
		s->n_backends++;
		if (bind_servers(s, bv, o) < 0)
			return -1;
	}
	return 0;
}

static void
apply_frontend(const struct frontend_view *fv, const struct frontend_view *old)
{
	struct frontend *f = fv->frontend;

	if (old != NULL && fv->conf->px.maxconn == f->conf_maxconn)
		return; /* a limit set at run time stays */
	f->conf_maxconn = fv->conf->px.maxconn;
	atomic_store_explicit(&f->maxconn, (unsigned)f->conf_maxconn, memory_order_relaxed);
}

static int
bind_frontends(struct snapshot *s, const struct snapshot *old)
{
	s->frontends = calloc(s->conf->n_frontends + 1, sizeof(*s->frontends));
	if (s->frontends == NULL)
		return -1;
	for (size_t i = 0; i < s->conf->n_frontends; i++) {
		struct frontend_view *fv = &s->frontends[i];
		const struct frontend_view *o;

		fv->conf = &s->conf->frontends[i];
		fv->backend = &s->backends[fv->conf->backend];
		o = old ? snapshot_frontend(old, fv->conf->name) : NULL;
		fv->frontend =
		    o ? frontend_ref(o->frontend) : frontend_new(fv->conf->name, s->n_workers);
		if (fv->frontend == NULL)
			return -1;
		if (o == NULL) /* nobody else knows it yet */
			apply_frontend(fv, NULL);
		s->n_frontends++;
	}
	return 0;
}

struct snapshot *
snapshot_build(struct conf *conf, const struct snapshot *old, usec_t now, unsigned n_workers)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		conf_free(&conf);
		return NULL;
	}
	atomic_init(&s->refs, 1);
	s->conf = conf;
	s->generation = old ? old->generation + 1 : 1;
	s->at_built = now;
	s->n_workers = n_workers;
	if (bind_backends(s, old) < 0 || bind_frontends(s, old) < 0)
		snapshot_unref(&s);
	return s;
}

struct snapshot *
snapshot_ref(struct snapshot *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void
snapshot_unref(struct snapshot **sp)
{
	struct snapshot *s = *sp;

	*sp = NULL;
	if (s == NULL || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < s->n_frontends; i++)
		frontend_unref(&s->frontends[i].frontend);
	for (size_t i = 0; i < s->n_backends; i++) {
		for (size_t k = 0; k < s->backends[i].n_servers; k++)
			server_unref(&s->backends[i].servers[k].server);
		free(s->backends[i].servers);
		backend_unref(&s->backends[i].backend);
	}
	free(s->frontends);
	free(s->backends);
	conf_free(&s->conf);
	free(s);
}

/* `disabled` was added to or taken from the file: the file's word counts again. */
static void
apply_disabled(struct server *s, const struct conf_server *cs, usec_t now)
{
	bool was_up = server_is_up(s);

	if (cs->disabled)
		s->admin |= ADMIN_CONF;
	else
		s->admin &= ~(unsigned)ADMIN_CONF;
	health_force(&s->health, (s->admin & ADMIN_ANY_MAINT) == 0);
	if (was_up == server_is_up(s))
		return;
	if (was_up)
		s->n_chkdown++;
	else
		s->downtime += now - s->at_changed;
	s->at_changed = now;
}

/* What changed in the file wins; what did not leaves run-time settings alone. */
static void
apply_server(const struct server_view *sv, const struct conf_server *old, usec_t now)
{
	const struct conf_server *cs = sv->conf;
	struct server *s = sv->server;

	if (cs->weight != s->conf_weight) {
		s->weight = s->conf_weight = cs->weight;
		s->weight_set = false;
	}
	if (cs->maxconn != s->conf_maxconn) {
		atomic_store_explicit(&s->maxconn, (unsigned)cs->maxconn, memory_order_relaxed);
		s->conf_maxconn = cs->maxconn;
		s->maxconn_set = false;
	}
	if (old != NULL &&
	    (old->rise != cs->rise || old->fall != cs->fall || old->check != cs->check))
		health_reconfigure(&s->health, cs->rise, cs->fall, cs->check);
	if (old != NULL && old->check && !cs->check && (s->admin & ADMIN_ANY_MAINT) == 0)
		health_force(&s->health, true); /* nobody would ever find it up again */
	if (old != NULL && old->disabled != cs->disabled)
		apply_disabled(s, cs, now);
	s->dropped = false;
	server_refresh(s);
}

/* Servers that the new generation does not list take no connection any more. */
static void
retire(const struct snapshot *now_current, const struct backend_view *old)
{
	const struct backend_view *bv = snapshot_backend(now_current, old->conf->name);

	for (size_t i = 0; i < old->n_servers; i++) {
		const struct server_view *o = &old->servers[i];
		const struct server_view *n = bv ? snapshot_server(bv, o->conf->name) : NULL;

		if (n != NULL && n->server == o->server)
			continue;
		o->server->dropped = true;
		server_refresh(o->server);
	}
}

static const struct conf_server *
old_conf(const struct backend_view *old, const struct server_view *sv)
{
	const struct server_view *o = old ? snapshot_server(old, sv->conf->name) : NULL;

	return o != NULL && o->server == sv->server ? o->conf : NULL;
}

void
snapshot_commit(struct snapshot *now_current, const struct snapshot *old, usec_t now)
{
	for (size_t i = 0; old != NULL && i < old->n_backends; i++)
		retire(now_current, &old->backends[i]);
	for (size_t i = 0; i < now_current->n_backends; i++) {
		const struct backend_view *bv = &now_current->backends[i];
		const struct backend_view *o = old ? snapshot_backend(old, bv->conf->name) : NULL;
		struct report quiet = {0}; /* the reload itself is what gets logged */

		for (size_t k = 0; k < bv->n_servers; k++)
			apply_server(&bv->servers[k], old_conf(o, &bv->servers[k]), now);
		backend_refresh(bv, now, &quiet);
	}
	for (size_t i = 0; i < now_current->n_frontends; i++) {
		const struct frontend_view *fv = &now_current->frontends[i];

		apply_frontend(fv, old ? snapshot_frontend(old, fv->conf->name) : NULL);
	}
}
