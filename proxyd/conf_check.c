/*
 * conf_check.c - what must hold between sections: references, addresses, limits; and the values
 * that follow from others when the file is silent.
 */
#include <stdio.h>
#include <string.h>

#include "proxyd/conf_priv.h"
#include "proxyd/flowstate.h"

#define HTTP_REQUEST_DEFAULT (10 * USEC_PER_SEC)
#define FIRST_ID             2 /* HAProxy's first proxy behind its own internal one */
#define FDS_BASE             64
#define FDS_PER_WORKER       256 /* its loop, mailbox, spare sockets; pipes of streams in flight */
#define FDS_PER_SOCKET       11  /* the socket and its connections */

/* A listening address with the words that name its place. */
struct bind_at {
	const struct conf_bind *bind;
	const char *title; /* "frontend main", "stats" */
};

static const char *
title(struct loader *l, const char *type, const char *name)
{
	size_t len = strlen(type) + strlen(name) + 2;
	char *s = arena_alloc(l->conf->arena, len);

	snprintf(s, len, "%s %s", type, name);
	return s;
}

static size_t
collect_binds(struct loader *l, struct bind_at **out)
{
	struct conf *c = l->conf;
	struct bind_at *all = NULL;
	size_t n = 0;

	for (size_t i = 0; i < c->n_frontends; i++) {
		const struct conf_frontend *f = &c->frontends[i];
		const char *t = title(l, "frontend", f->name);

		for (size_t k = 0; k < f->n_binds; k++) {
			all = arena_grow(c->arena, all, n, sizeof(*all));
			all[n++] = (struct bind_at){&f->binds[k], t};
		}
	}
	for (size_t k = 0; k < c->stats.n_binds; k++) {
		all = arena_grow(c->arena, all, n, sizeof(*all));
		all[n++] = (struct bind_at){&c->stats.binds[k], "stats"};
	}
	*out = all;
	return n;
}

/* Would the kernel refuse the second of them?  IPv6 sockets are v6-only. */
static bool
collide(const struct addr *a, const struct addr *b)
{
	if (addr_family(a) != addr_family(b) || addr_port(a) != addr_port(b))
		return false;
	if (addr_family(a) == AF_UNIX)
		return addr_equal(a, b);
	return addr_is_any(a) || addr_is_any(b) || addr_ip_equal(a, b);
}

static void
check_bind_pair(struct loader *l, const struct bind_at *first, const struct bind_at *second)
{
	const char *same = addr_equal(&first->bind->addr, &second->bind->addr)
			       ? "is bound already"
			       : "cannot be bound beside";

	errlist_add(l->kc.el, l->kc.file, second->bind->line, second->title, "bind",
		    "%s %s%s%s on line %d ([%s])", second->bind->key, same,
		    same[0] == 'c' ? " " : "", same[0] == 'c' ? first->bind->key : "",
		    first->bind->line, first->title);
}

static void
check_binds(struct loader *l)
{
	struct bind_at *all;
	size_t n = collect_binds(l, &all);

	if (n > CONF_BINDS_MAX) {
		errlist_add(l->kc.el, l->kc.file, 0, NULL, NULL, "more than %d listening sockets",
			    CONF_BINDS_MAX);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		for (size_t k = 0; k < i; k++) {
			if (!collide(&all[i].bind->addr, &all[k].bind->addr))
				continue;
			check_bind_pair(l, &all[k], &all[i]);
			/* one line's range against another's is one mistake */
			while (i + 1 < n && all[i + 1].bind->line == all[i].bind->line &&
			       all[k].bind->line != all[i].bind->line)
				i++;
			break;
		}
	}
}

