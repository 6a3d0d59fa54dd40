/*
 * conf_check.c - what must fit together in vrrpd.conf: between keys, instances and trackers.
 *
 * Every mistake that would show up as two masters, or as none, is refused here and not at run time.
 */
#include "vrrpd/conf_priv.h"

#include <net/if.h>
#include <string.h>

#define V2_INTERVAL_MAX  (255 * USEC_PER_SEC)
#define V3_INTERVAL_STEP (10 * USEC_PER_MS)
#define V3_INTERVAL_MAX  (4095 * V3_INTERVAL_STEP)

#define wrong(d, in, line, key, ...)                                                               \
	errlist_add((d)->el, (d)->conf->file, line, (in)->section, key, __VA_ARGS__)

/* Two names of one thing: nopreempt, as keepalived says it, and its opposite. */
static void
check_preempt(struct conf_draft *d, struct instance_draft *in)
{
	if (!in->line_preempt)
		return;
	if (in->line_nopreempt && in->preempt == in->ic.nopreempt)
		wrong(d, in, in->line_preempt, "preempt",
		      "contradicts nopreempt (line %d), expected one of the two",
		      in->line_nopreempt);
	if (!in->line_nopreempt)
		in->line_nopreempt = in->line_preempt;
	in->ic.nopreempt = !in->preempt;
}

static void
check_priority(struct conf_draft *d, const struct instance_draft *in)
{
	if (in->ic.owner_ignore_adverts && in->ic.priority != VRRP_PRIORITY_OWNER)
		wrong(d, in, in->line_owner_ignore, "owner_ignore_adverts",
		      "is for the owner of the address, expected priority = 255");
	if (in->ic.priority == VRRP_PRIORITY_OWNER && !in->ic.wants_master)
		wrong(d, in, in->line_priority, "priority",
		      "255 is for the owner of the address (state = MASTER), expected 1 to 254");
	if (!in->ic.nopreempt)
		return;
	if (in->ic.wants_master)
		wrong(d, in, in->line_nopreempt, "nopreempt",
		      "contradicts state = MASTER (line %d), expected state = BACKUP",
		      in->line_state);
	if (in->line_preempt_delay)
		wrong(d, in, in->line_preempt_delay, "preempt_delay",
		      "contradicts nopreempt (line %d), expected one of the two",
		      in->line_nopreempt);
}

static void
check_interval(struct conf_draft *d, const struct instance_draft *in)
{
	usec_t interval = in->ic.advert_int;

	if (in->ic.version == 2) {
		if (interval % USEC_PER_SEC || interval < USEC_PER_SEC ||
		    interval > V2_INTERVAL_MAX)
			wrong(d, in, in->line_advert_int, "advert_int",
			      "version 2 counts whole seconds, expected 1s to 255s");
		return;
	}
	if (interval % V3_INTERVAL_STEP || interval < V3_INTERVAL_STEP ||
	    interval > V3_INTERVAL_MAX)
		wrong(d, in, in->line_advert_int, "advert_int",
		      "version 3 counts hundredths of a second, expected 10ms to 40950ms in steps "
		      "of 10ms");
}

static void
check_takeover(struct conf_draft *d, struct instance_draft *in)
{
	if (!in->line_down_timer)
		in->ic.down_timer_adverts = d->conf->global.down_timer_adverts;
	if (in->ic.fast_takeover && in->ic.n_unicast_peers > 1)
		errlist_warn(d->el, d->conf->file, in->line_fast_takeover, in->section,
			     "fast_takeover",
			     "%zu other routers: set it on the first successor only, or several "
			     "will be master for a moment",
			     in->ic.n_unicast_peers);
}

/* The excluded ones behind the advertised. */
static void
join_excluded(struct conf_draft *d, struct instance_draft *in)
{
	struct instance_conf *ic = &in->ic;
	struct vip_conf *all =
	    arena_alloc(d->conf->arena, (ic->n_vips + in->n_excluded + 1) * sizeof(*all));

	for (size_t i = 0; i < ic->n_vips; i++)
		all[i] = ic->vips[i];
	for (size_t i = 0; i < in->n_excluded; i++)
		all[ic->n_vips + i] = in->excluded[i];
	ic->vips = all;
	ic->n_held = ic->n_vips + in->n_excluded;
}

