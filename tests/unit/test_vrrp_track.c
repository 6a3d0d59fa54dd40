/*
 * test_vrrp_track.c - when proxyd counts as well, as failing, as dead, and when it is excused.
 */
#include "tests/unit/unit.h"

#include "vrrpd/track_core.h"

#define MS    USEC_PER_MS
#define GRACE (30 * USEC_PER_SEC)

struct rig {
	struct track_params p;
	struct track_state t;
	usec_t now;
};

static unsigned
step(struct rig *r, enum track_event ev)
{
	return track_step(&r->t, &r->p, ev, GRACE, r->now);
}

static unsigned
wait_deadline(struct rig *r)
{
	assert_true(track_deadline(&r->t) != USEC_NEVER);
	r->now = track_deadline(&r->t);
	return step(r, TRACK_EV_TICK);
}

static struct rig
rig_new(void)
{
	struct rig r = {.p = {.interval = 200 * MS, .timeout = 200 * MS, .fall = 2, .rise = 2},
			.now = 77};

	track_init(&r.t);
	return r;
}

/* Connected, one good answer. */
static struct rig
healthy(void)
{
	struct rig r = rig_new();

	step(&r, TRACK_EV_START);
	step(&r, TRACK_EV_CONNECTED);
	step(&r, TRACK_EV_OK);
	assert_int_equal(r.t.verdict, TRACK_OK);
	return r;
}

/* Nobody listens and everybody knows. */
static struct rig
dead(void)
{
	struct rig r = healthy();

	step(&r, TRACK_EV_EOF);
	step(&r, TRACK_EV_REFUSED);
	assert_int_equal(r.t.verdict, TRACK_DEAD);
	return r;
}

static void
start_connects_asks_and_one_good_answer_is_enough(void **s)
{
	struct rig r = rig_new();

	(void)s;
	assert_true(track_deadline(&r.t) == USEC_NEVER);
	assert_int_equal(step(&r, TRACK_EV_START), TRACK_DO_CONNECT);
	assert_int_equal(r.t.verdict, TRACK_WAITING);
	assert_int_equal(step(&r, TRACK_EV_CONNECTED), TRACK_DO_ASK);
	assert_int_equal(step(&r, TRACK_EV_OK), TRACK_DO_TELL);
	assert_int_equal(r.t.verdict, TRACK_OK);
}

static void
it_is_asked_again_after_the_interval_over_the_same_connection(void **s)
{
	struct rig r = healthy();
	usec_t answered = r.now;

	(void)s;
	assert_int_equal(wait_deadline(&r), TRACK_DO_ASK);
	assert_int_equal(r.now, answered + 200 * MS);
	assert_int_equal(step(&r, TRACK_EV_OK), 0);
}

static void
early_tick_does_nothing(void **s)
{
	struct rig r = healthy();

	(void)s;
	assert_int_equal(step(&r, TRACK_EV_TICK), 0);
}

static void
refused_at_the_first_try_counts_fall_times(void **s)
{
	struct rig r = rig_new();

	(void)s;
	step(&r, TRACK_EV_START);
	assert_int_equal(step(&r, TRACK_EV_REFUSED), 0);
	assert_int_equal(wait_deadline(&r), TRACK_DO_CONNECT);
	assert_int_equal(step(&r, TRACK_EV_REFUSED), TRACK_DO_TELL);
	assert_int_equal(r.t.verdict, TRACK_DEAD);
	assert_string_equal(r.t.reason, "connection refused");
}

static void
end_of_file_reconnects_at_once(void **s)
{
	struct rig r = healthy();

	(void)s;
	assert_int_equal(step(&r, TRACK_EV_EOF), TRACK_DO_CONNECT);
	assert_int_equal(r.t.verdict, TRACK_OK);
}

static void
refused_after_end_of_file_is_death_at_once(void **s)
{
	struct rig r = healthy();

	(void)s;
	r.p.fall = 10;
	step(&r, TRACK_EV_EOF);
	assert_int_equal(step(&r, TRACK_EV_REFUSED), TRACK_DO_TELL);
	assert_int_equal(r.t.verdict, TRACK_DEAD);
}

static void
good_answer_after_end_of_file_is_as_if_nothing_was(void **s)
{
	struct rig r = healthy();

	(void)s;
	step(&r, TRACK_EV_EOF);
	assert_int_equal(step(&r, TRACK_EV_CONNECTED), TRACK_DO_ASK);
	assert_int_equal(step(&r, TRACK_EV_OK), 0);
	assert_int_equal(r.t.n_bad, 0);
	assert_int_equal(step(&r, TRACK_EV_EOF), TRACK_DO_CONNECT); /* and again at once */
}

