/*
 * test_proxyd_stats.c - counters added up, rates, filters, clearing, the words of each state.
 */
#include "proxyd_traffic.h"

static size_t
rows(const struct stats_filter *f)
{
	strbuf_clear(&b);
	stats_render(&b, &table, f, STATS_CSV);
	return count(b.s, '\n') - 1;
}

static void
filters_by_proxy_type_server_and_state(void **s)
{
	struct stats_filter f = STATS_FILTER_ALL;

	(void)s;
	assert_int_equal(rows(&f), 7);
	f.iid = 2;
	assert_int_equal(rows(&f), 1);
	f.pxname = "b";
	assert_int_equal(rows(&f), 5);
	f.sid = 2;
	f.type_mask = 4;
	assert_int_equal(rows(&f), 1);
	f = STATS_FILTER_ALL;
	f.type_mask = 3;
	assert_int_equal(rows(&f), 3);
	f = STATS_FILTER_ALL;
	f.no_maint = true;
	assert_int_equal(rows(&f), 6);
	srv(0)->health.counter = 0;
	stats_table_free(&table);
	assert_int_equal(stats_gather(snap, 100 * SEC, &table), 0);
	f.only_up = true;
	assert_int_equal(rows(&f), 5);
}

static void
averages_are_over_the_last_1024_values(void **s)
{
	struct counters c = {0};
	struct counters_sum nothing = {0}, sum;

	(void)s;
	for (int i = 0; i < 100; i++)
		average_add(&c.ctime, 50);
	stats_sum(&c, 1, &nothing, &sum);
	assert_int_equal(sum.ctime, 50);
	for (int i = 0; i < 20000; i++)
		average_add(&c.ctime, 10);
	stats_sum(&c, 1, &nothing, &sum);
	assert_in_range(sum.ctime, 9, 11);
	assert_int_equal(sum.ctime_max, 50);
	assert_int_equal(sum.qtime, 0);
}

static void
rates_are_per_second_whatever_the_elapsed_time(void **s)
{
	struct frontend *f = snap->frontends[0].frontend;

	(void)s;
	assert_int_equal(f->rate.cur, 20);
	counter_add(&f->counters[0].stot, 100);
	stats_account(snap, 2 * SEC);
	assert_int_equal(f->rate.cur, 50);
	assert_int_equal(f->rate.max, 50);
	stats_account(snap, SEC);
	assert_int_equal(f->rate.cur, 0);
	assert_int_equal(f->rate.max, 50);
	counter_add(&f->counters[0].stot, 100);
	stats_account(snap, 0); /* no time has passed: no rate from it */
	assert_int_equal(f->rate.cur, 0);
}

static const struct stats_row *
gathered(const char *svname, const char *pxname)
{
	stats_table_free(&table);
	assert_int_equal(stats_gather(snap, 100 * SEC, &table), 0);
	for (size_t i = 0; i < table.n_rows; i++)
		if (strcmp(table.rows[i].svname, svname) == 0 &&
		    strcmp(table.rows[i].pxname, pxname) == 0)
			return &table.rows[i];
	fail_msg("no row %s/%s", pxname, svname);
	return NULL;
}

static void
clear_counters_resets_maxima_and_all_resets_totals_too(void **s)
{
	const struct stats_row *r;

	(void)s;
	stats_clear(snap, false);
	r = gathered("db1", "b");
	assert_int_equal(r->smax, 1); /* the one that is there */
	assert_int_equal(r->stot, 2);
	assert_int_equal(r->ttime_max, 0);
	stats_clear(snap, true);
	r = gathered("db1", "b");
	assert_int_equal(r->stot + r->bin + r->bout + r->econ + r->wretr, 0);
	assert_int_equal(r->scur, 1);
	assert_int_equal(gathered("FRONTEND", "main")->stot, 0);
	assert_int_equal(gathered("BACKEND", "b")->stot, 0);
	server_count_session(snap->backends[0].backend, srv(0), 0, 100 * SEC);
	assert_int_equal(gathered("db1", "b")->stot, 1);
	stats_account(snap, SEC);
	assert_int_equal(srv(0)->rate.cur, 1); /* rates go on across it */
}

static void
states_of_frontends_and_servers_have_their_words(void **s)
{
	struct frontend *f = snap->frontends[0].frontend;

	(void)s;
	assert_string_equal(gathered("FRONTEND", "main")->status, "OPEN");
	atomic_store(&f->state, FRONTEND_PAUSED);
	assert_string_equal(gathered("FRONTEND", "main")->status, "PAUSED");
	atomic_store(&f->state, FRONTEND_STOPPED);
	assert_string_equal(gathered("FRONTEND", "main")->status, "STOP");
	assert_int_equal(gathered("db1", "b")->state, STATE_UP);
	assert_int_equal(gathered("db2", "b")->state, STATE_TRANSITION);
	assert_int_equal(gathered("spare", "b")->state, STATE_NOCHECK);
	assert_int_equal(gathered("off", "b")->state, STATE_MAINT);
	srv(0)->admin = ADMIN_DRAIN;
	assert_int_equal(gathered("db1", "b")->state, STATE_DRAIN);
	srv(0)->admin = 0;
	srv(0)->health.counter = 0;
	assert_int_equal(gathered("db1", "b")->state, STATE_DOWN);
	srv(0)->health.counter = 1;
	assert_int_equal(gathered("db1", "b")->state, STATE_TRANSITION);
	snap->backends[0].backend->up = false;
	assert_string_equal(gathered("BACKEND", "b")->status, "DOWN");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(filters_by_proxy_type_server_and_state),
	    T(averages_are_over_the_last_1024_values),
	    T(rates_are_per_second_whatever_the_elapsed_time),
	    T(clear_counters_resets_maxima_and_all_resets_totals_too),
	    T(states_of_frontends_and_servers_have_their_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
