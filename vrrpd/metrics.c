/*
 * metrics.c - what Prometheus is told: keepalived_* with the names and labels of keepalived's
 * exporters, so that dashboards go on working, and vrrpd_* for what they do not have.
 *
 * A metric is a family: all its samples stand together.  So each row of the tables below goes over
 * all instances.
 */
#include <stdio.h>
#include <string.h>

#include "common/promtext.h"
#include "common/version.h"
#include "vrrpd/announce.h"
#include "vrrpd/forecast.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/lag.h"
#include "vrrpd/registry_priv.h"
#include "vrrpd/show.h"
#include "vrrpd/statics.h"
#include "vrrpd/track.h"

#define FOR_EACH_INSTANCE(m, r)                                                                    \
	TAILQ_FOREACH (m, &(r)->members, link)                                                     \
		if (!(m)->leaving)

/* iname, intf, vrid, and room for one more. */
struct labels {
	struct prom_label list[4];
	char vrid[8];
};

static void
label(struct labels *l, const struct instance *in)
{
	snprintf(l->vrid, sizeof(l->vrid), "%d", in->conf->virtual_router_id);
	l->list[0] = (struct prom_label){"iname", in->conf->name};
	l->list[1] = (struct prom_label){"intf", in->conf->interface};
	l->list[2] = (struct prom_label){"vrid", l->vrid};
	l->list[3] = (struct prom_label){"", ""};
}

static void
label_more(struct labels *l, const struct instance *in, const char *name, const char *value)
{
	label(l, in);
	l->list[3] = (struct prom_label){name, value};
}

/* --- one number per instance ------------------------------------------------------------------ */

#define COUNT(field)                                                                               \
	static uint64_t get_##field(const struct instance *in)                                     \
	{                                                                                          \
		return in->count.field;                                                            \
	}
