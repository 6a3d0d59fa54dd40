/*
 * test_inifile.c - INI text: what is read, which line it came from, what is refused.
 */
#include "tests/unit/unit.h"

#include "common/inifile.h"

struct parsed {
	struct arena *arena;
	struct errlist el;
	struct inifile f;
	int rc;
};

static const char *
environment(const char *name)
{
	if (strcmp(name, "HOST") == 0)
		return "192.0.2.1";
	if (strcmp(name, "EMPTY") == 0)
		return "";
	if (strcmp(name, "DOLLAR") == 0)
		return "${HOST} ; #";
	if (strcmp(name, "BAD") == 0)
		return "a\nb = c";
	return NULL;
}

static struct parsed
parse_bytes(const char *text, size_t len)
{
	struct parsed p = {.arena = arena_new()};

	errlist_init(&p.el);
	p.rc = inifile_parse(p.arena, "f", text, len, environment, &p.f, &p.el);
	return p;
}

static struct parsed
parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static void
done(struct parsed *p)
{
	errlist_free(&p->el);
	arena_free(&p->arena);
}

static void
assert_entry(const struct ini_entry *en, int line, const char *key, const char *arg,
	     const char *value)
{
	assert_int_equal(en->line, line);
	assert_string_equal(en->key, key);
	assert_string_equal(en->arg, arg);
	assert_string_equal(en->value, value);
}

/* Parse, and demand exactly this one error. */
static void
assert_refused(const char *text, const char *error)
{
	struct parsed p = parse(text);

	assert_int_equal(p.rc, -1);
	assert_string_equal(p.el.n_lines ? p.el.lines[0] : "no error", error);
	assert_int_equal(p.el.n_errors, 1);
	done(&p);
}

static void
sections_and_entries_with_their_lines(void **state)
{
	struct parsed p = parse("; first\n"
				"[global]\n"
				"\n"
				"maxconn = 4000\n"
				"[  frontend \t main ]  ; comment\n"
				"bind=0.0.0.0:3306\n"
				"[empty]\n"
				"[frontend main]\n"
				"  # comment\n"
				"bind\t=\t:1");

	(void)state;
	assert_int_equal(p.rc, 0);
	assert_int_equal(p.f.n_sections, 4);
	assert_string_equal(p.f.file, "f");
	assert_string_equal(p.f.sections[0].title, "global");
	assert_string_equal(p.f.sections[0].type, "global");
	assert_string_equal(p.f.sections[0].name, "");
	assert_int_equal(p.f.sections[0].line, 2);
	assert_entry(&p.f.sections[0].entries[0], 4, "maxconn", "", "4000");
	assert_string_equal(p.f.sections[1].title, "frontend main");
	assert_string_equal(p.f.sections[1].type, "frontend");
	assert_string_equal(p.f.sections[1].name, "main");
	assert_entry(&p.f.sections[1].entries[0], 6, "bind", "", "0.0.0.0:3306");
	assert_int_equal(p.f.sections[2].n_entries, 0);
	assert_int_equal(p.f.sections[3].line, 8); /* a repeated title stays apart */
	assert_entry(&p.f.sections[3].entries[0], 10, "bind", "", ":1");
	done(&p);
}

