/*
 * instance_json.c - what an instance tells about itself to programs.
 */
#include "common/daemon.h"
#include "common/json.h"
#include "vrrpd/announce.h"
#include "vrrpd/forecast.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/show.h"
#include "vrrpd/track.h"

/* Who would follow this router: itself while it is not master, else the best that was heard. */
uint8_t
instance_successor(const struct instance *in)
{
	uint8_t best = 0;

	if (in->fsm.state != VRRP_MASTER && in->fsm.priority > 0)
		return in->fsm.priority;
	for (size_t i = 0; i < in->peers.n; i++)
		if (in->peers.list[i].priority > best)
			best = in->peers.list[i].priority;
	return best > 0 ? best : (uint8_t)in->conf->priority;
}

static void
json_addr(struct strbuf *b, const char *key, const struct addr *a)
{
	char text[ADDR_STRLEN];

	json_str(b, key, a->len > 0 ? addr_format_ip(a, text) : "");
}

static void
json_state(const struct instance *in, const struct show *s, struct strbuf *b)
{
	size_t n = record_n_kept(in->record);
	char when[SHOW_TIME_MAX];

	json_str(b, "state", vrrp_state_name(in->fsm.state));
	json_bool(b, "disabled", in->record->disabled);
	json_bool(b, "holds_vips", vrrp_fsm_holds_vips(&in->fsm));
	json_bool(b, "leaving", in->fsm.leaving);
	json_seconds(b, "in_state_s", n > 0 ? s->now - in->fsm.at_changed : 0);
	json_str(b, "since",
		 n > 0 ? show_time(record_kept(in->record, n - 1)->wall, true, when) : "");
	json_str(b, "cause", n > 0 ? record_kept(in->record, n - 1)->cause : "");
}

static const char *
csums_name(unsigned csums)
{
	if (csums == 1u << VRRP_CSUM_PSEUDO)
		return "pseudo";
	return csums == 1u << VRRP_CSUM_PLAIN ? "message" : "both";
}

static void
json_conf(const struct instance *in, struct strbuf *b)
{
	const struct instance_conf *ic = in->conf;

	json_str(b, "interface", ic->interface);
	json_int(b, "vrid", ic->virtual_router_id);
	json_int(b, "version", ic->version);
	json_int(b, "base_priority", ic->priority);
	json_int(b, "advert_int_ms", ic->advert_int / USEC_PER_MS);
	json_bool(b, "nopreempt", ic->nopreempt);
	json_addr(b, "group",
		  ic->n_unicast_peers ? &(const struct addr){.len = 0} : &ic->wire.group);
	if (ic->version == 3 && ic->family == AF_INET)
		json_str(b, "checksum", csums_name(instance_csums(in)));
}

static void
json_priority(const struct instance *in, struct strbuf *b)
{
	json_int(b, "priority", in->fsm.priority);
	json_open(b, "priority_shares", '[');
	for (size_t i = 0; i < in->n_tracks; i++) {
		struct weight_fact fact = instance_fact(in, i);

		json_open(b, NULL, '{');
		json_str(b, "track", track_name(in->tracks[i]));
		json_int(b, "weight", fact.weight);
		json_int(b, "share", weight_share(&fact));
		json_close(b, '}');
	}
	json_close(b, ']');
}

static void
json_vips(const struct instance *in, const struct show *s, struct strbuf *b)
{
	json_open(b, "vips", '[');
	for (size_t i = 0; i < in->conf->n_held; i++) {
		const struct vip_conf *vip = &in->conf->vips[i];

		json_open(b, NULL, '{');
		json_addr(b, "address", &vip->addr);
		json_int(b, "prefix", vip->prefix_len);
		json_str(b, "interface", vip->dev ? vip->dev : in->conf->interface);
		json_bool(b, "excluded", i >= in->conf->n_vips);
		json_u64(b, "failed", in->held[i].n_failed);
		json_str(b, "error", in->held[i].why);
		if (s->addresses_known)
			json_bool(b, "present",
				  show_has_address(s, instance_vip_ifindex(in, vip), &vip->addr));
		json_close(b, '}');
	}
	json_close(b, ']');
}

