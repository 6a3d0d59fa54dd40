/*
 * test_names.c - words and values, the nearest word.
 */
#include "tests/unit/unit.h"

#include "common/names.h"

static const struct name modes[] = {{"tcp", 1}, {"health", 2}, {"also-tcp", 1}, {0}};

static void
words_are_found_exactly(void **state)
{
	int value = 7;

	(void)state;
	assert_true(names_find(modes, "health", &value));
	assert_int_equal(value, 2);
	assert_false(names_find(modes, "Health", &value));
	assert_false(names_find(modes, "heal", &value));
	assert_false(names_find(modes, "", &value));
	assert_int_equal(value, 2);
}

static void
values_have_their_first_word(void **state)
{
	(void)state;
	assert_string_equal(names_text(modes, 1), "tcp");
	assert_string_equal(names_text(modes, 9), "?");
}

static void
nearest_word(void **state)
{
	static const char *const words[] = {"bind",           "maxconn",        "default_backend",
					    "timeout_client", "timeout_server", NULL};
	static const struct {
		const char *text, *expected;
	} rows[] = {
	    {"bind", "bind"},
	    {"bnd", "bind"},
	    {"bnid", "bind"}, /* a swap of neighbours is one step */
	    {"binds", "bind"},
	    {"default_backed", "default_backend"},
	    {"defaultbackend", "default_backend"},
	    {"maxcon", "maxconn"},
	    {"max_conn", "maxconn"},
	    {"timeout_cleint", "timeout_client"},
	    {"timeout_srv", "timeout_server"},
	    {"xyz", NULL},
	    {"", NULL},
	    {"balance", NULL},
	};
	char monster[200];

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const char *found = names_nearest(words, rows[i].text);

		if (rows[i].expected)
			assert_string_equal(found, rows[i].expected);
		else
			assert_null(found);
	}
	memset(monster, 'b', sizeof(monster) - 1);
	monster[sizeof(monster) - 1] = '\0';
	assert_null(names_nearest(words, monster));
}

static void
distances(void **state)
{
	static const struct {
		const char *a, *b;
		size_t expected;
	} rows[] = {
	    {"", "", 0},       {"", "abc", 3},  {"abc", "", 3},           {"abc", "abc", 0},
	    {"abc", "abd", 1}, {"ab", "ba", 1}, {"kitten", "sitting", 3}, {"abcd", "badc", 2},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		assert_int_equal(names_distance(rows[i].a, rows[i].b), rows[i].expected);
}

static void
texts_may_be_missing(void **s)
{
	char copy[] = "db1";

	(void)s;
	assert_true(text_same("db1", copy));
	assert_false(text_same("db1", "db2"));
	assert_true(text_same(NULL, NULL));
	assert_false(text_same(NULL, ""));
	assert_false(text_same("", NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_are_found_exactly),
	    cmocka_unit_test(values_have_their_first_word),
	    cmocka_unit_test(nearest_word),
	    cmocka_unit_test(distances),
	    cmocka_unit_test(texts_may_be_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
