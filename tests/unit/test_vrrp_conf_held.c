/*
 * test_vrrp_conf_held.c - what a master holds, as vrrpd.conf says it: addresses and their words.
 */
#include "tests/unit/unit.h"

#include <linux/fib_rules.h>
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
good(const char *text)
{
	struct errlist el;
	struct vrrpd_conf *c;

	errlist_init(&el);
	c = vrrpd_conf_parse("f", text, strlen(text), no_env, &el);
	for (size_t i = 0; i < el.n_lines; i++)
		print_error("%s\n", el.lines[i]);
	assert_non_null(c);
	assert_int_equal(el.n_lines, 0);
	errlist_free(&el);
	return c;
}

static void
assert_ip(const struct addr *a, const char *expected)
{
	char text[ADDR_STRLEN];

	assert_string_equal(addr_format_ip(a, text), expected);
}

/* The first excluded address of a configuration with these words. */
static struct vip_conf
excluded(struct vrrpd_conf **c, const char *value)
{
	char text[512];

	snprintf(text, sizeof(text), "%svirtual_ipaddress_excluded = %s\n", GOOD, value);
	*c = good(text);
	assert_int_equal((*c)->instances[0].n_vips, 1);
	assert_int_equal((*c)->instances[0].n_held, 2);
	return (*c)->instances[0].vips[1];
}

static void
an_ipv4_address_alone_is_global_and_lives_as_long_as_its_lease(void **s)
{
	struct vrrpd_conf *c;
	struct vip_conf vip = excluded(&c, "10.0.0.7");

	(void)s;
	assert_int_equal(vip.prefix_len, 32);
	assert_int_equal(vip.scope, RT_SCOPE_UNIVERSE);
	assert_int_equal(vip.flags, 0);
	assert_int_equal(vip.preferred_s, VIP_FOREVER);
	assert_int_equal(vip.broadcast.len, 0);
	assert_int_equal(vip.peer.len, 0);
	assert_false(vip.no_track);
	vrrpd_conf_free(&c);
}

static void
every_word_of_an_ipv4_address_is_taken(void **s)
{
	struct vrrpd_conf *c;
	struct vip_conf vip = excluded(&c, "10.0.0.7/28 brd 10.0.0.99 dev eth1 scope link label "
					   "eth1:x noprefixroute preferred_lft 60 no_track");

	(void)s;
	assert_int_equal(vip.prefix_len, 28);
	assert_ip(&vip.broadcast, "10.0.0.99");
	assert_string_equal(vip.dev, "eth1");
	assert_string_equal(vip.label, "eth1:x");
	assert_int_equal(vip.scope, RT_SCOPE_LINK);
	assert_int_equal(vip.flags, IFA_F_NOPREFIXROUTE);
	assert_int_equal(vip.preferred_s, 60);
	assert_true(vip.no_track);
	vrrpd_conf_free(&c);
}

static void
plus_and_minus_are_the_ends_of_the_network(void **s)
{
	static const struct {
		const char *value, *expected;
	} cases[] = {
	    {"10.0.0.7/28 brd +", "10.0.0.15"},
	    {"10.0.0.23/28 brd -", "10.0.0.16"},
	    {"10.0.0.7/0 brd +", "255.255.255.255"},
	    {"10.0.0.7/32 brd +", "10.0.0.7"},
	};

	(void)s;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct vrrpd_conf *c;
		struct vip_conf vip = excluded(&c, cases[i].value);

		assert_ip(&vip.broadcast, cases[i].expected);
		vrrpd_conf_free(&c);
	}
}

static void
a_peer_brings_its_own_prefix(void **s)
{
	struct vrrpd_conf *c;
	struct vip_conf vip = excluded(&c, "10.0.0.7/32 peer 10.0.1.1/30");

	(void)s;
	assert_ip(&vip.peer, "10.0.1.1");
	assert_int_equal(vip.prefix_len, 30);
	vrrpd_conf_free(&c);
}