static void
values(void **state)
{
	static const struct {
		const char *line, *key, *arg, *value;
	} rows[] = {
	    {"k = v", "k", "", "v"},
	    {"k=v", "k", "", "v"},
	    {"k =  two  words  ", "k", "", "two  words"},
	    {"k = a=b:c=d", "k", "", "a=b:c=d"},
	    {"k =", "k", "", ""},
	    {"k = ; nothing", "k", "", ""},
	    {"k = v ; comment", "k", "", "v"},
	    {"k = v # comment", "k", "", "v"},
	    {"k = v\t;comment ; more", "k", "", "v"},
	    {"k = a;b#c", "k", "", "a;b#c"},
	    {"uri = /haproxyadmin?stats", "uri", "", "/haproxyadmin?stats"},
	    {"server mysql1 = 192.0.2.1:3306 check", "server", "mysql1", "192.0.2.1:3306 check"},
	    {"server   my \t sql  = x", "server", "my sql", "x"},
	    {"k = [x]", "k", "", "[x]"},
	    {"k = v\r", "k", "", "v"},
	    {"k = \xc3\xa4", "k", "", "\xc3\xa4"},
	    {"auth = admin:admin", "auth", "", "admin:admin"},
	    {"k = ${HOST}:3306", "k", "", "192.0.2.1:3306"},
	    {"k = a${EMPTY}b${HOST}c", "k", "", "ab192.0.2.1c"},
	    {"k = ${DOLLAR}", "k", "", "${HOST} ; #"}, /* not expanded again */
	    {"k = $${HOST} $ $HOST }", "k", "", "${HOST} $ $HOST }"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char text[256];
		struct parsed p;

		snprintf(text, sizeof(text), "[s]\n%s\n", rows[i].line);
		p = parse(text);
		if (p.rc != 0)
			fail_msg("%s: %s", rows[i].line, p.el.lines[0]);
		assert_int_equal(p.f.sections[0].n_entries, 1);
		assert_entry(&p.f.sections[0].entries[0], 2, rows[i].key, rows[i].arg,
			     rows[i].value);
		done(&p);
	}
}

static void
indented_lines_go_on_with_the_key_above(void **state)
{
	struct parsed p = parse("[i]\n"
				"virtual_ipaddress name = 192.0.2.1/24\n"
				"   192.0.2.2/24 ; second\n"
				"\n"
				"   ; comment\n"
				"\t[2001:db8::1]:80\n"
				"   a = b\n"
				"next = 1\n");
	const struct ini_entry *en = p.f.sections[0].entries;

	(void)state;
	assert_int_equal(p.rc, 0);
	assert_int_equal(p.f.n_sections, 1);
	assert_int_equal(p.f.sections[0].n_entries, 5);
	assert_entry(&en[0], 2, "virtual_ipaddress", "name", "192.0.2.1/24");
	assert_entry(&en[1], 3, "virtual_ipaddress", "name", "192.0.2.2/24");
	assert_entry(&en[2], 6, "virtual_ipaddress", "name", "[2001:db8::1]:80");
	assert_entry(&en[3], 7, "virtual_ipaddress", "name", "a = b");
	assert_entry(&en[4], 8, "next", "", "1");
	assert_false(en[0].continued);
	assert_true(en[1].continued && en[2].continued && en[3].continued);
	assert_false(en[4].continued);
	done(&p);
}

static void
long_keys_titles_and_lines_are_whole(void **state)
{
	char text[3 * INIFILE_LINE_MAX], value[INIFILE_LINE_MAX + 1];
	const char *title = "frontend a-name-of-more-than-forty-nine-characters-that-libinih-cuts";
	const char *key = "a_key_of_more_than_forty_nine_characters_that_libinih_would_cut";
	const struct ini_entry *en;
	struct parsed p;

	(void)state;
	memset(value, 'x', sizeof(value));
	value[INIFILE_LINE_MAX - strlen(key) - 1] = '\0'; /* the line is INIFILE_LINE_MAX long */
	snprintf(text, sizeof(text), "[%s]\n%s=%s\n  second\nafter = %.190s\n", title, key, value,
		 value);
	p = parse(text);
	if (p.rc != 0)
		fail_msg("%s", p.el.lines[0]);
	assert_string_equal(p.f.sections[0].title, title);
	assert_string_equal(p.f.sections[0].name, title + 9);
	en = p.f.sections[0].entries;
	assert_int_equal(p.f.sections[0].n_entries, 3);
	assert_entry(&en[0], 2, key, "", value);
	assert_entry(&en[1], 3, key, "", "second");
	assert_int_equal(en[2].line, 4);
	done(&p);
}

static void
lines_over_the_limit_are_refused_whole(void **state)
{
	char text[4 * INIFILE_LINE_MAX];
	struct parsed p;
	size_t n;

	(void)state;
	/* one byte too long; its tail looks like a key */
	n = (size_t)snprintf(text, sizeof(text), "[s]\nk=");
	memset(text + n, 'x', INIFILE_LINE_MAX - 1);
	n += INIFILE_LINE_MAX - 1;
	snprintf(text + n, sizeof(text) - n, "\nafter = 1\n");
	p = parse(text);
	assert_string_equal(p.el.lines[0],
			    "f:2: [s]: the line is too long, expected at most 4096 bytes");
	assert_int_equal(p.el.n_errors, 1);
	assert_int_equal(p.f.sections[0].n_entries, 1);
	assert_entry(&p.f.sections[0].entries[0], 3, "after", "", "1");
	done(&p);
	/* even a comment: what is behind the limit must never count as text */
	n = (size_t)snprintf(text, sizeof(text), "[s]\n;");
	memset(text + n, ' ', 2 * INIFILE_LINE_MAX);
	n += 2 * INIFILE_LINE_MAX;
	snprintf(text + n, sizeof(text) - n, "k = 1\nafter = 1\n");
	p = parse(text);
	assert_int_equal(p.el.n_errors, 1);
	assert_int_equal(p.f.sections[0].n_entries, 1);
	done(&p);
}

static void
mistakes_name_line_and_section(void **state)
{
	(void)state;
	assert_refused("k = v\n", "f:1: text before the first [section]");
	assert_refused("[s]\nnothing\n",
		       "f:2: [s]: '=' is missing, expected 'key = value' or '[section]'");
	assert_refused("[s]\nk: v\n",
		       "f:2: [s]: '=' is missing, expected 'key = value' or '[section]'");
	assert_refused("[s]\nserver a:1 = v\n",
		       "f:2: [s]: ':' in a key or name, expected 'key = value'");
	assert_refused("[s]\n= v\n", "f:2: [s]: the key is missing in front of '='");
	assert_refused(
	    "[s]\n  k = v\n",
	    "f:2: [s]: an indented line goes on with the key above it, but there is none "
	    "in this section");
	assert_refused("[s\nk = v\n", "f:1: [s]: ']' is missing behind the section's name");
	assert_refused("[s] x\n",
		       "f:1: [s]: text behind ']', expected the end of the line or a comment");
	assert_refused("[]\n", "f:1: []: the section has no name, expected [name]");
	assert_refused("[ ]\n", "f:1: []: the section has no name, expected [name]");
	assert_refused("[a[b]\n", "f:1: [a[b]: '[' or ']' inside the section's name");
	assert_refused("[s]\nk = \x01\n", "f:2: [s]: the line holds a control character");
	assert_refused("[s]\nk = a\rb\n", "f:2: [s]: the line holds a control character");
	assert_refused("[s]\nk = ${NONE}\n",
		       "f:2: [s] k: the environment variable 'NONE' is not set");
	assert_refused("[s]\nk = ${BAD}\n",
		       "f:2: [s] k: the environment variable 'BAD' is too long or holds a control "
		       "character");
	assert_refused("[s]\nk = ${}\n",
		       "f:2: [s] k: '${}': expected ${NAME}, an environment variable");
	assert_refused("[s]\nk = ${1A}\n",
		       "f:2: [s] k: '${1A}': expected ${NAME}, an environment variable");
	assert_refused("[s]\nk = ${A-B}\n",
		       "f:2: [s] k: '${A-B}': expected ${NAME}, an environment variable");
	assert_refused("[s]\nk = x${HOST\n",
		       "f:2: [s] k: '${HOST': expected ${NAME}, an environment variable");
}

static void
nul_bytes_are_refused(void **state)
{
	static const char text[] = "[s]\nk = a\0b\nafter = 1\n";
	struct parsed p = parse_bytes(text, sizeof(text) - 1);

	(void)state;
	assert_int_equal(p.el.n_errors, 1);
	assert_string_equal(p.el.lines[0], "f:2: [s]: the line holds a NUL byte");
	assert_entry(&p.f.sections[0].entries[0], 3, "after", "", "1");
	done(&p);
}

static void
a_broken_header_does_not_lend_its_keys_to_the_section_above(void **state)
{
	struct parsed p = parse("[global]\na = 1\n[backend x\nb = 2\n");

	(void)state;
	assert_int_equal(p.f.n_sections, 2);
	assert_int_equal(p.f.sections[0].n_entries, 1);
	assert_string_equal(p.f.sections[1].title, "backend x");
	assert_entry(&p.f.sections[1].entries[0], 4, "b", "", "2");
	done(&p);
}

static void
lines_below_a_refused_key_do_not_join_the_key_above_it(void **state)
{
	struct parsed p = parse("[s]\nlist = a\nbroken\n  b\n  c\nk = 1\n");

	(void)state;
	assert_int_equal(p.el.n_errors, 1);
	assert_int_equal(p.f.sections[0].n_entries, 2);
	assert_entry(&p.f.sections[0].entries[1], 6, "k", "", "1");
	done(&p);
}

static void
every_mistake_is_told_in_one_run(void **state)
{
	struct parsed p = parse("x\n[a]\ny\nk = ${NO}\n[b\nz\n[c]\nk = 1\n");
	static const int lines[] = {1, 3, 4, 5, 6};
	char start[16];

	(void)state;
	assert_int_equal(p.rc, -1);
	assert_int_equal(p.el.n_errors, N_OF(lines));
	for (size_t i = 0; i < N_OF(lines); i++) {
		snprintf(start, sizeof(start), "f:%d:", lines[i]);
		assert_memory_equal(p.el.lines[i], start, strlen(start));
	}
	assert_int_equal(p.f.sections[2].n_entries, 1);
	done(&p);
}

static void
byte_order_mark_and_crlf(void **state)
{
	struct parsed p = parse("\xef\xbb\xbf[s]\r\nk = v\r\n\r\n");

	(void)state;
	assert_int_equal(p.rc, 0);
	assert_entry(&p.f.sections[0].entries[0], 2, "k", "", "v");
	done(&p);
}

static void
empty_texts(void **state)
{
	static const char *const texts[] = {"", "\n", "\n\n\n", "; only a comment", "   \t\n"};

	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++) {
		struct parsed p = parse(texts[i]);

		assert_int_equal(p.rc, 0);
		assert_int_equal(p.f.n_sections, 0);
		done(&p);
	}
}

static void
without_an_environment_nothing_is_set(void **state)
{
	struct arena *a = arena_new();
	struct errlist el;
	struct inifile f;

	(void)state;
	errlist_init(&el);
	assert_int_equal(inifile_parse(a, "f", "[s]\nk=${HOST}", 13, NULL, &f, &el), -1);
	errlist_free(&el);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sections_and_entries_with_their_lines),
	    cmocka_unit_test(values),
	    cmocka_unit_test(indented_lines_go_on_with_the_key_above),
	    cmocka_unit_test(long_keys_titles_and_lines_are_whole),
	    cmocka_unit_test(lines_over_the_limit_are_refused_whole),
	    cmocka_unit_test(mistakes_name_line_and_section),
	    cmocka_unit_test(nul_bytes_are_refused),
	    cmocka_unit_test(a_broken_header_does_not_lend_its_keys_to_the_section_above),
	    cmocka_unit_test(lines_below_a_refused_key_do_not_join_the_key_above_it),
	    cmocka_unit_test(every_mistake_is_told_in_one_run),
	    cmocka_unit_test(byte_order_mark_and_crlf),
	    cmocka_unit_test(empty_texts),
	    cmocka_unit_test(without_an_environment_nothing_is_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
