/*
 * test_proxyd_conf_errors.c - every mistake in proxyd.conf with its line and words.
 */
#include "proxyd_load.h"

/* Each mistake alone: the line that must come out, word by word up to what is quoted. */
static const struct {
	const char *text, *expected;
} mistakes[] = {
    {FE BE "[fronted x]\n", "t.conf:9: [fronted x]: unknown section, did you mean 'frontend'?"},
    {FE BE "[zzz]\n", "t.conf:9: [zzz]: unknown section, expected global, defaults"},
    {FE BE "[global]\nmaxcon = 1\n", "t.conf:10: [global] maxcon: unknown key, did you mean "
				     "'maxconn'?"},
    {FE BE "blance = leastconn\n", "t.conf:9: [backend mysql] blance: unknown key, did you mean "
				   "'balance'?"},
    {FE BE "server m1 = 192.0.2.2:1\n",
     "t.conf:9: [backend mysql] server m1: stands twice, first on line 8"},
    {FE BE "server m2 = 192.0.2.2:70000\n", "t.conf:9: [backend mysql] server m2: "
					    "'192.0.2.2:70000': port '70000' is not a number"},
    {FE BE "server m2 = 192.0.2.2\n", "t.conf:9: [backend mysql] server m2: '192.0.2.2': expected "
				      "ADDRESS:PORT"},
    {FE BE "server m2 = db.example:1\n", "t.conf:9: [backend mysql] server m2: "},
    {FE BE "server m2 = 0.0.0.0:1\n",
     "t.conf:9: [backend mysql] server m2: '0.0.0.0:1' is not a server's address"},
    {FE BE "server m2 = /run/x\n",
     "t.conf:9: [backend mysql] server m2: '/run/x' is not a server's address"},
    {FE BE "server a/b = 192.0.2.2:1\n", "t.conf:9: [backend mysql]: server 'a/b': letters"},
    {FE BE "server m2 = 192.0.2.2:1 chek\n", "t.conf:9: [backend mysql] server m2 chek: unknown "
					     "key, did you mean 'check'?"},
    {FE BE "server m2 = 192.0.2.2:1 inter=5x\n",
     "t.conf:9: [backend mysql] server m2 inter: '5x' is not a time"},
    {FE BE "server m2 = 192.0.2.2:1 rise=0\n", "t.conf:9: [backend mysql] server m2 rise: "},
    {FE BE "server m2 = 192.0.2.2:1 port=70000\n", "t.conf:9: [backend mysql] server m2 port: "},
    {FE BE "server m2 = 192.0.2.2:1 addr=x\n",
     "t.conf:9: [backend mysql] server m2 addr: 'x' is not an IP address"},
    {FE BE "server m2 = 192.0.2.2:1 weight=257\n", "t.conf:9: [backend mysql] server m2 weight: "},
    {FE BE "server = 192.0.2.2:1\n", "t.conf:9: [backend mysql] server: a name is missing"},
    {FE BE "  192.0.2.2:1\n", "t.conf:9: [backend mysql] server m1: takes one line"},
    {FE BE "timeout_queue = 5x\n", "t.conf:9: [backend mysql] timeout_queue: '5x' is not a time"},
    {FE BE "timeout_client = 5s\n",
     "t.conf:9: [backend mysql] timeout_client: concerns clients, it belongs in [frontend NAME]"},
    {FE "retries = 3\n" BE, "t.conf:5: [frontend main] retries: concerns servers, it belongs in"},
    {FE "timeout_http_request = 3\n" BE,
     "t.conf:5: [frontend main] timeout_http_request: concerns the status page"},
    {FE BE "balance = source\n",
     "t.conf:9: [backend mysql] balance: 'source' is unknown, expected one of: roundrobin"},
    {FE BE "mode = http\n", "t.conf:9: [backend mysql] mode: 'http' is unknown"},
    {FE BE "log = maybe\n", "t.conf:9: [backend mysql] log: 'maybe' is unknown, expected global"},
    {FE BE "option_tcpka = maybe\n", "t.conf:9: [backend mysql] option_tcpka: "},
    {FE BE "srvtcpka_idle = 1500ms\n",
     "t.conf:9: [backend mysql] srvtcpka_idle: '1500ms': expected whole seconds"},
    {FE BE "srvtcpka_idle = x\n", "t.conf:9: [backend mysql] srvtcpka_idle: 'x' is not a time"},
    {FE BE "[backend mysql]\nserver x = 192.0.2.1:1\n",
     "t.conf:9: [backend mysql]: the section stands twice, first on line 5"},
    {FE FE BE, "t.conf:5: [frontend main]: the section stands twice, first on line 1"},
    {FE BE "[global x]\n", "t.conf:9: [global x]: the section takes no name"},
    {FE BE "[frontend]\nbind = :1\ndefault_backend = mysql\n",
     "t.conf:9: [frontend]: the name is missing, expected [frontend NAME]"},
    {FE BE "[backend a b]\nserver x = 192.0.2.1:1\n", "t.conf:9: [backend a b]: backend 'a b'"},
    {FE BE "[backend "
	   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n"
	   "server x = 192.0.2.1:1\n",
     "t.conf:9: [backend "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]"
     ": backend name has 77 characters, at most 63"},
    {FE BE "[backend empty]\ntimeout_connect = 1s\n",
     "t.conf:9: [backend empty] server: is missing"},
    {FE BE "[frontend g]\nbind = :1\n", "t.conf:9: [frontend g] default_backend: is missing"},
    {FE BE "[frontend g]\ndefault_backend = mysql\n", "t.conf:9: [frontend g] bind: is missing"},
    {FE BE "[frontend g]\nbind = :1\ndefault_backend = mysqk\n",
     "t.conf:11: [frontend g] default_backend: there is no [backend mysqk], did you mean "
     "'mysql'?"},
    {FE BE "[frontend g]\nbind = :1\ndefault_backend = other\n",
     "t.conf:11: [frontend g] default_backend: there is no [backend other]"},
    {FE BE "[frontend g]\nbind = :3306\ndefault_backend = mysql\n",
     "t.conf:10: [frontend g] bind: 0.0.0.0:3306 is bound already on line 2 ([frontend main])"},
    {FE BE "[frontend g]\nbind = 10.0.0.1:3300-3310\ndefault_backend = mysql\n",
     "t.conf:10: [frontend g] bind: 10.0.0.1:3306 cannot be bound beside 0.0.0.0:3306 on line 2"},
    {FE BE "[stats]\nbind = :3306\nauth = a:b\n",
     "t.conf:10: [stats] bind: 0.0.0.0:3306 is bound already on line 2 ([frontend main])"},
    {FE BE "[frontend g]\nbind = :70000\ndefault_backend = mysql\n",
     "t.conf:10: [frontend g] bind: ':70000': port '70000'"},
    {FE BE "[frontend g]\nbind = :9 mode=660\ndefault_backend = mysql\n",
     "t.conf:10: [frontend g] bind: mode, user and group are for UNIX sockets"},
    {FE BE "[frontend g]\nbind = mode=660\ndefault_backend = mysql\n",
     "t.conf:10: [frontend g] bind: expected ADDRESS:PORT"},
    {FE BE "[frontend g]\nbind = /x mode=999\ndefault_backend = mysql\n",
     "t.conf:10: [frontend g] bind mode: '999' is not a file mode"},
    {FE BE "[frontend g]\nbind = /x mode=7777\ndefault_backend = mysql\n",
     "t.conf:10: [frontend g] bind mode: '7777' is out of range"},
    {FE BE "[frontend g]\nbind = :10000-20000\ndefault_backend = mysql\n",
     "t.conf:10: [frontend g] bind: more than 4096 listening sockets"},
    {FE BE "[frontend g]\nbind = :9\nmaxconn = 0\ndefault_backend = mysql\n",
     "t.conf:11: [frontend g] maxconn: "},
    {FE BE "[global]\nmaxconn = 2000000\n", "t.conf:10: [global] maxconn: "},
    {FE BE "[global]\nulimit_n = 100\n", "t.conf: [global] ulimit_n: 100 is too small"},
    {FE BE "[global]\nforwarding = pipe\n",
     "t.conf:10: [global] forwarding: 'pipe' is unknown, expected one of: auto, copy, splice"},
    {FE BE "[global]\ntune_rcvbuf_client = 2047\n", "t.conf:10: [global] tune_rcvbuf_client: "},
    {FE BE "[global]\ntune_sndbuf_server = 2g\n", "t.conf:10: [global] tune_sndbuf_server: "},
    {FE BE "[global]\ntune_notsent_lowat_client = 0\n",
     "t.conf:10: [global] tune_notsent_lowat_client: "},
    {FE BE "source = host\n", "t.conf:9: [backend mysql] source: 'host' is not an address of"},
    {FE BE "source = /run/x\n", "t.conf:9: [backend mysql] source: '/run/x' is not an address"},
    {FE BE "server m2 = 192.0.2.2:1 source=10.0.0.1:70000\n",
     "t.conf:9: [backend mysql] server m2 source: '10.0.0.1:70000' is not an address"},
    {FE BE "source = 2001:db8::1\n",
     "t.conf:8: [backend mysql] server m1: its address and the source 2001:db8::1 are not of one"},
    {FE BE "server m2 = 192.0.2.2:1 source=10.0.0.1:99 maxconn=1\n[global]\nuser = x\n",
     "t.conf:9: [backend mysql] server m2: source port 99 is root's only"},
    {FE "source = 10.0.0.1\n" BE, "t.conf:5: [frontend main] source: concerns servers"},
    {FE BE "[global]\nthreads = 0\n", "t.conf:10: [global] threads: "},
    {FE BE "[global]\nbusy_poll = 2ms\n", "t.conf:10: [global] busy_poll: "},
    {FE BE "[global]\nchroot = var\n", "t.conf:10: [global] chroot: 'var' is not an absolute"},
    {FE BE "[global]\npidfile = x\n", "t.conf:10: [global] pidfile: 'x' is not an absolute"},
    {FE BE "[global]\nlog = 127.0.0.1 localx\n", "t.conf:10: [global] log: unknown facility"},
    {FE BE "[global]\nlog = 127.0.0.1 local0 loud\n", "t.conf:10: [global] log: unknown level"},
    {FE BE "[global]\nlog = nowhere\n", "t.conf:10: [global] log: "},
    {FE BE "[global]\nlog = a b c d\n", "t.conf:10: [global] log: expected ADDRESS"},
    {FE BE "[global]\nlog = stderr\n stderr\n stderr\n stderr\n stderr\n",
     "t.conf:14: [global] log: at most 4 log targets"},
    {FE BE "[global]\nstats_socket = x\n", "t.conf:10: [global] stats_socket: 'x' is not the"},
    {FE BE "[global]\nstats_socket = /a /b\n", "t.conf:10: [global] stats_socket: expected PATH"},
    {FE BE "[global]\nstats_socket = /a level=root\n",
     "t.conf:10: [global] stats_socket level: 'root' is unknown"},
    {FE BE "[global]\nstats_socket = /a\nstats_socket = /a\n",
     "t.conf:11: [global] stats_socket: /a is bound already on line 10"},
    {FE BE "[global]\nstats_socket = /a\n[stats]\nbind = /a\nauth = a:b\n",
     "t.conf:12: [stats] bind: /a is the stats_socket of line 10"},
    {FE BE "[stats]\nbind = :1\nauth = a:b\nuri = x\n", "t.conf:12: [stats] uri: 'x' is not a"},
    {FE BE "[stats]\nbind = :1\nauth = :b\n", "t.conf:11: [stats] auth: expected USER:PASSWORD"},
    {FE BE "[stats]\nbind = :1\nauth = a:b\nrealm = a\"b\n", "t.conf:12: [stats] realm: quotes"},
    {FE BE "[stats]\nauth = a:b\n", "t.conf:9: [stats] bind: is missing"},
    {BE, "t.conf: no [frontend NAME] section: nothing to do"},
    {FE BE "[global]\nuser = ${NOPE}\n", "t.conf:10: "},
};

