/*
 * test_proxyd_conf.c - every key of proxyd.conf, and every mistake with its line and words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <cmocka.h>

#include "proxyd/conf.h"

#define FE "[frontend main]\nbind = :3306\ndefault_backend = mysql\ntimeout_client = 1s\n"
#define BE                                                                                         \
	"[backend mysql]\ntimeout_connect = 1s\ntimeout_server = 1s\nserver m1 = 192.0.2.1:3306\n"

static struct errlist el;

static const char *
env(const char *name)
{
	return strcmp(name, "DB") == 0 ? "192.0.2.9" : NULL;
}

static struct conf *
load(const char *text)
{
	errlist_free(&el);
	errlist_init(&el);
	return conf_load("t.conf", text, strlen(text), env, &el);
}

static struct conf *
load_good(const char *text)
{
	struct conf *c = load(text);

	for (size_t i = 0; c == NULL && i < el.n_lines; i++)
		fprintf(stderr, "%s\n", el.lines[i]);
	assert_non_null(c);
	return c;
}

static void
sample_file_says_what_the_howto_says(void **s)
{
	FILE *f = fopen(SAMPLE_CONF, "r");
	static char text[65536];
	const struct conf_server *m1;
	struct conf *c;

	(void)s;
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	c = load_good(text);
	assert_int_equal(el.n_lines, 0); /* not even a warning */
	assert_int_equal(c->global.maxconn, 4000);
	assert_string_equal(c->global.user, "proxyd");
	assert_string_equal(c->global.group, "proxyd");
	assert_string_equal(c->global.chroot, "/var/lib/proxyd");
	assert_int_equal(c->global.log.n_targets, 1);
	assert_int_equal(c->global.log.targets[0].facility, LOG_LOCAL2);
	assert_int_equal(addr_port(&c->global.log.targets[0].addr), 514);
	assert_string_equal(c->global.stats_sockets[0].path, "/run/proxyd/proxyd.sock");
	assert_int_equal(c->global.stats_sockets[0].mode, 0660);
	assert_int_equal(c->global.stats_sockets[0].level, CONF_LEVEL_ADMIN);
	assert_string_equal(c->stats.uri, "/haproxyadmin?stats");
	assert_string_equal(c->stats.auth[0].user, "admin");
	assert_string_equal(c->stats.auth[0].password, "admin");
	assert_true(c->stats.hide_version);
	assert_string_equal(c->stats.binds[0].key, "0.0.0.0:8888");
	assert_int_equal(c->frontends[0].px.maxconn, 600);
	assert_true(c->frontends[0].px.option_dontlognull);
	assert_string_equal(c->frontends[0].binds[0].key, "0.0.0.0:3306");
	assert_int_equal(c->backends[0].px.balance, BALANCE_LEASTCONN);
	assert_int_equal(c->backends[0].fullconn, 60);
	assert_int_equal(c->backends[0].px.timeout_queue, 60 * USEC_PER_SEC);
	assert_true(c->backends[0].px.option_redispatch);
	m1 = &c->backends[0].servers[0];
	assert_string_equal(m1->name, "mysql1");
	assert_true(m1->check && m1->has_check_port && !m1->has_check_addr);
	assert_int_equal(m1->maxconn, 300);
	assert_int_equal(m1->rise, 2);
	assert_int_equal(m1->fall, 3);
	assert_int_equal(m1->inter, 2 * USEC_PER_SEC);
	assert_int_equal(m1->downinter, 2 * USEC_PER_SEC);
	conf_free(&c);
	assert_null(c);
}

static void
every_global_key_lands_in_its_field(void **s)
{
	struct conf *c = load_good(
	    "[global]\n"
	    "log = /dev/log\n"
	    "    127.0.0.1:5514 local1 notice\n"
	    "    stderr\n"
	    "pidfile = /run/p.pid\ndaemon = yes\nthreads = 3\nulimit_n = 100000\n"
	    "health_stall = 500ms\nhard_stop_after = 30s\nnode = px13\ndescription = our proxy\n"
	    "stats_socket = /run/a.sock level=user mode=600 user=u group=g\n"
	    "stats_socket = /run/b.sock\n" FE BE);

	(void)s;
	assert_int_equal(c->global.log.n_targets, 3);
	assert_int_equal(c->global.log.targets[0].facility, LOG_DAEMON);
	assert_int_equal(c->global.log.targets[0].max_level, LOG_DEBUG);
	assert_int_equal(addr_family(&c->global.log.targets[0].addr), AF_UNIX);
	assert_int_equal(addr_port(&c->global.log.targets[1].addr), 5514);
	assert_int_equal(c->global.log.targets[1].max_level, LOG_NOTICE);
	assert_int_equal(c->global.log.targets[2].addr.len, 0);
	assert_string_equal(c->global.pidfile, "/run/p.pid");
	assert_true(c->global.daemon);
	assert_int_equal(c->global.threads, 3);
	assert_int_equal(c->global.ulimit_n, 100000);
	assert_int_equal(c->global.health_stall, 500 * USEC_PER_MS);
	assert_int_equal(c->global.hard_stop_after, 30 * USEC_PER_SEC);
	assert_string_equal(c->global.node, "px13");
	assert_string_equal(c->global.description, "our proxy");
	assert_int_equal(c->global.n_stats_sockets, 2);
	assert_int_equal(c->global.stats_sockets[0].level, CONF_LEVEL_USER);
	assert_string_equal(c->global.stats_sockets[0].user, "u");
	assert_int_equal(c->global.stats_sockets[1].level, CONF_LEVEL_OPERATOR);
	assert_int_equal(c->global.stats_sockets[1].mode, 0600);
	assert_int_equal(c->global.maxconn, CONF_DEFAULT_MAXCONN);
	assert_int_equal(c->frontends[0].px.maxconn, CONF_DEFAULT_MAXCONN);
	conf_free(&c);
}

