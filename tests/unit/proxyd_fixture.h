/*
 * proxyd_fixture.h - a generation from a configuration text, for the tests of proxyd's core.
 */
#ifndef TESTS_UNIT_PROXYD_FIXTURE_H
#define TESTS_UNIT_PROXYD_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "proxyd/snapshot.h"
#include "unit.h"

#define MS  USEC_PER_MS
#define SEC USEC_PER_SEC

#define FRONTEND                                                                                   \
	"[frontend main]\nbind = :3306\ndefault_backend = b\ntimeout_client = 1s\nmaxconn = 100\n"
#define BACKEND "[backend b]\ntimeout_connect = 1s\ntimeout_server = 1s\n"

static inline struct conf *
fixture_conf(const char *text)
{
	struct errlist el;
	struct conf *c;

	errlist_init(&el);
	c = conf_load("t.conf", text, strlen(text), NULL, &el);
	for (size_t i = 0; c == NULL && i < el.n_lines; i++)
		fprintf(stderr, "%s\n", el.lines[i]);
	errlist_free(&el);
	assert_non_null(c);
	return c;
}

static inline struct snapshot *
fixture_reload(const struct snapshot *old, const char *text, usec_t now)
{
	struct snapshot *s = snapshot_build(fixture_conf(text), old, now, 2);

	assert_non_null(s);
	snapshot_commit(s, old, now);
	return s;
}

static inline struct snapshot *
fixture_snapshot(const char *text)
{
	return fixture_reload(NULL, text, 0);
}

#endif
