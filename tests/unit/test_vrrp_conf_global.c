/*
 * test_vrrp_conf_global.c - what [global] says in place of instances, and of the process.
 */
#include "tests/unit/unit.h"

#include "vrrpd/conf.h"

#define VI(name, vrid, more)                                                                       \
	"[instance " name "]\nvirtual_router_id = " vrid "\nvirtual_ipaddress = 10.0.0." vrid      \
	"/24\n" more

static const char *
no_env(const char *name)
{
	(void)name;
	return NULL;
}

static struct vrrpd_conf *
parse(const char *text, struct errlist *el)
{
	errlist_init(el);
	return vrrpd_conf_parse("f", text, strlen(text), no_env, el);
}

static struct vrrpd_conf *
good(const char *text)
{
	struct errlist el;
	struct vrrpd_conf *c = parse(text, &el);

	for (size_t i = 0; i < el.n_lines; i++)
		print_error("%s\n", el.lines[i]);
	assert_non_null(c);
	assert_int_equal(el.n_lines, 0);
	errlist_free(&el);
	return c;
}

static void
instances_have_what_global_says_unless_they_say_otherwise(void **s)
{
	struct vrrpd_conf *c =
	    good("[global]\ndefault_interface = eth7\nvrrp_version = 2\n"
		 "vrrp_lower_prio_no_advert = yes\nvrrp_higher_prio_send_advert = no\n"
		 "vrrp_check_unicast_src = no\n" VI("A", "1", "unicast_peer = 10.0.0.200\n")
		     VI("B", "2",
			"interface = eth1\nversion = 3\nlower_prio_no_advert = no\n"
			"higher_prio_send_advert = yes\nunicast_peer = 10.0.0.200\n"
			"check_unicast_src = yes\n"));
	const struct instance_conf *a = &c->instances[0], *b = &c->instances[1];

	(void)s;
	assert_string_equal(a->interface, "eth7");
	assert_int_equal(a->version, 2);
	assert_true(a->lower_prio_no_advert);
	assert_false(a->higher_prio_send_advert);
	assert_false(a->wire.check_unicast_src);
	assert_string_equal(b->interface, "eth1");
	assert_int_equal(b->version, 3);
	assert_false(b->lower_prio_no_advert);
	assert_true(b->higher_prio_send_advert);
	assert_true(b->wire.check_unicast_src);
	vrrpd_conf_free(&c);
}

static void
a_global_version_2_leaves_ipv6_alone(void **s)
{
	struct vrrpd_conf *c = good("[global]\nvrrp_version = 2\n[instance A]\ninterface = eth0\n"
				    "virtual_router_id = 1\nvirtual_ipaddress = fe80::1\n");

	(void)s;
	assert_int_equal(c->instances[0].version, 3);
	vrrpd_conf_free(&c);
}

static void
only_owners_ignore_adverts_and_only_peers_without_ttl_are_not_checked(void **s)
{
	struct vrrpd_conf *c =
	    good("[global]\ndefault_interface = eth0\nvrrp_owner_ignore_adverts = yes\n"
		 "vrrp_check_unicast_src = no\n" VI("A", "1", "state = MASTER\npriority = 255\n")
		     VI("B", "2", "unicast_peer = 10.0.0.200 min_ttl 255\n"));

	(void)s;
	assert_true(c->instances[0].owner_ignore_adverts);
	assert_false(c->instances[1].owner_ignore_adverts);
	assert_true(c->instances[0].wire.check_unicast_src);
	assert_true(c->instances[1].wire.check_unicast_src);
	vrrpd_conf_free(&c);
}

static void
the_fifo_and_the_mail_have_two_names(void **s)
{
	struct vrrpd_conf *c =
	    good("[global]\ndefault_interface = eth0\nnotify_fifo = /f\nnotify_fifo_script = x\n"
		 "fifo_write_vrrp_states_on_reload = yes\nnotification_email = a@b\n"
		 "smtp_alert = no\nsmtp_alert_vrrp = yes\n" VI("A", "1", ""));

	(void)s;
	assert_string_equal(c->global.tell.fifo, "/f");
	assert_string_equal(c->global.tell.fifo_script, "x");
	assert_true(c->global.tell.fifo_on_reload);
	assert_true(c->instances[0].smtp_alert);
	vrrpd_conf_free(&c);
}

static void
processors_are_a_list_and_another_one_is_another_place(void **s)
{
	static const char *const others[] = {"", "vrrp_cpu_affinity = 0\n",
					     "vrrp_cpu_affinity = 0, 3\n"};
	struct vrrpd_conf *a =
	    good("[global]\ndefault_interface = e\nvrrp_cpu_affinity = 0, 2\n" VI("A", "1", ""));

	(void)s;
	assert_int_equal(a->global.n_cpus, 2);
	assert_int_equal(a->global.cpus[1], 2);
	for (size_t i = 0; i < N_OF(others); i++) {
		struct vrrpd_conf *b;
		struct conf_diff d;
		char text[256];

		snprintf(text, sizeof(text), "[global]\ndefault_interface = e\n%s" VI("A", "1", ""),
			 others[i]);
		b = good(text);
		conf_diff(b->arena, a, b, &d);
		assert_true(d.scheduling);
		conf_diff(b->arena, b, b, &d);
		assert_false(d.scheduling);
		vrrpd_conf_free(&b);
	}
	vrrpd_conf_free(&a);
}

static void
a_groups_mail_is_its_own_and_a_reload_sees_it(void **s)
{
	static const char *const head =
	    "[global]\ndefault_interface = e\nnotification_email = a@b\n" VI("A", "1", "")
		VI("B", "2", "") "[sync_group G]\ngroup = A, B\n";
	struct vrrpd_conf *a = good(head), *b;
	struct conf_diff d;
	char text[512];

	(void)s;
	snprintf(text, sizeof(text), "%ssmtp_alert = yes\n", head);
	b = good(text);
	assert_false(a->syncs[0].smtp_alert);
	assert_true(b->syncs[0].smtp_alert);
	assert_false(b->instances[0].smtp_alert);
	conf_diff(b->arena, a, b, &d);
	assert_true(d.syncs);
	vrrpd_conf_free(&a);
	vrrpd_conf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(instances_have_what_global_says_unless_they_say_otherwise),
	    cmocka_unit_test(a_global_version_2_leaves_ipv6_alone),
	    cmocka_unit_test(only_owners_ignore_adverts_and_only_peers_without_ttl_are_not_checked),
	    cmocka_unit_test(the_fifo_and_the_mail_have_two_names),
	    cmocka_unit_test(processors_are_a_list_and_another_one_is_another_place),
	    cmocka_unit_test(a_groups_mail_is_its_own_and_a_reload_sees_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