static void
defaults_reach_sections_above_them_and_are_overridden(void **s)
{
	struct conf *c = load_good(
	    "[frontend f]\nbind = :1\ndefault_backend = b\nmaxconn = 7\n"
	    "option_dontlog_normal = no\nlog = no\noption_clitcpka = no\nbacklog = 9\n"
	    "[backend b]\nserver s = 192.0.2.1:1\ntimeout_connect = 2s\noption_srvtcpka = no\n"
	    "option_allbackups = yes\nbalance = leastconn\nretries = 0\n"
	    "[backend d]\nserver s = 192.0.2.1:1\noption_tcpka = no\n"
	    "[defaults]\nmode = tcp\nlog = global\nmaxconn = 5\noption_dontlog_normal = on\n"
	    "option_tcplog = no\noption_tcpka = yes\nclitcpka_idle = 60\nclitcpka_intvl = 10s\n"
	    "clitcpka_cnt = 3\nsrvtcpka_idle = 1m\nsrvtcpka_intvl = 5\nsrvtcpka_cnt = 4\n"
	    "timeout_client = 5\ntimeout_client_fin = 6s\ntimeout_server = 7s\n"
	    "timeout_server_fin = 8s\ntimeout_tunnel = 1h\ntimeout_connect = 9s\n"
	    "timeout_check = 10s\nretries = 5\noption_log_health_checks = yes\n"
	    "timeout_http_request = 11s\n[stats]\nbind = :2\nauth = a:b:c\n");
	const struct conf_proxy *f = &c->frontends[0].px, *b = &c->backends[0].px;

	(void)s;
	assert_int_equal(f->maxconn, 7);
	assert_int_equal(f->backlog, 9);
	assert_false(f->log);
	assert_false(f->option_tcplog);
	assert_false(f->option_dontlog_normal);
	assert_false(f->clitcpka.on);
	assert_int_equal(f->clitcpka.idle, 60 * USEC_PER_SEC);
	assert_int_equal(f->clitcpka.intvl, 10 * USEC_PER_SEC);
	assert_int_equal(f->clitcpka.cnt, 3);
	assert_int_equal(f->timeout_client, 5 * USEC_PER_MS); /* a bare number: milliseconds */
	assert_int_equal(f->timeout_client_fin, 6 * USEC_PER_SEC);
	assert_false(b->srvtcpka.on);
	assert_int_equal(b->srvtcpka.idle, 60 * USEC_PER_SEC);
	assert_int_equal(b->srvtcpka.cnt, 4);
	assert_true(b->log && b->option_allbackups && b->option_log_health_checks);
	assert_int_equal(b->retries, 0);
	assert_int_equal(b->timeout_connect, 2 * USEC_PER_SEC);
	assert_int_equal(b->timeout_queue, 2 * USEC_PER_SEC); /* silent: as timeout_connect */
	assert_int_equal(b->timeout_tunnel, 3600 * USEC_PER_SEC);
	assert_int_equal(b->timeout_server_fin, 8 * USEC_PER_SEC);
	assert_int_equal(c->backends[1].px.retries, 5);
	assert_false(c->backends[1].px.srvtcpka.on);
	assert_int_equal(c->stats.timeout_http_request, 11 * USEC_PER_SEC);
	assert_int_equal(c->stats.timeout_http_keep_alive, 11 * USEC_PER_SEC);
	assert_string_equal(c->stats.auth[0].password, "b:c");
	assert_int_equal(c->frontends[0].id, 2);
	assert_int_equal(c->backends[0].id, 3);
	assert_int_equal(c->backends[1].id, 4);
	conf_free(&c);
}

