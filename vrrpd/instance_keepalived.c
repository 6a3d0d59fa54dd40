/*
 * instance_keepalived.c - an instance as keepalived 2.2.7 shows it in its JSON dump.
 *
 * Keys, order and types are keepalived's.  What we do not have is what it is there without being
 * configured.  The password is not shown.
 */
#include "common/json.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/track.h"

static void
add_seconds(struct strbuf *b, const char *key, usec_t t)
{
	json_int(b, key, t / USEC_PER_SEC);
}

static void
add_garp(const struct garp_conf *g, struct strbuf *b)
{
	add_seconds(b, "garp_delay", g->master_delay);
	add_seconds(b, "garp_refresh", g->master_refresh);
	json_int(b, "garp_rep", g->master_repeat);
	json_int(b, "garp_refresh_rep", g->master_refresh_repeat);
	add_seconds(b, "garp_lower_prio_delay", g->lower_prio_delay);
	json_int(b, "garp_lower_prio_rep", g->lower_prio_repeat);
}

/* keepalived's scripts; ours are shell commands */
static void
add_scripts(const struct instance_conf *ic, struct strbuf *b)
{
	const struct {
		const char *key, *command;
	} scripts[] = {{"script_backup", ic->notify_backup},
		       {"script_master", ic->notify_master},
		       {"script_fault", ic->notify_fault},
		       {"script_stop", ic->notify_stop},
		       {"script", ic->notify}};

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		if (scripts[i].command)
			json_str(b, scripts[i].key, scripts[i].command);
}

/* "10.0.0.1/24 dev eth0 scope global label eth0:1 set"; without the length when it is whole */
static void
add_vip(const struct instance *in, const struct vip_conf *vip, struct strbuf *b)
{
	int whole = addr_family(&vip->addr) == AF_INET6 ? 128 : 32;
	char text[ADDR_STRLEN];
	struct strbuf v;

	strbuf_init(&v);
	strbuf_adds(&v, addr_format_ip(&vip->addr, text));
	if (vip->prefix_len != whole)
		strbuf_addf(&v, "/%d", vip->prefix_len);
	strbuf_addf(&v, " dev %s scope global", vip->dev ? vip->dev : in->conf->interface);
	if (vip->label)
		strbuf_addf(&v, " label %s", vip->label);
	strbuf_adds(&v, vrrp_fsm_holds_vips(&in->fsm) ? " set" : "");
	json_str(b, NULL, strbuf_str(&v));
	strbuf_free(&v);
}

static void
add_vips(const struct instance *in, const char *key, size_t first, size_t end, struct strbuf *b)
{
	if (first == end)
		return;
	json_open(b, key, '[');
	for (size_t i = first; i < end; i++)
		add_vip(in, &in->conf->vips[i], b);
	json_close(b, ']');
}

/* As they are configured. */
static void
add_routes(const struct instance_conf *ic, struct strbuf *b)
{
	if (ic->n_routes > 0) {
		json_open(b, "vroutes", '[');
		for (size_t i = 0; i < ic->n_routes; i++)
			json_str(b, NULL, ic->routes[i].text);
		json_close(b, ']');
	}
	if (ic->n_rules > 0) {
		json_open(b, "vrules", '[');
		for (size_t i = 0; i < ic->n_rules; i++)
			json_str(b, NULL, ic->rules[i].text);
		json_close(b, ']');
	}
}

static void
add_tracks(const struct instance *in, struct strbuf *b)
{
	if (in->n_tracks == 0)
		return;
	json_open(b, "track_script", '[');
	for (size_t i = 0; i < in->n_tracks; i++)
		json_str(b, NULL, track_name(in->tracks[i]));
	json_close(b, ']');
}