/* Connected and closed unheard until the next pause is not a short one; how often. */
static int
end_unheard(struct rig *r)
{
	int n = 0;

	do {
		step(r, TRACK_EV_CONNECTED);
		step(r, TRACK_EV_EOF);
		n++;
	} while (n < 100 && track_deadline(&r->t) <= r->now + 16 * MS &&
		 wait_deadline(r) == TRACK_DO_CONNECT);
	return n;
}

static void
connections_that_end_without_an_answer_do_not_spin(void **s)
{
	struct rig r = healthy();
	usec_t ended = r.now;

	(void)s;
	step(&r, TRACK_EV_EOF);
	assert_int_equal(end_unheard(&r), 10);
	assert_int_equal(r.now - ended, (1 + 2 + 4 + 8 + 5 * 16) * MS); /* ever more patient */
	assert_int_equal(track_deadline(&r.t), r.now + 200 * MS);
	assert_int_equal(r.t.n_bad, 1);
	assert_int_equal(wait_deadline(&r), TRACK_DO_CONNECT);
	step(&r, TRACK_EV_CONNECTED);
	step(&r, TRACK_EV_EOF);
	assert_int_equal(end_unheard(&r), 10);
	assert_int_equal(r.t.verdict, TRACK_DEAD);
	assert_string_equal(r.t.reason, "connection closed");
}

static void
listener_that_outlives_its_connections_for_a_moment_is_found_dead_soon(void **s)
{
	struct rig r = healthy();
	usec_t killed = r.now;

	(void)s;
	step(&r, TRACK_EV_EOF);
	step(&r, TRACK_EV_CONNECTED);
	assert_int_equal(step(&r, TRACK_EV_EOF), 0);
	assert_int_equal(wait_deadline(&r), TRACK_DO_CONNECT);
	assert_int_equal(step(&r, TRACK_EV_REFUSED), TRACK_DO_TELL);
	assert_int_equal(r.t.verdict, TRACK_DEAD);
	assert_int_equal(r.now, killed + 1 * MS);
}

static void
hung_proxy_is_dead_after_interval_and_fall_timeouts(void **s)
{
	struct rig r = healthy();
	usec_t hung = r.now;

	(void)s;
	assert_int_equal(wait_deadline(&r), TRACK_DO_ASK);
	assert_int_equal(wait_deadline(&r), TRACK_DO_CLOSE | TRACK_DO_CONNECT);
	assert_int_equal(r.t.verdict, TRACK_OK);
	step(&r, TRACK_EV_CONNECTED); /* the kernel accepts for it */
	assert_int_equal(wait_deadline(&r), TRACK_DO_TELL | TRACK_DO_CLOSE | TRACK_DO_CONNECT);
	assert_int_equal(r.t.verdict, TRACK_DEAD);
	assert_string_equal(r.t.reason, "no answer in time");
	assert_int_equal(r.now - hung, 600 * MS);
}

static void
connecting_takes_no_longer_than_the_timeout(void **s)
{
	struct rig r = rig_new();

	(void)s;
	step(&r, TRACK_EV_START);
	assert_int_equal(wait_deadline(&r), TRACK_DO_CLOSE | TRACK_DO_CONNECT);
	assert_int_equal(r.t.n_bad, 1);
	step(&r, TRACK_EV_EOF);
	assert_int_equal(r.t.verdict, TRACK_DEAD);
}

static void
bad_answer_counts_fall_times_in_a_row(void **s)
{
	struct rig r = healthy();

	(void)s;
	assert_int_equal(step(&r, TRACK_EV_BAD), 0);
	assert_int_equal(step(&r, TRACK_EV_OK), 0);
	assert_int_equal(step(&r, TRACK_EV_BAD), 0);
	assert_int_equal(step(&r, TRACK_EV_BAD), TRACK_DO_TELL);
	assert_int_equal(r.t.verdict, TRACK_FAILING);
}

static void
failing_proxy_that_dies_is_dead(void **s)
{
	struct rig r = healthy();

	(void)s;
	step(&r, TRACK_EV_BAD);
	step(&r, TRACK_EV_BAD);
	step(&r, TRACK_EV_EOF);
	assert_int_equal(step(&r, TRACK_EV_REFUSED), TRACK_DO_TELL);
	assert_int_equal(r.t.verdict, TRACK_DEAD);
}

