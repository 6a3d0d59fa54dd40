/*
 * instance.c - one virtual router: facts into the election, its actions onto the host.
 *
 * Every fact ends in instance_step(), the only place that performs actions and arms the timer.
 * Instants are CLOCK_BOOTTIME: a host that was suspended finds its deadlines long past and behaves
 * so.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/daemon.h"
#include "vrrpd/announce.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/lag.h"
#include "vrrpd/nl.h"
#include "vrrpd/notify.h"
#include "vrrpd/rawsock.h"
#include "vrrpd/statefile.h"
#include "vrrpd/track.h"

/* --- the election ----------------------------------------------------------------------------- */

static void
perform(struct instance *in, const struct vrrp_out *out)
{
	if (out->actions & VRRP_ACT_SEND_ZERO) {
		announce_stop(in->announce); /* the next one will speak for the address */
		instance_send_zero(in);
		instance_conflict_end(in);
	}
	if (out->actions & VRRP_ACT_DEL_VIPS)
		instance_delete_vips(in);
	if (out->actions & VRRP_ACT_ADD_VIPS)
		instance_add_vips(in);
	if (out->actions & VRRP_ACT_GARP && out->actions & VRRP_ACT_ADD_VIPS)
		instance_announce_claim(in);
	else if (out->actions & VRRP_ACT_GARP) {
		announce_rival(in->announce);
		instance_conflict_rival(in);
	}
	if (out->actions & VRRP_ACT_SEND_ADVERT) {
		instance_send(in, in->fsm.priority);
		if (vrrp_fsm_holds_vips(&in->fsm)) /* a yielding master says one more word */
			instance_renew_vips(in);
	}
	if (out->actions & VRRP_ACT_ADD_VIPS)
		instance_conflict_begin(in); /* nothing waits for its answers */
	if ((out->actions & VRRP_ACT_SEND_ZERO) && in->fsm.leaving)
		instance_prolong_vips(in);
	if (out->actions & VRRP_ACT_NOTIFY)
		instance_run_commands(in, out->notify);
}

static void
arm_for(struct instance *in, usec_t deadline)
{
	usec_t now = clock_boot();

	in->timer_at = deadline > now ? deadline : now;
	instance_arm(in->timer, deadline - now);
}

void
instance_step(struct instance *in, const struct vrrp_event *ev)
{
	enum vrrp_state before = in->fsm.state;
	struct addr active = in->fsm.active;
	usec_t now = clock_boot(), deadline;
	struct vrrp_out out;

	vrrp_fsm_step(&in->fsm, &in->params, ev, now, &out);
	/* stopped since we looked at the clock: nothing blindly, the next step finds out */
	if (clock_boot() - now > vrrp_silence_max(&in->params))
		out.actions &= ~(unsigned)(VRRP_ACT_SEND_ADVERT | VRRP_ACT_GARP);
	if (out.actions & VRRP_ACT_LOG)
		instance_note_change(in, &out, &active);
	perform(in, &out);
	deadline = vrrp_fsm_deadline(&in->fsm);
	if (deadline == USEC_NEVER)
		evtimer_del(in->timer);
	else
		arm_for(in, deadline);
	instance_check_recover(in, before);
	if (in->fsm.state != before || (out.actions & VRRP_ACT_SEND_ADVERT))
		instance_remember(in);
	in->world->on_step(in, in->world->arg);
	if (out.actions & VRRP_ACT_STOPPED) {
		in->stopped = true;
		in->world->on_rest(in, in->world->arg);
	}
}

void
instance_deliver(struct instance *in, const struct vrrp_event *ev)
{
	instance_step(in, ev);
}

void
instance_order(struct instance *in, enum vrrp_event_type type)
{
	struct vrrp_event ev = {.type = type};

	instance_step(in, &ev);
}

void
instance_meet_deadline(struct instance *in)
{
	if (in->sock)
		rawsock_drain(in->sock);
	if (clock_boot() >= vrrp_fsm_deadline(&in->fsm))
		instance_order(in, VRRP_EV_DEADLINE);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct instance *in = arg;

	(void)fd;
	(void)what;
	lag_note(in->world->lag, in->timer_at);
	instance_meet_deadline(in);
	/* the timer's clock and ours may differ by some microseconds */
	if (vrrp_fsm_deadline(&in->fsm) != USEC_NEVER && !evtimer_pending(in->timer, NULL))
		arm_for(in, vrrp_fsm_deadline(&in->fsm));
}

/* --- facts ------------------------------------------------------------------------------------ */

