/*
 * test_proxyd_server.c - server states, what workers see of them, and the words in the log.
 */
#include <syslog.h>

#include "proxyd/server_report.h"
#include "proxyd_fixture.h"

#define TWO_SERVERS                                                                                \
	FRONTEND BACKEND "server a = 192.0.2.1:1 check\nserver x = 192.0.2.2:1 check backup\n"

static struct snapshot *snap;
static const struct backend_view *bv;
static struct report out;

static const struct check_result good = {
    .status = CHECK_L4OK, .code = -1, .duration = 3 * MS, .info = ""};
static const struct check_result refused = {
    .status = CHECK_L4CON, .code = -1, .duration = 1 * MS, .info = "Connection refused"};

static int
setup(void **s)
{
	(void)s;
	snap = fixture_snapshot(TWO_SERVERS);
	bv = &snap->backends[0];
	return 0;
}

static int
teardown(void **s)
{
	(void)s;
	snapshot_unref(&snap);
	return 0;
}

static void
check(size_t i, const struct check_result *r, usec_t now)
{
	server_check_result(bv, &bv->servers[i], r, now, &out);
}

static struct server *
srv(size_t i)
{
	return bv->servers[i].server;
}

static void
assert_line(int i, int level, const char *text)
{
	assert_true(i < out.n_lines);
	assert_string_equal(out.lines[i].text, text);
	assert_int_equal(out.lines[i].level, level);
}

static const char *
status(size_t i)
{
	static char buf[SERVER_STATUS_LEN];

	return server_status(srv(i), buf);
}

static void
a_failed_first_check_takes_the_server_down_with_an_alert(void **s)
{
	(void)s;
	assert_string_equal(status(0), "UP 1/3");
	check(0, &refused, SEC);
	assert_true(out.went_down);
	assert_false(out.kick_queue);
	assert_int_equal(out.n_lines, 1);
	assert_line(
	    0, LOG_ALERT,
	    "Server b/a is DOWN, reason: Layer4 connection problem, info: \"Connection "
	    "refused\", check duration: 1ms. 0 active and 1 backup servers left. Running on "
	    "backup. 0 sessions active, 0 requeued, 0 remaining in queue.");
	assert_false(server_is_usable(srv(0)));
	assert_string_equal(status(0), "DOWN");
	assert_int_equal(srv(0)->n_chkfail, 1);
	assert_int_equal(srv(0)->n_chkdown, 1);
	assert_int_equal(srv(0)->at_changed, SEC);
	check(0, &refused, 2 * SEC);
	assert_int_equal(out.n_lines, 0);
	assert_int_equal(srv(0)->n_chkfail, 1); /* failures count only while up */
}

static void
it_comes_back_after_rise_passes_and_kicks_the_queue(void **s)
{
	(void)s;
	check(0, &refused, SEC);
	check(0, &good, 2 * SEC);
	assert_string_equal(status(0), "DOWN 1/2");
	assert_int_equal(out.n_lines, 0);
	check(0, &good, 4 * SEC);
	assert_true(out.kick_queue);
	assert_line(0, LOG_NOTICE,
		    "Server b/a is UP, reason: Layer4 check passed, check duration: 3ms. 1 active "
		    "and 1 backup servers online. 0 sessions requeued, 0 total in queue.");
	assert_int_equal(srv(0)->downtime, 3 * SEC);
	assert_string_equal(status(0), "UP");
}

static void
the_last_server_down_is_an_emergency(void **s)
{
	(void)s;
	check(0, &refused, SEC);
	check(1, &refused, 2 * SEC);
	assert_int_equal(out.n_lines, 2);
	assert_string_equal(
	    out.lines[0].text,
	    "Backup Server b/x is DOWN, reason: Layer4 connection problem, info: \"Connection "
	    "refused\", check duration: 1ms. 0 active and 0 backup servers left. 0 sessions "
	    "active, 0 requeued, 0 remaining in queue.");
	assert_line(1, LOG_EMERG, "backend b has no server available!");
	assert_false(bv->backend->up);
	assert_int_equal(bv->backend->n_chkdown, 1);
	check(0, &good, 3 * SEC);
	check(0, &good, 5 * SEC);
	assert_true(bv->backend->up);
	assert_int_equal(bv->backend->downtime, 3 * SEC);
}

