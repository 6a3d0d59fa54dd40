/*
 * test_promtext.c - Prometheus' text format.
 */
#include "tests/unit/unit.h"

#include "common/promtext.h"

static void
a_family_with_labels_and_escapes(void **state)
{
	const struct prom_label labels[] = {{"a", "x"}, {"b", "q\"u\\o\nte"}};
	struct strbuf b;

	(void)state;
	strbuf_init(&b);
	prom_family(&b, "m", "counter", "What it counts.");
	prom_u64(&b, "m", labels, 2, UINT64_MAX);
	prom_u64(&b, "m", NULL, 0, 0);
	assert_string_equal(strbuf_str(&b),
			    "# HELP m What it counts.\n# TYPE m counter\n"
			    "m{a=\"x\",b=\"q\\\"u\\\\o\\nte\"} 18446744073709551615\nm 0\n");
	strbuf_free(&b);
}

static void
never_is_infinite(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b);
	prom_seconds(&b, "m", NULL, 0, 3609375);
	prom_seconds(&b, "m", NULL, 0, USEC_NEVER);
	prom_seconds(&b, "m", NULL, 0, -1500000);
	assert_string_equal(strbuf_str(&b), "m 3.609375\nm +Inf\nm -1.500000\n");
	strbuf_free(&b);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_family_with_labels_and_escapes),
    cmocka_unit_test(never_is_infinite),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