static void
recovery_needs_rise_good_answers_in_a_row(void **s)
{
	struct rig r = dead();

	(void)s;
	wait_deadline(&r);
	step(&r, TRACK_EV_CONNECTED);
	assert_int_equal(step(&r, TRACK_EV_OK), 0);
	assert_int_equal(step(&r, TRACK_EV_BAD), TRACK_DO_TELL); /* alive, at least */
	assert_int_equal(step(&r, TRACK_EV_OK), 0);
	assert_int_equal(step(&r, TRACK_EV_OK), TRACK_DO_TELL);
	assert_int_equal(r.t.verdict, TRACK_OK);
	assert_string_equal(r.t.reason, "");
}

static void
restart_that_we_ordered_is_no_failure(void **s)
{
	struct rig r = healthy();

	(void)s;
	assert_int_equal(step(&r, TRACK_EV_ORDERED), TRACK_DO_TELL);
	assert_true(track_in_grace(&r.t));
	step(&r, TRACK_EV_EOF);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(step(&r, TRACK_EV_REFUSED), 0);
		assert_int_equal(wait_deadline(&r), TRACK_DO_CONNECT);
	}
	assert_int_equal(r.t.verdict, TRACK_OK);
	step(&r, TRACK_EV_CONNECTED);
	assert_int_equal(step(&r, TRACK_EV_ORDER_DONE), 0);
	assert_int_equal(step(&r, TRACK_EV_OK), TRACK_DO_TELL);
	assert_false(track_in_grace(&r.t));
}

static void
answer_before_the_command_ended_does_not_end_the_grace(void **s)
{
	struct rig r = healthy();

	(void)s;
	step(&r, TRACK_EV_ORDERED);
	step(&r, TRACK_EV_OK); /* the old proxyd, about to be stopped */
	assert_true(track_in_grace(&r.t));
	step(&r, TRACK_EV_EOF);
	step(&r, TRACK_EV_REFUSED);
	assert_int_equal(r.t.verdict, TRACK_OK);
}

static void
answer_of_the_new_proxyd_ends_the_grace_even_if_the_command_hangs(void **s)
{
	struct rig r = healthy();

	(void)s;
	step(&r, TRACK_EV_ORDERED);
	step(&r, TRACK_EV_BAD); /* the old one, stopping */
	step(&r, TRACK_EV_OK);
	assert_true(track_in_grace(&r.t));
	step(&r, TRACK_EV_EOF);
	step(&r, TRACK_EV_CONNECTED);
	assert_int_equal(step(&r, TRACK_EV_OK), TRACK_DO_TELL);
	assert_false(track_in_grace(&r.t));
	assert_int_equal(step(&r, TRACK_EV_ORDER_FAILED), 0); /* killed, later */
	assert_int_equal(r.t.verdict, TRACK_OK);
}

static void
order_while_nobody_is_there_ends_with_the_first_answer(void **s)
{
	struct rig r = rig_new();

	(void)s;
	step(&r, TRACK_EV_START); /* as when vrrpd starts and notify_backup starts proxyd */
	step(&r, TRACK_EV_ORDERED);
	assert_int_equal(step(&r, TRACK_EV_REFUSED), 0);
	assert_int_equal(r.t.verdict, TRACK_WAITING);
	wait_deadline(&r);
	step(&r, TRACK_EV_CONNECTED);
	assert_int_equal(step(&r, TRACK_EV_OK), TRACK_DO_TELL);
	assert_int_equal(r.t.verdict, TRACK_OK);
	assert_false(track_in_grace(&r.t));
}

static void
overlapping_orders_end_with_the_last_one(void **s)
{
	struct rig r = healthy();

	(void)s;
	step(&r, TRACK_EV_ORDERED);
	assert_int_equal(step(&r, TRACK_EV_ORDERED), 0);
	step(&r, TRACK_EV_ORDER_DONE);
	step(&r, TRACK_EV_OK);
	assert_true(track_in_grace(&r.t));
	step(&r, TRACK_EV_ORDER_FAILED);
	assert_false(track_in_grace(&r.t));
	assert_int_equal(step(&r, TRACK_EV_ORDER_DONE), 0); /* one too many does no harm */
	assert_int_equal(r.t.n_orders, 0);
}

static void
failed_command_ends_the_grace(void **s)
{
	struct rig r = healthy();

	(void)s;
	step(&r, TRACK_EV_ORDERED);
	step(&r, TRACK_EV_EOF);
	step(&r, TRACK_EV_REFUSED);
	assert_int_equal(step(&r, TRACK_EV_ORDER_FAILED), TRACK_DO_TELL);
	for (int i = 0; i < 2; i++) {
		wait_deadline(&r);
		step(&r, TRACK_EV_REFUSED);
	}
	assert_int_equal(r.t.verdict, TRACK_DEAD);
}

