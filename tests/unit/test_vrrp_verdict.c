/*
 * test_vrrp_verdict.c - observations to verdicts: counting, waiting, commands, reachability.
 */
#include "tests/unit/unit.h"

#include "vrrpd/reach_core.h"
#include "vrrpd/script_core.h"
#include "vrrpd/verdict.h"

#define S USEC_PER_SEC

static const struct track_params twice = {.interval = S, .timeout = S, .fall = 2, .rise = 2};
static const struct track_params once = {.interval = S, .timeout = S, .fall = 1, .rise = 1};

static struct verdict
verdict_after(const struct track_params *p, bool init_fail, const char *answers)
{
	struct verdict v;

	verdict_init(&v, init_fail);
	for (const char *a = answers; *a; a++)
		verdict_count(&v, p, *a == '+', "bad");
	return v;
}

/* --- counting --------------------------------------------------------------------------------- */

static void
the_first_answer_decides_alone(void **s)
{
	(void)s;
	assert_int_equal(verdict_after(&twice, false, "").now, TRACK_WAITING);
	assert_int_equal(verdict_after(&twice, false, "+").now, TRACK_OK);
	assert_int_equal(verdict_after(&twice, false, "-").now, TRACK_FAILING);
}

static void
init_fail_is_failing_until_rise_good_answers(void **s)
{
	(void)s;
	assert_int_equal(verdict_after(&twice, true, "").now, TRACK_FAILING);
	assert_int_equal(verdict_after(&twice, true, "+").now, TRACK_FAILING);
	assert_int_equal(verdict_after(&twice, true, "+-+").now, TRACK_FAILING);
	assert_int_equal(verdict_after(&twice, true, "++").now, TRACK_OK);
}

static void
rise_and_fall_count_in_a_row(void **s)
{
	(void)s;
	assert_int_equal(verdict_after(&twice, false, "+-+-+-").now, TRACK_OK);
	assert_int_equal(verdict_after(&twice, false, "+--").now, TRACK_FAILING);
	assert_int_equal(verdict_after(&twice, false, "+--+-+-+").now, TRACK_FAILING);
	assert_int_equal(verdict_after(&twice, false, "+--++").now, TRACK_OK);
	assert_string_equal(verdict_after(&twice, false, "+--").reason, "bad");
	assert_string_equal(verdict_after(&twice, false, "+--++").reason, "");
}

static void
only_a_change_is_told(void **s)
{
	struct verdict v;

	(void)s;
	verdict_init(&v, false);
	assert_true(verdict_count(&v, &twice, true, ""));
	assert_false(verdict_count(&v, &twice, true, ""));
	assert_false(verdict_count(&v, &twice, false, "bad"));
	assert_true(verdict_count(&v, &twice, false, "bad"));
	assert_false(verdict_count(&v, &twice, false, "bad"));
}

/* --- waiting ---------------------------------------------------------------------------------- */

static void
what_lasts_shorter_than_the_delay_does_not_count(void **s)
{
	struct verdict v;

	(void)s;
	verdict_init(&v, false);
	assert_true(verdict_settle(&v, 3 * S, S, true, "", 0));
	assert_false(verdict_settle(&v, 3 * S, S, false, "down", 10 * S));
	assert_int_equal(v.change_at, 11 * S);
	assert_false(verdict_settle(&v, 3 * S, S, true, "", 11 * S - 1));
	assert_true(v.change_at == USEC_NEVER);
	assert_false(verdict_settle(&v, 3 * S, S, false, "down", 20 * S));
	assert_false(verdict_settle(&v, 3 * S, S, false, "down", 20 * S + S / 2)); /* no new wait */
	assert_true(verdict_settle(&v, 3 * S, S, false, "down", 21 * S));
	assert_int_equal(v.now, TRACK_FAILING);
	assert_false(verdict_settle(&v, 3 * S, S, true, "", 22 * S));
	assert_int_equal(v.change_at, 25 * S);
}

