/*
 * test_values.c - times, sizes, numbers, booleans, words.
 */
#include "tests/unit/unit.h"

#include "common/keytab.h"

static void
times(void **state)
{
	static const struct {
		const char *text;
		usec_t unit, expected; /* -1: refused */
	} rows[] = {
	    {"0", USEC_PER_MS, 0},
	    {"10", USEC_PER_MS, 10000},
	    {"10", USEC_PER_SEC, 10000000},
	    {"7us", USEC_PER_MS, 7},
	    {"200ms", USEC_PER_SEC, 200000},
	    {"5s", USEC_PER_MS, 5000000},
	    {"1m", USEC_PER_MS, 60000000},
	    {"2h", USEC_PER_MS, 7200000000},
	    {"1d", USEC_PER_MS, 86400000000},
	    {"0.1", USEC_PER_SEC, 100000},
	    {"1.5s", USEC_PER_MS, 1500000},
	    {"0.5m", USEC_PER_MS, 30000000},
	    {"0.001ms", USEC_PER_MS, 1},
	    {"0.000001s", USEC_PER_MS, 1},
	    {"1.50000000000s", USEC_PER_MS, 1500000},
	    {"0.0000001s", USEC_PER_MS, -1},
	    {"0.00000000000001s", USEC_PER_MS, -1},
	    {"1.5us", USEC_PER_MS, -1},
	    {"106751991d", USEC_PER_MS, 9223372022400000000},
	    {"106751992d", USEC_PER_MS, -1},
	    {"9223372036854775807us", USEC_PER_MS, -1}, /* that is never */
	    {"99999999999999999999", USEC_PER_MS, -1},
	    {"", USEC_PER_MS, -1},
	    {"s", USEC_PER_MS, -1},
	    {"5x", USEC_PER_MS, -1},
	    {"5 s", USEC_PER_MS, -1},
	    {"-5s", USEC_PER_MS, -1},
	    {"+5s", USEC_PER_MS, -1},
	    {"5S", USEC_PER_MS, -1},
	    {"5.s", USEC_PER_MS, -1},
	    {".5s", USEC_PER_MS, -1},
	    {"1.2.3s", USEC_PER_MS, -1},
	    {"5ss", USEC_PER_MS, -1},
	    {"0x10", USEC_PER_MS, -1},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		usec_t t = 12345;
		struct err e = {""};
		int rc = parse_time(rows[i].text, rows[i].unit, &t, &e);

		if ((rc == 0) != (rows[i].expected >= 0))
			fail_msg("'%s': %d %s", rows[i].text, rc, e.text);
		assert_int_equal(t, rc == 0 ? rows[i].expected : 12345);
		if (rc < 0)
			assert_non_null(strstr(e.text, rows[i].text));
	}
}

static void
sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t expected;
	} rows[] = {
	    {"0", 0},
	    {"512", 512},
	    {"1k", 1024},
	    {"1K", 1024},
	    {"3m", 3 << 20},
	    {"3M", 3 << 20},
	    {"2g", (int64_t)2 << 30},
	    {"2G", (int64_t)2 << 30},
	    {"9223372036854775807", INT64_MAX},
	    {"9223372036854775808", -1},
	    {"9007199254740992k", -1},
	    {"", -1},
	    {"k", -1},
	    {"-1", -1},
	    {"1.5k", -1},
	    {"1kb", -1},
	    {"1 k", -1},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		int64_t n = -7;
		struct err e;
		int rc = parse_size(rows[i].text, &n, &e);

		if ((rc == 0) != (rows[i].expected >= 0))
			fail_msg("'%s': %d", rows[i].text, rc);
		assert_int_equal(n, rc == 0 ? rows[i].expected : -7);
	}
}

static void
numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max;
		bool ok;
		int64_t expected;
	} rows[] = {
	    {"0", 0, 10, true, 0},
	    {"10", 0, 10, true, 10},
	    {"11", 0, 10, false, 0},
	    {"-1", 0, 10, false, 0},
	    {"-1", -5, 5, true, -1},
	    {"007", 0, 10, true, 7},
	    {"9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX},
	    {"9223372036854775808", INT64_MIN, INT64_MAX, false, 0},
	    {"-99999999999999999999999", INT64_MIN, INT64_MAX, false, 0},
	    {"", 0, 10, false, 0},
	    {"-", -10, 10, false, 0},
	    {"--1", -10, 10, false, 0},
	    {"+1", 0, 10, false, 0},
	    {"1 ", 0, 10, false, 0},
	    {" 1", 0, 10, false, 0},
	    {"1x", 0, 10, false, 0},
	    {"0x1", 0, 10, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		int64_t n = 77;
		struct err e;
		int rc = parse_int(rows[i].text, rows[i].min, rows[i].max, &n, &e);

		if ((rc == 0) != rows[i].ok)
			fail_msg("'%s': %d", rows[i].text, rc);
		assert_int_equal(n, rc == 0 ? rows[i].expected : 77);
	}
}

static void
number_errors_name_value_and_range(void **state)
{
	int64_t n;
	struct err e;

	(void)state;
	assert_int_equal(parse_int("70000", 1, 65535, &n, &e), -1);
	assert_string_equal(e.text, "'70000' is not a number from 1 to 65535");
}

static void
booleans(void **state)
{
	static const char *const yes[] = {"yes", "on", "true"}, *const no[] = {"no", "off",
									       "false"};
	static const char *const bad[] = {"", "1", "0", "Yes", "y", "enabled"};
	bool on;
	struct err e;

	(void)state;
	for (size_t i = 0; i < N_OF(yes); i++) {
		on = false;
		assert_int_equal(parse_bool(yes[i], &on, &e), 0);
		assert_true(on);
		assert_int_equal(parse_bool(no[i], &on, &e), 0);
		assert_false(on);
	}
	for (size_t i = 0; i < N_OF(bad); i++)
		assert_int_equal(parse_bool(bad[i], &on, &e), -1);
}

static void
words(void **state)
{
	static const struct {
		const char *text;
		int n; /* -1: refused */
		const char *words[4];
	} rows[] = {
	    {"", 0, {NULL}},
	    {"  \t ", 0, {NULL}},
	    {"one", 1, {"one"}},
	    {"  one\ttwo   three ", 3, {"one", "two", "three"}},
	    {"\"a b\" c", 2, {"a b", "c"}},
	    {"name=\"a b\"c d", 2, {"name=a bc", "d"}},
	    {"\"\" x", 2, {"", "x"}},
	    {"x \"\"", 2, {"x", ""}},
	    {"a b c d", 4, {"a", "b", "c", "d"}},
	    {"a b c d e", -1, {NULL}},
	    {"\"open", -1, {NULL}},
	    {"a\\ b", 2, {"a\\", "b"}},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const char *list[4];
		struct err e;
		int n = split_words(a, rows[i].text, list, 4, &e);

		if (n != rows[i].n)
			fail_msg("'%s': %d words", rows[i].text, n);
		for (int j = 0; j < n; j++)
			assert_string_equal(list[j], rows[i].words[j]);
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times),    cmocka_unit_test(sizes),
	    cmocka_unit_test(numbers),  cmocka_unit_test(number_errors_name_value_and_range),
	    cmocka_unit_test(booleans), cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
