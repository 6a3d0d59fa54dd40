/*
 * test_proxyd_slab.c - records do not overlap, come back, and memory follows their number down.
 */
#include "proxyd/slab.h"
#include "unit.h"

#define SIZE    376
#define N_MANY  5000
#define PATTERN 0x5a

static struct slab s;
static unsigned char *records[N_MANY];

static int
fresh(void **state)
{
	(void)state;
	slab_init(&s, SIZE);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	slab_fini(&s);
	return 0;
}

static void
take_all(void)
{
	for (size_t i = 0; i < N_MANY; i++) {
		records[i] = slab_get(&s);
		assert_non_null(records[i]);
		assert_int_equal((uintptr_t)records[i] % 16, 0);
		memset(records[i], (int)(PATTERN + i % 50), SIZE);
	}
}

static void
records_do_not_overlap(void **state)
{
	(void)state;
	take_all();
	for (size_t i = 0; i < N_MANY; i++) {
		for (size_t b = 0; b < SIZE; b++)
			assert_int_equal(records[i][b], (unsigned char)(PATTERN + i % 50));
		slab_put(&s, records[i]);
	}
}

static void
a_record_that_came_back_is_used_again(void **state)
{
	void *first = slab_get(&s);

	(void)state;
	slab_put(&s, first);
#ifndef __SANITIZE_ADDRESS__ /* there every record is a malloc() of its own */
	assert_ptr_equal(slab_get(&s), first);
	slab_put(&s, first);
#endif
}

static void
chunks_without_a_record_are_given_back_but_one(void **state)
{
	(void)state;
	take_all();
	for (size_t i = 0; i < N_MANY; i++) /* holes everywhere first, then the rest */
		if (i % 2 == 0)
			slab_put(&s, records[i]);
	for (size_t i = 0; i < N_MANY; i++)
		if (i % 2 == 1)
			slab_put(&s, records[i]);
	assert_int_equal(s.n_used, 0);
#ifndef __SANITIZE_ADDRESS__
	assert_int_equal(s.n_empty, 1);
	assert_non_null(TAILQ_FIRST(&s.open));
	assert_true(TAILQ_FIRST(&s.open) == TAILQ_LAST(&s.open, slab_chunks));
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(records_do_not_overlap, fresh, clean),
	    cmocka_unit_test_setup_teardown(a_record_that_came_back_is_used_again, fresh, clean),
	    cmocka_unit_test_setup_teardown(chunks_without_a_record_are_given_back_but_one, fresh,
					    clean),
	};

	return cmocka_run_group_tests_name("proxyd_slab", tests, NULL, NULL);
}
