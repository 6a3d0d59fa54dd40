/*
 * fuzz_proxyd_conf.c - any bytes as proxyd.conf; what loads is a whole generation.
 */
#include <string.h>

#include "proxyd/snapshot.h"
#include "proxyd/stats.h"
#include "tests/fuzz/fuzz.h"

static const char *
environment(const char *name)
{
	return strcmp(name, "SET") == 0 ? "192.0.2.1:3306 check" : NULL;
}

static void
check_conf(const struct conf *c)
{
	for (size_t i = 0; i < c->n_frontends; i++) {
		const struct conf_frontend *f = &c->frontends[i];

		FUZZ_ASSERT(f->backend < c->n_backends && f->n_binds > 0 && f->px.maxconn > 0);
		for (size_t k = 0; k < f->n_binds; k++)
			FUZZ_ASSERT(f->binds[k].key != NULL && f->binds[k].addr.len > 0);
	}
	for (size_t i = 0; i < c->n_backends; i++) {
		FUZZ_ASSERT(c->backends[i].n_servers > 0 && c->backends[i].id > 1);
		FUZZ_ASSERT(c->backends[i].px.timeout_queue >= 0);
	}
	FUZZ_ASSERT(c->stats.timeout_http_request > 0 && c->stats.timeout_http_keep_alive > 0);
}

/* Bind it to records, twice, and write down what is there. */
static void
live(struct conf *c, struct conf *again)
{
	struct snapshot *s = snapshot_build(c, NULL, 0, 1), *next;
	struct stats_table t;
	struct strbuf b;

	FUZZ_ASSERT(s != NULL);
	snapshot_commit(s, NULL, 0);
	next = snapshot_build(again, s, 1, 1);
	FUZZ_ASSERT(next != NULL);
	snapshot_commit(next, s, 1);
	snapshot_unref(&s);
	FUZZ_ASSERT(stats_gather(next, 2, &t) == 0);
	strbuf_init(&b);
	stats_render(&b, &t, &STATS_FILTER_ALL, STATS_CSV);
	FUZZ_ASSERT(!b.failed);
	strbuf_free(&b);
	stats_table_free(&t);
	snapshot_unref(&next);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct errlist el;
	struct conf *c, *again;

	errlist_init(&el);
	c = conf_load("f", (const char *)data, size, environment, &el);
	FUZZ_ASSERT((c == NULL) == (el.n_errors > 0));
	if (c != NULL) {
		check_conf(c);
		again = conf_load("f", (const char *)data, size, environment, &el);
		FUZZ_ASSERT(again != NULL);
		live(c, again);
	}
	errlist_free(&el);
	return 0;
}
