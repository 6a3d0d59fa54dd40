/*
 * registry_reload.c - from one configuration to the next, all of it or nothing.
 *
 * First everything that can fail is made beside what runs (new trackers, new instances with their
 * sockets); only then is anything changed, and from there nothing fails.  An instance whose
 * identity changed leaves politely, and its successor of the same name starts when it is at rest.
 */
#include <stdlib.h>

#include "vrrpd/firewall.h"
#include "vrrpd/herald.h"
#include "vrrpd/registry_priv.h"
#include "vrrpd/statefile.h"
#include "vrrpd/statics.h"
#include "vrrpd/track.h"

struct reload {
	struct registry *r;
	struct arena *arena;
	struct conf_diff diff;
	struct generation *gen;
	struct member **made; /* by index of diff.instances; NULL: nothing made */
	struct tracker **trackers;
};

static struct generation *
generation_new(struct vrrpd_conf *conf)
{
	struct generation *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->conf = conf;
	g->refs = 1;
	return g;
}

static bool
needs_new_member(const struct instance_diff *d)
{
	return d->change == CONF_NEW || (d->change == CONF_CHANGED && (d->what & DIFF_IDENTITY));
}

static struct member *
find_member(const struct registry *r, const struct instance_conf *ic)
{
	struct member *m;

	TAILQ_FOREACH (m, &r->members, link)
		if (m->in->conf == ic && !m->leaving)
			return m;
	return NULL;
}

static struct tracker *
find_tracker(const struct registry *r, const char *name)
{
	struct track *track = registry_track(r, name);
	struct tracker *t;

	TAILQ_FOREACH (t, &r->trackers, link)
		if (t->track == track)
			return t;
	return NULL;
}

static int
prepare(struct reload *rl, struct err *e)
{
	if (registry_prepare_syncs(rl->r, rl->gen->conf, e) < 0)
		return -1;
	for (size_t i = 0; i < rl->diff.n_tracks; i++) {
		if (rl->diff.tracks[i].change != CONF_NEW)
			continue;
		rl->trackers[i] = tracker_new(rl->r, rl->diff.tracks[i].after, e);
		if (!rl->trackers[i])
			return -1;
	}
	for (size_t i = 0; i < rl->diff.n_instances; i++) {
		const struct instance_diff *d = &rl->diff.instances[i];

		if (!needs_new_member(d))
			continue;
		rl->made[i] = member_new(rl->r, d->after, rl->gen, e);
		if (!rl->made[i] || registry_refresh(rl->r, rl->made[i], true, e) < 0)
			return -1;
	}
	return 0;
}

static void
undo(struct reload *rl)
{
	registry_keep_syncs(rl->r, rl->r->now->conf);
	for (size_t i = 0; i < rl->diff.n_instances; i++)
		if (rl->made[i])
			member_free(rl->r, &rl->made[i]);
	for (size_t i = 0; i < rl->diff.n_tracks; i++)
		if (rl->trackers[i])
			tracker_free(rl->r, &rl->trackers[i]);
	registry_drop_unused_sockets(rl->r);
}

static void
keep_member(struct reload *rl, const struct instance_diff *d)
{
	struct member *m = find_member(rl->r, d->before);
	size_t n = d->after->n_tracks;
	struct track **tracks = arena_alloc(rl->arena, (n + 1) * sizeof(struct track *));
	struct generation *old = m->gen;
	struct err e;

	n = registry_tracks_of(rl->r, d->after, tracks, n);
	m->gen = generation_ref(rl->gen);
	instance_set_conf(m->in, d->after, d->what, tracks, n);
	generation_unref(&old);
	if (d->what & (DIFF_PARAMS | DIFF_WIRE | DIFF_VIPS | DIFF_EXCLUDED))
		registry_refresh(rl->r, m, false, &e); /* another source, perhaps */
}

static void
dismiss_member(struct reload *rl, const struct instance_diff *d, struct member *successor)
{
	struct member *m = find_member(rl->r, d->before);

	m->leaving = true;
	m->in->deleted = !successor;
	if (successor) {
		successor->waits_for = m;
		successor->held_back = true;
	}
	log_notice("%s: leaves%s", d->before->name, successor ? " to begin anew" : "");
	instance_stop(m->in);
	registry_sweep_soon(rl->r);
}

static void
commit_instances(struct reload *rl)
{
	for (size_t i = 0; i < rl->diff.n_instances; i++) {
		const struct instance_diff *d = &rl->diff.instances[i];

		if (d->change == CONF_DROP || (d->change == CONF_CHANGED && rl->made[i]))
			dismiss_member(rl, d, rl->made[i]);
		else if (d->change == CONF_KEEP || d->change == CONF_CHANGED)
			keep_member(rl, d);
	}
	for (size_t i = 0; i < rl->diff.n_instances; i++)
		if (rl->made[i] && !rl->made[i]->waits_for)
			instance_start(rl->made[i]->in);
}

static void
commit_trackers(struct reload *rl)
{
	for (size_t i = 0; i < rl->diff.n_tracks; i++) {
		const struct track_diff *d = &rl->diff.tracks[i];
		struct tracker *t = rl->trackers[i];

		switch (d->change) {
		case CONF_NEW:
			track_start(t->track);
			break;
		case CONF_KEEP:
		case CONF_CHANGED:
			t = find_tracker(rl->r, d->after->name);
			track_set_conf(t->track, d->after, d->change == CONF_CHANGED);
			break;
		case CONF_DROP:
			t = find_tracker(rl->r, d->before->name);
			tracker_free(rl->r, &t);
			break;
		}
	}
}

