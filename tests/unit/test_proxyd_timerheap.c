/*
 * test_proxyd_timerheap.c - the heap against the plain search, with random arms and disarms.
 */
#include <time.h>

#include "proxyd/timerheap.h"
#include "unit.h"

#define N_TIMERS 200

static struct timerheap h;
static struct timer timers[N_TIMERS];

static int
fresh(void **s)
{
	(void)s;
	memset(timers, 0, sizeof(timers));
	return timerheap_reserve(&h, N_TIMERS);
}

static int
clean(void **s)
{
	(void)s;
	timerheap_fini(&h);
	return 0;
}

static const struct timer *
earliest(void)
{
	const struct timer *first = NULL;

	for (size_t i = 0; i < N_TIMERS; i++)
		if (timers[i].index != 0 && (!first || timers[i].at < first->at))
			first = &timers[i];
	return first;
}

static void
an_empty_heap_has_no_first(void **s)
{
	(void)s;
	assert_null(timerheap_first(&h));
}

static void
arming_again_moves_a_timer_both_ways(void **s)
{
	(void)s;
	timer_arm(&h, &timers[0], 100);
	timer_arm(&h, &timers[1], 200);
	timer_arm(&h, &timers[0], 300);
	assert_ptr_equal(timerheap_first(&h), &timers[1]);
	timer_arm(&h, &timers[0], 50);
	assert_ptr_equal(timerheap_first(&h), &timers[0]);
}

static void
disarming_twice_is_harmless(void **s)
{
	(void)s;
	timer_arm(&h, &timers[0], 1);
	timer_disarm(&h, &timers[0]);
	timer_disarm(&h, &timers[0]);
	assert_null(timerheap_first(&h));
	assert_int_equal(timers[0].index, 0);
}

static void
the_first_is_always_the_earliest(void **s)
{
	unsigned seed = (unsigned)time(NULL);

	(void)s;
	print_message("seed %u\n", seed);
	srandom(seed);
	for (int step = 0; step < 50000; step++) {
		struct timer *t = &timers[random() % N_TIMERS];
		const struct timer *want;

		if (random() % 3 == 0)
			timer_disarm(&h, t);
		else
			timer_arm(&h, t, random() % 1000);
		want = earliest();
		if (want)
			assert_int_equal(timerheap_first(&h)->at, want->at);
		else
			assert_null(timerheap_first(&h));
	}
}

static void
trimming_keeps_room_for_those_that_may_be_armed(void **s)
{
	(void)s;
	assert_int_equal(timerheap_reserve(&h, 100000), 0);
	timer_arm(&h, &timers[0], 7);
	timerheap_trim(&h, N_TIMERS);
	assert_true(h.cap >= N_TIMERS && h.cap < 1000);
	for (size_t i = 0; i < N_TIMERS; i++)
		timer_arm(&h, &timers[i], (usec_t)i + 100);
	timerheap_trim(&h, 1); /* nonsense: more are armed */
	assert_true(h.cap >= N_TIMERS);
	assert_ptr_equal(timerheap_first(&h), &timers[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(an_empty_heap_has_no_first, fresh, clean),
	    cmocka_unit_test_setup_teardown(arming_again_moves_a_timer_both_ways, fresh, clean),
	    cmocka_unit_test_setup_teardown(disarming_twice_is_harmless, fresh, clean),
	    cmocka_unit_test_setup_teardown(trimming_keeps_room_for_those_that_may_be_armed, fresh,
					    clean),
	    cmocka_unit_test_setup_teardown(the_first_is_always_the_earliest, fresh, clean),
	};

	return cmocka_run_group_tests_name("proxyd_timerheap", tests, NULL, NULL);
}
