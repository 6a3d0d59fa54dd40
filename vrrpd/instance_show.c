/*
 * instance_show.c - what an instance tells about itself, to people and to programs.
 */
#include <stdio.h>

#include "common/daemon.h"
#include "vrrpd/announce.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/track.h"

static double
seconds_since(usec_t at)
{
	return (double)(clock_boot() - at) / (double)USEC_PER_SEC;
}

static void
text_active(const struct instance *in, struct strbuf *b)
{
	char text[ADDR_STRLEN];

	if (in->fsm.state == VRRP_MASTER)
		return;
	if (in->fsm.active.len > 0)
		strbuf_addf(b, "  active router %s, priority %d\n",
			    addr_format_ip(&in->fsm.active, text), in->fsm.active_priority);
	else
		strbuf_adds(b, "  no active router heard\n");
}

static void
text_vips(const struct instance *in, struct strbuf *b)
{
	char text[ADDR_STRLEN];

	strbuf_adds(b, "  addresses");
	for (size_t i = 0; i < in->conf->n_held; i++) {
		const struct vip_conf *vip = &in->conf->vips[i];

		strbuf_addf(b, " %s/%d", addr_format_ip(&vip->addr, text), vip->prefix_len);
		strbuf_adds(b, i < in->conf->n_vips ? "" : " (excluded)");
		if (vip->dev)
			strbuf_addf(b, " dev %s", vip->dev);
	}
	strbuf_adds(b, vrrp_fsm_holds_vips(&in->fsm) ? ", held here\n" : ", not here\n");
}

void
instance_text(const struct instance *in, struct strbuf *b)
{
	const struct instance_counters *c = &in->count;
	uint64_t dropped = 0;

	for (int i = 1; i < VRRP_N_DROPS; i++)
		dropped += c->drops[i];
	strbuf_addf(b, "instance %s: %s for %.1f s", in->conf->name, vrrp_state_name(in->fsm.state),
		    seconds_since(in->fsm.at_changed));
	if (in->fsm.faults)
		strbuf_addf(b, " (%s)", vrrp_fault_text(in->fsm.faults));
	strbuf_addf(b, "%s\n  %s, virtual router %d, version %d, priority %d",
		    in->fsm.leaving ? ", leaving" : "", in->conf->interface,
		    in->conf->virtual_router_id, in->conf->version, in->fsm.priority);
	if (in->fsm.priority != in->conf->priority)
		strbuf_addf(b, " (configured %d)", in->conf->priority);
	strbuf_addf(b, ", advertising each %lld ms%s\n",
		    (long long)(in->conf->advert_int / USEC_PER_MS),
		    in->conf->nopreempt ? ", nopreempt" : "");
	text_vips(in, b);
	text_active(in, b);
	if (in->fsm.n_stalls)
		strbuf_addf(b, "  woke up too late %llu times, once after %.3f s\n",
			    (unsigned long long)in->fsm.n_stalls,
			    (double)in->fsm.longest_stall / (double)USEC_PER_SEC);
	strbuf_addf(b, "  %llu adverts sent, %llu received, %llu dropped; %llu times master\n",
		    (unsigned long long)c->adverts_sent, (unsigned long long)c->adverts_received,
		    (unsigned long long)dropped, (unsigned long long)in->fsm.n_become_master);
}

static void
json_text(struct strbuf *b, const char *key, const char *value)
{
	strbuf_addf(b, ",\"%s\":", key);
	strbuf_add_json(b, value);
}

static void
json_number(struct strbuf *b, const char *key, uint64_t value)
{
	strbuf_addf(b, ",\"%s\":%llu", key, (unsigned long long)value);
}

static void
json_flag(struct strbuf *b, const char *key, bool value)
{
	strbuf_addf(b, ",\"%s\":%s", key, value ? "true" : "false");
}

static void
json_addr(struct strbuf *b, const char *key, const struct addr *a)
{
	char text[ADDR_STRLEN];

	json_text(b, key, a->len > 0 ? addr_format_ip(a, text) : "");
}