/* A control socket shares its path with nobody. */
static void
check_stats_sockets(struct loader *l)
{
	const struct conf_global *g = &l->conf->global;
	struct bind_at *all;
	size_t n = collect_binds(l, &all);

	for (size_t i = 0; i < g->n_stats_sockets; i++) {
		const struct conf_stats_socket *s = &g->stats_sockets[i];

		for (size_t k = 0; k < i; k++)
			if (strcmp(s->path, g->stats_sockets[k].path) == 0)
				errlist_add(l->kc.el, l->kc.file, s->line, "global", "stats_socket",
					    "%s is bound already on line %d", s->path,
					    g->stats_sockets[k].line);
		for (size_t k = 0; k < n; k++)
			if (strcmp(s->path, all[k].bind->key) == 0)
				errlist_add(l->kc.el, l->kc.file, all[k].bind->line, all[k].title,
					    "bind", "%s is the stats_socket of line %d", s->path,
					    s->line);
	}
}

static void
check_default_backend(struct loader *l, struct conf_frontend *f)
{
	const char *words[64] = {0}, *near;
	struct conf *c = l->conf;

	for (f->backend = 0; f->backend < c->n_backends; f->backend++)
		if (strcmp(c->backends[f->backend].name, f->default_backend) == 0)
			return;
	for (size_t i = 0; i < c->n_backends && i < 63; i++)
		words[i] = c->backends[i].name;
	near = names_nearest(words, f->default_backend);
	if (near != NULL)
		errlist_add(l->kc.el, l->kc.file, f->default_backend_line,
			    title(l, "frontend", f->name), "default_backend",
			    "there is no [backend %s], did you mean '%s'?", f->default_backend,
			    near);
	else
		errlist_add(l->kc.el, l->kc.file, f->default_backend_line,
			    title(l, "frontend", f->name), "default_backend",
			    "there is no [backend %s]", f->default_backend);
}

static void
warn_timeout(struct loader *l, int line, const char *t, const char *key, usec_t value)
{
	if (value == 0)
		errlist_warn(l->kc.el, l->kc.file, line, t, key,
			     "missing: peers that vanish without a word are waited for for ever");
}

static void
finish_frontend(struct loader *l, struct conf_frontend *f)
{
	if (f->px.maxconn == 0)
		f->px.maxconn = l->conf->global.maxconn;
	if (f->default_backend != NULL)
		check_default_backend(l, f);
	if (f->px.timeout_tunnel == 0)
		warn_timeout(l, f->line, title(l, "frontend", f->name), "timeout_client",
			     f->px.timeout_client);
}

#define UNPRIVILEGED 1024 /* ports from here on need no root */

static void
check_source_port(struct loader *l, const char *t, const char *key, const struct conf_server *s)
{
	int port = addr_port(&s->source);

	if (port > 0 && port < UNPRIVILEGED && l->conf->global.user != NULL)
		errlist_add(l->kc.el, l->kc.file, s->line, t, key,
			    "source port %d is root's only, and [global] user gives root up", port);
	else if (port > 0 && s->maxconn != 1)
		errlist_warn(l->kc.el, l->kc.file, s->line, t, key,
			     "from the one port %d there can be one connection at a time; add "
			     "maxconn=1",
			     port);
}

/* The backend's source unless the server has its own; "any" is the kernel's choice. */
static void
finish_source(struct loader *l, const char *t, const struct conf_backend *b, struct conf_server *s)
{
	char key[CONF_NAME_MAX + 16], ip[ADDR_STRLEN];

	snprintf(key, sizeof(key), "server %s", s->name);
	if (s->source.len == 0)
		s->source = b->px.source;
	if (s->source.len == 0)
		return;
	if (addr_is_any(&s->source) && addr_port(&s->source) == 0) {
		s->source.len = 0;
		return;
	}
	if (addr_family(&s->source) != addr_family(&s->addr))
		errlist_add(l->kc.el, l->kc.file, s->line, t, key,
			    "its address and the source %s are not of one family; give it a source "
			    "of its own, or source=*",
			    addr_format_ip(&s->source, ip));
	check_source_port(l, t, key, s);
}

