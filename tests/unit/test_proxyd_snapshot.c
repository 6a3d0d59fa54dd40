/*
 * test_proxyd_snapshot.c - what a reload keeps, changes and drops.
 */
#include "proxyd_fixture.h"

#define A "server a = 192.0.2.1:1 check\n"

static struct report out;

static const struct server_view *
view(const struct snapshot *s, const char *name)
{
	const struct server_view *sv = snapshot_server(&s->backends[0], name);

	assert_non_null(sv);
	return sv;
}

static void
records_are_kept_by_name_and_live_as_long_as_a_generation_holds_them(void **st)
{
	struct snapshot *old = fixture_snapshot(FRONTEND BACKEND A);
	struct snapshot *next = fixture_reload(old, FRONTEND BACKEND A, SEC), *pinned;

	(void)st;
	assert_int_equal(old->generation, 1);
	assert_int_equal(next->generation, 2);
	assert_ptr_equal(view(old, "a")->server, view(next, "a")->server);
	assert_ptr_equal(old->backends[0].backend, next->backends[0].backend);
	assert_ptr_equal(old->frontends[0].frontend, next->frontends[0].frontend);
	assert_ptr_equal(next->frontends[0].backend, &next->backends[0]);
	pinned = snapshot_ref(old); /* by a connection */
	snapshot_unref(&next);
	assert_null(next);
	assert_string_equal(view(old, "a")->server->name, "a");
	snapshot_unref(&old);
	assert_string_equal(view(pinned, "a")->server->name, "a");
	snapshot_unref(&pinned);
	snapshot_unref(&pinned); /* NULL is fine */
}

static void
building_has_no_effect_before_commit(void **st)
{
	struct snapshot *old = fixture_snapshot(FRONTEND BACKEND A);
	struct snapshot *next = snapshot_build(
	    fixture_conf(FRONTEND BACKEND "server a = 192.0.2.1:1 check weight=9 maxconn=5 "
					  "disabled\n"),
	    old, SEC, 2);
	struct server *a = view(old, "a")->server;

	(void)st;
	assert_non_null(next);
	assert_int_equal(a->weight, 1);
	assert_true(server_is_usable(a));
	snapshot_unref(&next); /* rolled back */
	assert_int_equal(atomic_load(&a->maxconn), 0);
	snapshot_unref(&old);
}

static void
what_changed_in_the_file_wins_over_run_time_settings(void **st)
{
	struct snapshot *old = fixture_snapshot(FRONTEND BACKEND A "server b = 192.0.2.2:1\n");
	struct snapshot *next;
	struct server *a = view(old, "a")->server, *b = view(old, "b")->server;

	(void)st;
	server_set_weight(&old->backends[0], view(old, "a"), 50, 0, &out);
	server_set_weight(&old->backends[0], view(old, "b"), 50, 0, &out);
	server_set_maxconn(view(old, "a"), 77, &out);
	server_set_maxconn(view(old, "b"), 77, &out);
	atomic_store(&old->frontends[0].frontend->maxconn, 9);
	next = fixture_reload(old, FRONTEND BACKEND A "server b = 192.0.2.2:1 weight=3 maxconn=4\n",
			      SEC);
	assert_int_equal(a->weight, 50); /* the file says the same as before: yours stays */
	assert_int_equal(atomic_load(&a->maxconn), 77);
	assert_int_equal(b->weight, 3);
	assert_int_equal(atomic_load(&b->eff_weight), 3);
	assert_int_equal(atomic_load(&b->maxconn), 4);
	assert_int_equal(atomic_load(&next->frontends[0].frontend->maxconn), 9);
	snapshot_unref(&old);
	snapshot_unref(&next);
}

static void
health_and_maintenance_survive_a_reload(void **st)
{
	const struct check_result bad = {.status = CHECK_L4CON, .code = -1};
	struct snapshot *old = fixture_snapshot(FRONTEND BACKEND A "server b = 192.0.2.2:1\n");
	struct snapshot *next;

	(void)st;
	server_check_result(&old->backends[0], view(old, "a"), &bad, SEC, &out);
	server_set_state(&old->backends[0], view(old, "b"), SERVER_MAINT, SEC, &out);
	next = fixture_reload(old, FRONTEND BACKEND A "server b = 192.0.2.2:1 weight=2\n", 2 * SEC);
	assert_false(server_is_up(view(next, "a")->server));
	assert_int_equal(view(next, "a")->server->at_changed, SEC);
	assert_int_equal(view(next, "b")->server->admin, ADMIN_MAINT);
	assert_false(next->backends[0].backend->up);
	snapshot_unref(&old);
	snapshot_unref(&next);
}

