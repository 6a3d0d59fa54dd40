/*
 * conf_diff.c - what a reload changes, so that what it does not change is not disturbed.  Pure.
 */
#include "vrrpd/conf.h"

#include <string.h>

#include "common/names.h"
#include "vrrpd/conf_priv.h"

static bool
same_addr(const struct addr *a, const struct addr *b)
{
	if (a->len == 0 || b->len == 0)
		return a->len == b->len;
	return addr_equal(a, b);
}

/* Whether its addresses are the host's own decides what may be done to them. */
static bool
is_owner(const struct instance_conf *ic)
{
	return ic->priority == VRRP_PRIORITY_OWNER;
}

static bool
same_identity(const struct instance_conf *a, const struct instance_conf *b)
{
	return is_owner(a) == is_owner(b) && strcmp(a->interface, b->interface) == 0 &&
	       a->family == b->family && a->virtual_router_id == b->virtual_router_id &&
	       a->version == b->version && (a->n_unicast_peers == 0) == (b->n_unicast_peers == 0);
}

bool
vip_conf_equal(const struct vip_conf *a, const struct vip_conf *b)
{
	return same_addr(&a->addr, &b->addr) && a->prefix_len == b->prefix_len &&
	       text_same(a->dev, b->dev) && text_same(a->label, b->label) &&
	       same_addr(&a->broadcast, &b->broadcast) && same_addr(&a->peer, &b->peer) &&
	       a->scope == b->scope && a->flags == b->flags && a->preferred_s == b->preferred_s &&
	       a->no_track == b->no_track;
}

static bool
same_vips(const struct vip_conf *a, size_t n_a, const struct vip_conf *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (!vip_conf_equal(&a[i], &b[i]))
			return false;
	return true;
}

static bool
same_routes(const struct instance_conf *a, const struct instance_conf *b)
{
	if (a->n_routes != b->n_routes || a->n_rules != b->n_rules)
		return false;
	for (size_t i = 0; i < a->n_routes; i++)
		if (!route_equal(&a->routes[i], &b->routes[i]) ||
		    a->routes[i].no_track != b->routes[i].no_track)
			return false;
	for (size_t i = 0; i < a->n_rules; i++)
		if (!rule_equal(&a->rules[i], &b->rules[i]) ||
		    a->rules[i].no_track != b->rules[i].no_track)
			return false;
	return true;
}

static bool
same_params(const struct instance_conf *a, const struct instance_conf *b)
{
	return a->advert_int == b->advert_int && a->nopreempt == b->nopreempt &&
	       a->preempt_delay == b->preempt_delay &&
	       a->down_timer_adverts == b->down_timer_adverts &&
	       a->lower_prio_no_advert == b->lower_prio_no_advert &&
	       a->higher_prio_send_advert == b->higher_prio_send_advert &&
	       a->owner_ignore_adverts == b->owner_ignore_adverts &&
	       a->fast_takeover == b->fast_takeover && same_addr(&a->source, &b->source);
}

static bool
same_hmac(const struct vrrp_hmac *a, const struct vrrp_hmac *b)
{
	if (a->n_keys != b->n_keys || a->active_key != b->active_key || a->mode != b->mode ||
	    a->anti_replay != b->anti_replay || a->window != b->window)
		return false;
	for (size_t i = 0; i < a->n_keys; i++)
		if (memcmp(&a->keys[i], &b->keys[i], sizeof(a->keys[i])) != 0)
			return false;
	return true;
}

static bool
same_wire(const struct instance_conf *a, const struct instance_conf *b)
{
	if (a->auth_type != b->auth_type ||
	    memcmp(a->auth_pass, b->auth_pass, sizeof(a->auth_pass)) != 0)
		return false;
	return same_hmac(&a->hmac, &b->hmac) && same_addr(&a->source, &b->source) &&
	       wire_conf_equal(a, b);
}

static bool
same_tracks(const struct instance_conf *a, const struct instance_conf *b)
{
	if (a->n_tracks != b->n_tracks)
		return false;
	for (size_t i = 0; i < a->n_tracks; i++)
		if (strcmp(a->tracks[i].track->name, b->tracks[i].track->name) != 0 ||
		    a->tracks[i].weight != b->tracks[i].weight ||
		    a->tracks[i].reverse != b->tracks[i].reverse)
			return false;
	return true;
}

