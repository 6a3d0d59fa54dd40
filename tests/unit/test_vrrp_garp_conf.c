/*
 * test_vrrp_garp_conf.c - the keys of announcements: own, of all instances, or the default.
 */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "vrrpd/conf.h"

static struct garp_conf
garp_of(const char *global, const char *instance)
{
	char text[1024];
	struct errlist el;
	struct vrrpd_conf *c;
	struct garp_conf g;

	snprintf(text, sizeof(text),
		 "[instance VI_1]\ninterface = eth0\nvirtual_router_id = 1\n"
		 "virtual_ipaddress = 10.0.0.1\n%s\n[global]\n%s\n",
		 instance, global);
	errlist_init(&el);
	c = vrrpd_conf_parse("f", text, strlen(text), NULL, &el);
	assert_non_null(c);
	assert_int_equal(el.n_lines, 0);
	g = c->instances[0].garp;
	vrrpd_conf_free(&c);
	errlist_free(&el);
	return g;
}

static void
defaults_are_as_documented(void **s)
{
	struct garp_conf g = garp_of("", "");

	(void)s;
	assert_int_equal(g.master_delay, 5 * USEC_PER_SEC);
	assert_int_equal(g.master_repeat, 5);
	assert_int_equal(g.master_refresh, 60 * USEC_PER_SEC);
	assert_int_equal(g.master_refresh_repeat, 1);
	assert_int_equal(g.lower_prio_delay, 5 * USEC_PER_SEC);
	assert_int_equal(g.lower_prio_repeat, 5);
	assert_int_equal(g.garp_interval, 0);
	assert_int_equal(g.gna_interval, 0);
	assert_int_equal(g.extra_if, 0);
	assert_int_equal(g.extra_all, 0);
}

static void
global_is_the_default_of_instances(void **s)
{
	struct garp_conf g = garp_of("vrrp_garp_master_delay = 1\nvrrp_garp_master_repeat = 2\n"
				     "vrrp_garp_master_refresh = 3\n"
				     "vrrp_garp_master_refresh_repeat = 4\n"
				     "vrrp_garp_lower_prio_delay = 5\n"
				     "vrrp_garp_lower_prio_repeat = 6\nvrrp_garp_interval = 7ms\n"
				     "vrrp_gna_interval = 8ms\nvrrp_garp_extra_if = all 9\n",
				     "");

	(void)s;
	assert_int_equal(g.master_delay, USEC_PER_SEC);
	assert_int_equal(g.master_repeat, 2);
	assert_int_equal(g.master_refresh, 3 * USEC_PER_SEC);
	assert_int_equal(g.master_refresh_repeat, 4);
	assert_int_equal(g.lower_prio_delay, 5 * USEC_PER_SEC);
	assert_int_equal(g.lower_prio_repeat, 6);
	assert_int_equal(g.garp_interval, 7 * USEC_PER_MS);
	assert_int_equal(g.gna_interval, 8 * USEC_PER_MS);
	assert_int_equal(g.extra_if, 9 * USEC_PER_SEC);
	assert_int_equal(g.extra_all, 1);
}

static void
instance_has_the_last_word(void **s)
{
	struct garp_conf g =
	    garp_of("vrrp_garp_master_repeat = 2\nvrrp_garp_extra_if = all 9\n"
		    "vrrp_garp_master_refresh = 10\n",
		    "garp_master_repeat = 7\ngarp_extra_if = 8\ngarp_master_refresh = 0\n");

	(void)s;
	assert_int_equal(g.master_repeat, 7);
	assert_int_equal(g.lower_prio_repeat, 7); /* follows the instance's own */
	assert_int_equal(g.extra_if, 8 * USEC_PER_SEC);
	assert_int_equal(g.extra_all, 0);
	assert_int_equal(g.master_refresh, 0);
}

static void
min_garp_means_one_round(void **s)
{
	struct garp_conf g = garp_of("vrrp_min_garp = yes\n", "");

	(void)s;
	assert_int_equal(g.master_repeat, 1);
	assert_int_equal(g.master_delay, 0);
	assert_int_equal(g.lower_prio_repeat, 1);
	g = garp_of("vrrp_min_garp = yes\n", "garp_master_repeat = 3\n");
	assert_int_equal(g.master_repeat, 3);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(defaults_are_as_documented),
    cmocka_unit_test(global_is_the_default_of_instances),
    cmocka_unit_test(instance_has_the_last_word),
    cmocka_unit_test(min_garp_means_one_round),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