static void
without_a_delay_it_counts_at_once(void **s)
{
	struct verdict v;

	(void)s;
	verdict_init(&v, false);
	assert_true(verdict_settle(&v, 0, 0, false, "down", 5));
	assert_true(verdict_settle(&v, 0, 0, true, "", 5));
	assert_true(verdict_settle(&v, 0, 0, false, "down", 5));
	assert_string_equal(v.reason, "down");
}

/* --- commands --------------------------------------------------------------------------------- */

static void
command_runs_each_interval_from_its_start(void **s)
{
	struct script_state t;

	(void)s;
	script_init(&t, false, 7);
	assert_int_equal(script_deadline(&t), 7);
	assert_int_equal(script_step(&t, &once, SCRIPT_EV_TICK, 6), 0);
	assert_int_equal(script_step(&t, &once, SCRIPT_EV_TICK, 7), SCRIPT_DO_RUN);
	assert_int_equal(script_step(&t, &once, SCRIPT_EV_WELL, 500), SCRIPT_DO_TELL);
	assert_int_equal(t.verdict.now, TRACK_OK);
	assert_int_equal(script_deadline(&t), 7 + S);
}

static void
never_a_second_copy_while_one_runs(void **s)
{
	struct track_params p = {.interval = S, .timeout = 10 * S, .fall = 1, .rise = 1};
	struct script_state t;

	(void)s;
	script_init(&t, false, 0);
	assert_int_equal(script_step(&t, &p, SCRIPT_EV_TICK, 0), SCRIPT_DO_RUN);
	for (int i = 1; i < 10; i++)
		assert_int_equal(script_step(&t, &p, SCRIPT_EV_TICK, i * S), 0);
	assert_int_equal(t.n_skipped, 9);
	assert_int_equal(t.verdict.now, TRACK_WAITING); /* slow is not failed */
	assert_int_equal(script_step(&t, &p, SCRIPT_EV_WELL, 9 * S + 1), SCRIPT_DO_TELL);
	assert_int_equal(script_step(&t, &p, SCRIPT_EV_TICK, 10 * S), SCRIPT_DO_RUN);
}

static void
timeout_is_one_failure_whenever_the_end_comes(void **s)
{
	struct track_params p = {.interval = 4 * S, .timeout = S, .fall = 2, .rise = 1};
	struct script_state t;

	(void)s;
	script_init(&t, false, 0);
	script_step(&t, &p, SCRIPT_EV_TICK, 0);
	script_step(&t, &p, SCRIPT_EV_WELL, 1);
	script_step(&t, &p, SCRIPT_EV_TICK, 4 * S);
	assert_int_equal(script_deadline(&t), 5 * S);
	assert_int_equal(script_step(&t, &p, SCRIPT_EV_TICK, 5 * S), 0);
	assert_int_equal(t.verdict.n_bad, 1);
	assert_int_equal(script_step(&t, &p, SCRIPT_EV_BADLY, 7 * S), 0); /* killed */
	assert_int_equal(t.verdict.n_bad, 1);
	assert_int_equal(t.verdict.now, TRACK_OK);
	assert_int_equal(script_step(&t, &p, SCRIPT_EV_TICK, 8 * S), SCRIPT_DO_RUN);
	assert_int_equal(script_step(&t, &p, SCRIPT_EV_TICK, 9 * S), SCRIPT_DO_TELL);
	assert_int_equal(t.verdict.now, TRACK_FAILING);
}

static void
command_that_cannot_be_ended_fails_each_turn(void **s)
{
	struct track_params p = {.interval = S, .timeout = S / 2, .fall = 3, .rise = 1};
	struct script_state t;

	(void)s;
	script_init(&t, false, 0);
	script_step(&t, &p, SCRIPT_EV_TICK, 0);
	script_step(&t, &p, SCRIPT_EV_WELL, 1);
	script_step(&t, &p, SCRIPT_EV_TICK, S);
	script_step(&t, &p, SCRIPT_EV_TICK, S + S / 2);
	assert_int_equal(script_step(&t, &p, SCRIPT_EV_TICK, 2 * S), 0);
	assert_int_equal(script_step(&t, &p, SCRIPT_EV_TICK, 3 * S), SCRIPT_DO_TELL);
	assert_int_equal(t.verdict.now, TRACK_FAILING);
	assert_string_equal(t.verdict.reason, "it hangs and cannot be ended");
}

