/*
 * registry.c - all instances of this host and what they share: members, trackers, generations.
 *
 * Nothing is freed within a callback of what would be freed: those who stop say so, and the sweep
 * comes by from the event loop.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/firewall.h"
#include "vrrpd/group.h"
#include "vrrpd/herald.h"
#include "vrrpd/notify.h"
#include "vrrpd/registry_priv.h"
#include "vrrpd/statefile.h"
#include "vrrpd/statics.h"
#include "vrrpd/track.h"

/* Beyond the commands' own limit, before the daemon leaves without having heard of everybody. */
#define STOP_MARGIN (3 * USEC_PER_SEC)

/* --- generations ------------------------------------------------------------------------------ */

struct generation *
generation_ref(struct generation *g)
{
	g->refs++;
	return g;
}

void
generation_unref(struct generation **g)
{
	struct generation *gen = *g;

	*g = NULL;
	if (!gen || --gen->refs > 0)
		return;
	vrrpd_conf_free(&gen->conf);
	free(gen);
}

/* --- trackers --------------------------------------------------------------------------------- */

static void
on_verdict(struct track *t, void *arg)
{
	struct registry *r = arg;
	struct member *m;

	TAILQ_FOREACH (m, &r->members, link) {
		for (size_t i = 0; i < m->in->n_tracks; i++) {
			if (m->in->tracks[i] != t)
				continue;
			instance_weigh(m->in);
			break;
		}
	}
}

struct tracker *
tracker_new(struct registry *r, const struct track_conf *tc, struct err *e)
{
	struct tracker *t = calloc(1, sizeof(*t));

	if (!t) {
		err_set(e, "track %s: out of memory", tc->name);
		return NULL;
	}
	t->track = track_new(&r->track_world, tc, on_verdict, r, e);
	if (!t->track) {
		free(t);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&r->trackers, t, link);
	return t;
}

void
tracker_free(struct registry *r, struct tracker **t)
{
	TAILQ_REMOVE(&r->trackers, *t, link);
	track_stop((*t)->track);
	track_unref(&(*t)->track);
	free(*t);
	*t = NULL;
}

struct track *
registry_track(const struct registry *r, const char *name)
{
	const struct tracker *t;

	TAILQ_FOREACH (t, &r->trackers, link)
		if (strcmp(track_name(t->track), name) == 0)
			return t->track;
	return NULL;
}

size_t
registry_tracks_of(const struct registry *r, const struct instance_conf *ic, struct track **out,
		   size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < ic->n_tracks && n < max; i++) {
		out[n] = registry_track(r, ic->tracks[i].track->name);
		n += out[n] != NULL;
	}
	return n;
}

/* --- members ---------------------------------------------------------------------------------- */

struct member *
member_new(struct registry *r, const struct instance_conf *ic, struct generation *gen,
	   struct err *e)
{
	struct member *m = calloc(1, sizeof(*m));
	struct track **tracks = calloc(ic->n_tracks + 1, sizeof(struct track *));

	if (!m || !tracks) {
		err_set(e, "instance %s: out of memory", ic->name);
		goto fail;
	}
	m->in = instance_new(&r->world, ic, e);
	if (!m->in)
		goto fail;
	instance_set_tracks(m->in, tracks, registry_tracks_of(r, ic, tracks, ic->n_tracks));
	free(tracks);
	m->gen = generation_ref(gen);
	TAILQ_INSERT_TAIL(&r->members, m, link);
	return m;
fail:
	free(tracks);
	free(m);
	return NULL;
}

void
member_free(struct registry *r, struct member **member)
{
	struct member *m = *member, *other;

	TAILQ_REMOVE(&r->members, m, link);
	TAILQ_FOREACH (other, &r->members, link)
		if (other->waits_for == m)
			other->waits_for = m->waits_for; /* whom that one waited for itself */
	instance_free(&m->in);
	generation_unref(&m->gen);
	free(m);
	*member = NULL;
}

static bool
held_by_other(const struct instance *in, int ifindex, const struct addr *vip, void *arg)
{
	const struct registry *r = arg;
	const struct member *m;

	TAILQ_FOREACH (m, &r->members, link)
		if (m->in != in && instance_holds(m->in, ifindex, vip))
			return true;
	return false;
}

static void
look_for_foreign(void *arg)
{
	registry_look_for_foreign(arg);
}

/* --- who is at rest --------------------------------------------------------------------------- */

void
registry_sweep_soon(struct registry *r)
{
	event_active(r->sweep, EV_TIMEOUT, 0);
}

static void
on_rest(struct instance *in, void *arg)
{
	if (in->stopped)
		registry_sweep_soon(arg);
}

static void
tell_stopped(struct registry *r)
{
	if (r->told)
		return;
	r->told = true;
	r->on_stopped(r->arg);
}

static struct member *
find_leaver_at_rest(const struct registry *r)
{
	struct member *m;

	TAILQ_FOREACH (m, &r->members, link)
		if (m->leaving && instance_at_rest(m->in))
			return m;
	return NULL;
}

