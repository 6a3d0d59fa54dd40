/*
 * test_arena.c - memory of one generation: aligned, zeroed, apart from each other, freed at once.
 */
#include "tests/unit/unit.h"

#include "common/arena.h"

static void
pieces_are_zeroed_aligned_and_apart(void **state)
{
	struct arena *a = arena_new();
	unsigned char *pieces[500];

	(void)state;
	for (size_t i = 0; i < N_OF(pieces); i++) {
		pieces[i] = arena_alloc(a, i);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		for (size_t j = 0; j < i; j++)
			assert_int_equal(pieces[i][j], 0);
		memset(pieces[i], (int)(i & 0xff), i);
	}
	for (size_t i = 0; i < N_OF(pieces); i++) {
		for (size_t j = 0; j < i; j++)
			assert_int_equal(pieces[i][j], i & 0xff);
	}
	arena_free(&a);
	assert_null(a);
	arena_free(&a); /* of nothing */
}

static void
pieces_larger_than_a_block(void **state)
{
	struct arena *a = arena_new();
	char *small = arena_alloc(a, 10), *large = arena_alloc(a, 1 << 20), *after;

	(void)state;
	memset(large, 'x', 1 << 20);
	after = arena_alloc(a, 10);
	memset(after, 'y', 10);
	assert_int_equal(small[9], 0);
	assert_int_equal(large[(1 << 20) - 1], 'x');
	arena_free(&a);
}

static void
strings_are_copied(void **state)
{
	struct arena *a = arena_new();
	char text[] = "frontend main";
	char *whole = arena_strdup(a, text), *part = arena_strndup(a, text, 8);

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assert_string_equal(whole, "frontend main");
	assert_string_equal(part, "frontend");
	assert_string_equal(arena_strndup(a, "ab", 100), "ab");
	assert_string_equal(arena_strdup(a, ""), "");
	arena_free(&a);
}

static void
arrays_grow_one_by_one_and_new_elements_are_zero(void **state)
{
	struct arena *a = arena_new();
	int64_t *numbers = NULL;

	(void)state;
	for (size_t n = 0; n < 5000; n++) {
		numbers = arena_grow(a, numbers, n, sizeof(*numbers));
		assert_int_equal(numbers[n], 0);
		numbers[n] = (int64_t)n * 3 + 1;
		if (n % 7 == 0)
			(void)arena_alloc(a, n % 64); /* somebody else allocates in between */
	}
	for (size_t n = 0; n < 5000; n++)
		assert_int_equal(numbers[n], (int64_t)n * 3 + 1);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
	    cmocka_unit_test(pieces_larger_than_a_block),
	    cmocka_unit_test(strings_are_copied),
	    cmocka_unit_test(arrays_grow_one_by_one_and_new_elements_are_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
