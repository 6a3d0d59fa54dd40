/*
 * test_ctl_line.c - one control line into commands and words.
 */
#include "tests/unit/unit.h"

#include "common/ctl_line.h"

/* Every command of the line as "word|word" text, commands joined by " / ", errors as "!". */
static void
flatten(const char *text, char *out, size_t size)
{
	char line[4096], *cursor = line;
	struct ctl_words w;
	struct err e;
	size_t len = 0;
	int n;

	snprintf(line, sizeof(line), "%s", text);
	out[0] = '\0';
	while ((n = ctl_line_next(&cursor, &w, &e)) != 0) {
		if (len)
			len += (size_t)snprintf(out + len, size - len, " / ");
		if (n < 0)
			len += (size_t)snprintf(out + len, size - len, "!");
		for (int i = 0; n > 0 && i < w.n_words; i++)
			len += (size_t)snprintf(out + len, size - len, "%s%s", i ? "|" : "",
						w.words[i]);
	}
	assert_null(cursor);
}

static void
commands_and_words(void **state)
{
	static const struct {
		const char *line, *expected;
	} rows[] = {
	    {"", ""},
	    {"   ", ""},
	    {";", ""},
	    {";; ; ", ""},
	    {"\r", ""},
	    {"show info", "show|info"},
	    {"show info\r", "show|info"},
	    {"  show \t  info  ", "show|info"},
	    {"show info;show stat", "show|info / show|stat"},
	    {"show info ; show stat ;", "show|info / show|stat"},
	    {";;show info;;;show stat;;", "show|info / show|stat"},
	    {"a\\;b", "a;b"},
	    {"a\\\\b", "a\\b"},
	    {"a\\ b", "a b"},
	    {"a\\\"b", "a\"b"},
	    {"a\\", "a\\"},
	    {"\\ a", " a"},
	    {"\"a b\"", "a b"},
	    {"\"a;b\" c", "a;b|c"},
	    {"x\"a b\"y", "xa by"},
	    {"\"\"", ""},
	    {"a \"\" b", "a||b"},
	    {"\"a\\\"b\"", "a\"b"},
	    {"\"a\\\\\" b", "a\\|b"},
	    {"\"open", "!"},
	    {"ok;\"open;rest", "ok / !"},
	    {"set weight b/s 50%", "set|weight|b/s|50%"},
	    {"a'b c'", "a'b|c'"},
	    {"\xc3\xa4 \x01", "\xc3\xa4|\x01"},
	    {"a;b;c", "a / b / c"},
	    {"\"a\";\"b\"", "a / b"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char got[512];

		flatten(rows[i].line, got, sizeof(got));
		if (strcmp(got, rows[i].expected) != 0)
			fail_msg("'%s' became '%s', not '%s'", rows[i].line, got, rows[i].expected);
	}
}

static void
a_command_of_one_empty_word_is_a_command(void **state)
{
	char line[] = "\"\"", *cursor = line;
	struct ctl_words w;
	struct err e;

	(void)state;
	assert_int_equal(ctl_line_next(&cursor, &w, &e), 1);
	assert_int_equal(w.n_words, 1);
	assert_string_equal(w.words[0], "");
}

static void
at_most_64_words_and_the_next_command_still_runs(void **state)
{
	char line[1024] = "", *cursor = line;
	struct ctl_words w;
	struct err e;

	(void)state;
	for (int i = 0; i < CTL_WORDS_MAX; i++)
		strcat(line, "w ");
	strcat(line, ";");
	for (int i = 0; i < CTL_WORDS_MAX + 1; i++)
		strcat(line, "v ");
	strcat(line, ";show info");
	assert_int_equal(ctl_line_next(&cursor, &w, &e), 1);
	assert_int_equal(w.n_words, CTL_WORDS_MAX);
	assert_int_equal(ctl_line_next(&cursor, &w, &e), -1);
	assert_string_equal(e.text, "Too many arguments. Commands must have at most 64 arguments.");
	assert_int_equal(ctl_line_next(&cursor, &w, &e), 1);
	assert_string_equal(w.words[1], "info");
	assert_int_equal(ctl_line_next(&cursor, &w, &e), 0);
}

static void
patterns(void **state)
{
	static const struct {
		const char *line, *pattern;
		bool matches;
	} rows[] = {
	    {"show stat", "show stat", true},      {"show stat -1", "show stat", true},
	    {"show", "show stat", false},          {"show stats", "show stat", false},
	    {"show sta", "show stat", false},      {"sh stat", "show stat", false},
	    {"Show stat", "show stat", false},     {"show stat", "show", true},
	    {"show stat", "show  stat", true},     {"show stat", "", true},
	    {"\"show stat\"", "show stat", false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char line[64], *cursor = line;
		struct ctl_words w;
		struct err e;

		snprintf(line, sizeof(line), "%s", rows[i].line);
		assert_int_equal(ctl_line_next(&cursor, &w, &e), 1);
		assert_int_equal(ctl_words_match(&w, rows[i].pattern), rows[i].matches);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(commands_and_words),
	    cmocka_unit_test(a_command_of_one_empty_word_is_a_command),
	    cmocka_unit_test(at_most_64_words_and_the_next_command_still_runs),
	    cmocka_unit_test(patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