struct weight_fact
instance_fact(const struct instance *in, size_t i)
{
	return (struct weight_fact){
	    .weight = in->conf->tracks[i].weight,
	    .reverse = in->conf->tracks[i].reverse,
	    .is = track_now(in->tracks[i]),
	};
}

static void
take_source(struct instance *in)
{
	instance_conf_params(in->conf, &in->source, &in->params);
	instance_conf_wire(in->conf, &in->source, &in->wire);
	/* a configured address must be there as well */
	if (in->source.len == 0 && in->conf->track_src_ip)
		in->wire.src.len = 0;
}

void
instance_set_socket(struct instance *in, struct rawsock *sock, bool link_up)
{
	bool was_up = in->link_up && in->sock;

	in->sock = sock;
	in->link_up = link_up;
	if (in->started && was_up != (link_up && sock))
		log_notice("%s: %s is %s", in->conf->name, in->conf->interface,
			   was_up ? "down" : "up");
	instance_weigh(in);
}

void
instance_set_source(struct instance *in, const struct addr *source)
{
	if (in->source.len == source->len &&
	    (source->len == 0 || addr_ip_equal(&in->source, source)))
		return;
	in->source = *source;
	take_source(in);
	instance_weigh(in);
	if (in->started && source->len > 0)
		instance_order(in, VRRP_EV_CONFIG);
}

void
instance_set_tracks(struct instance *in, struct track *const *tracks, size_t n)
{
	struct track **list = calloc(n + 1, sizeof(struct track *));

	if (!list)
		return;
	for (size_t i = 0; i < n; i++)
		list[i] = track_ref(tracks[i]);
	for (size_t i = 0; i < in->n_tracks; i++)
		track_unref(&in->tracks[i]);
	free(in->tracks);
	in->tracks = list;
	in->n_tracks = n;
}

void
instance_receive(struct instance *in, const struct vrrp_meta *meta, const uint8_t *msg, size_t len)
{
	struct vrrp_event ev = {.type = VRRP_EV_ADVERT};
	char text[ADDR_STRLEN];
	struct vrrp_advert ad;
	bool follows;
	enum vrrp_drop drop = vrrp_decode(&in->wire, meta, msg, len, &ad);

	if (drop == VRRP_DROP_NONE)
		drop = vrrp_auth_admit(&in->auth, &in->wire, &ad, clock_utc());
	in->count.drops[drop]++;
	if (drop != VRRP_DROP_NONE) {
		instance_log_drop(in, meta, drop);
		return;
	}
	in->count.adverts_received++;
	in->count.zero_received += ad.priority == 0;
	in->count.unsigned_received += in->wire.hmac && ad.proof == VRRP_PROOF_NONE;
	if (ad.proof == VRRP_PROOF_HMAC && vrrp_auth_drifts(&in->auth, &in->wire))
		instance_log_drift(in, &ad);
	instance_check_list(in, &ad);
	if (ad.priority == VRRP_PRIORITY_OWNER && in->conf->priority == VRRP_PRIORITY_OWNER)
		instance_log_other_owner(in, &ad);
	log_debug("%s: advertisement from %s, priority %d", in->conf->name,
		  addr_format_ip(&ad.src, text), ad.priority);
	peers_note(&in->peers, &ad, clock_boot());
	in->csums = peers_csums_to_send(&in->peers, in->csums, in->fsm.state == VRRP_MASTER);
	if (!in->started)
		return;
	ev.advert.priority = ad.priority;
	ev.advert.interval = ad.interval;
	ev.advert.source = ad.src;
	ev.advert.at = meta->at;
	if (in->fsm.state == VRRP_MASTER && ad.priority > 0 && ad.priority < in->fsm.priority)
		instance_heard_lower(in);
	follows = in->fsm.state == VRRP_BACKUP && in->fsm.active.len > 0 &&
		  addr_ip_equal(&in->fsm.active, &ad.src);
	instance_step(in, &ev);
	instance_follow_peer(in);
	if (ad.priority == 0 && follows)
		in->world->on_zero(in, in->world->arg);
}

/* --- orders ----------------------------------------------------------------------------------- */

/* The witnesses first: a start must not claim before anybody was asked. */
static void
begin(struct instance *in, const struct vrrp_event *ev)
{
	instance_open_witness(in);
	instance_step(in, ev);
}

void
instance_start(struct instance *in)
{
	struct weight_result r = instance_sum_up(in);
	struct vrrp_event ev = {.type = VRRP_EV_START, .priority = r.priority, .faults = r.faults};

	if (in->stopped) /* it was waiting for its predecessor, and is not wanted any more */
		return;
	ev.resume = instance_resumes(in);
	in->started = true;
	in->stopped = in->record->disabled;
	if (in->stopped)
		log_notice("%s: is disabled, stays out until enabled", in->conf->name);
	else
		begin(in, &ev);
}

