/*
 * registry_sync.c - who is in which sync group, and when a group is asked.
 *
 * A member's step only says that something changed: the group decides from the event loop, so that
 * its orders do not come back into the middle of that step.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/group.h"
#include "vrrpd/registry_priv.h"

static void
on_sync(evutil_socket_t fd, short what, void *arg)
{
	struct registry *r = arg;
	struct group *g;

	(void)fd;
	(void)what;
	TAILQ_FOREACH (g, &r->groups, link)
		group_decide(g);
}

static void
on_step(const struct instance *in, void *arg)
{
	const struct registry *r = arg;

	if (in->sync)
		event_active(r->sync, EV_TIMEOUT, 0);
}

static void
on_zero(const struct instance *in, void *arg)
{
	(void)arg;
	if (in->sync)
		group_heard_zero(in->sync, in);
}

static struct group *
find_group(const struct registry *r, const char *name)
{
	struct group *g;

	TAILQ_FOREACH (g, &r->groups, link)
		if (strcmp(g->conf->name, name) == 0)
			return g;
	return NULL;
}

/* New groups, so that what follows cannot fail; they have no members yet. */
int
registry_prepare_syncs(struct registry *r, const struct vrrpd_conf *conf, struct err *e)
{
	for (size_t i = 0; i < conf->n_syncs; i++) {
		struct group *g = find_group(r, conf->syncs[i].name);

		if (g)
			continue;
		g = group_new(&r->world, &conf->syncs[i], e);
		if (!g)
			return -1;
		TAILQ_INSERT_TAIL(&r->groups, g, link);
	}
	return 0;
}

static void
drop_group(struct registry *r, struct group *g)
{
	TAILQ_REMOVE(&r->groups, g, link);
	group_free(&g);
}

void
registry_keep_syncs(struct registry *r, const struct vrrpd_conf *conf)
{
	struct group *g = TAILQ_FIRST(&r->groups), *next;

	for (; g; g = next) {
		next = TAILQ_NEXT(g, link);
		if (!conf || !vrrpd_conf_sync(conf, g->conf->name))
			drop_group(r, g);
	}
}

static void
assign_members(struct registry *r, struct group *g, struct instance **list)
{
	struct member *m;
	size_t n = 0;

	TAILQ_FOREACH (m, &r->members, link) {
		const struct sync_conf *sc =
		    m->leaving ? NULL : vrrpd_conf_sync_of(r->now->conf, m->in->conf->name);

		if (sc == g->conf)
			list[n++] = m->in;
	}
	group_set_members(g, list, n);
}

void
registry_assign_syncs(struct registry *r)
{
	struct instance **list;
	struct member *m;
	struct group *g;
	size_t n = 0;

	TAILQ_FOREACH (m, &r->members, link)
		n++;
	list = calloc(n + 1, sizeof(struct instance *));
	if (!list)
		abort(); /* groups would point into a configuration that goes */
	TAILQ_FOREACH (g, &r->groups, link) {
		const struct sync_conf *sc = vrrpd_conf_sync(r->now->conf, g->conf->name);

		if (!sc)
			continue;
		g->conf = sc;
		assign_members(r, g, list);
	}
	free(list);
	/* now those that are gone: who waited in one waits in another, or has no group at all */
	registry_keep_syncs(r, r->now->conf);
	event_active(r->sync, EV_TIMEOUT, 0);
}

bool
registry_syncs_at_rest(const struct registry *r)
{
	struct group *g;

	TAILQ_FOREACH (g, &r->groups, link)
		if (!group_at_rest(g))
			return false;
	return true;
}

int
registry_open_syncs(struct registry *r, struct err *e)
{
	r->world.on_step = on_step;
	r->world.on_zero = on_zero;
	r->sync = event_new(r->base, -1, 0, on_sync, r);
	return r->sync ? 0 : err_set(e, "out of memory");
}

void
registry_close_syncs(struct registry *r)
{
	registry_keep_syncs(r, NULL);
	if (r->sync)
		event_free(r->sync);
	r->sync = NULL;
}