static void
grace_ends_after_notify_timeout(void **s)
{
	struct rig r = healthy();
	usec_t ordered = r.now;

	(void)s;
	step(&r, TRACK_EV_ORDERED);
	step(&r, TRACK_EV_EOF);
	step(&r, TRACK_EV_REFUSED);
	step(&r, TRACK_EV_ORDER_DONE);
	while (r.t.verdict == TRACK_OK) {
		wait_deadline(&r);
		if (r.t.link == TRACK_CONNECTING)
			step(&r, TRACK_EV_REFUSED);
	}
	assert_int_equal(r.t.verdict, TRACK_DEAD);
	assert_in_range(r.now - ordered, GRACE, GRACE + 400 * MS);
}

static void
order_does_not_excuse_who_is_dead_already(void **s)
{
	struct rig r = dead();

	(void)s;
	step(&r, TRACK_EV_ORDERED); /* recover */
	assert_int_equal(r.t.verdict, TRACK_DEAD);
	step(&r, TRACK_EV_ORDER_DONE);
	wait_deadline(&r);
	step(&r, TRACK_EV_CONNECTED);
	step(&r, TRACK_EV_OK);
	assert_int_equal(r.t.verdict, TRACK_DEAD);
	step(&r, TRACK_EV_OK);
	assert_int_equal(r.t.verdict, TRACK_OK);
}

static void
during_grace_a_long_interval_is_cut_short(void **s)
{
	struct rig r = healthy();

	(void)s;
	r.p.interval = 10 * USEC_PER_SEC;
	step(&r, TRACK_EV_ORDERED);
	step(&r, TRACK_EV_EOF);
	step(&r, TRACK_EV_REFUSED);
	assert_int_equal(track_deadline(&r.t), r.now + 200 * MS);
}

static void
recover_backs_off_from_1_s_to_60_s(void **s)
{
	static const int seconds[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};

	(void)s;
	for (unsigned n = 0; n < N_OF(seconds); n++)
		assert_int_equal(track_recover_delay(n), seconds[n] * USEC_PER_SEC);
	assert_int_equal(track_recover_delay(4000000000u), 60 * USEC_PER_SEC);
}

static void
verdicts_have_names(void **s)
{
	(void)s;
	assert_string_equal(track_verdict_name(TRACK_WAITING), "waiting");
	assert_string_equal(track_verdict_name(TRACK_OK), "ok");
	assert_string_equal(track_verdict_name(TRACK_FAILING), "failing");
	assert_string_equal(track_verdict_name(TRACK_DEAD), "dead");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(start_connects_asks_and_one_good_answer_is_enough),
    cmocka_unit_test(it_is_asked_again_after_the_interval_over_the_same_connection),
    cmocka_unit_test(early_tick_does_nothing),
    cmocka_unit_test(refused_at_the_first_try_counts_fall_times),
    cmocka_unit_test(end_of_file_reconnects_at_once),
    cmocka_unit_test(refused_after_end_of_file_is_death_at_once),
    cmocka_unit_test(good_answer_after_end_of_file_is_as_if_nothing_was),
    cmocka_unit_test(connections_that_end_without_an_answer_do_not_spin),
    cmocka_unit_test(listener_that_outlives_its_connections_for_a_moment_is_found_dead_soon),
    cmocka_unit_test(hung_proxy_is_dead_after_interval_and_fall_timeouts),
    cmocka_unit_test(connecting_takes_no_longer_than_the_timeout),
    cmocka_unit_test(bad_answer_counts_fall_times_in_a_row),
    cmocka_unit_test(failing_proxy_that_dies_is_dead),
    cmocka_unit_test(recovery_needs_rise_good_answers_in_a_row),
    cmocka_unit_test(restart_that_we_ordered_is_no_failure),
    cmocka_unit_test(answer_before_the_command_ended_does_not_end_the_grace),
    cmocka_unit_test(answer_of_the_new_proxyd_ends_the_grace_even_if_the_command_hangs),
    cmocka_unit_test(order_while_nobody_is_there_ends_with_the_first_answer),
    cmocka_unit_test(overlapping_orders_end_with_the_last_one),
    cmocka_unit_test(failed_command_ends_the_grace),
    cmocka_unit_test(grace_ends_after_notify_timeout),
    cmocka_unit_test(order_does_not_excuse_who_is_dead_already),
    cmocka_unit_test(during_grace_a_long_interval_is_cut_short),
    cmocka_unit_test(recover_backs_off_from_1_s_to_60_s),
    cmocka_unit_test(verdicts_have_names),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