#define DROPPED(id)                                                                                \
	static uint64_t get_##id(const struct instance *in)                                        \
	{                                                                                          \
		return in->count.drops[VRRP_DROP_##id];                                            \
	}
COUNT(adverts_received)
COUNT(adverts_sent)
COUNT(zero_received)
COUNT(zero_sent)
COUNT(list_differs)
COUNT(vips_restored)
COUNT(send_errors)
COUNT(vip_failures)
COUNT(vips_foreign)
COUNT(vip_conflicts)
COUNT(routes_restored)
COUNT(route_failures)
COUNT(unsigned_received)
DROPPED(LENGTH)
DROPPED(INTERVAL)
DROPPED(TTL)
DROPPED(TYPE)
DROPPED(AUTH_INVALID)
DROPPED(AUTH_MISMATCH)
DROPPED(AUTH_FAILURE)

static uint64_t
get_become_master(const struct instance *in)
{
	return in->fsm.n_become_master;
}

static uint64_t
get_standing(const struct instance *in)
{
	return instance_n_conflicts(in);
}

static uint64_t
get_release_master(const struct instance *in)
{
	return in->fsm.n_release_master;
}

static uint64_t
get_garp_delay(const struct instance *in)
{
	return (uint64_t)(in->conf->garp.master_delay / USEC_PER_SEC);
}

static uint64_t
get_announced(const struct instance *in)
{
	return announce_sent(in->announce);
}

static uint64_t
get_priority(const struct instance *in)
{
	return in->fsm.priority;
}

static uint64_t
get_base_priority(const struct instance *in)
{
	return (uint64_t)in->conf->priority;
}

static uint64_t
get_disabled(const struct instance *in)
{
	return in->record->disabled;
}

static uint64_t
get_transitions(const struct instance *in)
{
	return in->record->n_transitions;
}

static uint64_t
get_stalls(const struct instance *in)
{
	return in->fsm.n_stalls;
}

static const struct {
	const char *name, *type, *help;
	uint64_t (*get)(const struct instance *in);
} per_instance[] = {
    {"keepalived_gratuitous_arp_delay_total", "gauge", "Configured garp_master_delay, seconds.",
     get_garp_delay},
    {"keepalived_advertisements_received_total", "counter", "Advertisements accepted.",
     get_adverts_received},
    {"keepalived_advertisements_sent_total", "counter", "Advertisements sent.", get_adverts_sent},
    {"keepalived_become_master_total", "counter", "Became MASTER.", get_become_master},
    {"keepalived_release_master_total", "counter", "Ceased to be MASTER.", get_release_master},
    {"keepalived_packet_length_errors_total", "counter", "Dropped: wrong length.", get_LENGTH},
    {"keepalived_advertisements_interval_errors_total", "counter", "Dropped: wrong interval.",
     get_INTERVAL},
    {"keepalived_ip_ttl_errors_total", "counter", "Dropped: TTL or hop limit is not 255.", get_TTL},
    {"keepalived_invalid_type_received_total", "counter", "Dropped: no advertisement.", get_TYPE},
    {"keepalived_address_list_errors_total", "counter",
     "Advertisements with other addresses than ours, accepted.", get_list_differs},
    {"keepalived_authentication_invalid_total", "counter", "Dropped: unknown authentication.",
     get_AUTH_INVALID},
    {"keepalived_authentication_mismatch_total", "counter", "Dropped: other authentication.",
     get_AUTH_MISMATCH},
    {"keepalived_authentication_failure_total", "counter", "Dropped: wrong password or code.",
     get_AUTH_FAILURE},
    {"keepalived_priority_zero_received_total", "counter", "Goodbyes received.", get_zero_received},
    {"keepalived_priority_zero_sent_total", "counter", "Goodbyes sent.", get_zero_sent},
    {"vrrpd_priority", "gauge", "Effective priority.", get_priority},
    {"vrrpd_base_priority", "gauge", "Configured priority.", get_base_priority},
    {"vrrpd_disabled", "gauge", "1: taken out by the operator.", get_disabled},
    {"vrrpd_transitions_total", "counter", "Changes of state.", get_transitions},
    {"vrrpd_send_errors_total", "counter", "Advertisements that could not be sent.",
     get_send_errors},
    {"vrrpd_vip_restored_total", "counter", "Virtual addresses put back.", get_vips_restored},
    {"vrrpd_vip_failures_total", "counter", "Virtual addresses that could not be added.",
     get_vip_failures},
    {"vrrpd_vip_foreign_total", "counter", "Virtual addresses that somebody else configured here.",
     get_vips_foreign},
    {"vrrpd_vip_conflict_total", "counter", "Virtual addresses that somebody else answered for.",
     get_vip_conflicts},
    {"vrrpd_vip_conflict", "gauge", "Those that somebody else answers for now.", get_standing},
    {"vrrpd_routes_restored_total", "counter", "Routes and rules put back.", get_routes_restored},
    {"vrrpd_route_failures_total", "counter", "Routes and rules that could not be added.",
     get_route_failures},
    {"vrrpd_unsigned_received_total", "counter", "Accepted without an auth_hmac trailer.",
     get_unsigned_received},
    {"vrrpd_announcements_sent_total", "counter", "Gratuitous ARP and ND frames sent.",
     get_announced},
    {"vrrpd_instance_stalls_total", "counter", "Woke up too late.", get_stalls},
};

static void
add_per_instance(const struct registry *r, struct strbuf *b)
{
	for (size_t i = 0; i < sizeof(per_instance) / sizeof(per_instance[0]); i++) {
		const struct member *m;

		prom_family(b, per_instance[i].name, per_instance[i].type, per_instance[i].help);
		FOR_EACH_INSTANCE(m, r)
		{
			struct labels l;

			label(&l, m->in);
			prom_u64(b, per_instance[i].name, l.list, 3, per_instance[i].get(m->in));
		}
	}
}

/* --- several per instance --------------------------------------------------------------------- */

/* As the exporters do it, the state stands at each address, with the address' own interface. */
static void
add_states(const struct registry *r, bool excluded, struct strbuf *b)
{
	const char *name = excluded ? "keepalived_vrrp_excluded_state" : "keepalived_vrrp_state";
	const struct member *m;

	prom_family(b, name, "gauge", "State at an address: 0 INIT, 1 BACKUP, 2 MASTER, 3 FAULT.");
	FOR_EACH_INSTANCE(m, r)
	{
		const struct instance_conf *ic = m->in->conf;
		size_t first = excluded ? ic->n_vips : 0, end = excluded ? ic->n_held : ic->n_vips;

		for (size_t i = first; i < end; i++) {
			char text[ADDR_STRLEN];
			struct labels l;

			addr_format_ip(&ic->vips[i].addr, text);
			label_more(&l, m->in, "ip_address", text);
			if (ic->vips[i].dev)
				l.list[1].value = ic->vips[i].dev;
			prom_u64(b, name, l.list, 4, (uint64_t)m->in->fsm.state);
		}
	}
}

static void
add_presence(const struct registry *r, const struct show *s, struct strbuf *b)
{
	const struct member *m;

	if (!s->addresses_known)
		return;
	prom_family(b, "vrrpd_vip_present", "gauge", "1: the kernel has the address here.");
	FOR_EACH_INSTANCE(m, r)
	{
		for (size_t i = 0; i < m->in->conf->n_held; i++) {
			const struct vip_conf *vip = &m->in->conf->vips[i];
			char text[ADDR_STRLEN];
			struct labels l;

			addr_format_ip(&vip->addr, text);
			label_more(&l, m->in, "ip_address", text);
			prom_u64(b, "vrrpd_vip_present", l.list, 4,
				 show_has_address(s, instance_vip_ifindex(m->in, vip), &vip->addr));
		}
	}
}

static void
add_drops(const struct registry *r, struct strbuf *b)
{
	const struct member *m;

	prom_family(b, "vrrpd_drops_total", "counter", "Advertisements dropped, by reason.");
	FOR_EACH_INSTANCE(m, r)
	{
		for (int i = 1; i < VRRP_N_DROPS; i++) {
			struct labels l;

			label_more(&l, m->in, "reason", vrrp_drop_name((enum vrrp_drop)i));
			prom_u64(b, "vrrpd_drops_total", l.list, 4, m->in->count.drops[i]);
		}
	}
	prom_family(b, "vrrpd_receive_drops_total", "counter",
		    "Packets dropped before an instance was found, by reason.");
	for (int i = 1; i < VRRP_N_DROPS; i++) {
		struct prom_label l = {"reason", vrrp_drop_name((enum vrrp_drop)i)};

		prom_u64(b, "vrrpd_receive_drops_total", &l, 1, r->drops[i]);
	}
	prom_family(b, "vrrpd_unknown_vrid_total", "counter", "Packets of other virtual routers.");
	prom_u64(b, "vrrpd_unknown_vrid_total", NULL, 0, r->n_unknown_vrid);
}

static void
add_peers(const struct registry *r, const struct show *s, struct strbuf *b)
{
	static const struct {
		const char *name, *help;
	} families[] = {{"vrrpd_peer_priority", "Priority that a router advertised last."},
			{"vrrpd_peer_age_seconds", "Time since a router's last advertisement."}};
	const struct member *m;

	for (int f = 0; f < 2; f++) {
		prom_family(b, families[f].name, "gauge", families[f].help);
		FOR_EACH_INSTANCE(m, r)
		{
			for (size_t i = 0; i < m->in->peers.n; i++) {
				const struct peer *p = &m->in->peers.list[i];
				char text[ADDR_STRLEN];
				struct labels l;

				addr_format_ip(&p->addr, text);
				label_more(&l, m->in, "peer", text);
				if (f == 0)
					prom_u64(b, families[f].name, l.list, 4, p->priority);
				else
					prom_seconds(b, families[f].name, l.list, 4,
						     s->now - p->at);
			}
		}
	}
}

static void
add_times(const struct registry *r, struct strbuf *b)
{
	const struct member *m;

	prom_family(b, "vrrpd_last_transition_timestamp_seconds", "gauge",
		    "When the state changed last, UNIX time.");
	FOR_EACH_INSTANCE(m, r)
	{
		size_t n = record_n_kept(m->in->record);
		struct labels l;

		label(&l, m->in);
		if (n > 0)
			prom_seconds(b, "vrrpd_last_transition_timestamp_seconds", l.list, 3,
				     record_kept(m->in->record, n - 1)->wall);
	}
	prom_family(b, "vrrpd_failover_forecast_seconds", "gauge",
		    "Time without service at most, by fault; +Inf: no failover.");
	FOR_EACH_INSTANCE(m, r)
	{
		struct forecast f;

		forecast_make(m->in->conf, instance_successor(m->in), &f);
		for (int i = 0; i < FORECAST_N; i++) {
			struct labels l;

			label_more(&l, m->in, "fault", forecast_name((enum forecast_fault)i));
			prom_seconds(b, "vrrpd_failover_forecast_seconds", l.list, 4, f.without[i]);
		}
	}
}

/* --- the daemon ------------------------------------------------------------------------------- */

static void
add_daemon(const struct registry *r, struct strbuf *b)
{
	const struct prom_label version = {"version", PROJECT_VERSION};
	const struct tracker *t;

	prom_family(b, "keepalived_up", "gauge", "1: the daemon answers.");
	prom_u64(b, "keepalived_up", NULL, 0, 1);
	prom_family(b, "vrrpd_build_info", "gauge", "Version of the daemon.");
	prom_u64(b, "vrrpd_build_info", &version, 1, 1);
	prom_family(b, "vrrpd_loop_lag_max_seconds", "gauge",
		    "How late a deadline was met at most.");
	prom_seconds(b, "vrrpd_loop_lag_max_seconds", NULL, 0, lag_max(r->world.lag));
	prom_family(b, "vrrpd_loop_lag_seconds", "gauge", "The same in the last minute.");
	prom_seconds(b, "vrrpd_loop_lag_seconds", NULL, 0, lag_recent(r->world.lag));
	prom_family(b, "vrrpd_stalls_total", "counter", "Times that the process got no time.");
	prom_u64(b, "vrrpd_stalls_total", NULL, 0, lag_stalls(r->world.lag));
	prom_family(b, "vrrpd_static_restored_total", "counter",
		    "Static addresses, routes and rules put back.");
	prom_u64(b, "vrrpd_static_restored_total", NULL, 0, statics_restored(r->statics));
	prom_family(b, "vrrpd_static_failures_total", "counter",
		    "Static addresses, routes and rules that could not be added.");
	prom_u64(b, "vrrpd_static_failures_total", NULL, 0, statics_failures(r->statics));
	prom_family(b, "keepalived_script_status", "gauge", "1: the tracker is good.");
	TAILQ_FOREACH (t, &r->trackers, link) {
		struct prom_label l = {"name", track_name(t->track)};

		prom_u64(b, "keepalived_script_status", &l, 1,
			 track_now(t->track).verdict == TRACK_OK);
	}
}

void
registry_metrics(const struct registry *r, struct strbuf *b)
{
	struct show s;

	show_open(&s, r->world.nl);
	add_daemon(r, b);
	add_states(r, false, b);
	add_states(r, true, b);
	add_per_instance(r, b);
	add_presence(r, &s, b);
	add_drops(r, b);
	add_peers(r, &s, b);
	add_times(r, b);
	show_close(&s);
}
