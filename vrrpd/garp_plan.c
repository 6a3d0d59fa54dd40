/*
 * garp_plan.c - bursts of announcements, spread over time.
 */
#include "vrrpd/garp_plan.h"

/* Rounds of a burst after its beginning; further ones follow each second. */
static const usec_t offsets[] = {0, 10 * USEC_PER_MS, 50 * USEC_PER_MS, 200 * USEC_PER_MS,
				 USEC_PER_SEC};
#define N_OFFSETS ((int)(sizeof(offsets) / sizeof(*offsets)))

/* A loop that was late does not make up for it with rounds back to back. */
#define ROUND_GAP   (5 * USEC_PER_MS)
/* While another router believes to be master, the LAN is told the truth at most this often. */
#define RIVAL_GAP   USEC_PER_SEC
/* Silence that ends an episode. */
#define RIVAL_QUIET (10 * USEC_PER_SEC)

static usec_t
offset_of(int step)
{
	if (step < N_OFFSETS)
		return offsets[step];
	return offsets[N_OFFSETS - 1] + (step - N_OFFSETS + 1) * USEC_PER_SEC;
}

static void
begin_burst(struct garp_plan *p, int n, usec_t now)
{
	p->burst_began = now;
	p->burst_step = 0;
	p->burst_n = n;
	p->round_at = n > 0 ? now : USEC_NEVER;
}

static void
take_round(struct garp_plan *p, usec_t now)
{
	p->last_round = now;
	if (++p->burst_step >= p->burst_n) {
		p->round_at = USEC_NEVER;
		return;
	}
	p->round_at = p->burst_began + offset_of(p->burst_step);
	if (p->round_at < now + ROUND_GAP)
		p->round_at = now + ROUND_GAP;
}

static usec_t
after(usec_t now, usec_t period)
{
	return period > 0 ? now + period : USEC_NEVER;
}

void
garp_plan_init(struct garp_plan *p)
{
	*p = (struct garp_plan){.last_round = -USEC_NEVER / 2, .rival_at = -USEC_NEVER / 2};
	garp_plan_stop(p);
}

void
garp_plan_stop(struct garp_plan *p)
{
	p->round_at = p->second_at = p->refresh_at = p->extra_at = USEC_NEVER;
}

void
garp_plan_claim(struct garp_plan *p, const struct garp_conf *c, usec_t now)
{
	begin_burst(p, c->master_repeat, now);
	p->second_at = after(now, c->master_delay);
	p->second_n = c->master_repeat;
	p->rival_at = -USEC_NEVER / 2;
	garp_plan_change(p, c, now);
}

void
garp_plan_change(struct garp_plan *p, const struct garp_conf *c, usec_t now)
{
	p->refresh_at = after(now, c->master_refresh);
	p->extra_at = after(now, c->extra_if);
}

static void
hurry_round(struct garp_plan *p, usec_t at)
{
	usec_t next = p->round_at < p->second_at ? p->round_at : p->second_at;

	if (next <= at)
		return;
	if (p->round_at == USEC_NEVER) { /* one more than the burst had */
		p->burst_step = 0;
		p->burst_n = 1;
	}
	p->round_at = at;
}

void
garp_plan_rival(struct garp_plan *p, const struct garp_conf *c, usec_t now)
{
	bool same_episode = now - p->rival_at < RIVAL_QUIET;

	p->rival_at = now;
	if (c->lower_prio_repeat <= 0)
		return;
	if (same_episode) {
		hurry_round(p, p->last_round + RIVAL_GAP > now ? p->last_round + RIVAL_GAP : now);
		return;
	}
	begin_burst(p, c->lower_prio_repeat, now);
	p->second_at = after(now, c->lower_prio_delay);
	p->second_n = c->lower_prio_repeat;
}

void
garp_plan_again(struct garp_plan *p, const struct garp_conf *c, usec_t now)
{
	begin_burst(p, c->master_repeat, now);
}

usec_t
garp_plan_deadline(const struct garp_plan *p)
{
	usec_t at = p->round_at;

	if (p->second_at < at)
		at = p->second_at;
	if (p->refresh_at < at)
		at = p->refresh_at;
	return p->extra_at < at ? p->extra_at : at;
}

unsigned
garp_plan_due(struct garp_plan *p, const struct garp_conf *c, usec_t now)
{
	unsigned due = 0;

	if (now >= p->second_at) {
		p->second_at = USEC_NEVER;
		begin_burst(p, p->second_n, now);
	}
	if (now >= p->refresh_at) {
		p->refresh_at = after(now, c->master_refresh);
		if (p->round_at == USEC_NEVER)
			begin_burst(p, c->master_refresh_repeat, now);
	}
	if (now >= p->extra_at) {
		p->extra_at = after(now, c->extra_if);
		due |= GARP_ROUND_EXTRA;
	}
	if (now >= p->round_at) {
		take_round(p, now);
		due |= GARP_ROUND_ALL;
	}
	return due;
}
