/*
 * test_vrrp_held.c - what cannot be added is tried again, ever more patiently.
 */
#include "tests/unit/unit.h"

#include "vrrpd/held.h"

#define MS USEC_PER_MS
#define S  USEC_PER_SEC

static void
failures_in_a_row_double_the_pause_up_to_half_a_minute(void **s)
{
	static const usec_t pauses[] = {100 * MS, 200 * MS, 400 * MS, 800 * MS, 1600 * MS};
	struct held h = {.there = false};

	(void)s;
	assert_true(held_due(&h, 0));
	for (size_t i = 0; i < N_OF(pauses); i++) {
		held_failed(&h, "why", 10 * S);
		assert_false(held_due(&h, 10 * S + pauses[i] - 1));
		assert_true(held_due(&h, 10 * S + pauses[i]));
	}
	for (int i = 0; i < 1000; i++)
		held_failed(&h, "why", 10 * S);
	assert_int_equal(held_next_retry(&h, 1), 40 * S);
	assert_string_equal(h.why, "why");
	held_added(&h);
	assert_true(h.there);
	assert_int_equal(h.n_failed, 0);
	assert_string_equal(h.why, "");
}

static void
the_next_retry_is_the_earliest_of_what_failed(void **s)
{
	struct held list[3] = {{.there = true}, {.there = false}, {.there = false}};

	(void)s;
	assert_int_equal(held_next_retry(list, 3), USEC_NEVER);
	held_failed(&list[2], "b", 5 * S);
	held_failed(&list[1], "a", 4 * S);
	assert_int_equal(held_next_retry(list, 3), 4 * S + 100 * MS);
}

static void
only_when_everything_fails_everything_failed(void **s)
{
	struct held list[2] = {{.there = true}, {.there = false}};

	(void)s;
	assert_false(held_all_failed(list, 0));
	assert_false(held_all_failed(list, 2));
	held_failed(&list[1], "a", 0);
	assert_false(held_all_failed(list, 2));
	held_failed(&list[0], "a", 0);
	assert_true(held_all_failed(list, 2));
	held_forget(list, 2);
	assert_false(held_all_failed(list, 2));
}

static void
what_is_not_tracked_stays_away_until_a_new_beginning(void **s)
{
	struct held h = {.there = true};

	(void)s;
	assert_true(held_removed(&h, false));
	assert_true(held_due(&h, 0));
	assert_false(held_removed(&h, true));
	assert_false(held_due(&h, 1000 * S));
	held_forget(&h, 1);
	assert_true(held_due(&h, 0));
}

static void
a_master_without_addresses_is_none_for_ten_seconds_and_longer_each_time(void **s)
{
	(void)s;
	assert_int_equal(held_fault_time(1), 10 * S);
	assert_int_equal(held_fault_time(2), 20 * S);
	assert_int_equal(held_fault_time(5), 160 * S);
	assert_int_equal(held_fault_time(6), 300 * S);
	assert_int_equal(held_fault_time(4000000000u), 300 * S);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(failures_in_a_row_double_the_pause_up_to_half_a_minute),
	    cmocka_unit_test(the_next_retry_is_the_earliest_of_what_failed),
	    cmocka_unit_test(only_when_everything_fails_everything_failed),
	    cmocka_unit_test(what_is_not_tracked_stays_away_until_a_new_beginning),
	    cmocka_unit_test(
		a_master_without_addresses_is_none_for_ten_seconds_and_longer_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