static void
check_vips(struct conf_draft *d, const struct instance_draft *in)
{
	const struct instance_conf *ic = &in->ic;

	if (ic->n_vips > VRRP_ADDRS_MAX)
		wrong(d, in, ic->vips[VRRP_ADDRS_MAX].line, "virtual_ipaddress",
		      "%zu addresses, expected at most %d", ic->n_vips, VRRP_ADDRS_MAX);
	for (size_t i = 0; i < ic->n_held; i++) {
		const struct vip_conf *vip = &ic->vips[i];
		const char *key =
		    i < ic->n_vips ? "virtual_ipaddress" : "virtual_ipaddress_excluded";
		const char *dev = vip->dev ? vip->dev : ic->interface;

		if (vip->label && dev && !conf_label_fits(vip->label, dev))
			wrong(d, in, vip->line, key,
			      "label '%s' does not fit its interface, expected '%s:...'",
			      vip->label, dev);
	}
}

static void
check_accept(struct conf_draft *d, struct instance_draft *in)
{
	if (in->line_accept && in->line_no_accept && in->ic.accept == in->no_accept)
		wrong(d, in, in->line_no_accept, "no_accept",
		      "contradicts accept (line %d), expected one of the two", in->line_accept);
	in->ic.accept &= !in->no_accept;
	if (!in->ic.accept && in->ic.priority == VRRP_PRIORITY_OWNER)
		errlist_warn(d->el, d->conf->file,
			     in->line_no_accept ? in->line_no_accept : in->line_accept, in->section,
			     in->line_no_accept ? "no_accept" : "accept",
			     "the owner of an address (priority 255) accepts packets to it");
}

static const struct track_conf *
find_track(const struct vrrpd_conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_tracks; i++)
		if (strcmp(c->tracks[i].name, name) == 0)
			return &c->tracks[i];
	return NULL;
}

static void
unknown_track(struct conf_draft *d, const struct instance_draft *in, const struct track_ref *ref)
{
	const struct vrrpd_conf *c = d->conf;
	const char **names = arena_alloc(c->arena, (c->n_tracks + 1) * sizeof(*names));
	const char *nearest;

	for (size_t i = 0; i < c->n_tracks; i++)
		names[i] = c->tracks[i].name;
	nearest = names_nearest(names, ref->name);
	if (nearest)
		wrong(d, in, ref->line, "track", "there is no [track %s], did you mean '%s'?",
		      ref->name, nearest);
	else
		wrong(d, in, ref->line, "track", "there is no [track %s]", ref->name);
}

/* With a weight nothing is in FAULT, and nopreempt lets no lower master go. */
static void
warn_weight(struct conf_draft *d, const struct instance_draft *in, const struct track_ref *ref,
	    const struct track_use *use)
{
	if (use->weight == 0 || !in->ic.nopreempt)
		return;
	errlist_warn(d->el, d->conf->file, ref->line, in->section, "track",
		     "weight %d never moves the address with nopreempt, weight 0 would",
		     use->weight);
}

static void
check_tracks(struct conf_draft *d, struct instance_draft *in)
{
	struct instance_conf *ic = &in->ic;

	ic->tracks = arena_alloc(d->conf->arena, (in->n_refs + 1) * sizeof(*ic->tracks));
	for (size_t i = 0; i < in->n_refs; i++) {
		const struct track_ref *ref = &in->refs[i];
		const struct track_conf *t = find_track(d->conf, ref->name);
		struct track_use *use = &ic->tracks[ic->n_tracks];

		if (!t) {
			unknown_track(d, in, ref);
			continue;
		}
		*use = (struct track_use){
		    .track = t,
		    .weight = ref->has_weight ? ref->weight : t->weight,
		    .reverse = ref->has_weight ? ref->reverse : t->reverse,
		};
		ic->n_tracks++;
		if (t->kind != TRACK_FILE &&
		    (use->weight > TRACK_WEIGHT_MAX || use->weight < -TRACK_WEIGHT_MAX))
			wrong(d, in, ref->line, "track", "'%d' is not a number from %d to %d",
			      use->weight, -TRACK_WEIGHT_MAX, TRACK_WEIGHT_MAX);
		warn_weight(d, in, ref, use);
	}
	if (ic->recover && in->n_refs == 0)
		wrong(d, in, in->line_recover, "recover",
		      "needs a track that says when it is over");
}