static void
disabled_added_or_removed_in_the_file_counts(void **st)
{
	struct snapshot *s1 = fixture_snapshot(FRONTEND BACKEND A);
	struct snapshot *s2 =
	    fixture_reload(s1, FRONTEND BACKEND "server a = 192.0.2.1:1 check disabled\n", SEC);
	struct server *a = view(s2, "a")->server;
	struct snapshot *s3;

	(void)st;
	assert_int_equal(a->admin, ADMIN_CONF);
	assert_false(server_is_usable(a));
	assert_int_equal(a->n_chkdown, 1);
	s3 = fixture_reload(s2, FRONTEND BACKEND A, 3 * SEC);
	assert_true(server_is_usable(a));
	assert_int_equal(a->downtime, 2 * SEC);
	snapshot_unref(&s1);
	snapshot_unref(&s2);
	snapshot_unref(&s3);
}

static void
new_rise_and_fall_and_checks_switched_off_apply(void **st)
{
	const struct check_result bad = {.status = CHECK_L4CON, .code = -1};
	struct snapshot *s1 = fixture_snapshot(FRONTEND BACKEND A);
	struct server *a = view(s1, "a")->server;
	struct snapshot *s2, *s3;

	(void)st;
	server_check_result(&s1->backends[0], view(s1, "a"), &bad, 0, &out);
	s2 = fixture_reload(s1, FRONTEND BACKEND "server a = 192.0.2.1:1 check rise=5 fall=6\n", 0);
	assert_int_equal(a->health.rise, 5);
	assert_false(server_is_up(a));
	s3 = fixture_reload(s2, FRONTEND BACKEND "server a = 192.0.2.1:1\n", 0);
	assert_true(server_is_usable(a)); /* nobody would ever find it up again */
	assert_false(a->health.enabled);
	snapshot_unref(&s1);
	snapshot_unref(&s2);
	snapshot_unref(&s3);
}

static void
a_new_address_is_a_new_server_and_the_old_one_is_retired(void **st)
{
	struct snapshot *old = fixture_snapshot(FRONTEND BACKEND A "server b = 192.0.2.2:1\n");
	struct snapshot *next = fixture_reload(
	    old, FRONTEND BACKEND "server a = 192.0.2.9:1 check\nserver c = 192.0.2.3:1\n", SEC);

	(void)st;
	assert_ptr_not_equal(view(old, "a")->server, view(next, "a")->server);
	assert_true(view(old, "a")->server->dropped);
	assert_false(server_is_usable(view(old, "a")->server));
	assert_false(server_is_usable(view(old, "b")->server));
	assert_true(server_is_usable(view(next, "a")->server));
	assert_false(server_is_checked(view(old, "a")));
	snapshot_unref(&old);
	snapshot_unref(&next);
}

static void
a_backend_that_is_gone_retires_its_servers(void **st)
{
	struct snapshot *old =
	    fixture_snapshot(FRONTEND BACKEND A "[backend z]\n"
						"timeout_connect = 1s\nserver y = 192.0.2.7:1\n");
	struct server *y = old->backends[1].servers[0].server;
	struct snapshot *next = fixture_reload(old, FRONTEND BACKEND A, SEC);

	(void)st;
	assert_false(server_is_usable(y));
	assert_null(snapshot_backend(next, "z"));
	assert_null(snapshot_frontend(next, "z"));
	assert_non_null(snapshot_frontend(next, "main"));
	assert_null(snapshot_server(&next->backends[0], "y"));
	snapshot_unref(&old);
	snapshot_unref(&next);
}

static const struct bind_diff *
find_bind(const struct snapshot_diff *d, const char *key)
{
	for (size_t i = 0; i < d->n_binds; i++) {
		const struct conf_bind *b =
		    d->binds[i].new_bind ? d->binds[i].new_bind : d->binds[i].old_bind;

		if (strcmp(b->key, key) == 0)
			return &d->binds[i];
	}
	fail_msg("no bind %s", key);
	return NULL;
}

