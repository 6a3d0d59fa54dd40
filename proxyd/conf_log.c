/*
 * conf_log.c - "log = ADDR[:PORT]|/dev/log|stderr [facility [level]]" and its words.
 */
#include <string.h>

#include "proxyd/conf_priv.h"

#define SYSLOG_PORT 514

static bool
parse_where(struct key_ctx *kc, const struct ini_entry *en, const char *word, struct addr *a)
{
	struct err e;

	if (strcmp(word, "stderr") == 0) {
		a->len = 0;
		return true;
	}
	if (addr_parse(word, SYSLOG_PORT, a, &e) == 0)
		return true;
	key_error(kc, en, "%s; expected ADDRESS[:PORT], a path or stderr", e.text);
	return false;
}

void
parse_log_target(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct conf_global *g = obj;
	struct log_target t = {.facility = LOG_DAEMON, .max_level = LOG_DEBUG};
	const char *w[4];
	struct err e;
	int n = split_words(kc->arena, en->value, w, 4, &e);

	if (n < 1 || n > 3) {
		key_error(kc, en, "expected ADDRESS[:PORT]|/dev/log|stderr [facility [level]]");
		return;
	}
	if (!parse_where(kc, en, w[0], &t.addr))
		return;
	if (n > 1 && (t.facility = log_facility(w[1])) < 0) {
		key_error(kc, en, "unknown facility '%s', expected daemon, local0 to local7, ...",
			  w[1]);
		return;
	}
	if (n > 2 && (t.max_level = log_level(w[2])) < 0) {
		key_error(kc, en,
			  "unknown level '%s', expected emerg, alert, crit, err, warning, notice, "
			  "info or debug",
			  w[2]);
		return;
	}
	if (g->log.n_targets == LOG_TARGETS_MAX) {
		key_error(kc, en, "at most %d log targets", LOG_TARGETS_MAX);
		return;
	}
	g->log.targets[g->log.n_targets++] = t;
}
