/*
 * test_vrrp_conf_static.c - what the host has whoever is master, and which rules are too alike.
 */
#include "tests/unit/unit.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "vrrpd/conf.h"

#define GOOD                                                                                       \
	"[instance VI_1]\ninterface = eth0\nvirtual_router_id = 11\n"                              \
	"virtual_ipaddress = 10.0.0.100/24\n"

static const char *
no_env(const char *name)
{
	(void)name;
	return NULL;
}

static struct vrrpd_conf *
good(const char *global)
{
	struct vrrpd_conf *c;
	struct errlist el;
	char text[2048];

	errlist_init(&el);
	snprintf(text, sizeof(text), GOOD "[global]\n%s", global);
	c = vrrpd_conf_parse("f", text, strlen(text), no_env, &el);
	for (size_t i = 0; i < el.n_lines; i++)
		print_error("%s\n", el.lines[i]);
	assert_non_null(c);
	errlist_free(&el);
	return c;
}

static void
a_static_address_is_the_hosts_own_with_no_word_of_a_virtual_one(void **s)
{
	struct vrrpd_conf *c =
	    good("static_ipaddress = 10.1.0.1/24 dev eth1, fd00::1/128 dev eth1\n"
		 "    10.1.0.2/32 dev eth2 label eth2:a no_track\n");
	const struct static_conf *sc = &c->global.statics;

	(void)s;
	assert_int_equal(sc->n_addrs, 3);
	assert_string_equal(sc->addrs[0].text, "10.1.0.1/24 dev eth1");
	assert_string_equal(sc->addrs[0].dev, "eth1");
	/* unlike a virtual one: the kernel looks for duplicates, and connections begin at it */
	assert_int_equal(sc->addrs[1].flags, 0);
	assert_true(sc->addrs[1].preferred_s == VIP_FOREVER);
	assert_false(sc->addrs[1].no_track);
	assert_true(sc->addrs[2].no_track);
	vrrpd_conf_free(&c);
}

static void
static_routes_and_rules_carry_a_mark_of_their_own(void **s)
{
	struct vrrpd_conf *c = good("static_routes = default via 10.0.0.1, 10.2.0.0/16 dev eth1 "
				    "proto static\n"
				    "static_rules = from 10.1.0.1 table 7 priority 30\n");
	const struct static_conf *sc = &c->global.statics;

	(void)s;
	assert_int_equal(sc->n_routes, 2);
	assert_int_equal(sc->routes[0].proto, ROUTE_PROTO_STATIC);
	assert_int_equal(sc->routes[1].proto, RTPROT_STATIC);
	assert_int_equal(sc->routes[1].scope, RT_SCOPE_LINK);
	assert_int_equal(sc->n_rules, 1);
	assert_int_equal(sc->rules[0].proto, ROUTE_PROTO_STATIC);
	vrrpd_conf_free(&c);
}

static const struct {
	const char *text;
	bool same;
} others[] = {
    {"static_ipaddress = 10.1.0.1/24 dev eth1\nstatic_rules = table 7 priority 30\n", true},
    {"static_ipaddress = 10.1.0.1/25 dev eth1\nstatic_rules = table 7 priority 30\n", false},
    {"static_ipaddress = 10.1.0.1/24 dev eth2\nstatic_rules = table 7 priority 30\n", false},
    {"static_ipaddress = 10.1.0.1/24 dev eth1 no_track\nstatic_rules = table 7 priority 30\n",
     false},
    {"static_ipaddress = 10.1.0.1/24 dev eth1\nstatic_rules = table 8 priority 30\n", false},
    {"static_ipaddress = 10.1.0.1/24 dev eth1\n", false},
    {"static_ipaddress = 10.1.0.1/24 dev eth1\nstatic_rules = table 7 priority 30\n"
     "static_routes = default via 10.0.0.1\n",
     false},
    {"", false},
};

static void
a_reload_sees_what_differs(void **s)
{
	struct vrrpd_conf *a = good(others[0].text);

	(void)s;
	for (size_t i = 0; i < N_OF(others); i++) {
		struct vrrpd_conf *b = good(others[i].text);
		struct conf_diff d;

		conf_diff(b->arena, a, b, &d);
		assert_int_equal(d.statics, !others[i].same);
		assert_int_equal(d.instances[0].change, CONF_KEEP);
		vrrpd_conf_free(&b);
	}
	vrrpd_conf_free(&a);
}

/* What the kernel finds when it is asked for one of the two. */
static const struct {
	const char *a, *b;
	bool confusable;
} rules[] = {
    {"table 5 priority 3", "from 10.0.0.0/8 table 5 priority 3", true},
    {"from 10.0.0.0/8 table 5 priority 3", "from 10.0.0.0/8 iif eth0 table 5 priority 3", true},
    {"from 10.0.0.0/8 table 5 priority 3", "not from 10.0.0.0/8 table 5 priority 3", true},
    {"fwmark 5 table 5 priority 3", "table 5 priority 3", true},
    {"from 10.0.0.0/8 table 5 priority 3", "from 11.0.0.0/8 table 5 priority 3", false},
    {"from 10.0.0.0/8 table 5 priority 3", "to 10.0.0.0/8 table 5 priority 3", false},
    {"from 10.0.0.0/8 table 5 priority 3", "from 10.0.0.0/9 table 5 priority 3", false},
    {"table 5 priority 3", "table 6 priority 3", false},
    {"table 5 priority 3", "prohibit priority 3", false},
    {"table 5 priority 3", "from 10.0.0.0/8 table 5 priority 4", false},
    {"table 5 priority 3", "inet6 table 5 priority 3", false},
    {"fwmark 5 table 5 priority 3", "fwmark 6 table 5 priority 3", false},
};

static void
rules_that_the_kernel_takes_for_each_other_are_told_apart_by_priority_only(void **s)
{
	(void)s;
	for (size_t i = 0; i < N_OF(rules); i++) {
		char text[256];
		struct vrrpd_conf *a, *b;

		snprintf(text, sizeof(text), "static_rules = %s\n", rules[i].a);
		a = good(text);
		snprintf(text, sizeof(text), "static_rules = %s\n", rules[i].b);
		b = good(text);
		assert_int_equal(rule_confusable(a->global.statics.rules, b->global.statics.rules),
				 rules[i].confusable);
		assert_int_equal(rule_confusable(b->global.statics.rules, a->global.statics.rules),
				 rules[i].confusable);
		vrrpd_conf_free(&a);
		vrrpd_conf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_static_address_is_the_hosts_own_with_no_word_of_a_virtual_one),
	    cmocka_unit_test(static_routes_and_rules_carry_a_mark_of_their_own),
	    cmocka_unit_test(a_reload_sees_what_differs),
	    cmocka_unit_test(
		rules_that_the_kernel_takes_for_each_other_are_told_apart_by_priority_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
