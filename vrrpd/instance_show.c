/*
 * instance_show.c - what an instance tells about itself to people.
 *
 * The first line of an instance begins in column one, what belongs to it is indented; the first
 * word of each line stays what it is, for scripts.
 */
#include "common/daemon.h"
#include "vrrpd/forecast.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/show.h"
#include "vrrpd/track.h"

/* Every backup of a sync group waits for the others; it is worth a word when it would claim. */
unsigned
instance_told_faults(const struct instance *in)
{
	if (in->fsm.state == VRRP_BACKUP && in->fsm.down_at == USEC_NEVER)
		return in->fsm.faults;
	return in->fsm.faults & ~(1u << VRRP_FAULT_SYNC_WAIT);
}

static void
text_state(const struct instance *in, const struct show *s, struct strbuf *b)
{
	const struct record *r = in->record;
	size_t n = record_n_kept(r);
	char when[SHOW_TIME_MAX];

	strbuf_addf(b, "instance %s: %s", in->conf->name, vrrp_state_name(in->fsm.state));
	if (n > 0)
		strbuf_addf(b, " for %.1f s",
			    (double)(s->now - in->fsm.at_changed) / (double)USEC_PER_SEC);
	if (instance_told_faults(in))
		strbuf_addf(b, " (%s)", vrrp_fault_text(instance_told_faults(in)));
	strbuf_adds(b, in->fsm.leaving ? ", leaving" : "");
	strbuf_adds(b, r->disabled ? ", DISABLED by the operator" : "");
	if (n > 0)
		strbuf_addf(b, "\n  since      %s: %s",
			    show_time(record_kept(r, n - 1)->wall, false, when),
			    record_kept(r, n - 1)->cause);
	strbuf_addf(b, "\n  router     %s, virtual router %d, version %d, advertising each ",
		    in->conf->interface, in->conf->virtual_router_id, in->conf->version);
	show_duration(b, in->conf->advert_int);
	strbuf_adds(b, in->conf->nopreempt ? ", nopreempt\n" : "\n");
}

static void
text_priority(const struct instance *in, struct strbuf *b)
{
	int sum = in->conf->priority;

	if (!in->started || in->stopped) {
		strbuf_addf(b, "  priority   %d, takes no part\n", sum);
		return;
	}
	strbuf_addf(b, "  priority   %d = %d", in->fsm.priority, in->conf->priority);
	for (size_t i = 0; i < in->n_tracks; i++) {
		struct weight_fact fact = instance_fact(in, i);

		if (fact.weight == 0)
			continue;
		strbuf_addf(b, " %+d (track %s)", weight_share(&fact), track_name(in->tracks[i]));
		sum += weight_share(&fact);
	}
	strbuf_adds(b,
		    in->started && !in->stopped && sum != in->fsm.priority ? ", limited\n" : "\n");
}

static void
text_vips(const struct instance *in, const struct show *s, struct strbuf *b)
{
	bool holds = vrrp_fsm_holds_vips(&in->fsm);
	char text[ADDR_STRLEN];

	for (size_t i = 0; i < in->conf->n_held; i++) {
		const struct vip_conf *vip = &in->conf->vips[i];
		bool there = show_has_address(s, instance_vip_ifindex(in, vip), &vip->addr);

		strbuf_addf(b, "  address    %s/%d dev %s%s, ", addr_format_ip(&vip->addr, text),
			    vip->prefix_len, vip->dev ? vip->dev : in->conf->interface,
			    i < in->conf->n_vips ? "" : " (excluded)");
		if (!s->addresses_known)
			strbuf_adds(b, "not known\n");
		else if (there)
			strbuf_adds(b, holds ? "here\n" : "here, but it should NOT be\n");
		else if (in->held[i].n_failed > 0)
			strbuf_addf(b, "MISSING, failed %u times: %s\n", in->held[i].n_failed,
				    in->held[i].why);
		else if (in->held[i].given_up)
			strbuf_adds(b, "not here, removed by somebody else\n");
		else
			strbuf_adds(b, holds ? "MISSING\n" : "not here\n");
	}
}

static void
text_peers(const struct instance *in, const struct show *s, struct strbuf *b)
{
	char text[ADDR_STRLEN];

	if (in->fsm.state == VRRP_MASTER)
		strbuf_adds(b, "  master     this host\n");
	else if (in->fsm.active.len > 0)
		strbuf_addf(b, "  master     %s, priority %d\n",
			    addr_format_ip(&in->fsm.active, text), in->fsm.active_priority);
	else
		strbuf_adds(b, "  master     none heard\n");
	for (size_t i = 0; i < in->peers.n; i++) {
		const struct peer *p = &in->peers.list[i];

		strbuf_addf(b, "  peer       %s, priority %d, version %d, each ",
			    addr_format_ip(&p->addr, text), p->priority, p->version);
		show_duration(b, p->interval);
		strbuf_adds(b, p->leaving ? ", said goodbye " : ", last heard ");
		show_duration(b, s->now - p->at);
		strbuf_adds(b, " ago\n");
	}
}

static void
text_forecast(const struct instance *in, struct strbuf *b)
{
	uint8_t successor = instance_successor(in);
	struct forecast f;

	forecast_make(in->conf, successor, &f);
	strbuf_addf(b, "  forecast   to priority %d:", successor);
	for (int i = 0; i < FORECAST_N; i++) {
		strbuf_addf(b, "%s %s ", i ? "," : "", forecast_name((enum forecast_fault)i));
		if (f.without[i] == USEC_NEVER)
			strbuf_adds(b, "never");
		else
			show_duration(b, f.without[i]);
	}
	strbuf_addc(b, '\n');
}

void
instance_text(const struct instance *in, const struct show *s, struct strbuf *b)
{
	const struct instance_counters *c = &in->count;
	uint64_t dropped = 0;

	for (int i = 1; i < VRRP_N_DROPS; i++)
		dropped += c->drops[i];
	text_state(in, s, b);
	text_priority(in, b);
	text_vips(in, s, b);
	instance_text_routes(in, b);
	instance_alarms_text(in, b);
	text_peers(in, s, b);
	instance_auth_text(in, b);
	instance_witness_text(in, b);
	text_forecast(in, b);
	if (in->fsm.n_stalls)
		strbuf_addf(b, "  stalls     %llu, once after %.3f s: woke up too late\n",
			    (unsigned long long)in->fsm.n_stalls,
			    (double)in->fsm.longest_stall / (double)USEC_PER_SEC);
	strbuf_addf(b, "  adverts    %llu sent, %llu received, %llu dropped; %llu times master\n",
		    (unsigned long long)c->adverts_sent, (unsigned long long)c->adverts_received,
		    (unsigned long long)dropped, (unsigned long long)in->fsm.n_become_master);
}
