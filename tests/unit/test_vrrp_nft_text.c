/*
 * test_vrrp_nft_text.c - no_accept in the language of nft.
 */
#include "tests/unit/unit.h"

#include "vrrpd/nft_text.h"

#define FRESH "table inet vrrpd\ndelete table inet vrrpd\n"
#define HEAD                                                                                       \
	FRESH "table inet vrrpd {\n\tchain input {\n"                                              \
	      "\t\ttype filter hook input priority -10; policy accept;\n"                          \
	      "\t\ticmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n"
#define TAIL "\t}\n}\n"

static const char *
no_env(const char *name)
{
	(void)name;
	return NULL;
}

/* Two instances with these lines at their end. */
static void
assert_text(const char *first, const char *second, const char *expected)
{
	struct vrrpd_conf *c;
	struct errlist el;
	struct strbuf b;
	char text[1024];

	snprintf(text, sizeof(text),
		 "[instance A]\ninterface = eth0\nvirtual_router_id = 1\n"
		 "virtual_ipaddress = 10.0.0.1, 10.0.0.2\n"
		 "virtual_ipaddress_excluded = fd00::1\n%s\n"
		 "[instance B]\ninterface = eth0\nvirtual_router_id = 2\n"
		 "virtual_ipaddress = 10.0.0.3/24\n%s\n",
		 first, second);
	errlist_init(&el);
	c = vrrpd_conf_parse("f", text, strlen(text), no_env, &el);
	assert_non_null(c);
	strbuf_init(&b);
	nft_text(c, &b);
	assert_string_equal(strbuf_str(&b), expected);
	assert_int_equal(nft_text_needed(c), strcmp(expected, FRESH) != 0);
	strbuf_free(&b);
	vrrpd_conf_free(&c);
	errlist_free(&el);
}

static void
nobody_needs_a_table_by_default(void **s)
{
	(void)s;
	assert_text("", "", FRESH);
	assert_text("accept = yes", "no_accept = no", FRESH);
}

static void
all_addresses_of_an_instance_are_dropped_but_for_neighbour_discovery(void **s)
{
	(void)s;
	assert_text("no_accept = yes", "",
		    HEAD "\t\tip daddr { 10.0.0.1, 10.0.0.2 } counter drop\n"
			 "\t\tip6 daddr { fd00::1 } counter drop\n" TAIL);
	assert_text("", "accept = no", HEAD "\t\tip daddr { 10.0.0.3 } counter drop\n" TAIL);
	assert_text("accept = no", "accept = no\nno_accept = yes",
		    HEAD "\t\tip daddr { 10.0.0.1, 10.0.0.2, 10.0.0.3 } counter drop\n"
			 "\t\tip6 daddr { fd00::1 } counter drop\n" TAIL);
}

static void
the_owner_accepts(void **s)
{
	(void)s;
	assert_text("", "accept = no\npriority = 255\nstate = MASTER", FRESH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nobody_needs_a_table_by_default),
	    cmocka_unit_test(all_addresses_of_an_instance_are_dropped_but_for_neighbour_discovery),
	    cmocka_unit_test(the_owner_accepts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
