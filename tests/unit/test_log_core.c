/*
 * test_log_core.c - the words of syslog, and the limit of lines that a peer can cause.
 */
#include "tests/unit/unit.h"

#include "common/log.h"

static void
facilities_and_levels(void **state)
{
	(void)state;
	assert_int_equal(log_facility("local2"), LOG_LOCAL2);
	assert_int_equal(log_facility("local0") | LOG_INFO, 134);
	assert_int_equal(log_facility("daemon"), LOG_DAEMON);
	assert_int_equal(log_facility("LOCAL2"), -1);
	assert_int_equal(log_facility("local8"), -1);
	assert_int_equal(log_facility(""), -1);
	assert_int_equal(log_level("emerg"), LOG_EMERG);
	assert_int_equal(log_level("debug"), LOG_DEBUG);
	assert_int_equal(log_level("verbose"), -1);
	assert_string_equal(log_level_name(LOG_WARNING), "warning");
	assert_string_equal(log_level_name(99), "?");
}

static void
limit_lets_max_lines_per_window_pass_and_counts_the_rest(void **state)
{
	struct log_limit l = {.window = USEC_PER_SEC, .max = 2};
	unsigned skipped = 99;

	(void)state;
	assert_true(log_limit_pass(&l, 5 * USEC_PER_SEC, &skipped));
	assert_int_equal(skipped, 0);
	assert_true(log_limit_pass(&l, 5 * USEC_PER_SEC + 1, &skipped));
	for (int i = 0; i < 10; i++)
		assert_false(log_limit_pass(&l, 5 * USEC_PER_SEC + 2 + i, &skipped));
	assert_false(log_limit_pass(&l, 6 * USEC_PER_SEC - 1, &skipped));
	assert_true(log_limit_pass(&l, 6 * USEC_PER_SEC, &skipped));
	assert_int_equal(skipped, 11);
	assert_true(log_limit_pass(&l, 6 * USEC_PER_SEC, &skipped));
	assert_int_equal(skipped, 0);
	assert_false(log_limit_pass(&l, 6 * USEC_PER_SEC, &skipped));
}

static void
limit_of_zeroes_is_five_lines_in_ten_seconds(void **state)
{
	struct log_limit l = {0};
	unsigned skipped;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(log_limit_pass(&l, i, &skipped));
	assert_false(log_limit_pass(&l, 10 * USEC_PER_SEC - 1, &skipped));
	assert_true(log_limit_pass(&l, 10 * USEC_PER_SEC, &skipped));
	assert_int_equal(skipped, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(facilities_and_levels),
	    cmocka_unit_test(limit_lets_max_lines_per_window_pass_and_counts_the_rest),
	    cmocka_unit_test(limit_of_zeroes_is_five_lines_in_ten_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
