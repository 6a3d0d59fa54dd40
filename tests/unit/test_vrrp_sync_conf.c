/*
 * test_vrrp_sync_conf.c - [sync_group NAME] in vrrpd.conf.
 */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "vrrpd/conf.h"

#define MEMBERS                                                                                    \
	"[track t]\nsocket = /t\n[track w]\nsocket = /w\nweight = -20\n"                           \
	"[instance A]\ninterface = eth0\nvirtual_router_id = 1\nvirtual_ipaddress = 10.0.0.1\n"    \
	"track = t, w\n"                                                                           \
	"[instance B]\ninterface = eth1\nvirtual_router_id = 1\nvirtual_ipaddress = 10.1.0.1\n"

static struct vrrpd_conf *
parse(const char *group, struct errlist *el)
{
	char text[2048];

	snprintf(text, sizeof(text), "%s%s", MEMBERS, group);
	errlist_init(el);
	return vrrpd_conf_parse("f", text, strlen(text), NULL, el);
}

static bool
says(const struct errlist *el, const char *part)
{
	for (size_t i = 0; i < el->n_lines; i++)
		if (strstr(el->lines[i], part))
			return true;
	return false;
}

static void
group_with_all_its_keys(void **s)
{
	struct errlist el;
	struct vrrpd_conf *c = parse("[sync_group G]\ngroup = A, B\ntrack = w\nnotify_master = m\n"
				     "notify_backup = b\nnotify_fault = f\nnotify_stop = s\n"
				     "notify = n\nsync_group_tracking_weight = yes\n",
				     &el);
	const struct sync_conf *g;

	(void)s;
	assert_non_null(c);
	assert_int_equal(c->n_syncs, 1);
	g = &c->syncs[0];
	assert_string_equal(g->name, "G");
	assert_int_equal(g->n_members, 2);
	assert_string_equal(g->members[1], "B");
	assert_string_equal(g->notify_master, "m");
	assert_string_equal(g->notify_backup, "b");
	assert_string_equal(g->notify_fault, "f");
	assert_string_equal(g->notify_stop, "s");
	assert_string_equal(g->notify, "n");
	assert_int_equal(c->instances[0].n_tracks, 2); /* t and w, which stood there already */
	assert_int_equal(c->instances[1].n_tracks, 1); /* the group's */
	assert_ptr_equal(vrrpd_conf_sync_of(c, "A"), g);
	assert_null(vrrpd_conf_sync_of(c, "C"));
	vrrpd_conf_free(&c);
	errlist_free(&el);
}

static void
weights_of_members_are_ignored_with_a_warning(void **s)
{
	struct errlist el;
	struct vrrpd_conf *c = parse("[sync_group G]\ngroup = A\n        B\n", &el);

	(void)s;
	assert_non_null(c);
	assert_int_equal(c->instances[0].n_tracks, 1);
	assert_true(says(&el,
			 "f:10: [instance A] track: warning: 'w' has a weight and is ignored in "
			 "[sync_group G], expected weight 0, or sync_group_tracking_weight"));
	vrrpd_conf_free(&c);
	errlist_free(&el);
}

static void
mistakes_are_told(void **s)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
	    {"[sync_group G]\n", "f:15: [sync_group G] group: is missing"},
	    {"[sync_group G]\ngroup = A, C\n",
	     "f:16: [sync_group G] group: there is no [instance C]"},
	    {"[sync_group G]\ngroup = A, A\n", "f:16: [sync_group G] group: 'A' stands twice"},
	    {"[sync_group G]\ngroup = A, B\n[sync_group H]\ngroup = B, A\n",
	     "f:18: [sync_group H] group: 'B' belongs to [sync_group G] already"},
	    {"[sync_group G]\ngroup = A, B\n[sync_group G]\ngroup = A, B\n",
	     "f:17: [sync_group G]: stands twice, first on line 15"},
	    {"[sync_group G]\ngroup = A, B\ntrack = x\n", "track: there is no [track x]"},
	    {"[sync_group G]\ngroup = A, B\npriority = 3\n", "priority: unknown key"},
	    {"[syncgroup G]\ngroup = A, B\n", "did you mean [sync_group]?"},
	};

	(void)s;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct errlist el;

		assert_null(parse(cases[i].text, &el));
		if (!says(&el, cases[i].error))
			fail_msg("'%s' expected, found '%s'", cases[i].error, el.lines[0]);
		errlist_free(&el);
	}
}

static void
differences_between_members_are_warned_of(void **s)
{
	struct errlist el;
	struct vrrpd_conf *c = parse("priority = 101\nnopreempt = yes\n"
				     "[sync_group G]\ngroup = A, B\n",
				     &el);

	(void)s;
	assert_non_null(c);
	assert_true(says(&el, "nopreempt differs between 'A' and 'B'"));
	assert_true(says(&el, "priority differs between 'A' and 'B'"));
	vrrpd_conf_free(&c);
	errlist_free(&el);
}

static bool
reload_sees(const char *before, const char *after)
{
	struct errlist el, more;
	struct vrrpd_conf *b = parse(before, &el), *a = parse(after, &more);
	struct arena *arena = arena_new();
	struct conf_diff d;
	bool sees;

	assert_non_null(b);
	assert_non_null(a);
	conf_diff(arena, b, a, &d);
	sees = d.syncs;
	arena_free(&arena);
	vrrpd_conf_free(&a);
	vrrpd_conf_free(&b);
	errlist_free(&el);
	errlist_free(&more);
	return sees;
}

static void
reload_sees_what_changed(void **s)
{
	static const char g[] = "[sync_group G]\ngroup = A, B\n";

	(void)s;
	assert_false(reload_sees(g, g));
	assert_true(reload_sees("", g));
	assert_true(reload_sees(g, "[sync_group H]\ngroup = A, B\n"));
	assert_true(reload_sees(g, "[sync_group G]\ngroup = A\n"));
	assert_true(reload_sees(g, "[sync_group G]\ngroup = A, B\nnotify = x\n"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(group_with_all_its_keys),
    cmocka_unit_test(weights_of_members_are_ignored_with_a_warning),
    cmocka_unit_test(mistakes_are_told),
    cmocka_unit_test(differences_between_members_are_warned_of),
    cmocka_unit_test(reload_sees_what_changed),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