static bool
same_notify(const struct instance_conf *a, const struct instance_conf *b)
{
	return text_same(a->notify_master, b->notify_master) &&
	       text_same(a->notify_backup, b->notify_backup) &&
	       text_same(a->notify_fault, b->notify_fault) &&
	       text_same(a->notify_stop, b->notify_stop) && text_same(a->notify, b->notify) &&
	       text_same(a->notify_deleted, b->notify_deleted) &&
	       text_same(a->notify_master_rx_lower_pri, b->notify_master_rx_lower_pri) &&
	       a->notify_priority_changes == b->notify_priority_changes &&
	       a->smtp_alert == b->smtp_alert && text_same(a->recover, b->recover);
}

static unsigned
instance_what(const struct instance_conf *a, const struct instance_conf *b)
{
	unsigned what = 0;

	if (!same_identity(a, b))
		what |= DIFF_IDENTITY;
	if (!same_vips(a->vips, a->n_vips, b->vips, b->n_vips))
		what |= DIFF_VIPS;
	if (!same_vips(a->vips + a->n_vips, a->n_held - a->n_vips, b->vips + b->n_vips,
		       b->n_held - b->n_vips))
		what |= DIFF_EXCLUDED;
	if (!same_routes(a, b))
		what |= DIFF_ROUTES;
	if (a->track_src_ip != b->track_src_ip || a->dont_track_primary != b->dont_track_primary)
		what |= DIFF_FAULTS;
	if (a->priority != b->priority)
		what |= DIFF_PRIORITY;
	if (!same_params(a, b))
		what |= DIFF_PARAMS;
	if (!same_wire(a, b))
		what |= DIFF_WIRE;
	if (!same_tracks(a, b))
		what |= DIFF_TRACKS;
	if (!witness_conf_equal(&a->witness, &b->witness))
		what |= DIFF_WITNESS;
	if (!same_notify(a, b))
		what |= DIFF_NOTIFY;
	if (!garp_conf_equal(&a->garp, &b->garp) || a->vip_lease != b->vip_lease ||
	    a->promote_secondaries != b->promote_secondaries)
		what |= DIFF_ANNOUNCE;
	return what;
}

static bool
same_gateways(const struct track_conf *a, const struct track_conf *b)
{
	if (a->n_gateways != b->n_gateways || a->need != b->need || a->probe != b->probe)
		return false;
	for (size_t i = 0; i < a->n_gateways; i++)
		if (!same_addr(&a->gateways[i].addr, &b->gateways[i].addr) ||
		    !text_same(a->gateways[i].dev, b->gateways[i].dev))
			return false;
	return true;
}

static bool
same_process(const struct track_conf *a, const struct track_conf *b)
{
	if (a->n_process != b->n_process || a->full_command != b->full_command ||
	    a->param_match != b->param_match || a->quorum != b->quorum ||
	    a->quorum_max != b->quorum_max)
		return false;
	for (int i = 0; i < a->n_process; i++)
		if (strcmp(a->process[i], b->process[i]) != 0)
			return false;
	return true;
}

static bool
same_timing(const struct track_conf *a, const struct track_conf *b)
{
	return a->timing.interval == b->timing.interval && a->timing.timeout == b->timing.timeout &&
	       a->timing.fall == b->timing.fall && a->timing.rise == b->timing.rise &&
	       a->up_delay == b->up_delay && a->down_delay == b->down_delay;
}