static void
binds_are_kept_by_address_whoever_owns_them(void **st)
{
	struct snapshot *old = fixture_snapshot(
	    "[stats]\nbind = :80\nauth = a:b\n[frontend main]\nbind = :3306, :3307, /x\n"
	    "default_backend = b\ntimeout_client = 1s\n" BACKEND A);
	struct snapshot *next;
	struct snapshot_diff d;

	(void)st;
	next = fixture_reload(old,
			      "[frontend other]\nbind = :3306, :3308\nbind = /x mode=666\n"
			      "default_backend = b\ntimeout_client = 1s\nbacklog = 7\n" BACKEND A
			      "[stats]\nbind = :80\nauth = a:b\n",
			      0);
	assert_int_equal(snapshot_diff(old, next, &d), 0);
	assert_int_equal(d.n_binds, 5);
	assert_int_equal(find_bind(&d, "0.0.0.0:3306")->kind, DIFF_KEEP);
	assert_string_equal(find_bind(&d, "0.0.0.0:3306")->old_frontend, "main");
	assert_string_equal(find_bind(&d, "0.0.0.0:3306")->new_frontend, "other");
	assert_true(find_bind(&d, "0.0.0.0:3306")->options_changed); /* backlog */
	assert_int_equal(find_bind(&d, "0.0.0.0:3307")->kind, DIFF_DROP);
	assert_int_equal(find_bind(&d, "0.0.0.0:3308")->kind, DIFF_NEW);
	assert_int_equal(find_bind(&d, "/x")->kind, DIFF_KEEP);
	assert_true(find_bind(&d, "/x")->options_changed);
	assert_int_equal(find_bind(&d, "0.0.0.0:80")->kind, DIFF_KEEP);
	assert_false(find_bind(&d, "0.0.0.0:80")->options_changed);
	snapshot_diff_free(&d);
	assert_int_equal(snapshot_diff(NULL, next, &d), 0);
	for (size_t i = 0; i < d.n_binds; i++)
		assert_int_equal(d.binds[i].kind, DIFF_NEW);
	snapshot_diff_free(&d);
	snapshot_unref(&old);
	snapshot_unref(&next);
}

static const struct server_diff *
find_server(const struct snapshot_diff *d, enum diff_kind kind, const char *name)
{
	for (size_t i = 0; i < d->n_servers; i++) {
		const struct server_view *v =
		    d->servers[i].new_server ? d->servers[i].new_server : d->servers[i].old_server;

		if (d->servers[i].kind == kind && strcmp(v->conf->name, name) == 0)
			return &d->servers[i];
	}
	fail_msg("no server %s", name);
	return NULL;
}

static void
servers_are_kept_changed_new_or_dropped(void **st)
{
	struct snapshot *old = fixture_snapshot(
	    FRONTEND BACKEND A "server b = 192.0.2.2:1 check\nserver c = 192.0.2.3:1 check\n"
			       "server d = 192.0.2.4:1\nserver e = 192.0.2.5:1\n"
			       "[backend gone]\ntimeout_connect = 1s\nserver z = 192.0.2.6:1\n");
	struct snapshot *next = fixture_reload(
	    old,
	    FRONTEND BACKEND A "server b = 192.0.2.2:1 check weight=2\n"
			       "server c = 192.0.2.3:1 check inter=1s\nserver d = 192.0.2.44:1\n",
	    0);
	struct snapshot_diff d;

	(void)st;
	assert_int_equal(snapshot_diff(old, next, &d), 0);
	assert_int_equal(d.n_servers, 7);
	assert_false(find_server(&d, DIFF_KEEP, "a")->changed);
	assert_true(find_server(&d, DIFF_KEEP, "b")->changed);
	assert_false(find_server(&d, DIFF_KEEP, "b")->check_changed);
	assert_true(find_server(&d, DIFF_KEEP, "c")->check_changed);
	assert_non_null(find_server(&d, DIFF_NEW, "d"));
	assert_non_null(find_server(&d, DIFF_DROP, "d"));
	assert_non_null(find_server(&d, DIFF_DROP, "e"));
	assert_non_null(find_server(&d, DIFF_DROP, "z"));
	snapshot_diff_free(&d);
	snapshot_unref(&old);
	snapshot_unref(&next);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records_are_kept_by_name_and_live_as_long_as_a_generation_holds_them),
	    cmocka_unit_test(building_has_no_effect_before_commit),
	    cmocka_unit_test(what_changed_in_the_file_wins_over_run_time_settings),
	    cmocka_unit_test(health_and_maintenance_survive_a_reload),
	    cmocka_unit_test(disabled_added_or_removed_in_the_file_counts),
	    cmocka_unit_test(new_rise_and_fall_and_checks_switched_off_apply),
	    cmocka_unit_test(a_new_address_is_a_new_server_and_the_old_one_is_retired),
	    cmocka_unit_test(a_backend_that_is_gone_retires_its_servers),
	    cmocka_unit_test(binds_are_kept_by_address_whoever_owns_them),
	    cmocka_unit_test(servers_are_kept_changed_new_or_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