static void
json_vips(const struct instance *in, struct strbuf *b)
{
	char text[ADDR_STRLEN];

	strbuf_adds(b, ",\"vips\":[");
	for (size_t i = 0; i < in->conf->n_held; i++) {
		const struct vip_conf *vip = &in->conf->vips[i];

		strbuf_addf(b, "%s{\"address\":\"%s\",\"prefix\":%d,\"interface\":", i ? "," : "",
			    addr_format_ip(&vip->addr, text), vip->prefix_len);
		strbuf_add_json(b, vip->dev ? vip->dev : in->conf->interface);
		strbuf_addf(b, ",\"excluded\":%s", i < in->conf->n_vips ? "false" : "true");
		strbuf_adds(b, "}");
	}
	strbuf_adds(b, "]");
}

static void
json_faults(const struct instance *in, struct strbuf *b)
{
	const char *comma = "";

	strbuf_adds(b, ",\"faults\":[");
	for (unsigned i = 0; i < VRRP_N_FAULTS; i++) {
		if (!(in->fsm.faults & 1u << i))
			continue;
		strbuf_adds(b, comma);
		strbuf_add_json(b, vrrp_fault_text(1u << i));
		comma = ",";
	}
	strbuf_adds(b, "],\"tracks\":[");
	for (size_t i = 0; i < in->n_tracks; i++) {
		strbuf_adds(b, i ? "," : "");
		strbuf_add_json(b, track_name(in->tracks[i]));
	}
	strbuf_adds(b, "]");
}

static void
json_counters(const struct instance *in, struct strbuf *b)
{
	const struct instance_counters *c = &in->count;

	strbuf_addf(b, ",\"stats\":{\"advert_sent\":%llu", (unsigned long long)c->adverts_sent);
	json_number(b, "advert_rcvd", c->adverts_received);
	json_number(b, "become_master", in->fsm.n_become_master);
	json_number(b, "release_master", in->fsm.n_release_master);
	json_number(b, "stalls", in->fsm.n_stalls);
	json_number(b, "pri_zero_sent", c->zero_sent);
	json_number(b, "pri_zero_rcvd", c->zero_received);
	json_number(b, "addr_list_err", c->list_differs);
	json_number(b, "send_err", c->send_errors);
	json_number(b, "vip_restored", c->vips_restored);
	json_number(b, "garp_sent", announce_sent(in->announce));
	for (int i = 1; i < VRRP_N_DROPS; i++)
		json_number(b, vrrp_drop_name((enum vrrp_drop)i), c->drops[i]);
	strbuf_adds(b, "}");
}

void
instance_json(const struct instance *in, struct strbuf *b)
{
	const struct instance_conf *ic = in->conf;

	strbuf_adds(b, "{\"name\":");
	strbuf_add_json(b, ic->name);
	json_text(b, "state", vrrp_state_name(in->fsm.state));
	json_text(b, "interface", ic->interface);
	json_number(b, "vrid", (uint64_t)ic->virtual_router_id);
	json_number(b, "version", (uint64_t)ic->version);
	json_number(b, "priority", in->fsm.priority);
	json_number(b, "base_priority", (uint64_t)ic->priority);
	json_number(b, "advert_int_ms", (uint64_t)(ic->advert_int / USEC_PER_MS));
	json_flag(b, "nopreempt", ic->nopreempt);
	json_flag(b, "holds_vips", vrrp_fsm_holds_vips(&in->fsm));
	json_flag(b, "leaving", in->fsm.leaving);
	json_addr(b, "source", &in->wire.src);
	json_addr(b, "active", in->fsm.state == VRRP_MASTER ? &in->wire.src : &in->fsm.active);
	json_number(b, "active_priority", in->fsm.active_priority);
	strbuf_addf(b, ",\"in_state_s\":%.3f", seconds_since(in->fsm.at_changed));
	json_vips(in, b);
	json_faults(in, b);
	json_counters(in, b);
	strbuf_adds(b, "}");
}