static void
json_peers(const struct instance *in, const struct show *s, struct strbuf *b)
{
	json_addr(b, "source", &in->wire.src);
	json_addr(b, "active", in->fsm.state == VRRP_MASTER ? &in->wire.src : &in->fsm.active);
	json_int(b, "active_priority", in->fsm.active_priority);
	json_open(b, "peers", '[');
	for (size_t i = 0; i < in->peers.n; i++) {
		const struct peer *p = &in->peers.list[i];

		json_open(b, NULL, '{');
		json_addr(b, "address", &p->addr);
		json_int(b, "priority", p->priority);
		json_int(b, "version", p->version);
		json_int(b, "advert_int_ms", p->interval / USEC_PER_MS);
		json_seconds(b, "age_s", s->now - p->at);
		json_bool(b, "leaving", p->leaving);
		json_u64(b, "adverts", p->n_adverts);
		json_close(b, '}');
	}
	json_close(b, ']');
}

static void
json_faults(const struct instance *in, struct strbuf *b)
{
	json_open(b, "faults", '[');
	for (unsigned i = 0; i < VRRP_N_FAULTS; i++)
		if (instance_told_faults(in) & 1u << i)
			json_str(b, NULL, vrrp_fault_text(1u << i));
	json_close(b, ']');
	json_open(b, "tracks", '[');
	for (size_t i = 0; i < in->n_tracks; i++)
		json_str(b, NULL, track_name(in->tracks[i]));
	json_close(b, ']');
}

static void
json_forecast(const struct instance *in, struct strbuf *b)
{
	uint8_t successor = instance_successor(in);
	struct forecast f;

	forecast_make(in->conf, successor, &f);
	json_open(b, "forecast_s", '{');
	for (int i = 0; i < FORECAST_N; i++)
		json_seconds(b, forecast_name((enum forecast_fault)i), f.without[i]);
	json_seconds(b, "switchover_done", f.switchover_done);
	json_seconds(b, "second_holder", f.second_holder);
	json_close(b, '}');
	json_int(b, "forecast_successor_priority", successor);
	json_int(b, "priority_low", f.low);
	json_int(b, "priority_high", f.high);
}

static void
json_counters(const struct instance *in, struct strbuf *b)
{
	const struct instance_counters *c = &in->count;

	json_open(b, "stats", '{');
	json_u64(b, "advert_sent", c->adverts_sent);
	json_u64(b, "advert_rcvd", c->adverts_received);
	json_u64(b, "become_master", in->fsm.n_become_master);
	json_u64(b, "release_master", in->fsm.n_release_master);
	json_u64(b, "stalls", in->fsm.n_stalls);
	json_u64(b, "pri_zero_sent", c->zero_sent);
	json_u64(b, "pri_zero_rcvd", c->zero_received);
	json_u64(b, "addr_list_err", c->list_differs);
	json_u64(b, "auth_unsigned", c->unsigned_received);
	json_u64(b, "send_err", c->send_errors);
	json_u64(b, "vip_restored", c->vips_restored);
	json_u64(b, "vip_failed", c->vip_failures);
	json_u64(b, "vip_foreign", c->vips_foreign);
	json_u64(b, "vip_conflict", c->vip_conflicts);
	json_u64(b, "route_restored", c->routes_restored);
	json_u64(b, "route_failed", c->route_failures);
	json_u64(b, "garp_sent", announce_sent(in->announce));
	for (int i = 1; i < VRRP_N_DROPS; i++)
		json_u64(b, vrrp_drop_name((enum vrrp_drop)i), c->drops[i]);
	json_close(b, '}');
}

void
instance_json(const struct instance *in, const struct show *s, struct strbuf *b)
{
	json_open(b, NULL, '{');
	json_str(b, "name", in->conf->name);
	json_state(in, s, b);
	json_conf(in, b);
	json_priority(in, b);
	json_peers(in, s, b);
	instance_auth_json(in, b);
	json_vips(in, s, b);
	instance_alarms_json(in, b);
	instance_json_routes(in, b);
	instance_witness_json(in, b);
	json_faults(in, b);
	json_forecast(in, b);
	json_counters(in, b);
	json_close(b, '}');
}
