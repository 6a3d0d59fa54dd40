/*
 * plan.c - a configuration file read, checked and ready to be handed to an engine.
 */
#include "proxyd/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/daemon.h"
#include "common/names.h"
#include "proxyd/limits.h"

#define BACKLOG_MIN    1024
#define UNIX_BIND_MODE 0666 /* a frontend's socket is for every local client unless it says so */

static const char *
environment(const char *name)
{
	return getenv(name);
}

static struct bind_spec *
next_spec(struct plan *p)
{
	return &p->specs[p->n_specs++];
}

static void
add_bind(struct plan *p, const struct conf_bind *b, const char *section, int backlog,
	 struct errlist *el)
{
	struct bind_spec *sp = next_spec(p);
	struct identity id = {-1, -1};

	/* an unknown owner is in el then, and the plan is refused */
	if (limits_owner(p->conf, section, b->line, b->user, b->group, &id, el) < 0)
		id = (struct identity){-1, -1};
	*sp = (struct bind_spec){
	    .key = b->key,
	    .addr = b->addr,
	    .control = true,
	    .backlog = backlog,
	    .mode = b->mode >= 0 ? (unsigned)b->mode : UNIX_BIND_MODE,
	    .uid = id.uid,
	    .gid = id.gid,
	    .file = p->conf->file,
	    .line = b->line,
	    .section = section,
	    .setting = "bind",
	};
}

static void
add_stats_socket(struct plan *p, const struct conf_stats_socket *s, struct errlist *el)
{
	struct conf_bind b = {
	    .key = s->path,
	    .mode = s->mode,
	    .user = s->user,
	    .group = s->group,
	    .line = s->line,
	};

	b.addr.un.sun_family = AF_UNIX;
	snprintf(b.addr.un.sun_path, sizeof(b.addr.un.sun_path), "%s", s->path);
	b.addr.len = sizeof(b.addr.un);
	add_bind(p, &b, "global", 0, el);
	p->specs[p->n_specs - 1].setting = "stats_socket";
}

/* What may wait: as many as may be served, and never so few that a new engine's start shows. */
static int
backlog(const struct conf_frontend *f)
{
	if (f->px.backlog > 0)
		return f->px.backlog;
	return f->px.maxconn > BACKLOG_MIN ? f->px.maxconn : BACKLOG_MIN;
}

static void
collect_specs(struct plan *p, struct errlist *el)
{
	const struct conf *c = p->conf;
	size_t n = c->stats.n_binds + c->global.n_stats_sockets;

	for (size_t i = 0; i < c->n_frontends; i++)
		n += c->frontends[i].n_binds;
	p->specs = calloc(n + 1, sizeof(*p->specs));
	if (p->specs == NULL)
		abort();
	for (size_t i = 0; i < c->n_frontends; i++) {
		const struct conf_frontend *f = &c->frontends[i];
		char *section = arena_alloc(c->arena, strlen(f->name) + sizeof("frontend "));

		sprintf(section, "frontend %s", f->name);
		for (size_t j = 0; j < f->n_binds; j++) {
			add_bind(p, &f->binds[j], section, backlog(f), el);
			p->specs[p->n_specs - 1].control = false;
		}
	}
	for (size_t i = 0; i < c->stats.n_binds; i++)
		add_bind(p, &c->stats.binds[i], "stats", 0, el);
	for (size_t i = 0; i < c->global.n_stats_sockets; i++)
		add_stats_socket(p, &c->global.stats_sockets[i], el);
}

int
plan_from_text(struct plan *p, char *text, size_t len, const char *name, struct errlist *el)
{
	memset(p, 0, sizeof(*p));
	p->text = text;
	p->text_len = len;
	p->conf = conf_load(name, text, len, environment, el);
	limits_check_text(name, text, len, environment, el);
	if (p->conf == NULL)
		goto fail;
	collect_specs(p, el);
	if (el->n_errors > 0)
		goto fail;
	p->n_fds = limits_nofile(p->conf);
	return 0;
fail:
	plan_free(p);
	return -1;
}

int
plan_load(struct plan *p, const char *path, const char *name, struct errlist *el)
{
	struct err e;
	size_t len;
	char *text = read_file(path, CONF_TEXT_MAX, &len, &e);

	memset(p, 0, sizeof(*p));
	if (text == NULL) {
		errlist_add(el, name, 0, NULL, NULL, "%s", e.text);
		return -1;
	}
	return plan_from_text(p, text, len, name, el);
}

void
plan_free(struct plan *p)
{
	free(p->specs);
	conf_free(&p->conf);
	free(p->text);
	memset(p, 0, sizeof(*p));
}

const char *
plan_fixed_changes(const struct plan *old, const struct plan *now_current, char *buf, size_t size)
{
	const struct conf_global *a = &old->conf->global, *b = &now_current->conf->global;
	const struct {
		const char *name;
		bool same;
	} fixed[] = {
	    {"user", text_same(a->user, b->user)},
	    {"group", text_same(a->group, b->group)},
	    {"chroot", text_same(a->chroot, b->chroot)},
	    {"threads", limits_threads(old->conf) == limits_threads(now_current->conf)},
	    {"pidfile", text_same(a->pidfile, b->pidfile)},
	    {"daemon", a->daemon == b->daemon},
	};
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (!fixed[i].same && len < size)
			len += (size_t)snprintf(buf + len, size - len, "%s%s", len > 0 ? ", " : "",
						fixed[i].name);
	}
	return buf;
}