/* Two instances must not be one virtual router, nor own one address. */
static void
check_pair(struct conf_draft *d, const struct instance_draft *a, const struct instance_draft *b)
{
	if (a->ic.interface && b->ic.interface && a->ic.virtual_router_id &&
	    a->ic.family == b->ic.family && a->ic.virtual_router_id == b->ic.virtual_router_id &&
	    strcmp(a->ic.interface, b->ic.interface) == 0)
		wrong(d, b, b->line_vrid, "virtual_router_id",
		      "%d on %s belongs to [%s] (line %d), expected another",
		      b->ic.virtual_router_id, b->ic.interface, a->section, a->line_vrid);
	for (size_t i = 0; i < b->ic.n_held; i++)
		for (size_t k = 0; k < a->ic.n_held; k++)
			if (addr_ip_equal(&b->ic.vips[i].addr, &a->ic.vips[k].addr))
				wrong(d, b, b->ic.vips[i].line, "virtual_ipaddress",
				      "an address of [%s] (line %d) stands here again", a->section,
				      a->ic.vips[k].line);
}

/* The kernel has one place for each; two instances would take it from each other. */
static void
check_pair_routes(struct conf_draft *d, const struct instance_draft *a,
		  const struct instance_draft *b)
{
	for (size_t i = 0; i < b->ic.n_routes; i++)
		for (size_t k = 0; k < a->ic.n_routes; k++)
			if (route_same_place(&b->ic.routes[i], &a->ic.routes[k]))
				wrong(d, b, b->ic.routes[i].line, "virtual_routes",
				      "'%s' has the place of a route of [%s] (line %d)",
				      b->ic.routes[i].text, a->section, a->ic.routes[k].line);
	for (size_t i = 0; i < b->ic.n_rules; i++)
		for (size_t k = 0; k < a->ic.n_rules; k++)
			if (rule_confusable(&b->ic.rules[i], &a->ic.rules[k]))
				wrong(d, b, b->ic.rules[i].line, "virtual_rules",
				      "the kernel cannot tell '%s' from a rule of [%s] (line %d), "
				      "expected another priority",
				      b->ic.rules[i].text, a->section, a->ic.rules[k].line);
}

void
conf_check(struct conf_draft *d)
{
	if (d->n_instances == 0 && d->el->n_errors == 0)
		errlist_add(d->el, d->conf->file, 0, NULL, NULL,
			    "no instance, expected at least one [instance NAME]");
	conf_garp_defaults(d);
	conf_sync_join(d);
	conf_check_tell(d);
	for (size_t i = 0; i < d->n_instances; i++) {
		struct instance_draft *in = &d->instances[i];

		conf_global_defaults(d, in);
		check_preempt(d, in);
		conf_garp_resolve(d, in);
		check_priority(d, in);
		check_takeover(d, in);
		check_interval(d, in);
		conf_check_auth(d, in);
		conf_wire_check(d, in);
		join_excluded(d, in);
		check_vips(d, in);
		check_accept(d, in);
		conf_delay_check(d, in);
		check_tracks(d, in);
		conf_check_witness(d, in);
		conf_sync_weights(d, in);
		conf_static_check(d, in);
		for (size_t k = 0; k < i; k++)
			check_pair(d, &d->instances[k], in);
		for (size_t k = 0; k < i; k++)
			check_pair_routes(d, &d->instances[k], in);
	}
}
