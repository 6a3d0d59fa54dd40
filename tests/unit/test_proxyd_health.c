/*
 * test_proxyd_health.c - the rise/fall counter, check by check, against HAProxy's numbers.
 */
#include "proxyd/conf.h"
#include "proxyd/health.h"
#include "unit.h"

#define MS USEC_PER_MS

static const struct check_result good = {.status = CHECK_L4OK, .code = -1};
static const struct check_result bad = {.status = CHECK_L4CON, .code = -1};

/* '+' a passed check, '-' a failed one; the counter and what changed after each. */
static const struct {
	const char *name;
	int rise, fall;
	const char *checks;
	int counters[12];
	const char *changes; /* s same, m moved, u went up, d went down */
} runs[] = {
    {"one failure takes a fresh server down", 2, 3, "-", {0}, "d"},
    {"one pass makes a fresh server fully up", 2, 3, "+", {4}, "m"},
    {"fall failures in a row take a settled server down", 2, 3, "+---", {4, 3, 2, 0}, "mmmd"},
    {"a pass between failures starts over", 2, 3, "+--+---", {4, 3, 2, 4, 3, 2, 0}, "mmmmmmd"},
    {"rise passes in a row bring a server up", 2, 3, "-++", {0, 1, 4}, "dmu"},
    {"a failure while rising starts over", 2, 3, "-+-++", {0, 1, 0, 1, 4}, "dmmmu"},
    {"failures of a server that is down change nothing", 2, 3, "---", {0, 0, 0}, "dss"},
    {"passes of a server that is up change nothing", 2, 3, "+++", {4, 4, 4}, "mss"},
    {"rise 1 fall 1 follows every check", 1, 1, "-+-+", {0, 1, 0, 1}, "dudu"},
    {"rise 3 fall 2", 3, 2, "+--+++-", {4, 3, 0, 1, 2, 4, 3}, "mmdmmum"},
};

static char
letter(enum health_change c)
{
	switch (c) {
	case HEALTH_SAME:
		return 's';
	case HEALTH_MOVED:
		return 'm';
	case HEALTH_WENT_UP:
		return 'u';
	case HEALTH_WENT_DOWN:
		return 'd';
	}
	return '?';
}

static void
counter_follows_the_table(void **s)
{
	(void)s;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		struct health h;

		health_init(&h, runs[i].rise, runs[i].fall, true);
		assert_true(health_is_up(&h));
		for (size_t k = 0; runs[i].checks[k] != '\0'; k++) {
			enum health_change c =
			    health_result(&h, runs[i].checks[k] == '+' ? &good : &bad);

			if (letter(c) != runs[i].changes[k] || h.counter != runs[i].counters[k])
				fail_msg("%s: step %zu: %c counter %d", runs[i].name, k, letter(c),
					 h.counter);
		}
	}
}

static void
a_result_is_kept_and_ends_the_running_check(void **s)
{
	struct health h;

	(void)s;
	health_init(&h, 2, 3, true);
	assert_int_equal(h.last.status, CHECK_INI);
	assert_int_equal(h.last.code, -1);
	h.running = true;
	assert_int_equal(health_result(&h, &bad), HEALTH_WENT_DOWN);
	assert_false(h.running);
	assert_int_equal(h.last.status, CHECK_L4CON);
}

static void
interval_is_inter_downinter_or_fastinter(void **s)
{
	const struct conf_server cs = {.inter = 2000, .fastinter = 200, .downinter = 5000};
	struct health h;

	(void)s;
	health_init(&h, 2, 3, true);
	assert_int_equal(health_interval(&h, &cs), 200); /* up, not settled */
	assert_int_equal(health_result(&h, &good), HEALTH_MOVED);
	assert_int_equal(health_interval(&h, &cs), 2000);
	assert_int_equal(health_result(&h, &bad), HEALTH_MOVED);
	assert_int_equal(health_interval(&h, &cs), 200); /* going down */
	health_force(&h, false);
	assert_int_equal(health_interval(&h, &cs), 5000);
	assert_int_equal(health_result(&h, &good), HEALTH_MOVED);
	assert_int_equal(health_interval(&h, &cs), 200); /* coming up */
}

static void
first_checks_are_spread_over_100_ms(void **s)
{
	(void)s;
	assert_int_equal(health_first_at(7, 0, 4), 7);
	assert_int_equal(health_first_at(7, 1, 4), 7 + 25 * MS);
	assert_int_equal(health_first_at(7, 3, 4), 7 + 75 * MS);
	assert_int_equal(health_first_at(7, 0, 0), 7);
}

static void
connect_phase_is_the_shorter_of_timeout_connect_and_inter(void **s)
{
	const struct conf_server cs = {.inter = 2000 * MS};

	(void)s;
	assert_int_equal(health_connect_timeout(&cs, 1000 * MS, 10000 * MS), 1000 * MS);
	assert_int_equal(health_connect_timeout(&cs, 3000 * MS, 10000 * MS), 2000 * MS);
	assert_int_equal(health_connect_timeout(&cs, 0, 10000 * MS), 2000 * MS);
	assert_int_equal(health_connect_timeout(&cs, 1000 * MS, 0), 2000 * MS);
}

static void
fraction_counts_up_from_rise_and_down_from_fall(void **s)
{
	struct health h;
	int done, of;

	(void)s;
	health_init(&h, 2, 3, true);
	health_fraction(&h, &done, &of);
	assert_true(done == 1 && of == 3);
	health_force(&h, true);
	health_fraction(&h, &done, &of);
	assert_true(done == 3 && of == 3);
	h.counter = 1;
	health_fraction(&h, &done, &of);
	assert_true(done == 1 && of == 2);
}

static void
new_rise_and_fall_keep_the_verdict(void **s)
{
	struct health h;

	(void)s;
	health_init(&h, 2, 3, true);
	health_force(&h, true);
	health_reconfigure(&h, 5, 7, true);
	assert_int_equal(h.counter, 11);
	health_force(&h, false);
	health_reconfigure(&h, 2, 3, false);
	assert_int_equal(h.counter, 0);
	assert_false(h.enabled);
	h.counter = 3; /* up, one failure seen */
	health_reconfigure(&h, 1, 2, true);
	assert_true(health_is_up(&h));
	assert_int_equal(h.counter, 2);
	health_init(&h, 4, 4, true);
	h.counter = 3; /* rising */
	health_reconfigure(&h, 2, 4, true);
	assert_false(health_is_up(&h));
	assert_int_equal(h.counter, 1);
}

static void
status_words_are_those_of_haproxy(void **s)
{
	(void)s;
	assert_string_equal(check_status_code(CHECK_L4TOUT), "L4TOUT");
	assert_string_equal(check_status_text(CHECK_L4CON), "Layer4 connection problem");
	assert_true(check_status_passed(CHECK_L7OK));
	assert_false(check_status_passed(CHECK_L7STS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counter_follows_the_table),
	    cmocka_unit_test(a_result_is_kept_and_ends_the_running_check),
	    cmocka_unit_test(interval_is_inter_downinter_or_fastinter),
	    cmocka_unit_test(first_checks_are_spread_over_100_ms),
	    cmocka_unit_test(connect_phase_is_the_shorter_of_timeout_connect_and_inter),
	    cmocka_unit_test(fraction_counts_up_from_rise_and_down_from_fall),
	    cmocka_unit_test(new_rise_and_fall_keep_the_verdict),
	    cmocka_unit_test(status_words_are_those_of_haproxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
