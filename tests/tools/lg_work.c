/*
 * lg_work.c - the workloads made of echo connections: short, pingpong, long, idle, mix.
 */
#include <stdlib.h>

#include "lg_echo.h"

#define OPENED_CHECK (5 * USEC_PER_MS)

struct work {
	struct load *load;
	struct echo_group *group, *chatty;
	struct bulk_group *bulk;
	struct timer opened; /* idle: looks whether all are open, so that the hold may begin */
};

static struct work *
work_new(struct load *l)
{
	struct work *w = must_alloc(1, sizeof(*w));

	w->load = l;
	l->state = w;
	return w;
}

static void
start_short(struct load *l)
{
	work_new(l)->group = echo_group_start(l, RHYTHM_SHORT, l->opt.conns);
}

static void
start_pingpong(struct load *l)
{
	work_new(l)->group = echo_group_start(l, RHYTHM_PINGPONG, l->opt.conns);
}

static void
start_long(struct load *l)
{
	work_new(l)->group = echo_group_start(l, RHYTHM_LONG, l->opt.conns);
}

static void
close_work(struct load *l)
{
	struct work *w = l->state;

	timer_cancel(&l->loop, &w->opened);
	if (w->group)
		echo_group_free(w->group);
	if (w->chatty)
		echo_group_free(w->chatty);
	if (w->bulk)
		bulk_group_free(w->bulk);
	free(w);
}

/* The others join when the idle ones are there: opening them is not what a mix is about. */
static void
join_mix(struct work *w)
{
	struct load *l = w->load;

	w->chatty = echo_group_start(l, RHYTHM_PINGPONG, l->opt.chatty_conns);
	w->bulk = bulk_group_start(l, l->opt.bulk_conns, true, true);
}

/* The time of holding counts from here. */
static void
on_opened(struct timer *t)
{
	struct work *w = container_of(t, struct work, opened);
	struct load *l = w->load;
	usec_t now = mono_now();

	if (!echo_group_settled(w->group)) {
		timer_set(&l->loop, t, now + OPENED_CHECK);
		return;
	}
	l->counts.n_held = echo_group_open(w->group);
	fprintf(stderr, "loadgen: holding %llu connections, %llu failed\n",
		(unsigned long long)l->counts.n_held,
		(unsigned long long)l->counts.connect_errors.total);
	if (l->workload == &work_mix)
		join_mix(w);
	if (l->opt.warmup)
		timer_set(&l->loop, &l->warm_end, now + l->opt.warmup);
	timer_set(&l->loop, &l->end, now + l->opt.warmup + l->opt.run_for);
}

static void
start_idle_group(struct work *w, int64_t conns)
{
	w->group = echo_group_start(w->load, RHYTHM_IDLE, conns);
	w->opened.on_due = on_opened;
	timer_set(&w->load->loop, &w->opened, mono_now() + OPENED_CHECK);
}

static void
start_idle(struct load *l)
{
	start_idle_group(work_new(l), l->opt.conns);
}

static void
start_mix(struct load *l)
{
	struct work *w = work_new(l);

	start_idle_group(w, l->opt.idle_conns);
}

static void
verified(struct load *l)
{
	struct work *w = l->state;

	l->counts.n_alive = echo_group_open(w->group);
	fprintf(stderr, "loadgen: alive %llu of %llu\n", (unsigned long long)l->counts.n_alive,
		(unsigned long long)l->counts.n_held);
	if (l->stopping)
		load_stop(l);
}

static void
verify_idle(struct load *l)
{
	struct work *w = l->state;

	echo_group_verify(w->group, verified);
}

const struct workload work_short = {
    .name = "short",
    .text = "connect, send --size bytes, get them back, close; --conns at once or --rate",
    .start = start_short,
    .close = close_work,
};
const struct workload work_pingpong = {
    .name = "pingpong",
    .text = "--size bytes to and fro on --conns connections, at once or at --rate",
    .start = start_pingpong,
    .close = close_work,
};
const struct workload work_long = {
    .name = "long",
    .text = "--conns connections with a message every --interval; which break?",
    .start = start_long,
    .close = close_work,
};
const struct workload work_idle = {
    .name = "idle",
    .text = "open --conns connections, hold them --for, verify each (SIGUSR1: also now), close",
    .start = start_idle,
    .quit = verify_idle,
    .close = close_work,
    .verify = verify_idle,
    .holds = true,
};
/* As idle, but the latencies are those of opening: from connect() to the first answer. */
const struct workload work_storm = {
    .name = "storm",
    .text = "open --conns connections, --opening at a time; latency until the first answer",
    .start = start_idle,
    .quit = verify_idle,
    .close = close_work,
    .verify = verify_idle,
    .holds = true,
};
const struct workload work_mix = {
    .name = "mix",
    .text = "--idle, --chatty (pingpong) and --bulk (both directions) connections together",
    .start = start_mix,
    .quit = verify_idle,
    .close = close_work,
    .verify = verify_idle,
    .holds = true,
};
