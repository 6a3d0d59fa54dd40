/*
 * test_strbuf.c - the growing text buffer and its escapes.
 */
#include "tests/unit/unit.h"

#include "common/strbuf.h"

static void
empty_buffer_reads_as_empty_text(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b);
	assert_string_equal(strbuf_str(&b), "");
	assert_null(b.s);
	strbuf_add(&b, "", 0);
	assert_string_equal(b.s, "");
	strbuf_free(&b);
	assert_null(b.s);
}

static void
pieces_are_joined_and_terminated(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b);
	strbuf_adds(&b, "ab");
	strbuf_addc(&b, 'c');
	strbuf_add(&b, "de\0f", 4);
	strbuf_addf(&b, "%d-%s", 42, "x");
	assert_int_equal(b.len, 11);
	assert_memory_equal(b.s, "abcde\0f42-x", 12);
	strbuf_clear(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(strbuf_str(&b), "");
	strbuf_adds(&b, "again");
	assert_string_equal(strbuf_str(&b), "again");
	strbuf_free(&b);
}

static void
grows_across_every_boundary(void **state)
{
	struct strbuf b;

	(void)state;
	for (size_t n = 0; n < 300; n++) {
		char text[301];

		memset(text, 'x', n);
		text[n] = '\0';
		strbuf_init(&b);
		strbuf_addf(&b, "%s", text); /* formatted straight into too little room */
		assert_string_equal(strbuf_str(&b), text);
		strbuf_addf(&b, "%s", text);
		assert_int_equal(b.len, 2 * n);
		assert_int_equal(strlen(b.s), 2 * n);
		strbuf_free(&b);
	}
}

static void
one_byte_at_a_time_to_a_megabyte(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b);
	for (int i = 0; i < 1 << 20; i++)
		strbuf_addc(&b, (char)('a' + i % 26));
	assert_int_equal(b.len, 1 << 20);
	assert_false(b.failed);
	assert_int_equal(b.s[(1 << 20) - 1], 'a' + ((1 << 20) - 1) % 26);
	strbuf_free(&b);
}

static void
impossible_lengths_fail_and_keep_what_was_there(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b);
	strbuf_adds(&b, "kept");
	strbuf_add(&b, "x", SIZE_MAX - 2);
	assert_true(b.failed);
	strbuf_adds(&b, "dropped");
	strbuf_addf(&b, "%d", 1);
	assert_string_equal(strbuf_str(&b), "kept");
	strbuf_clear(&b);
	assert_false(b.failed);
	strbuf_add(&b, "x", SIZE_MAX / 2);
	assert_true(b.failed);
	strbuf_free(&b);
}

static void
escapes(void **state)
{
	static const struct {
		void (*add)(struct strbuf *b, const char *s);
		const char *text, *expected;
	} rows[] = {
	    {strbuf_add_json, "", "\"\""},
	    {strbuf_add_json, "a\"b\\c", "\"a\\\"b\\\\c\""},
	    {strbuf_add_json, "\n\t\r\x01\x7f", "\"\\n\\t\\u000d\\u0001\\u007f\""},
	    {strbuf_add_json, "\xc3\xa4/", "\"\xc3\xa4/\""},
	    {strbuf_add_html, "a<b>&\"'c", "a&lt;b&gt;&amp;&quot;&#39;c"},
	    {strbuf_add_html, "", ""},
	    {strbuf_add_csv, "plain text", "plain text"},
	    {strbuf_add_csv, "a,b", "\"a,b\""},
	    {strbuf_add_csv, "say \"x\"", "\"say \"\"x\"\"\""},
	    {strbuf_add_csv, "a\nb", "\"a\nb\""},
	    {strbuf_add_csv, "a\rb", "\"a\rb\""},
	    {strbuf_add_csv, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct strbuf b;

		strbuf_init(&b);
		rows[i].add(&b, rows[i].text);
		assert_string_equal(strbuf_str(&b), rows[i].expected);
		strbuf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(empty_buffer_reads_as_empty_text),
	    cmocka_unit_test(pieces_are_joined_and_terminated),
	    cmocka_unit_test(grows_across_every_boundary),
	    cmocka_unit_test(one_byte_at_a_time_to_a_megabyte),
	    cmocka_unit_test(impossible_lengths_fail_and_keep_what_was_there),
	    cmocka_unit_test(escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
