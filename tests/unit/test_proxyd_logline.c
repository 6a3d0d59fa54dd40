/*
 * test_proxyd_logline.c - HAProxy's log formats, letter by letter.
 */
#include <time.h>

#include "proxyd/logline.h"
#include "unit.h"

/* 2026-11-22 21:47:59.496 UTC */
#define WALL ((usec_t)1795384079496123)

static struct addr client, local;
static struct logline l;
static char out[LOGLINE_MAX];

static int
setup(void **s)
{
	struct err e;

	(void)s;
	setenv("TZ", "UTC", 1);
	tzset();
	assert_int_equal(addr_parse("127.0.0.1:34494", -1, &client, &e), 0);
	assert_int_equal(addr_parse("127.0.0.1:3306", -1, &local, &e), 0);
	l = (struct logline){.client = &client,
			     .local = &local,
			     .wall_accept = WALL,
			     .frontend = "mysql_in",
			     .backend = "mysql_pool",
			     .server = "db1",
			     .queue_ms = 1,
			     .connect_ms = 0,
			     .total_ms = 4,
			     .bytes_out = 9,
			     .reason = CONN_CLOSE_NORMAL,
			     .actconn = 5,
			     .feconn = 5,
			     .beconn = 4,
			     .srvconn = 4};
	return 0;
}

static void
tcplog_is_the_line_of_the_reference(void **s)
{
	size_t len = logline_tcplog(&l, out);

	(void)s;
	assert_string_equal(out, "127.0.0.1:34494 [22/Nov/2026:21:47:59.496] mysql_in "
				 "mysql_pool/db1 1/0/4 9 -- 5/5/4/4/0 0/0");
	assert_int_equal(len, strlen(out));
}

static void
no_server_phases_not_reached_and_redispatch_are_marked(void **s)
{
	(void)s;
	l.server = NULL;
	l.queue_ms = 1001;
	l.connect_ms = -1;
	l.retries = 2;
	l.redispatched = true;
	l.be_queue = 1;
	l.reason = CONN_CLOSE_QUEUE_TIMEOUT;
	logline_tcplog(&l, out);
	assert_string_equal(out, "127.0.0.1:34494 [22/Nov/2026:21:47:59.496] mysql_in "
				 "mysql_pool/<NOSRV> 1001/-1/4 9 sQ 5/5/4/4/+2 0/1");
}

static void
ipv6_is_bare_and_unix_clients_have_no_address(void **s)
{
	struct err e;

	(void)s;
	assert_int_equal(addr_parse("[2001:db8::1]:5", -1, &client, &e), 0);
	logline_connect(&l, out);
	assert_string_equal(out, "Connect from 2001:db8::1:5 to 127.0.0.1:3306 (mysql_in/TCP)");
	assert_int_equal(addr_parse("/run/x", -1, &client, &e), 0);
	l.local = NULL;
	logline_connect(&l, out);
	assert_string_equal(out, "Connect from unix:1 to unix:1 (mysql_in/TCP)");
}

static void
an_endless_name_is_cut_not_overrun(void **s)
{
	static char name[2 * LOGLINE_MAX];

	(void)s;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	l.frontend = name;
	assert_int_equal(logline_tcplog(&l, out), LOGLINE_MAX - 1);
	assert_int_equal(strlen(out), LOGLINE_MAX - 1);
}

static void
every_reason_has_two_letters_and_words(void **s)
{
	static const struct {
		enum conn_close reason;
		const char *code;
	} codes[] = {{CONN_CLOSE_NORMAL, "--"},         {CONN_CLOSE_CLIENT_ABORT, "CD"},
		     {CONN_CLOSE_SERVER_REFUSED, "SC"}, {CONN_CLOSE_CONNECT_TIMEOUT, "sC"},
		     {CONN_CLOSE_SERVER_TIMEOUT, "sD"}, {CONN_CLOSE_KILLED, "K-"},
		     {CONN_CLOSE_SERVER_DOWN, "D-"},    {CONN_CLOSE_CLIENT_ABORT_QUEUE, "CQ"},
		     {CONN_CLOSE_CLIENT_TIMEOUT, "cD"}, {CONN_CLOSE_RESOURCE, "RC"}};
	char code[3];

	(void)s;
	for (size_t i = 0; i < N_OF(codes); i++) {
		conn_close_code(codes[i].reason, code);
		assert_string_equal(code, codes[i].code);
		assert_true(strlen(conn_close_text(codes[i].reason)) > 5);
	}
	assert_false(conn_close_is_error(CONN_CLOSE_NORMAL));
	assert_true(conn_close_is_error(CONN_CLOSE_NO_SERVER));
}

static void
dontlognull_and_dontlog_normal_hide_what_they_name(void **s)
{
	(void)s;
	assert_true(logline_wanted(false, false, CONN_CLOSE_NORMAL, 0, 0, 0));
	assert_false(logline_wanted(true, false, CONN_CLOSE_NORMAL, 0, 0, 0));
	assert_false(logline_wanted(true, false, CONN_CLOSE_CLIENT_ABORT, 0, 0, 0));
	assert_true(logline_wanted(true, false, CONN_CLOSE_NORMAL, 1, 0, 0));
	assert_true(logline_wanted(true, false, CONN_CLOSE_NORMAL, 0, 1, 0));
	assert_true(logline_wanted(true, false, CONN_CLOSE_SERVER_REFUSED, 0, 0, 0));
	assert_false(logline_wanted(false, true, CONN_CLOSE_NORMAL, 1, 1, 0));
	assert_true(logline_wanted(false, true, CONN_CLOSE_NORMAL, 1, 1, 1)); /* a retry is news */
	assert_true(logline_wanted(false, true, CONN_CLOSE_SERVER_ABORT, 1, 1, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(tcplog_is_the_line_of_the_reference, setup),
	    cmocka_unit_test_setup(no_server_phases_not_reached_and_redispatch_are_marked, setup),
	    cmocka_unit_test_setup(ipv6_is_bare_and_unix_clients_have_no_address, setup),
	    cmocka_unit_test_setup(an_endless_name_is_cut_not_overrun, setup),
	    cmocka_unit_test(every_reason_has_two_letters_and_words),
	    cmocka_unit_test(dontlognull_and_dontlog_normal_hide_what_they_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