static void
finish_backend(struct loader *l, struct conf_backend *b)
{
	const char *t = title(l, "backend", b->name);

	if (b->px.timeout_queue == TIME_UNSET)
		b->px.timeout_queue = b->px.timeout_connect;
	if (b->n_servers == 0)
		errlist_add(l->kc.el, l->kc.file, b->line, t, "server",
			    "is missing, a backend needs at least one");
	for (size_t i = 0; i < b->n_servers; i++)
		finish_source(l, t, b, &b->servers[i]);
	warn_timeout(l, b->line, t, "timeout_connect", b->px.timeout_connect);
	if (b->px.timeout_tunnel == 0)
		warn_timeout(l, b->line, t, "timeout_server", b->px.timeout_server);
}

static void
finish_stats(struct loader *l)
{
	struct conf_stats *s = &l->conf->stats;

	if (s->timeout_http_request == TIME_UNSET)
		s->timeout_http_request = l->defaults.timeout_http_request;
	if (s->timeout_http_request <= 0)
		s->timeout_http_request = HTTP_REQUEST_DEFAULT;
	if (s->timeout_http_keep_alive == TIME_UNSET)
		s->timeout_http_keep_alive = l->defaults.timeout_http_keep_alive;
	if (s->timeout_http_keep_alive <= 0)
		s->timeout_http_keep_alive = s->timeout_http_request;
}

/* Ids in the order of the file, frontends and backends counted together. */
static void
number_proxies(struct conf *c)
{
	size_t f = 0, b = 0;
	int id = FIRST_ID;

	while (f < c->n_frontends || b < c->n_backends) {
		if (b == c->n_backends ||
		    (f < c->n_frontends && c->frontends[f].line < c->backends[b].line))
			c->frontends[f++].id = id++;
		else
			c->backends[b++].id = id++;
	}
}

/* HAProxy's default of fullconn: a tenth of what the frontends may send. */
static void
compute_fullconn(struct conf *c)
{
	for (size_t i = 0; i < c->n_backends; i++) {
		int64_t sum = 0;

		for (size_t k = 0; k < c->n_frontends; k++)
			if (c->frontends[k].backend == i)
				sum += c->frontends[k].px.maxconn;
		c->backends[i].fullconn = (int)(sum < 10 ? 1 : (sum + 9) / 10);
	}
}

static void
check_ulimit(struct loader *l)
{
	const struct conf_global *g = &l->conf->global;
	size_t need = conf_fds_needed(l->conf, g->threads);

	if (g->ulimit_n > 0 && (size_t)g->ulimit_n < need)
		errlist_add(l->kc.el, l->kc.file, 0, "global", "ulimit_n",
			    "%d is too small, maxconn = %d and the rest need %zu", g->ulimit_n,
			    g->maxconn, need);
}

void
conf_check_all(struct loader *l)
{
	struct conf *c = l->conf;

	for (size_t i = 0; i < c->n_frontends; i++)
		finish_frontend(l, &c->frontends[i]);
	for (size_t i = 0; i < c->n_backends; i++)
		finish_backend(l, &c->backends[i]);
	finish_stats(l);
	check_binds(l);
	check_stats_sockets(l);
	check_ulimit(l);
	if (c->n_frontends == 0 && c->stats.n_binds == 0)
		errlist_add(l->kc.el, l->kc.file, 0, NULL, NULL,
			    "no [frontend NAME] section: nothing to do");
	number_proxies(c);
	compute_fullconn(c);
}

size_t
conf_fds_needed(const struct conf *c, int n_workers)
{
	size_t n = FDS_BASE + 2 * (size_t)c->global.maxconn;

	if (c->global.forwarding == FLOW_POLICY_SPLICE) /* the pipes of all that are blocked */
		n += (size_t)c->global.maxconn / 2;
	n += FDS_PER_WORKER * (size_t)(n_workers > 0 ? n_workers : 1);
	n += FDS_PER_SOCKET * (c->global.n_stats_sockets + c->stats.n_binds);
	for (size_t i = 0; i < c->n_frontends; i++)
		n += c->frontends[i].n_binds;
	for (size_t i = 0; i < c->n_backends; i++)
		n += c->backends[i].n_servers;
	return n;
}