void
instance_stop(struct instance *in)
{
	if (in->stopped)
		return;
	if (!in->started) {
		in->stopped = true;
		in->world->on_rest(in, in->world->arg);
		return;
	}
	instance_order(in, VRRP_EV_STOP);
}

void
instance_set_conf(struct instance *in, const struct instance_conf *ic, unsigned what,
		  struct track *const *tracks, size_t n_tracks)
{
	const struct instance_conf *before = in->conf;
	bool holds = vrrp_fsm_holds_vips(&in->fsm);

	in->conf = ic;
	in->digest = recall_digest(ic);
	instance_remember(in);
	instance_remake_held(in, before);
	instance_set_tracks(in, tracks, n_tracks);
	take_source(in);
	notify_set_limits(in->notify, in->world->notify_timeout, &in->world->script_ids);
	if (holds && (what & (DIFF_VIPS | DIFF_EXCLUDED))) {
		instance_delete_old_vips(in, before);
		in->world->look_for_foreign(in->world->arg); /* before any is added */
	}
	if (holds && (what & DIFF_ROUTES))
		instance_delete_old_routes(in, before);
	/* the lease as well: it follows the interval, and the next advert may be minutes away */
	if (holds &&
	    (what & (DIFF_VIPS | DIFF_EXCLUDED | DIFF_ROUTES | DIFF_ANNOUNCE | DIFF_PARAMS)))
		instance_add_vips(in);
	announce_set_conf(in->announce, &ic->garp);
	if (in->fsm.state == VRRP_MASTER && (what & (DIFF_VIPS | DIFF_EXCLUDED)))
		instance_announce_again(in);
	if (in->ear && (what & (DIFF_VIPS | DIFF_EXCLUDED)))
		instance_conflict_begin(in);
	if (what & (DIFF_VIPS | DIFF_PARAMS | DIFF_WIRE))
		instance_order(in, VRRP_EV_CONFIG);
	if (in->started && (what & (DIFF_WITNESS | DIFF_WIRE)))
		instance_open_witness(in);
	instance_weigh(in);
	instance_check_recover(in, in->fsm.state);
}

bool
instance_at_rest(const struct instance *in)
{
	return in->stopped && notify_idle(in->notify);
}

/* --- life ------------------------------------------------------------------------------------- */

struct instance *
instance_new(const struct world *w, const struct instance_conf *ic, struct err *e)
{
	struct instance *in = calloc(1, sizeof(*in));

	if (!in) {
		err_set(e, "instance %s: out of memory", ic->name);
		return NULL;
	}
	in->world = w;
	in->conf = ic;
	in->csums = 1u << VRRP_CSUM_PSEUDO;
	for (int i = 0; i < CONFLICT_SOCKS; i++)
		in->deaf_fds[i] = -1;
	in->at_healthy = -USEC_NEVER / 2;
	in->record = record_ref(w->records, ic->name);
	in->digest = recall_digest(ic);
	in->slot = stateslot_new(w->states, ic->name);
	vrrp_fsm_init(&in->fsm);
	take_source(in);
	in->timer = evtimer_new(w->base, on_timer, in);
	in->announce = announce_new(w->announcer, &ic->garp);
	if (!in->timer || !in->announce || !in->record || !in->slot)
		err_set(e, "instance %s: out of memory", ic->name);
	else if (instance_open_held(in, e) == 0 && instance_open_commands(in, e) == 0)
		return in;
	instance_free(&in);
	return NULL;
}

void
instance_free(struct instance **instance)
{
	struct instance *in = *instance;

	if (!in)
		return;
	if (vrrp_fsm_holds_vips(&in->fsm))
		instance_delete_vips(in);
	instance_close_witness(in);
	notify_free(&in->notify);
	instance_forget_orders(in);
	instance_set_tracks(in, NULL, 0);
	free(in->tracks);
	instance_conflict_end(in);
	instance_conflict_forget(in);
	if (in->announce)
		announce_free(&in->announce);
	instance_close_held(in);
	foreign_free(&in->foreign);
	if (in->recover_timer)
		event_free(in->recover_timer);
	if (in->timer)
		event_free(in->timer);
	stateslot_free(&in->slot);
	record_unref(&in->record);
	explicit_bzero(&in->wire, sizeof(in->wire)); /* the password */
	free(in);
	*instance = NULL;
}
