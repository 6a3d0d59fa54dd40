/*
 * test_proxyd_conf.c - every key of proxyd.conf lands where it belongs.
 */
#include <syslog.h>

#include "proxyd/flowstate.h"
#include "proxyd_load.h"

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
	    "forwarding = splice\ntune_rcvbuf_client = 64k\ntune_sndbuf_client = 1m\n"
	    "tune_notsent_lowat_client = 16k\ntune_rcvbuf_server = 2048\n"
	    "tune_sndbuf_server = 4096\ntune_notsent_lowat_server = 1\n"
	    "busy_poll = 50us\n"
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
	assert_int_equal(c->global.busy_poll, 50);
	assert_int_equal(c->global.ulimit_n, 100000);
	assert_int_equal(c->global.forwarding, FLOW_POLICY_SPLICE);
	assert_int_equal(c->global.tune_client.rcvbuf, 65536);
	assert_int_equal(c->global.tune_client.sndbuf, 1 << 20);
	assert_int_equal(c->global.tune_client.notsent_lowat, 16384);
	assert_int_equal(c->global.tune_server.rcvbuf, 2048);
	assert_int_equal(c->global.tune_server.sndbuf, 4096);
	assert_int_equal(c->global.tune_server.notsent_lowat, 1);
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
nothing_is_tuned_unless_asked_for(void **s)
{
	static const struct conf_tune none;
	struct conf *c = load_good(FE BE);

	(void)s;
	assert_int_equal(c->global.forwarding, FLOW_POLICY_AUTO);
	assert_memory_equal(&c->global.tune_client, &none, sizeof(none));
	assert_memory_equal(&c->global.tune_server, &none, sizeof(none));
	assert_int_equal(c->backends[0].servers[0].source.len, 0);
	conf_free(&c);
}

static void
assert_source(const struct conf_server *s, const char *expected)
{
	char text[ADDR_STRLEN];

	assert_string_equal(s->source.len > 0 ? addr_format(&s->source, text) : "", expected);
}

static void
source_goes_from_defaults_to_backend_to_server(void **s)
{
	struct conf *c =
	    load_good("[defaults]\nsource = 10.0.0.1\n" FE BE
		      "server m2 = 192.0.2.2:1 source=10.0.0.2:7000 maxconn=1\n"
		      "server m3 = 192.0.2.3:1 source=*\n"
		      "server m4 = [2001:db8::1]:1 source=0.0.0.0\n"
		      "server m5 = [2001:db8::1]:1 source=2001:db8::2\n"
		      "server m6 = [2001:db8::1]:1 source=[2001:db8::2]:8000 maxconn=1\n"
		      "[backend other]\nsource = 10.0.0.9:9000\n"
		      "server o1 = 192.0.2.9:1 maxconn=1\n");
	const struct conf_server *m = c->backends[0].servers;

	(void)s;
	assert_source(&m[0], "10.0.0.1:0");
	assert_source(&m[1], "10.0.0.2:7000");
	assert_source(&m[2], "");
	assert_source(&m[3], "");
	assert_source(&m[4], "[2001:db8::2]:0");
	assert_source(&m[5], "[2001:db8::2]:8000");
	assert_source(&c->backends[1].servers[0], "10.0.0.9:9000");
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
	assert_true(conf_fds_needed(c, 4) > 2 * (size_t)c->global.maxconn);
	conf_free(&c);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sample_file_says_what_the_howto_says),
	    cmocka_unit_test(every_global_key_lands_in_its_field),
	    cmocka_unit_test(nothing_is_tuned_unless_asked_for),
	    cmocka_unit_test(source_goes_from_defaults_to_backend_to_server),
	    cmocka_unit_test(defaults_reach_sections_above_them_and_are_overridden),
	    cmocka_unit_test(binds_are_lists_ranges_families_and_paths),
	    cmocka_unit_test(every_server_word_counts),
	    cmocka_unit_test(missing_timeouts_and_an_open_page_are_only_warnings),
	    cmocka_unit_test(wildcards_of_two_families_live_side_by_side),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	errlist_free(&el);
	return rc;
}
