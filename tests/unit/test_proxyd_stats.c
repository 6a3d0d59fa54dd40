/*
 * test_proxyd_stats.c - counters added up, and every rendering against a golden file.
 *
 * UPDATE_GOLDEN=1 writes the golden files anew; read the difference before you commit it.
 */
#include "common/strbuf.h"
#include "proxyd/stats.h"
#include "proxyd_fixture.h"

#define CONF                                                                                       \
	FRONTEND BACKEND "balance = leastconn\n"                                                   \
			 "server db1 = 192.0.2.1:3306 check maxconn=300\n"                         \
			 "server db2 = 192.0.2.2:3306 check port=9 addr=192.0.2.99 weight=2\n"     \
			 "server spare = [2001:db8::3]:3306 backup\n"                              \
			 "server off = 192.0.2.4:3306 check disabled\n"                            \
			 "[frontend ro]\nbind = :3307\ndefault_backend = b\ntimeout_client = 1s\n"

static struct snapshot *snap;
static struct stats_table table;
static struct strbuf b;

static const struct stats_process process = {
    .version = "1.0.0",
    .release_date = "2026/11/23",
    .node = "px13",
    .description = "both: databases",
    .pid = 4711,
    .n_threads = 2,
    .uptime = (((usec_t)3 * 24 + 4) * 3600 + 5 * 60 + 17) * SEC,
    .start_time_s = 1795384051,
    .generation = 3,
    .maxconn = 4000,
    .ulimit_n = 9000,
    .maxsock = 8100,
    .curr_conns = 12,
    .cum_conns = 123456,
    .conn_rate = 34,
    .max_conn_rate = 56,
    .pipes_max = 32,
    .pipes_used = 1,
    .pipes_free = 2,
    .pool_bytes = 5 << 20,
    .pool_used_bytes = 3 << 20,
    .pool_failed = 1,
    .tasks = 17,
    .run_queue = 2,
    .idle_pct = 97,
    .jobs = 9,
    .listeners = 5,
    .dropped_logs = 4,
    .bytes_out = 123456789,
    .spliced_bytes_out = 23456789,
    .bytes_out_rate = 2592,
    .maxconn_reached = 6,
    .n_reloads = 2,
    .n_failed_reloads = 1,
};

static struct server *
srv(size_t i)
{
	return snap->backends[0].servers[i].server;
}

static void
add_traffic(void)
{
	struct frontend *f = snap->frontends[0].frontend;
	struct backend *be = snap->backends[0].backend;

	for (unsigned w = 0; w < 2; w++) {
		struct counters *c = &srv(0)->counters[w];

		counter_add(&f->counters[w].conn_tot, 10 + w);
		counter_add(&f->counters[w].stot, 10);
		counter_add(&f->counters[w].bin, 1000);
		counter_add(&f->counters[w].bout, 1234567);
		counter_add(&f->counters[w].dcon, w);
		counter_add(&f->counters[w].ereq, 2);
		server_count_session(be, srv(0), w, 90 * SEC);
		counter_add(&c->bin, 500);
		counter_add(&c->bout, 700 + w);
		counter_add(&c->econ, 1);
		counter_add(&c->eresp, 2);
		counter_add(&c->wretr, 3);
		counter_add(&c->wredis, 4);
		counter_add(&c->cli_abrt, 5);
		counter_add(&c->srv_abrt, 6);
		counter_add(&c->connect, 7);
		average_add(&c->qtime, 10);
		average_add(&c->ctime, 20);
		average_add(&c->ttime, 100 + 100 * w);
		counter_add(&be->counters[w].stot, 8);
	}
	server_take(srv(0));
	server_take(srv(0));
	server_release(srv(0));
	gauge_inc(&be->n_cur, &be->n_max);
	gauge_inc(&f->n_cur, &f->n_max);
}

/* db1 up with traffic, db2 going down, spare unchecked, off in maintenance. */
static int
setup(void **s)
{
	const struct check_result good = {
	    .status = CHECK_L4OK, .code = -1, .duration = 2 * MS, .info = "fine, \"thanks\""};
	const struct check_result bad = {
	    .status = CHECK_L7STS, .code = 1045, .duration = 5 * MS, .info = "<no>"};
	const struct backend_view *bv;
	struct report out;

	(void)s;
	snap = fixture_snapshot(CONF);
	bv = &snap->backends[0];
	server_check_result(bv, &bv->servers[0], &good, 10 * SEC, &out);
	server_check_result(bv, &bv->servers[1], &good, 10 * SEC, &out);
	server_check_result(bv, &bv->servers[1], &bad, 20 * SEC, &out);
	srv(1)->health.running = true;
	add_traffic();
	stats_account(snap, SEC);
	assert_int_equal(stats_gather(snap, 100 * SEC, &table), 0);
	strbuf_init(&b);
	return 0;
}

static int
teardown(void **s)
{
	(void)s;
	stats_table_free(&table);
	strbuf_free(&b);
	snapshot_unref(&snap);
	return 0;
}

static void
compare(const char *name)
{
	static char text[1 << 18];
	char path[512];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", GOLDEN_DIR, name);
	if (getenv("UPDATE_GOLDEN") != NULL) {
		f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(b.s, 1, b.len, f), b.len);
		fclose(f);
	}
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	assert_string_equal(strbuf_str(&b), text);
}