/* That the user exists was checked with the configuration. */
static void
take_global(struct registry *r, const struct global_conf *g)
{
	struct spawn_ids ids = {.is_set = false};
	struct err e;

	if (g->script_user && spawn_find_ids(g->script_user, &ids, &e) < 0) {
		log_err("script_user: %s, commands run as nobody", e.text);
		ids = (struct spawn_ids){.is_set = true, .uid = 65534, .gid = 65534};
	}
	r->world.notify_timeout = g->notify_timeout;
	r->world.script_ids = ids;
	r->track_world.script_ids = ids;
	herald_set_conf(r->world.herald, g, &ids);
}

static int
change_generation(struct reload *rl, struct err *e)
{
	struct registry *r = rl->r;
	struct generation *before = r->now;

	if (prepare(rl, e) < 0 || firewall_set(r->firewall, rl->gen->conf, e) < 0) {
		undo(rl);
		return -1;
	}
	take_global(r, &rl->gen->conf->global);
	registry_set_delays(r, &rl->gen->conf->global);
	statics_set(r->statics, &rl->gen->conf->global.statics);
	commit_instances(rl);
	registry_watch_routes(r);
	commit_trackers(rl);
	registry_set_lag(r, rl->gen->conf);
	statefile_move(r->world.states, rl->gen->conf->global.stats_socket);
	r->now = generation_ref(rl->gen);
	registry_assign_syncs(r);
	generation_unref(&before);
	if (rl->diff.syncs)
		log_notice("sync groups changed");
	if (rl->diff.statics)
		log_notice("static addresses, routes and rules changed");
	registry_tune_sockets(r);
	registry_look_for_foreign(r);
	if (rl->gen->conf->global.tell.fifo_on_reload)
		registry_tell_all(r);
	return 0;
}

int
registry_reload(struct registry *r, struct vrrpd_conf *conf, struct err *e)
{
	struct reload rl = {.r = r, .arena = arena_new(), .gen = generation_new(conf)};
	int result = -1;

	if (rl.gen) {
		conf_diff(rl.arena, r->now->conf, conf, &rl.diff);
		rl.made =
		    arena_alloc(rl.arena, (rl.diff.n_instances + 1) * sizeof(struct member *));
		rl.trackers =
		    arena_alloc(rl.arena, (rl.diff.n_tracks + 1) * sizeof(struct tracker *));
		result = change_generation(&rl, e);
		if (result < 0)
			rl.gen->conf = NULL; /* the caller's still */
		generation_unref(&rl.gen);
	} else {
		err_set(e, "out of memory");
	}
	arena_free(&rl.arena);
	return result;
}

static int
make_members(struct registry *r, struct generation *gen, struct err *e)
{
	const struct vrrpd_conf *conf = gen->conf;
	struct member *m;

	r->world.states = statefile_new(conf->global.stats_socket);
	if (!r->world.states)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < conf->n_tracks; i++)
		if (!tracker_new(r, &conf->tracks[i], e))
			return -1;
	for (size_t i = 0; i < conf->n_instances; i++)
		if (!member_new(r, &conf->instances[i], gen, e))
			return -1;
	if (registry_prepare_syncs(r, conf, e) < 0)
		return -1;
	TAILQ_FOREACH (m, &r->members, link)
		instance_recall(m->in);
	return 0;
}

/* What a predecessor left behind goes, what we hear with comes. */
static int
prepare_host(struct registry *r, const struct vrrpd_conf *conf, struct err *e)
{
	struct member *m;

	registry_remove_old_routes(r);
	registry_remove_left_overs(r);
	statics_remove_left_overs(r->statics, &conf->global.statics);
	statics_set(r->statics, &conf->global.statics);
	registry_watch_routes(r);
	registry_set_delays(r, &conf->global);
	if (firewall_set(r->firewall, conf, e) < 0)
		return -1;
	TAILQ_FOREACH (m, &r->members, link)
		if (registry_refresh(r, m, true, e) < 0)
			return -1;
	return 0;
}

static void
start_members(struct registry *r, const struct vrrpd_conf *conf)
{
	struct tracker *t;
	struct member *m;

	registry_assign_syncs(r);
	registry_tune_sockets(r);
	registry_look_for_foreign(r);
	registry_set_lag(r, conf);
	registry_delay_claims(r, &conf->global);
	TAILQ_FOREACH (m, &r->members, link)
		instance_start(m->in);
	TAILQ_FOREACH (t, &r->trackers, link)
		track_start(t->track);
}

static void
drop_members(struct registry *r)
{
	struct tracker *t;
	struct member *m;

	registry_keep_syncs(r, NULL);
	statics_set(r->statics, NULL);
	while ((m = TAILQ_FIRST(&r->members)) != NULL)
		member_free(r, &m);
	while ((t = TAILQ_FIRST(&r->trackers)) != NULL)
		tracker_free(r, &t);
}

int
registry_start(struct registry *r, struct vrrpd_conf *conf, struct err *e)
{
	struct generation *gen = generation_new(conf);

	if (!gen)
		return err_set(e, "out of memory");
	take_global(r, &conf->global);
	if (make_members(r, gen, e) < 0 || prepare_host(r, conf, e) < 0) {
		drop_members(r);
		gen->conf = NULL; /* the caller's still */
		generation_unref(&gen);
		return -1;
	}
	r->now = gen;
	start_members(r, conf);
	return 0;
}
