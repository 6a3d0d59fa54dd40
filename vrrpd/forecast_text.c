/*
 * forecast_text.c - the forecast of a configuration for those who check it.  Pure.
 */
#include <string.h>

#include "vrrpd/forecast.h"

/* A busy host delays a process of normal priority by more than three of these. */
#define QUICK_INTERVAL (100 * USEC_PER_MS)

static void
add_time(struct strbuf *b, usec_t t)
{
	if (t == USEC_NEVER)
		strbuf_adds(b, "never: no failover");
	else
		strbuf_addf(b, "%lld.%03lld s", (long long)(t / USEC_PER_SEC),
			    (long long)(t % USEC_PER_SEC / USEC_PER_MS));
}

static void
add_figures(const struct forecast *f, struct strbuf *b)
{
	static const char *const texts[] = {
#define X(id, name, text) text,
	    FORECAST_TABLE(X)
#undef X
	};

	for (int i = 0; i < FORECAST_N; i++) {
		strbuf_addf(b, "  %-22s ", texts[i]);
		add_time(b, f->without[i]);
		if (i == FORECAST_SWITCHOVER) {
			strbuf_adds(b, ", done within ");
			add_time(b, f->switchover_done);
		}
		if (i == FORECAST_VRRPD_KILLED && f->second_holder != USEC_NEVER) {
			strbuf_adds(b, ", the address stays there as well for at most ");
			add_time(b, f->second_holder);
		}
		strbuf_addc(b, '\n');
	}
}

static void
add_tracks(const struct instance_conf *ic, struct strbuf *b)
{
	for (size_t i = 0; i < ic->n_tracks; i++) {
		const struct track_use *t = &ic->tracks[i];
		const char *when = t->reverse ? "being well" : "failing";
		uint8_t bad, good;

		strbuf_addf(b, "  track %-16s ", t->track->name);
		forecast_track(ic, i, &bad, &good);
		if (t->track->kind == TRACK_FILE)
			strbuf_addf(b, "its number times %d is added\n",
				    t->reverse ? -t->weight : t->weight);
		else if (t->weight == 0)
			strbuf_addf(b, "%s is FAULT: any other router takes over\n", when);
		else if (bad != good)
			strbuf_addf(b,
				    "weight %d: %s, it gives way to priorities %d to 254, and "
				    "to no lower ones\n",
				    t->weight, when, bad + 1);
		else
			strbuf_addf(b, "weight %d: moves nothing\n", t->weight);
	}
}

static void
warn_of_tracks(const struct instance_conf *ic, struct strbuf *b)
{
	for (size_t i = 0; i < ic->n_tracks; i++) {
		const struct track_use *use = &ic->tracks[i];
		const char *name = use->track->name;
		uint8_t bad, good;

		if (use->weight == 0 || use->track->kind == TRACK_FILE)
			continue;
		forecast_track(ic, i, &bad, &good);
		if (ic->nopreempt)
			strbuf_addf(
			    b,
			    "  warning: track %s can never cause a failover: a weight moves "
			    "nothing with nopreempt, weight 0 would\n",
			    name);
		else if (bad == good)
			strbuf_addf(
			    b,
			    "  warning: track %s can never cause a failover: weight %d leaves "
			    "the priority at %d\n",
			    name, use->weight, good);
		else if (bad >= 254)
			strbuf_addf(b,
				    "  warning: track %s can never cause a failover: failing, the "
				    "priority is still 254\n",
				    name);
	}
	if (ic->n_tracks == 0)
		strbuf_adds(b, "  warning: nothing is tracked: when the proxy dies the address "
			       "stays with it\n");
}

static void
warn_of_times(const struct instance_conf *ic, const struct global_conf *g, struct strbuf *b)
{
	struct forecast slow;

	forecast_make(ic, 1, &slow);
	if (!ic->vip_lease)
		strbuf_adds(b, "  warning: vip_lease = no: a vrrpd that is killed leaves the "
			       "address on its host beside the new master's\n");
	if (slow.without[FORECAST_VRRPD_KILLED] > 0) {
		strbuf_adds(b, "  warning: vrrpd killed: a successor of priority 1 comes ");
		add_time(b, slow.without[FORECAST_VRRPD_KILLED]);
		strbuf_adds(b, " after the end of the lease\n");
	}
	if (ic->advert_int < QUICK_INTERVAL && g->rt_priority == 0)
		strbuf_addf(b,
			    "  warning: advert_int %lldms with vrrp_rt_priority = 0: a busy host "
			    "loses the role without a fault\n",
			    (long long)(ic->advert_int / USEC_PER_MS));
}

void
forecast_text(const struct instance_conf *ic, const struct global_conf *g, struct strbuf *b)
{
	struct forecast f;

	forecast_make(ic, (uint8_t)ic->priority, &f);
	strbuf_addf(b,
		    "%s: at most so long without service, with a successor of priority %d that is "
		    "configured alike\n",
		    ic->name, ic->priority);
	add_figures(&f, b);
	strbuf_addf(b, "  %-22s ", "effective priority");
	if (f.low == f.high)
		strbuf_addf(b, "%d\n", f.high);
	else
		strbuf_addf(b, "%d to %d\n", f.low, f.high);
	add_tracks(ic, b);
	warn_of_tracks(ic, b);
	warn_of_times(ic, g, b);
}
