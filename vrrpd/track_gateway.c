/*
 * track_gateway.c - addresses that must be reachable, such as the routers of this network.
 */
#include <stdlib.h>

#include "vrrpd/reach.h"
#include "vrrpd/track_priv.h"

struct probe {
	struct track *track;
	struct reach *reach;
};

static void
on_change(void *arg)
{
	struct probe *p = arg;

	track_changed(p->track);
}

static void *
gateway_open(struct track *track)
{
	const struct track_conf *tc = track->conf;
	struct reach_target targets[TRACK_TARGETS_MAX];
	struct probe *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	for (size_t i = 0; i < tc->n_gateways; i++)
		targets[i] = (struct reach_target){
		    .addr = tc->gateways[i].addr,
		    .dev = tc->gateways[i].dev,
		    .how = tc->probe == GATEWAY_ARP ? REACH_LINK : REACH_ECHO,
		};
	p->track = track;
	p->reach = reach_new(track->world->base, track->world->links, targets, tc->n_gateways,
			     on_change, p);
	if (p->reach)
		return p;
	free(p);
	return NULL;
}

static void
gateway_start(void *probe)
{
	struct probe *p = probe;

	reach_start(p->reach, &p->track->conf->timing, p->track->conf->need);
}

static void
gateway_close(void *probe)
{
	struct probe *p = probe;

	reach_free(&p->reach);
	free(p);
}

static void
gateway_fact(const void *probe, struct track_fact *out)
{
	const struct reach_state *s = reach_now(((const struct probe *)probe)->reach);

	*out = (struct track_fact){.verdict = s->now, .reason = s->reason};
}

static void
gateway_text(const void *probe, struct strbuf *b)
{
	reach_text(((const struct probe *)probe)->reach, b);
}

static void
gateway_json(const void *probe, struct strbuf *b)
{
	const struct probe *p = probe;

	track_json_number(b, "need", p->track->conf->need);
	strbuf_adds(b, ",\"gateways\":");
	reach_json(p->reach, b);
}

const struct track_ops track_gateway_ops = {
    .open = gateway_open,
    .start = gateway_start,
    .close = gateway_close,
    .fact = gateway_fact,
    .text = gateway_text,
    .json = gateway_json,
};
