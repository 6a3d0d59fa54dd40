/*
 * test_vrrp_sync.c - sync groups: the decision by itself, and whole groups of routers on two LANs.
 */
#include "tests/unit/unit.h"

#include "vrrpd/sync.h"

#define WAIT  (1u << VRRP_FAULT_SYNC_WAIT)
#define FAULT (1u << VRRP_FAULT_SYNC)

static const struct sync_member master = {.state = VRRP_MASTER, .in_term = true};
static const struct sync_member backup = {.state = VRRP_BACKUP};
static const struct sync_member expired = {.state = VRRP_BACKUP, .expired = true};
static const struct sync_member faulty = {.state = VRRP_FAULT, .faulty = true};
static const struct sync_member absent = {.state = VRRP_INIT, .absent = true};

struct decision {
	struct sync_member m[2];
	struct sync_order o[2];
	enum vrrp_state state;
};

static struct decision
decide(enum vrrp_state was, struct sync_member a, struct sync_member b)
{
	struct decision d = {.m = {a, b}};

	d.state = sync_decide(was, d.m, d.o, 2);
	return d;
}

static void
nobody_claims_while_one_still_has_a_master(void **s)
{
	struct decision d = decide(VRRP_BACKUP, expired, backup);

	(void)s;
	assert_int_equal(d.state, VRRP_BACKUP);
	assert_int_equal(d.o[0].faults, WAIT);
	assert_int_equal(d.o[1].faults, WAIT);
}

static void
all_claim_when_each_would(void **s)
{
	struct decision d = decide(VRRP_BACKUP, expired, expired);

	(void)s;
	assert_int_equal(d.o[0].faults, 0);
	assert_int_equal(d.o[1].faults, 0);
	d = decide(d.state, master, expired); /* the first has stepped */
	assert_int_equal(d.o[0].faults | d.o[1].faults, 0);
	assert_false(d.o[0].yield);
	d = decide(d.state, master, master);
	assert_int_equal(d.state, VRRP_MASTER);
	assert_true(d.m[0].in_term && d.m[1].in_term);
}

static void
one_fault_is_everybodys(void **s)
{
	struct decision d = decide(VRRP_MASTER, faulty, master);

	(void)s;
	assert_int_equal(d.state, VRRP_FAULT);
	assert_int_equal(d.o[0].faults, WAIT); /* its own is enough, and heals by itself */
	assert_int_equal(d.o[1].faults, FAULT | WAIT);
	d = decide(VRRP_FAULT, faulty, faulty);
	assert_int_equal(d.o[0].faults, FAULT | WAIT);
	assert_int_equal(d.o[1].faults, FAULT | WAIT);
}

static void
healed_group_begins_as_backup(void **s)
{
	struct decision d = decide(VRRP_FAULT, backup, (struct sync_member){.state = VRRP_FAULT});

	(void)s;
	assert_int_equal(d.state, VRRP_BACKUP);
	assert_int_equal(d.o[1].faults, WAIT);
}

static void
one_that_lost_the_role_takes_the_others_along(void **s)
{
	struct decision d =
	    decide(VRRP_MASTER, (struct sync_member){VRRP_BACKUP, .in_term = true}, master);

	(void)s;
	assert_int_equal(d.state, VRRP_BACKUP);
	assert_false(d.o[0].yield);
	assert_true(d.o[1].yield);
	assert_int_equal(d.o[1].faults, WAIT);
	assert_false(d.m[0].in_term || d.m[1].in_term);
}

static void
newcomer_may_claim_by_itself_beside_a_master_group(void **s)
{
	struct decision d = decide(VRRP_MASTER, master, backup);

	(void)s;
	assert_int_equal(d.state, VRRP_MASTER);
	assert_int_equal(d.o[1].faults, 0);
	assert_false(d.o[0].yield);
	d = decide(VRRP_MASTER, master, (struct sync_member){.state = VRRP_MASTER});
	assert_true(d.m[1].in_term);
}

static void
instances_that_become_a_group_while_they_differ_begin_as_backup(void **s)
{
	struct decision d = decide(VRRP_INIT, master, backup);

	(void)s;
	assert_int_equal(d.state, VRRP_BACKUP);
	assert_true(d.o[0].yield);
}