/* init_file and init_fail are for a beginning, and this is none. */
static bool
same_track(const struct track_conf *a, const struct track_conf *b)
{
	return a->kind == b->kind && text_same(a->socket, b->socket) &&
	       text_same(a->backend, b->backend) && text_same(a->script, b->script) &&
	       text_same(a->user, b->user) && text_same(a->interface, b->interface) &&
	       text_same(a->file, b->file) && same_timing(a, b) && same_process(a, b) &&
	       same_gateways(a, b);
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
diff_instances(const struct vrrpd_conf *before, const struct vrrpd_conf *after,
	       struct conf_diff *out)
{
	for (size_t i = 0; i < before->n_instances; i++) {
		const struct instance_conf *b = &before->instances[i];

		if (!vrrpd_conf_instance(after, b->name))
			out->instances[out->n_instances++] =
			    (struct instance_diff){.change = CONF_DROP, .before = b};
	}
	for (size_t i = 0; i < after->n_instances; i++) {
		struct instance_diff *d = &out->instances[out->n_instances++];

		d->after = &after->instances[i];
		d->before = vrrpd_conf_instance(before, d->after->name);
		d->change = CONF_NEW;
		if (!d->before)
			continue;
		d->what = instance_what(d->before, d->after);
		d->change = d->what ? CONF_CHANGED : CONF_KEEP;
	}
}

static void
diff_tracks(const struct vrrpd_conf *before, const struct vrrpd_conf *after, struct conf_diff *out)
{
	for (size_t i = 0; i < before->n_tracks; i++)
		if (!find_track(after, before->tracks[i].name))
			out->tracks[out->n_tracks++] =
			    (struct track_diff){.change = CONF_DROP, .before = &before->tracks[i]};
	for (size_t i = 0; i < after->n_tracks; i++) {
		struct track_diff *d = &out->tracks[out->n_tracks++];

		d->after = &after->tracks[i];
		d->before = find_track(before, d->after->name);
		if (!d->before)
			d->change = CONF_NEW;
		else
			d->change = same_track(d->before, d->after) ? CONF_KEEP : CONF_CHANGED;
	}
}

static bool
same_logs(const struct global_conf *a, const struct global_conf *b)
{
	if (a->n_logs != b->n_logs)
		return false;
	for (int i = 0; i < a->n_logs; i++)
		if (!same_addr(&a->logs[i].addr, &b->logs[i].addr) ||
		    a->logs[i].facility != b->logs[i].facility ||
		    a->logs[i].max_level != b->logs[i].max_level)
			return false;
	return true;
}

static bool
same_sync(const struct sync_conf *a, const struct sync_conf *b)
{
	bool same = a->n_members == b->n_members && text_same(a->notify_master, b->notify_master) &&
		    text_same(a->notify_backup, b->notify_backup) &&
		    text_same(a->notify_fault, b->notify_fault) &&
		    text_same(a->notify_stop, b->notify_stop) && text_same(a->notify, b->notify) &&
		    a->smtp_alert == b->smtp_alert;

	for (size_t i = 0; same && i < a->n_members; i++)
		same = strcmp(a->members[i], b->members[i]) == 0;
	return same;
}

static bool
same_syncs(const struct vrrpd_conf *a, const struct vrrpd_conf *b)
{
	if (a->n_syncs != b->n_syncs)
		return false;
	for (size_t i = 0; i < a->n_syncs; i++) {
		const struct sync_conf *other = vrrpd_conf_sync(b, a->syncs[i].name);

		if (!other || !same_sync(&a->syncs[i], other))
			return false;
	}
	return true;
}

void
conf_diff(struct arena *a, const struct vrrpd_conf *before, const struct vrrpd_conf *after,
	  struct conf_diff *out)
{
	const struct global_conf *b = &before->global, *g = &after->global;

	memset(out, 0, sizeof(*out));
	out->instances =
	    arena_alloc(a, (before->n_instances + after->n_instances) * sizeof(*out->instances));
	out->tracks =
	    arena_alloc(a, (before->n_tracks + after->n_tracks + 1) * sizeof(*out->tracks));
	diff_instances(before, after, out);
	diff_tracks(before, after, out);
	out->stats_socket = !text_same(b->stats_socket, g->stats_socket) ||
			    b->stats_mode != g->stats_mode || b->stats_level != g->stats_level;
	out->exports = !same_addr(&b->metrics_bind, &g->metrics_bind) ||
		       b->metrics_mode != g->metrics_mode ||
		       !text_same(b->json_dump_file, g->json_dump_file);
	out->logs = !same_logs(b, g);
	out->statics = !static_conf_equal(&b->statics, &g->statics);
	out->syncs = !same_syncs(before, after);
	out->scheduling = b->rt_priority != g->rt_priority || b->no_swap != g->no_swap ||
			  b->nice != g->nice || !cpus_equal(b, g) ||
			  b->rlimit_rttime != g->rlimit_rttime;
}
