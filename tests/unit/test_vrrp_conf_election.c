/*
 * test_vrrp_conf_election.c - the keys that only change the election: values, rules, reload.
 */
#include "tests/unit/unit.h"

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
parse(const char *text, struct errlist *el)
{
	errlist_init(el);
	return vrrpd_conf_parse("f", text, strlen(text), no_env, el);
}

/* With so many warnings. */
static struct vrrpd_conf *
taken(const char *text, size_t n_lines)
{
	struct errlist el;
	struct vrrpd_conf *c = parse(text, &el);

	for (size_t i = 0; i < el.n_lines && el.n_lines != n_lines; i++)
		print_error("%s\n", el.lines[i]);
	assert_non_null(c);
	assert_int_equal(el.n_lines, n_lines);
	errlist_free(&el);
	return c;
}

static struct vrrp_params
params_of(const struct vrrpd_conf *c)
{
	const struct addr none = {.len = 0};
	struct vrrp_params p;

	instance_conf_params(&c->instances[0], &none, &p);
	return p;
}

static void
defaults_are_as_documented(void **s)
{
	struct vrrpd_conf *c = taken(GOOD, 0);
	struct vrrp_params p = params_of(c);

	(void)s;
	assert_int_equal(c->global.startup_delay, 0);
	assert_int_equal(c->global.rlimit_rttime, USEC_PER_SEC);
	assert_int_equal(p.down_adverts, 3);
	assert_true(p.preempt);
	assert_false(p.no_answer);
	assert_true(p.last_word);
	assert_false(p.owner_ignores);
	assert_false(p.fast_takeover);
	vrrpd_conf_free(&c);
}

static void
keys_reach_the_election(void **s)
{
	struct vrrpd_conf *c =
	    taken("[global]\nvrrp_startup_delay = 4.5\nvrrp_rlimit_rttime = 10ms\n" GOOD
		  "state = MASTER\npriority = 255\ndown_timer_adverts = 5\n"
		  "lower_prio_no_advert = yes\nhigher_prio_send_advert = no\n"
		  "owner_ignore_adverts = yes\nfast_takeover = yes\n",
		  0);
	struct vrrp_params p = params_of(c);

	(void)s;
	assert_int_equal(c->global.startup_delay, 4500 * USEC_PER_MS);
	assert_int_equal(c->global.rlimit_rttime, 10 * USEC_PER_MS);
	assert_int_equal(p.down_adverts, 5);
	assert_true(p.no_answer);
	assert_false(p.last_word);
	assert_true(p.owner_ignores);
	assert_true(p.fast_takeover);
	vrrpd_conf_free(&c);
}

static void
global_count_of_adverts_is_for_instances_without_their_own(void **s)
{
	struct vrrpd_conf *c = taken(
	    GOOD "[instance VI_2]\ninterface = eth1\nvirtual_router_id = 12\ndown_timer_adverts = 2"
		 "\nvirtual_ipaddress = 10.0.0.101\n[global]\nvrrp_down_timer_adverts = 9\n",
	    0);

	(void)s;
	assert_int_equal(c->instances[0].down_timer_adverts, 9);
	assert_int_equal(c->instances[1].down_timer_adverts, 2);
	vrrpd_conf_free(&c);
}

static void
preempt_is_the_opposite_of_nopreempt(void **s)
{
	static const struct {
		const char *text;
		bool preempt;
	} cases[] = {{GOOD "preempt = yes\n", true},
		     {GOOD "preempt = no\n", false},
		     {GOOD "preempt = no\nnopreempt = yes\n", false},
		     {GOOD "preempt = yes\nnopreempt = no\n", true}};

	(void)s;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct vrrpd_conf *c = taken(cases[i].text, 0);

		assert_int_equal(params_of(c).preempt, cases[i].preempt);
		vrrpd_conf_free(&c);
	}
}

static void
mistakes_are_told(void **s)
{
	static const char *const cases[][2] = {
	    {GOOD "nopreempt = yes\npreempt = yes\n",
	     "f:6: [instance VI_1] preempt: contradicts nopreempt (line 5), expected one of the "
	     "two"},
	    {GOOD "preempt = no\npreempt_delay = 5\n",
	     "f:6: [instance VI_1] preempt_delay: contradicts nopreempt (line 5), expected one of "
	     "the two"},
	    {GOOD "down_timer_adverts = 0\n",
	     "f:5: [instance VI_1] down_timer_adverts: '0' is not a number from 1 to 100"},
	    {GOOD "down_timer_adverts = 101\n",
	     "f:5: [instance VI_1] down_timer_adverts: '101' is not a number from 1 to 100"},
	    {"[global]\nvrrp_down_timer_adverts = 0\n" GOOD,
	     "f:2: [global] vrrp_down_timer_adverts: '0' is not a number from 1 to 100"},
	    {"[global]\nvrrp_startup_delay = 1001\n" GOOD,
	     "f:2: [global] vrrp_startup_delay: '1001' is out of range, expected 0s to 1000s"},
	    {"[global]\nvrrp_rlimit_rttime = 61\n" GOOD,
	     "f:2: [global] vrrp_rlimit_rttime: '61' is out of range, expected 0s to 60s"},
	    {GOOD "owner_ignore_adverts = yes\n",
	     "f:5: [instance VI_1] owner_ignore_adverts: is for the owner of the address, expected "
	     "priority = 255"},
	    {GOOD "fast_takeover = perhaps\n",
	     "f:5: [instance VI_1] fast_takeover: 'perhaps' is not yes|no|on|off|true|false"},
	};

	(void)s;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct errlist el;

		assert_null(parse(cases[i][0], &el));
		assert_string_equal(el.lines[0], cases[i][1]);
		assert_int_equal(el.n_errors, 1);
		errlist_free(&el);
	}
}

static void
fast_takeover_of_many_is_a_warning(void **s)
{
	struct vrrpd_conf *c = taken(GOOD "unicast_peer = 10.0.0.1\nfast_takeover = yes\n", 0);

	(void)s;
	vrrpd_conf_free(&c);
	c = taken(GOOD "unicast_peer = 10.0.0.1, 10.0.0.2\nfast_takeover = yes\n", 1);
	vrrpd_conf_free(&c);
}

static void
reload_sees_each_of_them(void **s)
{
	static const char *const texts[] = {GOOD "down_timer_adverts = 4\n",
					    GOOD "lower_prio_no_advert = yes\n",
					    GOOD "higher_prio_send_advert = no\n",
					    GOOD "fast_takeover = yes\n",
					    GOOD "preempt = no\n",
					    GOOD "[global]\nvrrp_down_timer_adverts = 2\n"};
	struct vrrpd_conf *before = taken(GOOD, 0);

	(void)s;
	for (size_t i = 0; i < N_OF(texts); i++) {
		struct vrrpd_conf *after = taken(texts[i], 0);
		struct arena *a = arena_new();
		struct conf_diff d;

		conf_diff(a, before, after, &d);
		assert_int_equal(d.instances[0].change, CONF_CHANGED);
		assert_int_equal(d.instances[0].what, DIFF_PARAMS);
		arena_free(&a);
		vrrpd_conf_free(&after);
	}
	vrrpd_conf_free(&before);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(defaults_are_as_documented),
    cmocka_unit_test(keys_reach_the_election),
    cmocka_unit_test(global_count_of_adverts_is_for_instances_without_their_own),
    cmocka_unit_test(preempt_is_the_opposite_of_nopreempt),
    cmocka_unit_test(mistakes_are_told),
    cmocka_unit_test(fast_takeover_of_many_is_a_warning),
    cmocka_unit_test(reload_sees_each_of_them),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