static void
an_ipv6_address_is_of_use_at_once_and_128_begins_no_connection(void **s)
{
	static const struct {
		const char *value;
		unsigned flags;
		uint32_t preferred_s;
	} cases[] = {
	    {"fd00::1", IFA_F_NODAD, 0},
	    {"fd00::1/128 preferred_lft forever", IFA_F_NODAD, VIP_FOREVER},
	    {"fd00::1/64", IFA_F_NODAD, VIP_FOREVER},
	    {"fd00::1/64 nodad", IFA_F_NODAD, VIP_FOREVER},
	    {"fd00::1/64 -nodad", 0, VIP_FOREVER},
	    {"fd00::1/64 home mngtmpaddr", IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR,
	     VIP_FOREVER},
	};

	(void)s;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct vrrpd_conf *c;
		struct vip_conf vip = excluded(&c, cases[i].value);

		assert_int_equal(vip.flags, cases[i].flags);
		assert_int_equal(vip.preferred_s, cases[i].preferred_s);
		vrrpd_conf_free(&c);
	}
}

static void
excluded_addresses_stand_behind_the_advertised_wherever_they_are_written(void **s)
{
	struct vrrpd_conf *c = good("[instance VI_1]\ninterface = eth0\nvirtual_router_id = 11\n"
				    "virtual_ipaddress_excluded = fd00::1/64, 10.0.0.7\n"
				    "virtual_ipaddress = 10.0.0.100/24\n    10.0.0.101/24\n");
	const struct instance_conf *ic = &c->instances[0];
	const struct addr none = {.len = 0};
	struct vrrp_wire w;

	(void)s;
	assert_int_equal(ic->n_vips, 2);
	assert_int_equal(ic->n_held, 4);
	assert_ip(&ic->vips[0].addr, "10.0.0.100");
	assert_ip(&ic->vips[2].addr, "fd00::1");
	instance_conf_wire(ic, &none, &w);
	assert_int_equal(w.n_vips, 2);
	vrrpd_conf_free(&c);
}

/* --- routes and rules ------------------------------------------------------------------------- */

static struct vrrpd_conf *
with(const char *key, const char *value)
{
	char text[512];

	snprintf(text, sizeof(text), "%s%s = %s\n", GOOD, key, value);
	return good(text);
}

static void
a_route_takes_every_word(void **s)
{
	struct vrrpd_conf *c =
	    with("virtual_routes", "to 10.1.0.0/16 via 10.0.0.1 dev eth1 src 10.0.0.100 table 77 "
				   "metric 5 scope site proto static mtu 1400 onlink no_track");
	const struct route_conf *r = &c->instances[0].routes[0];

	(void)s;
	assert_int_equal(c->instances[0].n_routes, 1);
	assert_ip(&r->to.addr, "10.1.0.0");
	assert_int_equal(r->to.len, 16);
	assert_ip(&r->via, "10.0.0.1");
	assert_ip(&r->source, "10.0.0.100");
	assert_string_equal(r->dev, "eth1");
	assert_int_equal(r->table, 77);
	assert_int_equal(r->metric, 5);
	assert_int_equal(r->scope, RT_SCOPE_SITE);
	assert_int_equal(r->proto, RTPROT_STATIC);
	assert_int_equal(r->mtu, 1400);
	assert_true(r->onlink && r->no_track);
	vrrpd_conf_free(&c);
}

static void
a_short_route_is_what_ip_makes_of_it(void **s)
{
	static const struct {
		const char *value;
		int family;
		uint8_t type, scope;
	} cases[] = {
	    {"10.1.0.0/16 dev eth0", AF_INET, RTN_UNICAST, RT_SCOPE_LINK},
	    {"default via 10.0.0.1", AF_INET, RTN_UNICAST, RT_SCOPE_UNIVERSE},
	    {"default via fe80::1 dev eth0", AF_INET6, RTN_UNICAST, RT_SCOPE_UNIVERSE},
	    {"::/0 via fe80::1 dev eth0", AF_INET6, RTN_UNICAST, RT_SCOPE_UNIVERSE},
	    {"blackhole 10.1.0.0/16", AF_INET, RTN_BLACKHOLE, RT_SCOPE_UNIVERSE},
	};

	(void)s;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct vrrpd_conf *c = with("virtual_routes", cases[i].value);
		const struct route_conf *r = &c->instances[0].routes[0];

		assert_int_equal(r->family, cases[i].family);
		assert_int_equal(r->type, cases[i].type);
		assert_int_equal(r->scope, cases[i].scope);
		assert_int_equal(r->table, RT_TABLE_MAIN);
		assert_int_equal(r->proto, ROUTE_PROTO_VRRP);
		assert_string_equal(r->text, cases[i].value);
		vrrpd_conf_free(&c);
	}
}