static void
start_successors(struct registry *r)
{
	struct member *m;

	TAILQ_FOREACH (m, &r->members, link) {
		if (!m->held_back || m->waits_for || m->leaving)
			continue;
		m->held_back = false;
		instance_start(m->in);
	}
}

static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct registry *r = arg;
	struct member *m;
	bool all_rest = registry_syncs_at_rest(r);

	(void)fd;
	(void)what;
	while (!r->stopping && (m = find_leaver_at_rest(r)) != NULL) {
		member_free(r, &m);
		start_successors(r);
	}
	registry_drop_unused_sockets(r);
	registry_tune_sockets(r);
	TAILQ_FOREACH (m, &r->members, link)
		all_rest &= instance_at_rest(m->in);
	if (r->stopping && all_rest && herald_idle(r->world.herald))
		tell_stopped(r);
}

static void
on_stop_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	log_warn("stopping took too long, the rest is cut short");
	tell_stopped(arg);
}

void
registry_stop(struct registry *r)
{
	usec_t limit = STOP_MARGIN + (r->stopping ? 0 : r->world.notify_timeout);
	struct timeval tv = {.tv_sec = limit / USEC_PER_SEC, .tv_usec = limit % USEC_PER_SEC};
	struct member *m;

	/* asked again: nobody waits for a command that hangs */
	if (!r->hurried)
		evtimer_add(r->stop_timer, &tv);
	r->hurried = r->stopping;
	r->stopping = r->world.stopping = true;
	TAILQ_FOREACH (m, &r->members, link)
		instance_stop(m->in);
	registry_sweep_soon(r);
}

/* --- life ------------------------------------------------------------------------------------- */

void
registry_tell_all(const struct registry *r)
{
	const struct group *g;
	const struct member *m;

	TAILQ_FOREACH (m, &r->members, link)
		if (!m->leaving)
			instance_tell_state(m->in);
	TAILQ_FOREACH (g, &r->groups, link)
		group_tell_state(g);
}

static void
on_reader(void *arg)
{
	registry_tell_all(arg);
}

static void
on_mail_sent(void *arg)
{
	registry_sweep_soon(arg); /* the end may wait for it */
}

struct registry *
registry_new(struct event_base *base, void (*on_stopped)(void *arg), void *arg, struct err *e)
{
	static const struct herald_calls calls = {.replay = on_reader, .on_idle = on_mail_sent};
	struct registry *r = calloc(1, sizeof(*r));

	if (!r) {
		err_set(e, "out of memory");
		return NULL;
	}
	TAILQ_INIT(&r->members);
	TAILQ_INIT(&r->delayed);
	TAILQ_INIT(&r->trackers);
	TAILQ_INIT(&r->groups);
	LIST_INIT(&r->records);
	r->base = base;
	r->on_stopped = on_stopped;
	r->arg = arg;
	r->world = (struct world){.base = base,
				  .records = &r->records,
				  .lane = notify_lane_new(),
				  .held_by_other = held_by_other,
				  .look_for_foreign = look_for_foreign,
				  .on_rest = on_rest,
				  .arg = r};
	r->track_world = (struct track_world){.base = base, .links = &r->links};
	r->sweep = event_new(base, -1, 0, on_sweep, r);
	r->stop_timer = evtimer_new(base, on_stop_limit, r);
	r->world.herald = herald_new(base, &calls, r);
	if (!r->sweep || !r->stop_timer || !r->world.lane || !r->world.herald)
		err_set(e, "out of memory");
	else if (registry_open_time(r, e) == 0 && registry_open_syncs(r, e) == 0 &&
		 registry_open_net(r, e) == 0 && (r->firewall = firewall_new(base, e)) != NULL)
		return r;
	registry_free(&r);
	return NULL;
}

void
registry_free(struct registry **registry)
{
	struct registry *r = *registry;
	struct tracker *t;
	struct member *m;

	if (!r)
		return;
	registry_close_syncs(r);
	while ((m = TAILQ_FIRST(&r->members)) != NULL)
		member_free(r, &m);
	while ((t = TAILQ_FIRST(&r->trackers)) != NULL)
		tracker_free(r, &t);
	notify_lane_free(&r->world.lane);
	herald_free(&r->world.herald);
	record_list_free(&r->records);
	statics_free(&r->statics);
	generation_unref(&r->now);
	firewall_free(&r->firewall);
	registry_free_delays(r);
	statefile_free(&r->world.states);
	registry_close_net(r);
	if (r->sweep)
		event_free(r->sweep);
	if (r->stop_timer)
		event_free(r->stop_timer);
	registry_close_time(r);
	free(r);
	*registry = NULL;
}

const struct vrrpd_conf *
registry_conf(const struct registry *r)
{
	return r->now ? r->now->conf : NULL;
}

struct instance *
registry_find(const struct registry *r, const char *name)
{
	const struct member *m;

	TAILQ_FOREACH (m, &r->members, link)
		if (!m->leaving && strcmp(m->in->conf->name, name) == 0)
			return m->in;
	return NULL;
}