static void
failures_while_we_restart_it_do_not_count(void **s)
{
	struct script_state t;

	(void)s;
	script_init(&t, false, 0);
	script_step(&t, &once, SCRIPT_EV_TICK, 0);
	script_step(&t, &once, SCRIPT_EV_WELL, 1);
	t.n_excused = 1;
	script_step(&t, &once, SCRIPT_EV_TICK, S);
	assert_int_equal(script_step(&t, &once, SCRIPT_EV_BADLY, S), 0);
	t.n_excused = 0;
	script_step(&t, &once, SCRIPT_EV_TICK, 2 * S);
	assert_int_equal(script_step(&t, &once, SCRIPT_EV_BADLY, 2 * S), SCRIPT_DO_TELL);
}

static void
end_of_nothing_is_nothing(void **s)
{
	struct script_state t;

	(void)s;
	script_init(&t, false, 0);
	assert_int_equal(script_step(&t, &once, SCRIPT_EV_WELL, 0), 0);
	assert_int_equal(script_step(&t, &once, SCRIPT_EV_NOT_STARTED, 0), 0);
	script_step(&t, &once, SCRIPT_EV_TICK, 0);
	assert_int_equal(script_step(&t, &once, SCRIPT_EV_NOT_STARTED, 0), SCRIPT_DO_TELL);
	assert_int_equal(t.verdict.now, TRACK_FAILING);
}

/* --- a thousand of them, all kinds of bad, on a clock of their own ------------------------------
 */

enum manner { WELL, SLOW, CRASHING, FLAPPING, HUNG, UNKILLABLE, N_MANNERS };

struct sim {
	struct script_state state;
	struct track_params p;
	enum manner manner;
	usec_t ends_at; /* USEC_NEVER: nothing runs, or it cannot be ended */
	int copies, max_copies, n_runs, n_told;
};

static void
sim_run(struct sim *m, usec_t now)
{
	/* what spawn.c does beyond the limit: SIGTERM, 2 s later SIGKILL */
	const usec_t lasts[N_MANNERS] = {[WELL] = 3000,
					 [SLOW] = m->p.timeout - 1000,
					 [CRASHING] = 500,
					 [FLAPPING] = 500,
					 [HUNG] = m->p.timeout + 2 * S};

	m->copies++;
	m->n_runs++;
	if (m->copies > m->max_copies)
		m->max_copies = m->copies;
	m->ends_at = m->manner == UNKILLABLE ? USEC_NEVER : now + lasts[m->manner];
}

static void
sim_feed(struct sim *m, enum script_event ev, usec_t now)
{
	unsigned wishes = script_step(&m->state, &m->p, ev, now);

	m->n_told += (wishes & SCRIPT_DO_TELL) != 0;
	if (wishes & SCRIPT_DO_RUN)
		sim_run(m, now);
}

static void
sim_until(struct sim *m, usec_t end)
{
	usec_t now = 0;

	for (int i = 0; now < end; i++) {
		usec_t tick = script_deadline(&m->state);
		bool good = m->manner == WELL || m->manner == SLOW ||
			    (m->manner == FLAPPING && m->n_runs % 2 == 0);

		assert_true(i < 100000);
		now = m->copies > 0 && m->ends_at < tick ? m->ends_at : tick;
		if (now == tick) {
			sim_feed(m, SCRIPT_EV_TICK, now);
			continue;
		}
		m->copies--;
		m->ends_at = USEC_NEVER;
		sim_feed(m, good ? SCRIPT_EV_WELL : SCRIPT_EV_BADLY, now);
	}
}

