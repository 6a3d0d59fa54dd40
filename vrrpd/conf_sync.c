/*
 * conf_sync.c - [sync_group NAME]: which instances move together, and what counts for all of them.
 */
#include <string.h>

#include "vrrpd/conf_priv.h"

#define wrong(d, g, line, key, ...)                                                                \
	errlist_add((d)->el, (d)->conf->file, line, (g)->base.section, key, __VA_ARGS__)

static struct instance_draft *
find_instance(const struct conf_draft *d, const char *name)
{
	for (size_t i = 0; i < d->n_instances; i++)
		if (strcmp(d->instances[i].ic.name, name) == 0)
			return &d->instances[i];
	return NULL;
}

static bool
has_member(const struct sync_draft *g, const char *name)
{
	for (size_t i = 0; i < g->n_members; i++)
		if (strcmp(g->members[i].name, name) == 0)
			return true;
	return false;
}

void
conf_value_group(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct sync_draft *g = obj;
	char *rest, *text = arena_strdup(kc->arena, en->value);

	for (char *word = strtok_r(text, ", \t", &rest); word;
	     word = strtok_r(NULL, ", \t", &rest)) {
		if (has_member(g, word)) {
			key_error(kc, en, "'%s' stands twice", word);
			continue;
		}
		g->members = arena_grow(kc->arena, g->members, g->n_members, sizeof(*g->members));
		g->members[g->n_members++] = (struct track_ref){.name = word, .line = en->line};
	}
}

void
conf_sync_read(struct key_ctx *kc, const struct ini_section *sec, struct conf_draft *d)
{
	struct sync_draft g = {
	    .base = {.section = sec->title, .ic = {.name = sec->name, .line = sec->line}}};

	for (size_t i = 0; i < d->n_syncs; i++)
		if (strcmp(d->syncs[i].base.ic.name, sec->name) == 0)
			errlist_add(kc->el, kc->file, sec->line, sec->title, NULL,
				    "stands twice, first on line %d", d->syncs[i].base.ic.line);
	keytab_apply(sync_keys, kc, sec, &g);
	d->syncs = arena_grow(kc->arena, d->syncs, d->n_syncs, sizeof(g));
	d->syncs[d->n_syncs++] = g;
}

static void
unknown_member(struct conf_draft *d, const struct sync_draft *g, const struct track_ref *ref)
{
	const char **names = arena_alloc(d->conf->arena, (d->n_instances + 1) * sizeof(*names));
	const char *nearest;

	for (size_t i = 0; i < d->n_instances; i++)
		names[i] = d->instances[i].ic.name;
	nearest = names_nearest(names, ref->name);
	if (nearest)
		wrong(d, g, ref->line, "group", "there is no [instance %s], did you mean '%s'?",
		      ref->name, nearest);
	else
		wrong(d, g, ref->line, "group", "there is no [instance %s]", ref->name);
}

/* What the group tracks counts for each member, after the member's own. */
static void
add_tracks(struct conf_draft *d, const struct sync_draft *g, struct instance_draft *in)
{
	for (size_t i = 0; i < g->base.n_refs; i++) {
		bool known = false;

		for (size_t k = 0; k < in->n_refs; k++)
			known |= strcmp(in->refs[k].name, g->base.refs[i].name) == 0;
		if (known)
			continue;
		in->refs = arena_grow(d->conf->arena, in->refs, in->n_refs, sizeof(*in->refs));
		in->refs[in->n_refs++] = g->base.refs[i];
	}
}

static void
join(struct conf_draft *d, const struct sync_draft *g, const struct track_ref *ref)
{
	struct instance_draft *in = find_instance(d, ref->name);

	if (!in) {
		unknown_member(d, g, ref);
		return;
	}
	if (in->sync && in->sync != g) {
		wrong(d, g, ref->line, "group", "'%s' belongs to [%s] already, expected one group",
		      ref->name, in->sync->base.section);
		return;
	}
	in->sync = g;
	in->n_own_refs = in->n_refs;
	add_tracks(d, g, in);
}

