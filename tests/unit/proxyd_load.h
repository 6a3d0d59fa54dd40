/*
 * proxyd_load.h - loading a configuration text in a test, with its errors at hand.
 */
#ifndef TESTS_UNIT_PROXYD_LOAD_H
#define TESTS_UNIT_PROXYD_LOAD_H

#include "proxyd/conf.h"
#include "unit.h"

#define FE "[frontend main]\nbind = :3306\ndefault_backend = mysql\ntimeout_client = 1s\n"
#define BE                                                                                         \
	"[backend mysql]\ntimeout_connect = 1s\ntimeout_server = 1s\nserver m1 = 192.0.2.1:3306\n"

static struct errlist el;

static inline const char *
env(const char *name)
{
	return strcmp(name, "DB") == 0 ? "192.0.2.9" : NULL;
}

static inline struct conf *
load(const char *text)
{
	errlist_free(&el);
	errlist_init(&el);
	return conf_load("t.conf", text, strlen(text), env, &el);
}

static inline struct conf *
load_good(const char *text)
{
	struct conf *c = load(text);

	for (size_t i = 0; c == NULL && i < el.n_lines; i++)
		fprintf(stderr, "%s\n", el.lines[i]);
	assert_non_null(c);
	return c;
}

#endif
