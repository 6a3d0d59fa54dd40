/*
 * test_json.c - JSON with its commas.
 */
#include "tests/unit/unit.h"

#include "common/json.h"

static void
commas_stand_between_and_nowhere_else(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b);
	json_open(&b, NULL, '{');
	json_str(&b, "a", "x\"y");
	json_open(&b, "list", '[');
	json_int(&b, NULL, -1);
	json_open(&b, NULL, '{');
	json_close(&b, '}');
	json_str(&b, NULL, "{");
	json_u64(&b, NULL, UINT64_MAX);
	json_close(&b, ']');
	json_open(&b, "empty", '[');
	json_close(&b, ']');
	json_bool(&b, "yes", true);
	json_close(&b, '}');
	assert_string_equal(strbuf_str(&b), "{\"a\":\"x\\\"y\",\"list\":[-1,{},\"{\","
					    "18446744073709551615],\"empty\":[],\"yes\":true}");
	strbuf_free(&b);
}

static void
seconds_have_six_digits_and_never_is_null(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b);
	json_open(&b, NULL, '[');
	json_seconds(&b, NULL, 3609375);
	json_seconds(&b, NULL, -1);
	json_seconds(&b, NULL, USEC_NEVER);
	json_close(&b, ']');
	assert_string_equal(strbuf_str(&b), "[3.609375,-0.000001,null]");
	strbuf_free(&b);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(commas_stand_between_and_nowhere_else),
    cmocka_unit_test(seconds_have_six_digits_and_never_is_null),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
