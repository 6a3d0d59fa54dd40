/*
 * instance_witness.c - asks the witnesses, and the peer beside them, and tells the election.
 *
 * The peer is who was heard last, or the configured ones with unicast.  It is asked by echo: a
 * backup is silent, and its host's answer is the only sign that a master has of it.
 */
#include <stdlib.h>

#include "common/daemon.h"
#include "common/log.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/reach.h"

struct witnesses {
	struct instance *in;
	struct reach *asked;
	struct reach *peers; /* NULL: none is known yet */
	struct addr peer;    /* with multicast; who `peers` asks */
	usec_t at_peer;      /* since */
	enum vrrp_witness told;
	bool told_peer;
};

static enum vrrp_witness
what_they_say(const struct witnesses *w)
{
	switch (reach_now(w->asked)->now) {
	case TRACK_OK:
		return VRRP_WITNESS_OK;
	case TRACK_FAILING:
	case TRACK_DEAD:
		return VRRP_WITNESS_LOST;
	case TRACK_WAITING:
		break;
	}
	return w->told == VRRP_WITNESS_NONE ? VRRP_WITNESS_WAITING : w->told;
}

/* As long as it is not known anew, what was known before counts. */
static bool
is_peer_seen(const struct witnesses *w)
{
	enum track_verdict now = w->peers ? reach_now(w->peers)->now : TRACK_FAILING;

	return now == TRACK_OK || (now == TRACK_WAITING && w->told_peer);
}

static void
tell(struct witnesses *w)
{
	struct vrrp_event ev = {
	    .type = VRRP_EV_WITNESS,
	    .witness = what_they_say(w),
	    .peer_seen = is_peer_seen(w),
	};

	if (ev.witness == VRRP_WITNESS_LOST && w->told != ev.witness)
		log_warn("%s: too few witnesses answer", w->in->conf->name);
	else if (ev.witness == VRRP_WITNESS_OK && w->told != ev.witness)
		log_notice("%s: enough witnesses answer", w->in->conf->name);
	if (ev.peer_seen != w->told_peer)
		log_notice("%s: the peer %s", w->in->conf->name,
			   ev.peer_seen ? "answers" : "answers no more");
	w->told = ev.witness;
	w->told_peer = ev.peer_seen;
	instance_deliver(w->in, &ev);
}

static void
on_change(void *arg)
{
	tell(arg);
}

/* A peer's, in IPv6: it is on the instance's link. */
static bool
is_link_local(const struct addr *a)
{
	return addr_family(a) == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&a->in6.sin6_addr);
}

static struct reach *
ask(struct witnesses *w, const struct addr *list, size_t n, int need)
{
	const struct world *world = w->in->world;
	struct reach_target targets[TRACK_TARGETS_MAX];
	struct reach *r;

	n = n < TRACK_TARGETS_MAX ? n : TRACK_TARGETS_MAX;
	for (size_t i = 0; i < n; i++)
		targets[i] = (struct reach_target){
		    .addr = list[i],
		    .dev = is_link_local(&list[i]) ? w->in->conf->interface : NULL,
		    .how = addr_port(&list[i]) ? REACH_TCP : REACH_ECHO,
		};
	r = reach_new(world->base, world->links, targets, n, on_change, w);
	if (r)
		reach_start(r, &w->in->conf->witness.timing, need);
	return r;
}

static void
ask_peer(struct witnesses *w, const struct addr *peer)
{
	struct addr a = *peer;

	addr_set_port(&a, 0);
	w->peer = a;
	w->at_peer = clock_boot();
	reach_free(&w->peers);
	w->peers = ask(w, &a, 1, 1);
}

void
instance_close_witness(struct instance *in)
{
	struct witnesses *w = in->witnesses;

	if (!w)
		return;
	reach_free(&w->asked);
	reach_free(&w->peers);
	free(w);
	in->witnesses = NULL;
}

void
instance_open_witness(struct instance *in)
{
	const struct vrrp_event none = {.type = VRRP_EV_WITNESS, .witness = VRRP_WITNESS_NONE};
	const struct instance_conf *ic = in->conf;
	struct witnesses before = {.told = VRRP_WITNESS_NONE}, *w;
	bool had = in->witnesses != NULL;

	if (had)
		before = *in->witnesses;
	instance_close_witness(in);
	if (ic->witness.n == 0) {
		if (had)
			instance_deliver(in, &none);
		return;
	}
	w = calloc(1, sizeof(*w));
	if (w) {
		w->in = in;
		w->told = before.told;
		w->told_peer = before.told_peer;
		in->witnesses = w;
		w->asked = ask(w, ic->witness.list, ic->witness.n, ic->witness.need);
	}
	if (!w || !w->asked) {
		log_err("%s: witnesses: out of memory", ic->name);
		instance_close_witness(in);
		return;
	}
	if (ic->n_unicast_peers > 0)
		w->peers = ask(w, ic->unicast_peers, ic->n_unicast_peers, 1);
	else if (in->fsm.peer.len > 0)
		ask_peer(w, &in->fsm.peer);
	tell(w);
}

void
instance_follow_peer(struct instance *in)
{
	struct witnesses *w = in->witnesses;

	if (!w || in->conf->n_unicast_peers > 0 || in->fsm.peer.len == 0)
		return;
	if (w->peer.len > 0 && addr_ip_equal(&w->peer, &in->fsm.peer))
		return;
	/* invented ones must not keep us busy; whoever is there speaks again */
	if (w->peer.len == 0 || clock_boot() - w->at_peer >= in->conf->witness.timing.interval)
		ask_peer(w, &in->fsm.peer);
}

void
instance_witness_text(const struct instance *in, struct strbuf *b)
{
	const struct witnesses *w = in->witnesses;

	if (!w)
		return;
	strbuf_adds(b, "  witness    ");
	reach_text(w->asked, b);
	strbuf_addf(b, "; the peer %s\n",
		    !w->peers      ? "was not heard yet"
		    : w->told_peer ? "answers"
				   : "does not answer");
}

void
instance_witness_json(const struct instance *in, struct strbuf *b)
{
	static const char *const names[] = {"none", "waiting", "ok", "lost"};
	const struct witnesses *w = in->witnesses;

	if (!w)
		return;
	strbuf_addf(b, ",\"witness\":\"%s\",\"witness_need\":%d,\"peer_seen\":%s,\"witnesses\":",
		    names[w->told], in->conf->witness.need, w->told_peer ? "true" : "false");
	reach_json(w->asked, b);
}
