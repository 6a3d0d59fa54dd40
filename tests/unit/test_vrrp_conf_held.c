/*
 * test_vrrp_conf_held.c - what a master holds, as vrrpd.conf says it: addresses and their words.
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
