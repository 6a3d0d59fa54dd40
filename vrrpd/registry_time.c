/*
 * registry_time.c - what the instances share about time: the delay after the start, and the lag.
 */
#include <event2/event.h>

#include "common/daemon.h"
#include "vrrpd/lag.h"
#include "vrrpd/registry_priv.h"

static void
on_claim(evutil_socket_t fd, short what, void *arg)
{
	struct registry *r = arg;
	struct member *m;

	(void)fd;
	(void)what;
	r->world.claim_at = 0;
	log_info("the delay after the start is over");
	TAILQ_FOREACH (m, &r->members, link)
		instance_weigh(m->in);
}

void
registry_delay_claims(struct registry *r, const struct global_conf *g)
{
	usec_t since_boot = clock_boot(), delay = g->startup_delay;
	struct timeval tv;

	if (g->delay_after_boot - since_boot > delay)
		delay = g->delay_after_boot - since_boot;
	if (delay == 0)
		return;
	log_info("no address is claimed for %lld ms: vrrp_startup_delay, vrrp_delay_after_boot",
		 (long long)(delay / USEC_PER_MS));
	tv = (struct timeval){.tv_sec = delay / USEC_PER_SEC, .tv_usec = delay % USEC_PER_SEC};
	r->world.claim_at = clock_boot() + delay;
	evtimer_add(r->claim_timer, &tv);
}

void
registry_set_lag(struct registry *r, const struct vrrpd_conf *conf)
{
	const struct addr none = {.len = 0};
	usec_t interval = USEC_PER_SEC, stall = USEC_NEVER;

	for (size_t i = 0; i < conf->n_instances; i++) {
		struct vrrp_params p;

		instance_conf_params(&conf->instances[i], &none, &p);
		if (p.interval < interval)
			interval = p.interval;
		if (vrrp_silence_max(&p) < stall)
			stall = vrrp_silence_max(&p);
	}
	lag_set(r->world.lag, interval, stall);
}

int
registry_open_time(struct registry *r, struct err *e)
{
	r->claim_timer = evtimer_new(r->base, on_claim, r);
	if (!r->claim_timer)
		return err_set(e, "out of memory");
	r->world.lag = lag_new(r->base, e);
	return r->world.lag ? 0 : -1;
}

void
registry_close_time(struct registry *r)
{
	if (r->claim_timer)
		event_free(r->claim_timer);
	lag_free(&r->world.lag);
}
