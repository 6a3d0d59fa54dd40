/*
 * snapshot_diff.c - what a reload keeps, adds and drops: listening sockets and servers.
 *
 * Pure; the result points into both generations and lives as long as the shorter-lived of them.
 */
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "proxyd/snapshot.h"

/* A bind with the frontend it belongs to (NULL: the status page) and its backlog. */
struct bind_ref {
	const struct conf_bind *bind;
	const char *frontend;
	int backlog;
};

static struct bind_ref
bind_at(const struct conf *c, size_t index)
{
	for (size_t i = 0; i < c->n_frontends; i++) {
		const struct conf_frontend *f = &c->frontends[i];

		if (index < f->n_binds)
			return (struct bind_ref){&f->binds[index], f->name, f->px.backlog};
		index -= f->n_binds;
	}
	if (index < c->stats.n_binds)
		return (struct bind_ref){&c->stats.binds[index], NULL, 0};
	return (struct bind_ref){0};
}

static struct bind_ref
find_bind(const struct conf *c, const char *key)
{
	struct bind_ref r;

	for (size_t i = 0; c != NULL && (r = bind_at(c, i)).bind != NULL; i++)
		if (strcmp(r.bind->key, key) == 0)
			return r;
	return (struct bind_ref){0};
}

static size_t
count_binds(const struct conf *c)
{
	size_t n = c->stats.n_binds;

	for (size_t i = 0; i < c->n_frontends; i++)
		n += c->frontends[i].n_binds;
	return n;
}

static bool
same_options(struct bind_ref a, struct bind_ref b)
{
	return a.backlog == b.backlog && a.bind->mode == b.bind->mode &&
	       text_same(a.bind->user, b.bind->user) && text_same(a.bind->group, b.bind->group);
}

static void
add_bind(struct snapshot_diff *out, struct bind_ref o, struct bind_ref n)
{
	struct bind_diff *d = &out->binds[out->n_binds++];

	d->kind = o.bind == NULL ? DIFF_NEW : n.bind == NULL ? DIFF_DROP : DIFF_KEEP;
	d->old_bind = o.bind;
	d->new_bind = n.bind;
	d->old_frontend = o.frontend;
	d->new_frontend = n.frontend;
	d->options_changed = d->kind == DIFF_KEEP && !same_options(o, n);
}

int
conf_diff_binds(const struct conf *old, const struct conf *now_current, struct snapshot_diff *out)
{
	struct bind_ref r;

	*out = (struct snapshot_diff){0};
	out->binds = calloc(count_binds(now_current) + (old ? count_binds(old) : 0) + 1,
			    sizeof(*out->binds));
	if (out->binds == NULL)
		return -1;
	for (size_t i = 0; (r = bind_at(now_current, i)).bind != NULL; i++)
		add_bind(out, find_bind(old, r.bind->key), r);
	for (size_t i = 0; old != NULL && (r = bind_at(old, i)).bind != NULL; i++)
		if (find_bind(now_current, r.bind->key).bind == NULL)
			add_bind(out, r, (struct bind_ref){0});
	return 0;
}

static size_t
count_servers(const struct snapshot *s)
{
	size_t n = 0;

	for (size_t i = 0; s != NULL && i < s->n_backends; i++)
		n += s->backends[i].n_servers;
	return n;
}

static bool
same_check(const struct conf_server *a, const struct conf_server *b)
{
	return a->check == b->check && addr_equal(&a->check_addr, &b->check_addr) &&
	       a->inter == b->inter && a->fastinter == b->fastinter &&
	       a->downinter == b->downinter && a->rise == b->rise && a->fall == b->fall;
}

static bool
same_server(const struct conf_server *a, const struct conf_server *b)
{
	return a->weight == b->weight && a->maxconn == b->maxconn && a->backup == b->backup &&
	       a->disabled == b->disabled && addr_equal(&a->source, &b->source);
}

/* The view of the same record in `bv`; by record, because an address change makes a new one. */
static const struct server_view *
same_record(const struct backend_view *bv, const struct server_view *sv)
{
	const struct server_view *other = bv ? snapshot_server(bv, sv->conf->name) : NULL;

	return other != NULL && other->server == sv->server ? other : NULL;
}

static void
add_new_side(struct snapshot_diff *out, const struct backend_view *old,
	     const struct backend_view *bv)
{
	for (size_t i = 0; i < bv->n_servers; i++) {
		const struct server_view *sv = &bv->servers[i], *o = same_record(old, sv);
		struct server_diff *d = &out->servers[out->n_servers++];

		d->kind = o ? DIFF_KEEP : DIFF_NEW;
		d->old_backend = o ? old : NULL;
		d->new_backend = bv;
		d->old_server = o;
		d->new_server = sv;
		if (o != NULL) {
			d->check_changed = !same_check(o->conf, sv->conf);
			d->changed = d->check_changed || !same_server(o->conf, sv->conf);
		}
	}
}

static void
add_dropped(struct snapshot_diff *out, const struct backend_view *old,
	    const struct backend_view *bv)
{
	for (size_t i = 0; i < old->n_servers; i++) {
		struct server_diff *d;

		if (same_record(bv, &old->servers[i]) != NULL)
			continue;
		d = &out->servers[out->n_servers++];
		d->kind = DIFF_DROP;
		d->old_backend = old;
		d->old_server = &old->servers[i];
	}
}

int
snapshot_diff(const struct snapshot *old, const struct snapshot *now_current,
	      struct snapshot_diff *out)
{
	if (conf_diff_binds(old ? old->conf : NULL, now_current->conf, out) < 0)
		return -1;
	out->servers =
	    calloc(count_servers(old) + count_servers(now_current) + 1, sizeof(*out->servers));
	if (out->servers == NULL) {
		snapshot_diff_free(out);
		return -1;
	}
	for (size_t i = 0; i < now_current->n_backends; i++) {
		const struct backend_view *bv = &now_current->backends[i];

		add_new_side(out, old ? snapshot_backend(old, bv->conf->name) : NULL, bv);
	}
	for (size_t i = 0; old != NULL && i < old->n_backends; i++)
		add_dropped(out, &old->backends[i],
			    snapshot_backend(now_current, old->backends[i].conf->name));
	return 0;
}

void
snapshot_diff_free(struct snapshot_diff *d)
{
	free(d->binds);
	free(d->servers);
	*d = (struct snapshot_diff){0};
}