static void
who_is_not_started_does_not_count(void **s)
{
	struct decision d = decide(VRRP_BACKUP, expired, absent);

	(void)s;
	assert_int_equal(d.o[0].faults, 0);
	d = decide(VRRP_MASTER, master, absent);
	assert_int_equal(d.state, VRRP_MASTER);
	assert_int_equal(decide(VRRP_MASTER, absent, absent).state, VRRP_INIT);
}

/* --- whole routers ---------------------------------------------------------------------------- */

#define N_LANS      2
#define ROUTERS_MAX 3
#define MS          USEC_PER_MS
#define S           USEC_PER_SEC
#define ON_THE_WIRE 512

struct member {
	struct vrrp_fsm f;
	struct vrrp_params p;
	unsigned own_faults, sync_faults;
	bool in_term;
	uint8_t base;
};

struct router {
	struct member m[N_LANS];
	enum vrrp_state state;
	bool dead;
	int n_changes;
};

struct frame {
	usec_t at;
	int to, lan;
	struct vrrp_event ev;
};

struct world {
	struct router r[ROUTERS_MAX];
	int n;
	usec_t now;
	bool cut[ROUTERS_MAX][ROUTERS_MAX][N_LANS]; /* from, to */
	struct frame wire[ON_THE_WIRE];
	size_t n_wire;
	unsigned loss, seed; /* percent */
};

static unsigned
dice(struct world *w)
{
	w->seed = w->seed * 1103515245u + 12345u;
	return (w->seed >> 16) % 100;
}

static void
send_advert(struct world *w, int from, int lan, uint8_t priority)
{
	const struct member *m = &w->r[from].m[lan];

	for (int to = 0; to < w->n; to++) {
		struct frame fr = {.at = w->now + MS / 2, .to = to, .lan = lan};

		if (to == from || w->cut[from][to][lan] || w->n_wire == ON_THE_WIRE ||
		    (m->own_faults & 1u << VRRP_FAULT_LINK) || dice(w) < w->loss)
			continue;
		fr.ev = (struct vrrp_event){
		    .type = VRRP_EV_ADVERT,
		    .advert = {priority, m->p.interval, m->p.source, 0},
		};
		w->wire[w->n_wire++] = fr;
	}
}

static void
step(struct world *w, int i, int lan, struct vrrp_event ev)
{
	struct member *m = &w->r[i].m[lan];
	struct vrrp_out out;
	struct vrrp_fsm before = m->f;
	bool follows = before.state == VRRP_BACKUP && before.active.len > 0 &&
		       addr_ip_equal(&before.active, &ev.advert.source);

	vrrp_fsm_step(&m->f, &m->p, &ev, w->now, &out);
	if (out.actions & VRRP_ACT_SEND_ZERO)
		send_advert(w, i, lan, 0);
	if (out.actions & VRRP_ACT_SEND_ADVERT)
		send_advert(w, i, lan, m->f.priority);
	if (ev.type != VRRP_EV_ADVERT || ev.advert.priority > 0 || !follows)
		return;
	for (int k = 0; k < N_LANS; k++) {
		struct member *o = &w->r[i].m[k];
		struct vrrp_event zero = {.type = VRRP_EV_ADVERT};

		if (k == lan || !sync_shares_zero(&o->f))
			continue;
		zero.advert.source = o->f.active;
		zero.advert.interval = o->f.active_adver;
		vrrp_fsm_step(&o->f, &o->p, &zero, w->now, &out);
	}
}

static void
tell_faults(struct world *w, int i, int lan)
{
	struct member *m = &w->r[i].m[lan];
	unsigned faults = m->own_faults | m->sync_faults;

	if (faults != m->f.told_faults)
		step(w, i, lan, (struct vrrp_event){.type = VRRP_EV_FAULTS, .faults = faults});
}

