/*
 * test_ctl_table.c - which row a command is, `help`, and the nearest commands.
 */
#include "tests/unit/unit.h"

#include "common/ctl_table.h"

static const struct ctl_command table[] = {
    {"show info", "process", CTL_USER},
    {"show stat [typed|json]", "counters", CTL_USER},
    {"show servers state [<backend>]", "servers", CTL_USER},
    {"enable|disable server <b>/<s>", "in or out", CTL_ADMIN},
    {"set server <b>/<s> state ready|drain|maint", "state", CTL_ADMIN},
    {"set weight <b>/<s> <n>", "weight", CTL_ADMIN},
    {"clear counters", "maxima", CTL_OPERATOR},
    {"clear counters all", "all counters", CTL_ADMIN},
    {0},
};

static struct ctl_words
words_of(char *line)
{
	struct ctl_words w;
	struct err e;
	char *cursor = line;

	assert_int_equal(ctl_line_next(&cursor, &w, &e), 1);
	return w;
}

static void
rows_are_found_by_their_plain_words(void **state)
{
	static const struct {
		const char *line;
		int row; /* -1: none */
	} rows[] = {
	    {"show info", 0},
	    {"show info json", 0},
	    {"show", -1},
	    {"show infos", -1},
	    {"show stat", 1},
	    {"show stat typed", 1},
	    {"show servers state", 2},
	    {"show servers", -1},
	    {"enable server b/s", 3},
	    {"disable server", 3},
	    {"enable|disable server", -1},
	    {"enabled server", -1},
	    {"set server b/s state ready", 4},
	    {"set server", 4},
	    {"set weight b/s 5", 5},
	    {"clear counters", 6},
	    {"clear counters all", 7},
	    {"clear counters bogus", 6},
	    {"bogus", -1},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char line[64];
		struct ctl_words w;
		const struct ctl_command *row;

		snprintf(line, sizeof(line), "%s", rows[i].line);
		w = words_of(line);
		row = ctl_table_find(table, &w);
		if (row != (rows[i].row < 0 ? NULL : &table[rows[i].row]))
			fail_msg("'%s' is '%s'", rows[i].line, row ? row->usage : "nothing");
	}
}

static void
help_lists_what_the_level_may(void **state)
{
	char line[] = "help";
	struct ctl_words w = words_of(line);
	struct strbuf b;

	(void)state;
	strbuf_init(&b);
	ctl_table_help(table, CTL_OPERATOR, &w, &b);
	assert_non_null(strstr(b.s, "The following commands are valid at this level:\n"));
	assert_non_null(strstr(b.s, "\n  show info                               : process\n"));
	assert_non_null(strstr(b.s, "  clear counters  "));
	assert_null(strstr(b.s, "clear counters all"));
	assert_null(strstr(b.s, "set server"));
	assert_non_null(strstr(b.s, "  quit "));
	strbuf_clear(&b);
	ctl_table_help(table, CTL_ADMIN, &w, &b);
	assert_non_null(strstr(b.s, "clear counters all"));
	strbuf_free(&b);
}

static void
help_of_a_command(void **state)
{
	char line[] = "help show", none[] = "help bogus", exact[] = "help clear counters all";
	struct ctl_words w = words_of(line);
	struct strbuf b;

	(void)state;
	strbuf_init(&b);
	ctl_table_help(table, CTL_ADMIN, &w, &b);
	assert_non_null(strstr(b.s, "show stat"));
	assert_non_null(strstr(b.s, "show servers state"));
	assert_null(strstr(b.s, "set"));
	strbuf_clear(&b);
	w = words_of(exact);
	ctl_table_help(table, CTL_ADMIN, &w, &b);
	assert_non_null(strstr(b.s, "clear counters all"));
	assert_null(strstr(b.s, "show"));
	strbuf_clear(&b);
	w = words_of(none);
	ctl_table_help(table, CTL_ADMIN, &w, &b);
	assert_string_equal(b.s, "No command at this level begins with 'bogus'.\n");
	strbuf_free(&b);
}

static void
unknown_commands_get_the_five_nearest(void **state)
{
	static const struct {
		const char *line, *first;
		enum ctl_level level;
	} rows[] = {
	    {"shwo info", "show info", CTL_USER},
	    {"show stta", "show stat", CTL_USER},
	    {"enabel server b/s", "enable|disable server", CTL_ADMIN},
	    {"disable sever b/s", "enable|disable server", CTL_ADMIN},
	    {"set servers b/s", "set server", CTL_ADMIN},
	    {"claer counters", "clear counters  ", CTL_ADMIN},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		static const char head[] =
		    "Unknown command, but maybe one of the following ones is a "
		    "better match:\n  ";
		char line[64];
		struct ctl_words w;
		struct strbuf b;
		int n_lines = 0;

		snprintf(line, sizeof(line), "%s", rows[i].line);
		w = words_of(line);
		strbuf_init(&b);
		ctl_table_unknown(table, rows[i].level, &w, &b);
		assert_memory_equal(b.s, head, strlen(head));
		if (strncmp(b.s + strlen(head), rows[i].first, strlen(rows[i].first)) != 0)
			fail_msg("'%s': %s", rows[i].line, b.s);
		for (const char *s = b.s; *s; s++)
			n_lines += *s == '\n';
		assert_int_equal(n_lines, 1 + (rows[i].level == CTL_USER ? 3 : 5) + 3);
		strbuf_free(&b);
	}
}

static void
monstrous_words_are_nowhere_near(void **state)
{
	char line[600];
	struct ctl_words w;
	struct strbuf b;

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	w = words_of(line);
	strbuf_init(&b);
	ctl_table_unknown(table, CTL_ADMIN, &w, &b);
	assert_null(strstr(b.s, "show"));
	assert_non_null(strstr(b.s, "  help [<command>]"));
	strbuf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_found_by_their_plain_words),
	    cmocka_unit_test(help_lists_what_the_level_may),
	    cmocka_unit_test(help_of_a_command),
	    cmocka_unit_test(unknown_commands_get_the_five_nearest),
	    cmocka_unit_test(monstrous_words_are_nowhere_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
