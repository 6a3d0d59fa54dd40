/*
 * control_show.c - what the control socket shows; nothing here changes anything.
 */
#include <stdlib.h>
#include <string.h>

#include "common/daemon.h"
#include "common/version.h"
#include "proxyd/control_priv.h"
#include "proxyd/manager.h"
#include "proxyd/snapshot.h"
#include "proxyd/stats.h"
#include "proxyd/worker.h"

static enum stats_format
format_word(const struct ctl_words *w)
{
	for (int i = 2; i < w->n_words; i++) {
		if (strcmp(w->words[i], "json") == 0)
			return STATS_JSON;
		if (strcmp(w->words[i], "typed") == 0)
			return STATS_TYPED;
	}
	return STATS_CSV;
}

void
control_show_info(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	struct stats_process p;

	manager_process(m, &p);
	stats_render_info(reply, &p, format_word(w));
}

static bool
is_proxy(const struct snapshot *s, const char *name)
{
	return snapshot_frontend(s, name) != NULL || snapshot_backend(s, name) != NULL;
}

/* `{iid|proxy} type sid` when the third word is not an option; false: reply has the answer. */
static bool
stat_filter(const struct snapshot *s, const struct ctl_words *w, struct stats_filter *f,
	    struct strbuf *reply)
{
	*f = STATS_FILTER_ALL;
	for (int i = 2; i < w->n_words; i++) {
		f->only_up |= strcmp(w->words[i], "up") == 0;
		f->no_maint |= strcmp(w->words[i], "no-maint") == 0;
	}
	if (w->n_words >= 5) {
		char *end;
		long iid = strtol(w->words[2], &end, 10);

		if (*end == '\0') {
			f->iid = (int)iid;
		} else if (is_proxy(s, w->words[2])) {
			f->pxname = w->words[2];
		} else {
			strbuf_adds(reply, "No such proxy.");
			return false;
		}
		f->type_mask = atoi(w->words[3]);
		f->sid = atoi(w->words[4]);
	}
	return true;
}

void
control_show_stat(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	struct stats_table t;
	struct stats_filter f;

	if (!stat_filter(manager_snapshot(m), w, &f, reply))
		return;
	if (stats_gather(manager_snapshot(m), clock_now(), &t) < 0) {
		strbuf_adds(reply, "Out of memory.");
		return;
	}
	stats_render(reply, &t, &f, format_word(w));
	stats_table_free(&t);
}

void
control_show_servers_state(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	const struct snapshot *s = manager_snapshot(m);
	const char *backend = w->n_words > 3 ? w->words[3] : NULL;

	if (backend != NULL && snapshot_backend(s, backend) == NULL)
		strbuf_adds(reply, "Can't find backend.");
	else
		stats_render_servers_state(reply, s, backend, clock_now());
}

void
control_show_health(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	const char *backend = NULL;
	struct strbuf why;

	if (w->n_words > 2) {
		if (w->n_words != 4 || strcmp(w->words[2], "backend") != 0) {
			strbuf_adds(reply, "fail usage: show health [backend <backend>]");
			return;
		}
		backend = w->words[3];
	}
	strbuf_init(&why);
	if (manager_healthy(m, backend, &why))
		strbuf_adds(reply, "ok");
	else
		strbuf_addf(reply, "fail %s", strbuf_str(&why));
	strbuf_free(&why);
}

void
control_show_backend(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	const struct snapshot *s = manager_snapshot(m);

	(void)w;
	strbuf_adds(reply, "# name\n");
	for (size_t i = 0; i < s->n_backends; i++)
		strbuf_addf(reply, "%s\n", s->backends[i].conf->name);
}

void
control_show_sess(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	struct err e;

	(void)w;
	if (workers_list_sessions(manager_workers(m), reply, &e) < 0)
		strbuf_adds(reply, e.text);
}

void
control_show_version(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	(void)m;
	(void)w;
	strbuf_adds(reply, PROJECT_VERSION);
}