/* As the shell does it: until nothing changes. */
static void
synchronise(struct world *w, int i)
{
	struct router *r = &w->r[i];

	for (int round = 0; round < 10; round++) {
		struct sync_member m[N_LANS];
		struct sync_order o[N_LANS];
		enum vrrp_state was = r->state;
		bool changed = false;

		for (int k = 0; k < N_LANS; k++) {
			m[k] = sync_member_of(&r->m[k].f);
			m[k].in_term = r->m[k].in_term;
		}
		r->state = sync_decide(was, m, o, N_LANS);
		r->n_changes += r->state != was;
		for (int k = 0; k < N_LANS; k++) {
			changed |= r->m[k].sync_faults != o[k].faults || o[k].yield;
			r->m[k].in_term = m[k].in_term;
			r->m[k].sync_faults = o[k].faults;
			tell_faults(w, i, k);
		}
		for (int k = 0; k < N_LANS; k++)
			if (o[k].yield)
				step(w, i, k, (struct vrrp_event){.type = VRRP_EV_SWITCHOVER});
		if (!changed && r->state == was)
			return;
	}
	fail_msg("router %d does not come to rest", i);
}

static struct world
world_new(int n, const uint8_t priorities[][N_LANS])
{
	struct world w = {.n = n, .now = 1000 * S, .seed = 7};

	for (int i = 0; i < n; i++) {
		for (int k = 0; k < N_LANS; k++) {
			struct member *m = &w.r[i].m[k];
			char text[32];
			struct err e;

			snprintf(text, sizeof(text), "10.%d.0.%d", k, i + 1);
			m->base = priorities[i][k];
			m->p = (struct vrrp_params){
			    .version = 3, .down_adverts = 3, .interval = S, .preempt = true};
			assert_int_equal(addr_parse_ip(text, &m->p.source, &e), 0);
			m->sync_faults = WAIT;
			vrrp_fsm_init(&m->f);
		}
	}
	return w;
}

static void
start(struct world *w, int i)
{
	for (int k = 0; k < N_LANS; k++)
		step(w, i, k,
		     (struct vrrp_event){.type = VRRP_EV_START,
					 .priority = w->r[i].m[k].base,
					 .faults = w->r[i].m[k].sync_faults});
	synchronise(w, i);
}

static void
deliver(struct world *w)
{
	for (size_t i = 0; i < w->n_wire;) {
		struct frame fr = w->wire[i];

		if (fr.at > w->now) {
			i++;
			continue;
		}
		w->wire[i] = w->wire[--w->n_wire];
		if (w->r[fr.to].dead || w->r[fr.to].m[fr.lan].f.state == VRRP_INIT ||
		    (w->r[fr.to].m[fr.lan].own_faults & 1u << VRRP_FAULT_LINK))
			continue;
		step(w, fr.to, fr.lan, fr.ev);
		synchronise(w, fr.to);
	}
}

static int
holders(const struct world *w, int lan)
{
	int n = 0;

	for (int i = 0; i < w->n; i++)
		n += !w->r[i].dead && vrrp_fsm_holds_vips(&w->r[i].m[lan].f);
	return n;
}

/* When something happens next, but not after end. */
static usec_t
next_event(const struct world *w, usec_t end)
{
	for (size_t i = 0; i < w->n_wire; i++)
		if (w->wire[i].at < end)
			end = w->wire[i].at;
	for (int i = 0; i < w->n; i++)
		for (int k = 0; !w->r[i].dead && k < N_LANS; k++)
			if (vrrp_fsm_deadline(&w->r[i].m[k].f) < end)
				end = vrrp_fsm_deadline(&w->r[i].m[k].f);
	return end > w->now ? end : w->now + 1;
}

static void
meet_deadlines(struct world *w, int i)
{
	for (int k = 0; k < N_LANS; k++)
		if (vrrp_fsm_deadline(&w->r[i].m[k].f) <= w->now)
			step(w, i, k, (struct vrrp_event){.type = VRRP_EV_DEADLINE});
	synchronise(w, i);
}

/* Runs on; how long each LAN was without a holder goes to gap. */
static void
run(struct world *w, usec_t length, usec_t gap[N_LANS])
{
	usec_t end = w->now + length;

	while (w->now < end) {
		usec_t next;

		deliver(w);
		for (int i = 0; i < w->n; i++)
			if (!w->r[i].dead)
				meet_deadlines(w, i);
		next = next_event(w, end);
		for (int k = 0; gap && k < N_LANS; k++)
			gap[k] += holders(w, k) == 0 ? next - w->now : 0;
		w->now = next;
	}
}

