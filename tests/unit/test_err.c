/*
 * test_err.c - error texts and the list of configuration errors.
 */
#include "tests/unit/unit.h"

#include <errno.h>

#include "common/err.h"

static void
err_set_returns_minus_one_and_formats(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(err_set(&e, "port %d", 70000), -1);
	assert_string_equal(e.text, "port 70000");
}

static void
err_sys_appends_the_text_of_errno(void **state)
{
	struct err e;

	(void)state;
	errno = ENOENT;
	assert_int_equal(err_sys(&e, "open %s", "/x"), -1);
	assert_string_equal(e.text, "open /x: No such file or directory");
}

static void
a_caller_may_quote_the_old_text(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, "inner");
	err_set(&e, "outer: %s", e.text);
	assert_string_equal(e.text, "outer: inner");
}

static void
texts_are_one_line_and_cannot_talk_to_a_terminal(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, "a\nb\tc\x1b[2J\x7f\xc3\xa4");
	assert_string_equal(e.text, "a?b c?[2J?\xc3\xa4");
}

static void
long_texts_are_cut_not_overrun(void **state)
{
	struct err e;
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&e, "%s", text);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	errno = EPERM;
	err_sys(&e, "%s", text);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

static void
list_lines_name_file_line_section_and_key(void **state)
{
	static const struct {
		const char *file;
		int line;
		const char *section, *key, *expected;
	} rows[] = {
	    {"/etc/x.conf", 7, "frontend main", "bind", "/etc/x.conf:7: [frontend main] bind: bad"},
	    {"x", 7, "global", NULL, "x:7: [global]: bad"},
	    {"x", 7, NULL, NULL, "x:7: bad"},
	    {"x", 0, NULL, NULL, "x: bad"},
	    {"x", 0, "global", "log", "x: [global] log: bad"},
	    {NULL, 0, NULL, NULL, "-: bad"},
	    {"x", 3, NULL, "k\x1b", "x:3: k?: bad"},
	};
	struct errlist el;

	(void)state;
	errlist_init(&el);
	for (size_t i = 0; i < N_OF(rows); i++) {
		errlist_add(&el, rows[i].file, rows[i].line, rows[i].section, rows[i].key, "%s",
			    "bad");
		assert_string_equal(el.lines[i], rows[i].expected);
	}
	assert_int_equal(el.n_errors, N_OF(rows));
	errlist_free(&el);
	assert_int_equal(el.n_lines + el.n_errors + el.cap, 0);
	assert_null(el.lines);
}

static void
warnings_are_listed_but_not_counted(void **state)
{
	struct errlist el;

	(void)state;
	errlist_init(&el);
	errlist_warn(&el, "x", 2, "backend b", "server a", "no %s", "check");
	assert_string_equal(el.lines[0], "x:2: [backend b] server a: warning: no check");
	assert_int_equal(el.n_errors, 0);
	assert_int_equal(el.n_lines, 1);
	errlist_free(&el);
}

static void
list_keeps_the_order_of_many(void **state)
{
	struct errlist el;
	char expected[32];

	(void)state;
	errlist_init(&el);
	for (int i = 1; i <= 100; i++)
		errlist_add(&el, "x", i, NULL, NULL, "e%d", i);
	for (int i = 1; i <= 100; i++) {
		snprintf(expected, sizeof(expected), "x:%d: e%d", i, i);
		assert_string_equal(el.lines[i - 1], expected);
	}
	errlist_free(&el);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(err_set_returns_minus_one_and_formats),
	    cmocka_unit_test(err_sys_appends_the_text_of_errno),
	    cmocka_unit_test(a_caller_may_quote_the_old_text),
	    cmocka_unit_test(texts_are_one_line_and_cannot_talk_to_a_terminal),
	    cmocka_unit_test(long_texts_are_cut_not_overrun),
	    cmocka_unit_test(list_lines_name_file_line_section_and_key),
	    cmocka_unit_test(warnings_are_listed_but_not_counted),
	    cmocka_unit_test(list_keeps_the_order_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