static void
golden_csv(void **s)
{
	(void)s;
	stats_render(&b, &table, &STATS_FILTER_ALL, STATS_CSV);
	compare("proxyd_stat.csv");
}

static void
golden_typed(void **s)
{
	(void)s;
	stats_render(&b, &table, &STATS_FILTER_ALL, STATS_TYPED);
	compare("proxyd_stat.typed");
}

static void
golden_json(void **s)
{
	(void)s;
	stats_render(&b, &table, &STATS_FILTER_ALL, STATS_JSON);
	compare("proxyd_stat.json");
}

static void
golden_info(void **s)
{
	(void)s;
	stats_render_info(&b, &process, STATS_CSV);
	compare("proxyd_info.txt");
}

static void
golden_info_typed_and_json(void **s)
{
	(void)s;
	stats_render_info(&b, &process, STATS_TYPED);
	compare("proxyd_info.typed");
	strbuf_clear(&b);
	stats_render_info(&b, &process, STATS_JSON);
	compare("proxyd_info.json");
}

static void
golden_servers_state(void **s)
{
	(void)s;
	stats_render_servers_state(&b, snap, NULL, 100 * SEC);
	compare("proxyd_servers_state.txt");
	strbuf_clear(&b);
	stats_render_servers_state(&b, snap, "nope", 100 * SEC);
	assert_null(strstr(b.s, "db1"));
}

static void
golden_page(void **s)
{
	const struct conf_stats conf = {.refresh = 5 * SEC};
	const struct stats_page page = {
	    .process = &process, .table = &table, .conf = &conf, .date = "22/Nov/2026:21:47:59"};

	(void)s;
	stats_render_html(&b, &page);
	compare("proxyd_page.html");
	assert_non_null(strstr(b.s, "HAProxy version 1.0.0,")); /* what Zabbix looks for */
	assert_non_null(strstr(b.s, "uptime = </b> 3d 4h05m17s<br>"));
	assert_null(strstr(b.s, "http://"));
	assert_null(strstr(b.s, "https://"));
}

static void
page_hides_the_version_and_escapes_names(void **s)
{
	const struct conf_stats conf = {.hide_version = true};
	struct stats_process p = process;
	const struct stats_page page = {.process = &p, .table = &table, .conf = &conf};

	(void)s;
	p.node = "<evil>";
	p.description = NULL;
	p.stopping = true;
	stats_render_html(&b, &page);
	assert_null(strstr(b.s, "1.0.0"));
	assert_null(strstr(b.s, "<evil>"));
	assert_null(strstr(b.s, "http-equiv"));
	assert_null(strstr(b.s, "<no>"));
	assert_non_null(strstr(b.s, "&lt;no&gt;"));
	assert_non_null(strstr(b.s, "stopping"));
	strbuf_clear(&b);
	p.node = NULL;
	stats_render_html(&b, &page);
	assert_non_null(strstr(b.s, "<h1>?</h1>"));
}

static size_t
count(const char *text, char ch)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == ch;
	return n;
}

static void
csv_rows_have_as_many_fields_as_the_header(void **s)
{
	char *line, *save = NULL;
	int n = 0;

	(void)s;
	snprintf(table.rows[1].last_chk, sizeof(table.rows[1].last_chk), "%s", "plain");
	stats_render(&b, &table, &STATS_FILTER_ALL, STATS_CSV);
	for (line = strtok_r(b.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save), n++)
		assert_int_equal(count(line, ','), 103);
	assert_int_equal(n, 1 + 7);
}

static void
info_lines_split_into_exactly_two(void **s)
{
	static const char *const hatop[] = {"Name",        "Version",  "Release_date", "Nbproc",
					    "Process_num", "Pid",      "Uptime",       "Maxconn",
					    "CurrConns",   "Maxpipes", "PipesUsed",    "Tasks",
					    "Run_queue",   "node",     "Idle_pct"};
	char *line, *save = NULL, *sep, key[64];

	(void)s;
	stats_render_info(&b, &process, STATS_CSV);
	for (size_t i = 0; i < N_OF(hatop); i++) {
		snprintf(key, sizeof(key), "%s: ", hatop[i]);
		assert_true(strncmp(b.s, key, strlen(key)) == 0 || strstr(b.s, key) != NULL);
	}
	for (line = strtok_r(b.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		sep = strstr(line, ": ");
		assert_non_null(sep);
		assert_true(sep[2] != '\0');
		assert_null(strstr(sep + 2, ": "));
	}
}

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
	    T(golden_csv),
	    T(golden_typed),
	    T(golden_json),
	    T(golden_info),
	    T(golden_info_typed_and_json),
	    T(golden_servers_state),
	    T(golden_page),
	    T(page_hides_the_version_and_escapes_names),
	    T(csv_rows_have_as_many_fields_as_the_header),
	    T(info_lines_split_into_exactly_two),
	    T(filters_by_proxy_type_server_and_state),
	    T(averages_are_over_the_last_1024_values),
	    T(rates_are_per_second_whatever_the_elapsed_time),
	    T(clear_counters_resets_maxima_and_all_resets_totals_too),
	    T(states_of_frontends_and_servers_have_their_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