/* Who is master of both LANs, alone; -1: nobody is. */
static int
master_of_all(const struct world *w)
{
	for (int i = 0; i < w->n; i++)
		if (!w->r[i].dead && w->r[i].state == VRRP_MASTER && holders(w, 0) == 1 &&
		    holders(w, 1) == 1)
			return i;
	return -1;
}

static int
changes(const struct world *w)
{
	int n = 0;

	for (int i = 0; i < w->n; i++)
		n += w->r[i].n_changes;
	return n;
}

static const uint8_t usual[][N_LANS] = {{150, 150}, {100, 100}, {90, 90}};

static struct world
settled(int n, const uint8_t priorities[][N_LANS], int expected)
{
	struct world w = world_new(n, priorities);

	for (int i = 0; i < n; i++)
		start(&w, i);
	run(&w, 10 * S, NULL);
	assert_int_equal(master_of_all(&w), expected);
	return w;
}

static void
set_link(struct world *w, int i, int lan, bool up)
{
	w->r[i].m[lan].own_faults = up ? 0 : 1u << VRRP_FAULT_LINK;
	tell_faults(w, i, lan);
	synchronise(w, i);
}

static void
one_link_cut_moves_both_within_the_skew(void **s)
{
	struct world w = settled(2, usual, 0);
	usec_t gap[N_LANS] = {0};

	(void)s;
	set_link(&w, 0, 0, false);
	assert_int_equal(w.r[0].state, VRRP_FAULT);
	run(&w, 5 * S, gap);
	assert_int_equal(master_of_all(&w), 1);
	assert_in_range(gap[0], 1,
			620 * MS); /* 156/256 s; no 3.6 s, although nothing was said there */
	assert_int_equal(gap[1], 0);
	set_link(&w, 0, 0, true);
	run(&w, 10 * S, gap);
	assert_int_equal(master_of_all(&w), 0); /* preemption, of both at once */
	assert_int_equal(w.r[0].n_changes, 5);  /* BACKUP, MASTER, FAULT, BACKUP, MASTER */
}

static void
dead_host_is_replaced_on_both_within_the_down_interval(void **s)
{
	struct world w = settled(2, usual, 0);
	usec_t gap[N_LANS] = {0};

	(void)s;
	w.r[0].dead = true;
	run(&w, 10 * S, gap);
	assert_int_equal(master_of_all(&w), 1);
	assert_in_range(gap[0], 2 * S, 3620 * MS);
	assert_in_range(gap[1], 2 * S, 3620 * MS);
}

static void
switchover_of_one_moves_both_without_a_gap(void **s)
{
	struct world w = settled(2, usual, 0);
	usec_t gap[N_LANS] = {0};

	(void)s;
	step(&w, 0, 1, (struct vrrp_event){.type = VRRP_EV_SWITCHOVER});
	synchronise(&w, 0);
	run(&w, 10 * S, gap);
	assert_int_equal(master_of_all(&w), 1);
	assert_int_equal(gap[0] + gap[1], 0);
}

static void
switchover_with_nobody_to_take_over_keeps_both(void **s)
{
	struct world w = settled(1, usual, 0);
	usec_t gap[N_LANS] = {0};

	(void)s;
	step(&w, 0, 0, (struct vrrp_event){.type = VRRP_EV_SWITCHOVER});
	synchronise(&w, 0);
	run(&w, 10 * S, gap);
	assert_int_equal(master_of_all(&w), 0);
	assert_int_equal(gap[0] + gap[1], 0);
}

/* A few minutes in which nothing may move any more. */
static void
assert_quiet(struct world *w, int expected)
{
	int before;

	run(w, 20 * S, NULL);
	assert_int_equal(master_of_all(w), expected);
	before = changes(w);
	run(w, 120 * S, NULL);
	assert_int_equal(master_of_all(w), expected);
	assert_int_equal(changes(w), before);
}

static void
one_way_loss_on_one_lan_moves_nothing(void **s)
{
	(void)s;
	for (int lan = 0; lan < N_LANS; lan++) {
		for (int both = 0; both < 2; both++) {
			struct world w = settled(2, usual, 0);

			w.cut[0][1][lan] = true;
			w.cut[1][0][lan] = both;
			assert_quiet(&w, 0);
		}
	}
}