static void
log_health_checks_writes_each_change_and_moves_the_reason_there(void **s)
{
	struct snapshot *l = fixture_snapshot(
	    FRONTEND BACKEND "option_log_health_checks = yes\nserver a = 192.0.2.1:1 check\n");

	(void)s;
	bv = &l->backends[0];
	check(0, &good, 0);
	assert_line(0, LOG_NOTICE,
		    "Health check for server b/a succeeded, reason: Layer4 check passed, check "
		    "duration: 3ms, status: 3/3 UP.");
	check(0, &good, 0);
	assert_int_equal(out.n_lines, 0);
	check(0, &refused, 0);
	check(0, &refused, 0);
	check(0, &refused, 0);
	assert_int_equal(out.n_lines, 3);
	assert_line(0, LOG_NOTICE,
		    "Health check for server b/a failed, reason: Layer4 connection problem, info: "
		    "\"Connection refused\", check duration: 1ms, status: 0/2 DOWN.");
	assert_line(1, LOG_ALERT,
		    "Server b/a is DOWN. 0 active and 0 backup servers left. 0 sessions active, 0 "
		    "requeued, 0 remaining in queue.");
	snapshot_unref(&l);
}

static void
a_status_code_stands_in_the_reason(void **s)
{
	struct check_result r = {.status = CHECK_L7STS, .code = 1129, .info = "blocked"};

	(void)s;
	check(0, &r, 0);
	assert_non_null(strstr(out.lines[0].text,
			       "reason: Layer7 wrong status, code: 1129, info: \"blocked\""));
}

static void
maintenance_stops_traffic_and_checks_and_ready_trusts_at_once(void **s)
{
	(void)s;
	check(0, &good, 0);
	server_set_state(bv, &bv->servers[0], SERVER_MAINT, SEC, &out);
	assert_true(out.went_down);
	assert_line(0, LOG_ALERT,
		    "Server b/a is going DOWN for maintenance. 0 active and 1 backup servers left. "
		    "Running on backup. 0 sessions active, 0 requeued, 0 remaining in queue.");
	assert_string_equal(status(0), "MAINT");
	assert_false(server_is_checked(&bv->servers[0]));
	srv(0)->health.running = true; /* one was under way */
	check(0, &good, SEC);
	assert_int_equal(out.n_lines, 0);
	assert_false(srv(0)->health.running);
	assert_false(server_is_up(srv(0)));
	server_set_state(bv, &bv->servers[0], SERVER_READY, 3 * SEC, &out);
	assert_true(out.kick_queue);
	assert_line(0, LOG_NOTICE, "Server b/a is UP/READY (leaving forced maintenance).");
	assert_string_equal(status(0), "UP");
	assert_int_equal(srv(0)->downtime, 2 * SEC);
	server_set_state(bv, &bv->servers[0], SERVER_READY, 3 * SEC, &out);
	assert_int_equal(out.n_lines, 0); /* nothing changed */
}

static void
drain_lets_sessions_live_and_takes_no_new_ones(void **s)
{
	(void)s;
	check(0, &good, 0);
	server_set_state(bv, &bv->servers[0], SERVER_DRAIN, SEC, &out);
	assert_false(out.went_down);
	assert_false(server_is_usable(srv(0)));
	assert_true(server_is_up(srv(0)));
	assert_true(server_is_checked(&bv->servers[0]));
	assert_string_equal(status(0), "DRAIN");
	assert_line(0, LOG_NOTICE,
		    "Server b/a enters drain state. 0 active and 1 backup servers online. Running "
		    "on backup. 0 sessions requeued, 0 total in queue.");
	check(0, &refused, SEC);
	assert_string_equal(status(0), "DRAIN 2/3");
	server_set_state(bv, &bv->servers[0], SERVER_READY, SEC, &out);
	assert_line(0, LOG_NOTICE, "Server b/a is UP (leaving forced drain).");
	server_set_state(bv, &bv->servers[0], SERVER_DRAIN, SEC, &out);
	check(0, &refused, SEC);
	check(0, &refused, SEC);
	assert_int_equal(out.lines[0].level, LOG_NOTICE); /* nobody used it */
	server_set_state(bv, &bv->servers[0], SERVER_MAINT, SEC, &out);
	assert_line(0, LOG_NOTICE, "Server b/a was DOWN and now enters maintenance.");
	server_set_state(bv, &bv->servers[0], SERVER_DRAIN, SEC, &out);
	assert_line(0, LOG_NOTICE, "Server b/a is UP/DRAIN (leaving forced maintenance).");
}

static void
weight_0_takes_it_out_of_balancing_but_it_stays_up(void **s)
{
	unsigned act, bck;

	(void)s;
	check(0, &good, 0);
	server_set_weight(bv, &bv->servers[0], 0, 0, &out);
	assert_false(server_is_usable(srv(0)));
	assert_string_equal(status(0), "UP");
	backend_count(bv, &act, &bck);
	assert_true(act == 0 && bck == 1);
	server_set_weight(bv, &bv->servers[0], 7, 0, &out);
	assert_true(out.kick_queue);
	assert_int_equal(atomic_load(&srv(0)->eff_weight), 7);
}