static void
binds_are_lists_ranges_families_and_paths(void **s)
{
	struct conf *c = load_good("[frontend f]\ndefault_backend = mysql\ntimeout_client = 1s\n"
				   "bind = 10.0.0.1:80-82, [2001:db8::1]:90\n"
				   "       [::]:80\n"
				   "bind = /run/f.sock mode=666 user=www group=www\n" BE);
	const struct conf_frontend *f = &c->frontends[0];

	(void)s;
	assert_int_equal(f->n_binds, 6);
	assert_string_equal(f->binds[0].key, "10.0.0.1:80");
	assert_string_equal(f->binds[2].key, "10.0.0.1:82");
	assert_string_equal(f->binds[3].key, "[2001:db8::1]:90");
	assert_string_equal(f->binds[4].key, "[::]:80");
	assert_int_equal(f->binds[4].line, 5);
	assert_string_equal(f->binds[5].key, "/run/f.sock");
	assert_int_equal(f->binds[5].mode, 0666);
	assert_string_equal(f->binds[5].user, "www");
	assert_int_equal(f->binds[0].mode, -1);
	conf_free(&c);
}

static void
every_server_word_counts(void **s)
{
	struct conf *c = load_good(
	    FE "[backend mysql]\ntimeout_connect = 1s\ntimeout_server = 1s\n"
	       "server a = ${DB}:3306 check port=9 addr=192.0.2.77 inter=1s fastinter=200ms "
	       "downinter=5s rise=1 fall=2 weight=0 maxconn=9 backup disabled\n"
	       "server b = [2001:db8::2]:3307\n"
	       "server c = 192.0.2.3:1 check addr=192.0.2.78\n");
	const struct conf_server *a = &c->backends[0].servers[0], *b = a + 1, *d = a + 2;
	char t[ADDR_STRLEN];

	(void)s;
	assert_string_equal(addr_format(&a->addr, t), "192.0.2.9:3306");
	assert_string_equal(addr_format(&a->check_addr, t), "192.0.2.77:9");
	assert_true(a->check && a->backup && a->disabled && a->has_check_addr);
	assert_int_equal(a->inter, USEC_PER_SEC);
	assert_int_equal(a->fastinter, 200 * USEC_PER_MS);
	assert_int_equal(a->downinter, 5 * USEC_PER_SEC);
	assert_int_equal(a->rise, 1);
	assert_int_equal(a->fall, 2);
	assert_int_equal(a->weight, 0);
	assert_int_equal(a->maxconn, 9);
	assert_int_equal(a->id, 1);
	assert_false(b->check || b->backup || b->disabled);
	assert_int_equal(b->weight, 1);
	assert_int_equal(b->id, 2);
	assert_string_equal(addr_format(&b->check_addr, t), "[2001:db8::2]:3307");
	assert_string_equal(addr_format(&d->check_addr, t), "192.0.2.78:1");
	assert_ptr_equal(conf_find_backend(c, "mysql"), &c->backends[0]);
	assert_null(conf_find_backend(c, "nope"));
	assert_true(conf_fds_needed(c, 4) > 2 * (size_t)c->global.maxconn);
	conf_free(&c);
}

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
    {FE BE "timeout_client = 5s\n", "t.conf:9: [backend mysql] timeout_client: unknown key"},
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
    {FE BE "[global]\nthreads = 0\n", "t.conf:10: [global] threads: "},
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
missing_timeouts_and_an_open_page_are_only_warnings(void **s)
{
	struct conf *c = load_good("[frontend f]\nbind = :1\ndefault_backend = b\n"
				   "[backend b]\nserver s = 192.0.2.1:1\n[stats]\nbind = :2\n");

	(void)s;
	assert_int_equal(el.n_errors, 0);
	assert_int_equal(el.n_lines, 4);
	conf_free(&c);
}

static void
wildcards_of_two_families_live_side_by_side(void **s)
{
	struct conf *c = load_good(FE BE "[stats]\nbind = [::]:3306\nauth = a:b\n");

	(void)s;
	assert_int_equal(el.n_lines, 0);
	conf_free(&c);
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
	    cmocka_unit_test(sample_file_says_what_the_howto_says),
	    cmocka_unit_test(every_global_key_lands_in_its_field),
	    cmocka_unit_test(defaults_reach_sections_above_them_and_are_overridden),
	    cmocka_unit_test(binds_are_lists_ranges_families_and_paths),
	    cmocka_unit_test(every_server_word_counts),
	    cmocka_unit_test(each_mistake_is_named_with_its_line),
	    cmocka_unit_test(all_mistakes_come_in_one_run),
	    cmocka_unit_test(missing_timeouts_and_an_open_page_are_only_warnings),
	    cmocka_unit_test(wildcards_of_two_families_live_side_by_side),
	    cmocka_unit_test(an_oversized_file_and_too_many_servers_are_refused),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	errlist_free(&el);
	return rc;
}