static void
each_mistake_is_named_with_its_line(void **s)
{
	(void)s;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct conf *c = load(mistakes[i].text);
		bool found = false;

		for (size_t k = 0; k < el.n_lines; k++)
			found = found || strncmp(el.lines[k], mistakes[i].expected,
						 strlen(mistakes[i].expected)) == 0;
		if (c != NULL || !found || el.n_errors != 1) {
			fprintf(stderr, "%s\n=> expected: %s\n", mistakes[i].text,
				mistakes[i].expected);
			for (size_t k = 0; k < el.n_lines; k++)
				fprintf(stderr, "=> got: %s\n", el.lines[k]);
		}
		assert_null(c);
		assert_true(found);
		assert_int_equal(el.n_errors, 1);
	}
}

static void
all_mistakes_come_in_one_run(void **s)
{
	(void)s;
	assert_null(load("[global]\nmaxcon = 1\nthreads = x\n"
			 "[frontend a]\nbind = :70000\n"
			 "[backend b]\nserver x = 1\nserver x = 192.0.2.1:1 wait=5x\n"));
	assert_int_equal(el.n_errors, 7);
}

static void
an_oversized_file_and_too_many_servers_are_refused(void **s)
{
	size_t len = CONF_TEXT_MAX + 1, n = 0;
	char *big = calloc(1, len + 1);

	(void)s;
	assert_non_null(big);
	memset(big, '\n', len);
	assert_null(load(big));
	assert_int_equal(el.n_errors, 1);
	n = (size_t)sprintf(big, "%s%s", FE, BE);
	for (int i = 0; i < 1024; i++)
		n += (size_t)sprintf(big + n, "server s%d = 192.0.2.1:1\n", i);
	assert_null(load(big));
	assert_int_equal(el.n_errors, 1);
	assert_non_null(strstr(el.lines[0], "more than 1024 servers"));
	free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_mistake_is_named_with_its_line),
	    cmocka_unit_test(all_mistakes_come_in_one_run),
	    cmocka_unit_test(an_oversized_file_and_too_many_servers_are_refused),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	errlist_free(&el);
	return rc;
}