static void
health_by_hand_lasts_until_the_next_check(void **s)
{
	(void)s;
	check(0, &good, 0);
	server_set_health(bv, &bv->servers[0], false, SEC, &out);
	assert_line(0, LOG_ALERT,
		    "Server b/a is DOWN, changed from CLI. 0 active and 1 backup servers left. "
		    "Running on backup. 0 sessions active, 0 requeued, 0 remaining in queue.");
	server_set_health(bv, &bv->servers[0], true, SEC, &out);
	assert_line(0, LOG_NOTICE,
		    "Server b/a is UP, changed from CLI. 1 active and 1 backup servers online. 0 "
		    "sessions requeued, 0 total in queue.");
	server_set_health(bv, &bv->servers[0], true, SEC, &out);
	assert_int_equal(out.n_lines, 0);
	server_set_state(bv, &bv->servers[0], SERVER_MAINT, SEC, &out);
	server_set_health(bv, &bv->servers[0], true, SEC, &out);
	assert_string_equal(status(0), "MAINT");
}

static void
disabled_checks_show_no_check_and_are_not_run(void **s)
{
	(void)s;
	check(0, &good, 0);
	srv(0)->health.running = true;
	server_set_checks(&bv->servers[0], false);
	assert_false(srv(0)->health.running);
	assert_false(server_is_checked(&bv->servers[0]));
	assert_string_equal(status(0), "no check");
	server_set_checks(&bv->servers[0], true);
	assert_true(server_is_checked(&bv->servers[0]));
}

static void
a_server_disabled_in_the_file_starts_in_maintenance(void **s)
{
	struct snapshot *d = fixture_snapshot(
	    FRONTEND BACKEND "server a = 192.0.2.1:1 check disabled\nserver u = 192.0.2.2:1\n");

	(void)s;
	bv = &d->backends[0];
	assert_string_equal(status(0), "MAINT");
	assert_int_equal(srv(0)->admin, ADMIN_CONF);
	assert_string_equal(status(1), "no check");
	assert_true(server_is_usable(srv(1)));
	server_set_state(bv, &bv->servers[0], SERVER_READY, 0, &out);
	assert_true(server_is_usable(srv(0)));
	assert_int_equal(srv(0)->admin, 0);
	snapshot_unref(&d);
}

static void
sessions_are_counted_by_the_owner_and_places_by_anybody(void **s)
{
	(void)s;
	server_take(srv(0));
	server_take(srv(0));
	server_release(srv(0));
	server_count_session(bv->backend, srv(0), 1, 77);
	assert_int_equal(atomic_load(&srv(0)->n_cur), 1);
	assert_int_equal(atomic_load(&srv(0)->n_max), 2);
	assert_int_equal(counter_get(&srv(0)->counters[1].stot), 1);
	assert_int_equal(counter_get(&srv(0)->counters[0].stot), 0);
	assert_int_equal(counter_get(&bv->backend->counters[1].lbtot), 1);
	assert_int_equal(counter_get(&srv(0)->counters[1].at_last_sess), 77);
	server_release(srv(0));
}

static void
a_report_never_overflows(void **s)
{
	(void)s;
	out = (struct report){0};
	for (int i = 0; i < 10; i++)
		report_add(&out, LOG_INFO, "%0600d", i);
	assert_int_equal(out.n_lines, REPORT_LINES_MAX);
	assert_int_equal(strlen(out.lines[0].text), REPORT_TEXT_MAX - 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(a_failed_first_check_takes_the_server_down_with_an_alert),
	    T(it_comes_back_after_rise_passes_and_kicks_the_queue),
	    T(the_last_server_down_is_an_emergency),
	    T(log_health_checks_writes_each_change_and_moves_the_reason_there),
	    T(a_status_code_stands_in_the_reason),
	    T(maintenance_stops_traffic_and_checks_and_ready_trusts_at_once),
	    T(drain_lets_sessions_live_and_takes_no_new_ones),
	    T(weight_0_takes_it_out_of_balancing_but_it_stays_up),
	    T(health_by_hand_lasts_until_the_next_check),
	    T(disabled_checks_show_no_check_and_are_not_run),
	    T(a_server_disabled_in_the_file_starts_in_maintenance),
	    T(sessions_are_counted_by_the_owner_and_places_by_anybody),
	    T(a_report_never_overflows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