static void
warn_of_differences(struct conf_draft *d, const struct sync_draft *g)
{
	const struct instance_draft *first = find_instance(d, g->members[0].name);

	for (size_t i = 1; i < g->n_members; i++) {
		const struct instance_draft *in = find_instance(d, g->members[i].name);

		if (!first || !in)
			continue;
		if (in->ic.nopreempt != first->ic.nopreempt)
			errlist_warn(d->el, d->conf->file, g->members[i].line, g->base.section,
				     "group",
				     "nopreempt differs between '%s' and '%s': the group preempts "
				     "only where all of them do",
				     first->ic.name, in->ic.name);
		if (in->ic.priority != first->ic.priority)
			errlist_warn(d->el, d->conf->file, g->members[i].line, g->base.section,
				     "group",
				     "priority differs between '%s' and '%s': the group moves only "
				     "when each of them may",
				     first->ic.name, in->ic.name);
	}
}

void
conf_sync_join(struct conf_draft *d)
{
	for (size_t i = 0; i < d->n_syncs; i++) {
		const struct sync_draft *g = &d->syncs[i];

		if (g->n_members == 1)
			errlist_warn(d->el, d->conf->file, g->members[0].line, g->base.section,
				     "group", "has one member, two or more were expected");
		for (size_t k = 0; k < g->n_members; k++)
			join(d, g, &g->members[k]);
		if (g->n_members > 1)
			warn_of_differences(d, g);
	}
}

/* Members of one group must not drift apart by their own trackers' weights, unless so wanted. */
void
conf_sync_weights(struct conf_draft *d, struct instance_draft *in)
{
	struct instance_conf *ic = &in->ic;
	size_t kept = 0;

	if (!in->sync || in->sync->tracking_weight)
		return;
	for (size_t i = 0; i < ic->n_tracks; i++) {
		if (i >= in->n_own_refs || ic->tracks[i].weight == 0) {
			ic->tracks[kept++] = ic->tracks[i];
			continue;
		}
		errlist_warn(d->el, d->conf->file, in->refs[i].line, in->section, "track",
			     "'%s' has a weight and is ignored in [%s], expected weight 0, or "
			     "sync_group_tracking_weight = yes",
			     ic->tracks[i].track->name, in->sync->base.section);
	}
	ic->n_tracks = kept;
}

void
conf_sync_take(struct conf_draft *d)
{
	struct vrrpd_conf *c = d->conf;

	c->syncs = arena_alloc(c->arena, (d->n_syncs + 1) * sizeof(*c->syncs));
	for (size_t i = 0; i < d->n_syncs; i++) {
		const struct sync_draft *g = &d->syncs[i];
		const struct instance_conf *ic = &g->base.ic;
		struct sync_conf *sc = &c->syncs[c->n_syncs++];

		*sc = (struct sync_conf){.name = ic->name,
					 .line = ic->line,
					 .notify_master = ic->notify_master,
					 .notify_backup = ic->notify_backup,
					 .notify_fault = ic->notify_fault,
					 .notify_stop = ic->notify_stop,
					 .notify = ic->notify,
					 .smtp_alert = ic->smtp_alert};
		sc->members = arena_alloc(c->arena, (g->n_members + 1) * sizeof(*sc->members));
		for (size_t k = 0; k < g->n_members; k++)
			sc->members[sc->n_members++] = g->members[k].name;
	}
}

const struct sync_conf *
vrrpd_conf_sync(const struct vrrpd_conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_syncs; i++)
		if (strcmp(c->syncs[i].name, name) == 0)
			return &c->syncs[i];
	return NULL;
}

const struct sync_conf *
vrrpd_conf_sync_of(const struct vrrpd_conf *c, const char *instance)
{
	for (size_t i = 0; i < c->n_syncs; i++)
		for (size_t k = 0; k < c->syncs[i].n_members; k++)
			if (strcmp(c->syncs[i].members[k], instance) == 0)
				return &c->syncs[i];
	return NULL;
}