static void
add_election(const struct instance *in, struct strbuf *b)
{
	const struct instance_conf *ic = in->conf;

	json_int(b, "vrid", ic->virtual_router_id);
	json_int(b, "base_priority", ic->priority);
	json_int(b, "effective_priority", in->fsm.priority);
	json_bool(b, "vipset", vrrp_fsm_holds_vips(&in->fsm));
	json_bool(b, "promote_secondaries", ic->promote_secondaries);
	json_seconds(b, "adver_int", ic->advert_int);
	json_seconds(b, "master_adver_int", in->fsm.active_adver);
	json_int(b, "accept", in->conf->accept);
	json_bool(b, "nopreempt", ic->nopreempt);
	add_seconds(b, "preempt_delay", ic->preempt_delay);
	json_int(b, "state", in->fsm.state);
	json_int(b, "wantstate", in->fsm.state);
	json_int(b, "version", ic->version);
	json_bool(b, "smtp_alert", ic->smtp_alert);
	json_bool(b, "notify_deleted", ic->notify_deleted != NULL);
}

static void
add_data(const struct instance *in, struct strbuf *b)
{
	const struct instance_conf *ic = in->conf;
	size_t n = record_n_kept(in->record);

	json_open(b, "data", '{');
	json_str(b, "iname", ic->name);
	json_int(b, "dont_track_primary", ic->dont_track_primary);
	json_int(b, "skip_check_adv_addr", 1);
	json_int(b, "strict_mode", 0);
	json_str(b, "vmac_ifname", "");
	json_str(b, "ifp_ifname", ic->interface);
	json_int(b, "master_priority", in->fsm.state == VRRP_MASTER ? 0 : in->fsm.active_priority);
	json_seconds(b, "last_transition", n ? record_kept(in->record, n - 1)->wall : 0);
	add_garp(&ic->garp, b);
	json_int(b, "lower_prio_no_advert", ic->lower_prio_no_advert);
	json_int(b, "higher_prio_send_advert", ic->higher_prio_send_advert);
	add_election(in, b);
	add_scripts(ic, b);
	add_vips(in, "vips", 0, ic->n_vips, b);
	add_vips(in, "evips", ic->n_vips, ic->n_held, b);
	add_routes(ic, b);
	add_tracks(in, b);
	if (ic->version == 2)
		json_int(b, "auth_type", ic->auth_type);
	if (ic->version == 2 && ic->auth_type != VRRP_AUTH_NONE)
		json_str(b, "auth_data", "********");
	json_close(b, '}');
}

static void
add_stats(const struct instance *in, struct strbuf *b)
{
	const struct instance_counters *c = &in->count;

	json_open(b, "stats", '{');
	json_u64(b, "advert_rcvd", c->adverts_received);
	json_u64(b, "advert_sent", c->adverts_sent);
	json_u64(b, "become_master", in->fsm.n_become_master);
	json_u64(b, "release_master", in->fsm.n_release_master);
	json_u64(b, "packet_len_err", c->drops[VRRP_DROP_LENGTH]);
	json_u64(b, "advert_interval_err", c->drops[VRRP_DROP_INTERVAL]);
	json_u64(b, "ip_ttl_err", c->drops[VRRP_DROP_TTL]);
	json_u64(b, "invalid_type_rcvd", c->drops[VRRP_DROP_TYPE]);
	json_u64(b, "addr_list_err", c->list_differs);
	json_u64(b, "invalid_authtype", c->drops[VRRP_DROP_AUTH_INVALID]);
	json_u64(b, "authtype_mismatch", c->drops[VRRP_DROP_AUTH_MISMATCH]);
	json_u64(b, "auth_failure", c->drops[VRRP_DROP_AUTH_FAILURE]);
	json_u64(b, "pri_zero_rcvd", c->zero_received);
	json_u64(b, "pri_zero_sent", c->zero_sent);
	json_close(b, '}');
}

void
instance_keepalived_json(const struct instance *in, struct strbuf *b)
{
	json_open(b, NULL, '{');
	add_data(in, b);
	add_stats(in, b);
	json_close(b, '}');
}
