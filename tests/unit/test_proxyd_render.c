/*
 * test_proxyd_render.c - every rendering of the statistics against a golden file.
 *
 * UPDATE_GOLDEN=1 writes the golden files anew; read the difference before you commit it.
 */
#include "proxyd_traffic.h"

static const struct stats_process process = {
    .version = "1.0.0",
    .release_date = "2026/11/23",
    .node = "px13",
    .description = "both: databases",
    .pid = 4711,
    .n_threads = 2,
    .uptime = 273917 * SEC, /* 3d 4h 5m 17s */
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
    .n_switches = 5,
    .n_reloads = 2,
    .n_failed_reloads = 1,
};

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