static void
a_thousand_bad_commands_pile_up_nothing_and_the_verdicts_are_right(void **s)
{
	static const enum track_verdict expected[N_MANNERS] = {
	    [WELL] = TRACK_OK,          [SLOW] = TRACK_OK,      [CRASHING] = TRACK_FAILING,
	    [FLAPPING] = TRACK_WAITING, [HUNG] = TRACK_FAILING, [UNKILLABLE] = TRACK_FAILING};

	(void)s;
	for (int i = 0; i < 1000; i++) {
		struct sim m = {.manner = (enum manner)(i % N_MANNERS), .ends_at = USEC_NEVER};

		m.p = (struct track_params){.interval = (50 + i) * USEC_PER_MS,
					    .timeout = (20 + i % 700) * USEC_PER_MS,
					    .fall = 1 + i % 5,
					    .rise = 1 + i % 3};
		script_init(&m.state, i % 2, i * 2 * USEC_PER_MS);
		sim_until(&m, 60 * S);
		assert_int_equal(m.max_copies, 1);
		assert_true(m.n_runs >= 1);
		if (m.manner != FLAPPING)
			assert_int_equal(m.state.verdict.now, expected[m.manner]);
		else if (m.p.fall > 1 && m.p.rise > 1) /* counted in a row: one change at most */
			assert_true(m.n_told <= 1);
		else
			assert_true(m.n_told > 0 || m.p.rise > 1 || m.p.fall > 1);
	}
}

/* --- reachability ----------------------------------------------------------------------------- */

static void
reach_round(struct reach_state *r, int need, const char *answers, usec_t *now)
{
	*now = reach_deadline(r);
	assert_true(reach_tick(r, &twice, need, *now) & REACH_DO_ASK);
	for (size_t i = 0; answers[i]; i++)
		if (answers[i] == '+')
			reach_answer(r, &twice, need, i, true);
}

static void
enough_of_several_addresses_must_answer(void **s)
{
	struct reach_state r;
	usec_t now = 0;

	(void)s;
	reach_init(&r, 3, 0);
	reach_round(&r, 2, "+--", &now);
	assert_int_equal(r.now, TRACK_WAITING);
	reach_round(&r, 2, "+--", &now);
	assert_int_equal(r.now, TRACK_FAILING); /* the others' first answer decided */
	assert_string_equal(r.reason, "too few of them answer");
	reach_round(&r, 2, "++-", &now);
	reach_round(&r, 2, "++-", &now);
	assert_int_equal(r.now, TRACK_OK);
	assert_int_equal(r.n_ok, 2);
	reach_round(&r, 2, "+--", &now);
	reach_round(&r, 2, "+--", &now);
	assert_int_equal(r.now, TRACK_OK); /* missed once */
	reach_round(&r, 2, "+--", &now);
	assert_int_equal(r.now, TRACK_FAILING);
}

static void
late_and_doubled_answers_do_not_count(void **s)
{
	struct reach_state r;

	(void)s;
	reach_init(&r, 1, 0);
	assert_int_equal(reach_answer(&r, &twice, 1, 0, true), 0); /* never asked */
	reach_tick(&r, &twice, 1, 0);
	assert_int_equal(reach_answer(&r, &twice, 1, 0, true), REACH_DO_TELL);
	assert_int_equal(reach_answer(&r, &twice, 1, 0, false), 0);
	assert_int_equal(reach_answer(&r, &twice, 1, 5, true), 0); /* no such address */
	assert_int_equal(r.now, TRACK_OK);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_first_answer_decides_alone),
    cmocka_unit_test(init_fail_is_failing_until_rise_good_answers),
    cmocka_unit_test(rise_and_fall_count_in_a_row),
    cmocka_unit_test(only_a_change_is_told),
    cmocka_unit_test(what_lasts_shorter_than_the_delay_does_not_count),
    cmocka_unit_test(without_a_delay_it_counts_at_once),
    cmocka_unit_test(command_runs_each_interval_from_its_start),
    cmocka_unit_test(never_a_second_copy_while_one_runs),
    cmocka_unit_test(timeout_is_one_failure_whenever_the_end_comes),
    cmocka_unit_test(command_that_cannot_be_ended_fails_each_turn),
    cmocka_unit_test(failures_while_we_restart_it_do_not_count),
    cmocka_unit_test(end_of_nothing_is_nothing),
    cmocka_unit_test(a_thousand_bad_commands_pile_up_nothing_and_the_verdicts_are_right),
    cmocka_unit_test(enough_of_several_addresses_must_answer),
    cmocka_unit_test(late_and_doubled_answers_do_not_count),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