static void
one_way_loss_while_the_better_one_returns_settles(void **s)
{
	struct world w = settled(2, usual, 0);

	(void)s;
	w.r[0].dead = true;
	run(&w, 10 * S, NULL);
	assert_int_equal(master_of_all(&w), 1);
	w.r[0].dead = false;
	for (int k = 0; k < N_LANS; k++) {
		vrrp_fsm_init(&w.r[0].m[k].f);
		w.r[0].m[k].sync_faults = WAIT;
	}
	w.r[0].state = VRRP_INIT;
	w.cut[0][1][1] = true; /* the backup does not hear it on one LAN */
	start(&w, 0);
	assert_quiet(&w, 0);
}

static void
members_of_different_priority_do_not_fight(void **s)
{
	static const uint8_t crossed[][N_LANS] = {{150, 50}, {100, 100}};
	struct world w = world_new(2, crossed);
	int first;

	(void)s;
	start(&w, 0);
	start(&w, 1);
	run(&w, 10 * S, NULL);
	first = master_of_all(&w);
	assert_true(first >= 0);
	assert_quiet(&w, first);
}

static void
crossed_priorities_settle_after_a_partition(void **s)
{
	static const uint8_t crossed[][N_LANS] = {{150, 50}, {100, 100}};
	struct world w = world_new(2, crossed);

	(void)s;
	for (int k = 0; k < N_LANS; k++)
		w.cut[0][1][k] = w.cut[1][0][k] = true;
	start(&w, 0);
	start(&w, 1);
	run(&w, 10 * S, NULL);
	assert_int_equal(w.r[0].state, VRRP_MASTER);
	assert_int_equal(w.r[1].state, VRRP_MASTER);
	memset(w.cut, 0, sizeof(w.cut));
	run(&w, 10 * S, NULL);
	assert_true(master_of_all(&w) >= 0);
	assert_quiet(&w, master_of_all(&w));
}

static void
nopreempt_of_one_member_keeps_the_group_backup(void **s)
{
	struct world w = world_new(2, usual);

	(void)s;
	w.r[0].m[1].p.preempt = false;
	start(&w, 1);
	run(&w, 10 * S, NULL);
	start(&w, 0);
	assert_quiet(&w, 1);
}

static void
three_routers_under_random_loss_are_one_group_afterwards(void **s)
{
	(void)s;
	for (unsigned seed = 1; seed <= 40; seed++) {
		struct world w = settled(3, usual, 0);

		w.seed = seed;
		w.loss = 40;
		for (int i = 0; i < 20; i++) {
			bool link_up = dice(&w) < 60;

			set_link(&w, (int)dice(&w) % 3, (int)dice(&w) % 2, link_up);
			run(&w, 2 * S, NULL);
		}
		w.loss = 0;
		for (int i = 0; i < 3; i++)
			for (int k = 0; k < N_LANS; k++)
				set_link(&w, i, k, true);
		assert_quiet(&w, 0);
	}
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nobody_claims_while_one_still_has_a_master),
    cmocka_unit_test(all_claim_when_each_would),
    cmocka_unit_test(one_fault_is_everybodys),
    cmocka_unit_test(healed_group_begins_as_backup),
    cmocka_unit_test(one_that_lost_the_role_takes_the_others_along),
    cmocka_unit_test(newcomer_may_claim_by_itself_beside_a_master_group),
    cmocka_unit_test(instances_that_become_a_group_while_they_differ_begin_as_backup),
    cmocka_unit_test(who_is_not_started_does_not_count),
    cmocka_unit_test(one_link_cut_moves_both_within_the_skew),
    cmocka_unit_test(dead_host_is_replaced_on_both_within_the_down_interval),
    cmocka_unit_test(switchover_of_one_moves_both_without_a_gap),
    cmocka_unit_test(switchover_with_nobody_to_take_over_keeps_both),
    cmocka_unit_test(one_way_loss_on_one_lan_moves_nothing),
    cmocka_unit_test(one_way_loss_while_the_better_one_returns_settles),
    cmocka_unit_test(members_of_different_priority_do_not_fight),
    cmocka_unit_test(crossed_priorities_settle_after_a_partition),
    cmocka_unit_test(nopreempt_of_one_member_keeps_the_group_backup),
    cmocka_unit_test(three_routers_under_random_loss_are_one_group_afterwards),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
