/*
 * life_script.c - startup_script and shutdown_script: around the daemon's own life.
 */
#include "vrrpd/life_script.h"

#include <event2/event.h>
#include <string.h>

#include "common/log.h"
#include "vrrpd/notify_output.h"
#include "vrrpd/spawn.h"

struct waiting {
	const char *key;
	bool ended;
};

static void
on_end(const struct spawn_end *end, void *arg)
{
	struct waiting *w = arg;

	w->ended = true;
	if (end->timeout)
		log_warn("%s took too long and was ended: %s", w->key, end->text);
	else if (!end->well)
		log_warn("%s failed: %s", w->key, end->text);
	else
		log_info("%s done", w->key);
}

void
life_script_run(struct event_base *base, const char *key, const struct global_conf *g)
{
	const struct tell_conf *t = &g->tell;
	bool is_start = strcmp(key, "startup_script") == 0;
	struct spawn_order o = {
	    .command = is_start ? t->startup_script : t->shutdown_script,
	    .timeout = is_start ? t->startup_timeout : t->shutdown_timeout,
	};
	struct waiting w = {.key = key};
	struct notify_output *output;
	struct err e;

	if (!o.command)
		return;
	if (g->script_user && spawn_find_ids(g->script_user, &o.ids, &e) < 0) {
		log_err("%s: %s", key, e.text);
		return;
	}
	output = notify_output_new(base, key, &e);
	o.output_fd = output ? notify_output_fd(output) : -1;
	log_info("%s: %s", key, o.command);
	if (!spawn_start(base, &o, on_end, &w, &e))
		log_warn("%s: %s", key, e.text);
	else
		while (!w.ended && event_base_loop(base, EVLOOP_ONCE) >= 0)
			;
	if (output)
		notify_output_flush(output);
	notify_output_free(&output);
}
