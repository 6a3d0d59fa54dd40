/*
 * proxyd_traffic.h - a generation with servers in every state and known traffic, for the tests of
 * statistics.  Four servers: db1 is up, db2 has failed once, spare is unchecked, off disabled.
 */
#ifndef TESTS_UNIT_PROXYD_TRAFFIC_H
#define TESTS_UNIT_PROXYD_TRAFFIC_H

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

static inline struct server *
srv(size_t i)
{
	return snap->backends[0].servers[i].server;
}

static inline void
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

static inline int
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

static inline int
teardown(void **s)
{
	(void)s;
	stats_table_free(&table);
	strbuf_free(&b);
	snapshot_unref(&snap);
	return 0;
}

static inline size_t
count(const char *text, char ch)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == ch;
	return n;
}

#endif