static void
a_rule_takes_every_word(void **s)
{
	struct vrrpd_conf *c =
	    with("virtual_rules", "not from 10.1.0.0/16 to 10.2.0.1 iif eth0 oif eth1 fwmark "
				  "0x10/0xff lookup 300 priority 100 no_track");
	const struct rule_conf *r = &c->instances[0].rules[0];

	(void)s;
	assert_true(r->invert && r->no_track && r->has_mark);
	assert_ip(&r->from.addr, "10.1.0.0");
	assert_int_equal(r->from.len, 16);
	assert_int_equal(r->to.len, 32);
	assert_string_equal(r->iif, "eth0");
	assert_string_equal(r->oif, "eth1");
	assert_int_equal(r->mark, 0x10);
	assert_int_equal(r->mask, 0xff);
	assert_int_equal(r->table, 300);
	assert_int_equal(r->priority, 100);
	assert_int_equal(r->action, FR_ACT_TO_TBL);
	vrrpd_conf_free(&c);
}

static void
rules_without_addresses_are_ipv4_unless_told(void **s)
{
	struct vrrpd_conf *c =
	    with("virtual_rules", "fwmark 1 prohibit priority 1, inet6 table main priority 2");
	const struct instance_conf *ic = &c->instances[0];

	(void)s;
	assert_int_equal(ic->n_rules, 2);
	assert_int_equal(ic->rules[0].family, AF_INET);
	assert_int_equal(ic->rules[0].action, FR_ACT_PROHIBIT);
	assert_int_equal(ic->rules[0].mask, UINT32_MAX);
	assert_int_equal(ic->rules[1].family, AF_INET6);
	assert_int_equal(ic->rules[1].table, RT_TABLE_MAIN);
	vrrpd_conf_free(&c);
}

static void
routes_of_two_metrics_have_two_places(void **s)
{
	struct vrrpd_conf *c =
	    with("virtual_routes", "default via 10.0.0.1, default via 10.0.0.1 metric 5, default "
				   "via fe80::1 dev eth0, default via 10.0.0.1 table 5");
	const struct route_conf *r = c->instances[0].routes;

	(void)s;
	assert_int_equal(c->instances[0].n_routes, 4);
	assert_true(route_equal(&r[0], &r[0]));
	for (int i = 1; i < 4; i++) {
		assert_false(route_same_place(&r[0], &r[i]));
		assert_false(route_equal(&r[0], &r[i]));
	}
	vrrpd_conf_free(&c);
}

static void
an_interface_is_as_slow_up_as_down_unless_told(void **s)
{
	struct vrrpd_conf *c =
	    good(GOOD "[global]\ninterface_up_down_delays = eth0 500ms 3\n    eth1 60\n");
	const struct global_conf *g = &c->global;

	(void)s;
	assert_int_equal(g->n_link_delays, 2);
	assert_string_equal(g->link_delays[0].name, "eth0");
	assert_int_equal(g->link_delays[0].down, 500 * USEC_PER_MS);
	assert_int_equal(g->link_delays[0].up, 3 * USEC_PER_SEC);
	assert_int_equal(g->link_delays[1].down, 60 * USEC_PER_SEC);
	assert_int_equal(g->link_delays[1].up, 60 * USEC_PER_SEC);
	vrrpd_conf_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_ipv4_address_alone_is_global_and_lives_as_long_as_its_lease),
	    cmocka_unit_test(every_word_of_an_ipv4_address_is_taken),
	    cmocka_unit_test(plus_and_minus_are_the_ends_of_the_network),
	    cmocka_unit_test(a_peer_brings_its_own_prefix),
	    cmocka_unit_test(an_ipv6_address_is_of_use_at_once_and_128_begins_no_connection),
	    cmocka_unit_test(
		excluded_addresses_stand_behind_the_advertised_wherever_they_are_written),
	    cmocka_unit_test(an_interface_is_as_slow_up_as_down_unless_told),
	    cmocka_unit_test(a_route_takes_every_word),
	    cmocka_unit_test(a_short_route_is_what_ip_makes_of_it),
	    cmocka_unit_test(a_rule_takes_every_word),
	    cmocka_unit_test(rules_without_addresses_are_ipv4_unless_told),
	    cmocka_unit_test(routes_of_two_metrics_have_two_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
