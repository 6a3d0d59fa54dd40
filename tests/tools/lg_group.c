/*
 * lg_group.c - a group of echo connections: opens them, paces the open loop, verifies, ends.
 */
#include <errno.h>
#include <stdlib.h>

#include "lg_echo.h"

static struct loop *
loop_of(struct echo_group *g)
{
	return &g->load->loop;
}

/* When the next operation of the open loop is to start. */
static usec_t
owed_at(const struct echo_group *g)
{
	return g->at_start + (usec_t)((double)g->n_started * 1e6 / g->load->opt.rate);
}

static void
start_owed(struct echo_group *g)
{
	usec_t now = mono_now(), at;
	bool is_short = g->rhythm == RHYTHM_SHORT;

	while ((at = owed_at(g)) <= now) {
		if (TAILQ_EMPTY(is_short ? &g->closed : &g->idle))
			return; /* one that becomes free takes it up */
		g->n_started++;
		if (is_short)
			(void)echo_conn_open(g, at);
		else
			echo_conn_send(TAILQ_FIRST(&g->idle), at);
	}
	timer_set(loop_of(g), &g->pump, at);
}

static bool
may_open(const struct echo_group *g)
{
	const struct echo_conn *c = TAILQ_FIRST(&g->closed);

	return c && !c->ended && g->n_opening < (size_t)g->load->opt.opening;
}

static void
on_pump(struct timer *t)
{
	struct echo_group *g = container_of(t, struct echo_group, pump);

	if (!echo_group_is_open_loop(g) || g->rhythm != RHYTHM_SHORT) {
		while (may_open(g)) {
			if (!echo_conn_open(g, mono_now())) {
				timer_set(loop_of(g), t, mono_now() + USEC_PER_MS);
				return; /* refused at once: not in a busy loop */
			}
		}
	}
	if (echo_group_is_open_loop(g))
		start_owed(g);
}

struct echo_group *
echo_group_start(struct load *l, enum rhythm rhythm, int64_t conns)
{
	struct echo_group *g = must_alloc(1, sizeof(*g));

	g->load = l;
	g->rhythm = rhythm;
	g->n_conns = (size_t)conns;
	g->conns = must_alloc(g->n_conns, sizeof(*g->conns));
	g->message = must_alloc((size_t)l->opt.size, 1);
	g->pump.on_due = on_pump;
	g->at_start = mono_now();
	TAILQ_INIT(&g->closed);
	TAILQ_INIT(&g->idle);
	for (int64_t i = 0; i < l->opt.size; i++)
		g->message[i] = (uint8_t)('a' + i % 26);
	if (l->opt.size)
		g->message[l->opt.size - 1] = '\n';
	for (size_t i = 0; i < g->n_conns; i++)
		echo_conn_init(&g->conns[i], g);
	timer_set(loop_of(g), &g->pump, USEC_NOW);
	return g;
}

void
echo_group_verify(struct echo_group *g, void (*done)(struct load *l))
{
	struct echo_conn *c, *next;

	if (g->n_verifying)
		return;
	g->verified = done;
	g->n_verifying = 1; /* kept until the loop is through */
	for (c = TAILQ_FIRST(&g->idle); c; c = next) {
		next = TAILQ_NEXT(c, link);
		g->n_verifying++;
		c->verifying = true;
		echo_conn_send(c, mono_now());
	}
	echo_group_verified_one(g);
}

size_t
echo_group_open(const struct echo_group *g)
{
	return g->n_open;
}

bool
echo_group_settled(const struct echo_group *g)
{
	const struct echo_conn *c = TAILQ_FIRST(&g->closed);

	return g->n_opening == 0 && (!c || c->ended);
}

void
echo_group_free(struct echo_group *g)
{
	usec_t now = mono_now();

	g->ending = true;
	timer_cancel(loop_of(g), &g->pump);
	for (size_t i = 0; i < g->n_conns; i++) {
		struct echo_conn *c = &g->conns[i];

		if (c->watch.fd < 0)
			continue;
		if (c->busy && now - c->at_op > g->load->opt.timeout)
			load_broken(g->load, ETIMEDOUT);
		else if (c->busy)
			g->load->counts.n_unfinished++;
		echo_conn_close(c);
	}
	free(g->conns);
	free(g->message);
	free(g);
}
