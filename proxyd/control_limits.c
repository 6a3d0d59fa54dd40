/*
 * control_limits.c - limits, pausing frontends, clearing counters.
 */
#include <stdatomic.h>

#include "common/keytab.h"
#include "common/log.h"
#include "proxyd/control_priv.h"
#include "proxyd/manager.h"
#include "proxyd/snapshot.h"
#include "proxyd/stats.h"
#include "proxyd/worker.h"

static const struct frontend_view *
find_frontend(struct manager *m, const struct ctl_words *w, int i, struct strbuf *reply)
{
	const struct frontend_view *fv = snapshot_frontend(manager_snapshot(m), control_word(w, i));

	if (fv == NULL)
		strbuf_adds(reply, "No such frontend.");
	return fv;
}

static bool
number(const char *text, struct strbuf *reply, unsigned *out)
{
	struct err e;
	int64_t n;

	if (parse_int(text, 0, CONF_MAXCONN_MAX, &n, &e) < 0) {
		strbuf_adds(reply, *text ? "Integer value expected." : "Require <maxconn>.");
		return false;
	}
	*out = (unsigned)n;
	return true;
}

void
control_set_maxconn_server(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	struct manager_server s;
	struct report r;
	unsigned n;

	if (!control_find_server(m, w, 3, &s, reply) || !number(control_word(w, 4), reply, &n))
		return;
	server_set_maxconn(s.server, n, &r);
	manager_carry_out(m, &s, &r);
}

void
control_set_maxconn_frontend(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	const struct frontend_view *fv = find_frontend(m, w, 3, reply);
	unsigned n;

	if (fv == NULL || !number(control_word(w, 4), reply, &n))
		return;
	if (n == 0) {
		strbuf_adds(reply, "Value out of range.");
		return;
	}
	atomic_store_explicit(&fv->frontend->maxconn, n, memory_order_relaxed);
	workers_relisten(manager_workers(m));
}

void
control_set_maxconn_global(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	unsigned n, limit = (unsigned)manager_snapshot(m)->conf->global.maxconn;

	if (!number(control_word(w, 3), reply, &n))
		return;
	if (n > limit) { /* descriptors were reserved for the configured number */
		strbuf_adds(reply, "Value out of range.");
		return;
	}
	workers_set_maxconn(manager_workers(m), n ? n : limit);
	workers_relisten(manager_workers(m));
}

static void
switch_frontend(struct manager *m, const struct ctl_words *w, enum frontend_state to,
		const char *already, struct strbuf *reply)
{
	const struct frontend_view *fv = find_frontend(m, w, 2, reply);

	if (fv == NULL)
		return;
	if (atomic_exchange_explicit(&fv->frontend->state, to, memory_order_relaxed) == (int)to) {
		strbuf_adds(reply, already);
		return;
	}
	workers_relisten(manager_workers(m));
	log_warn("%s frontend %s.", to == FRONTEND_OPEN ? "Resumed" : "Paused", fv->conf->name);
}

void
control_enable_frontend(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	switch_frontend(m, w, FRONTEND_OPEN, "All sockets are already enabled.", reply);
}

void
control_disable_frontend(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	switch_frontend(m, w, FRONTEND_PAUSED, "All sockets are already disabled.", reply);
}

void
control_clear_all(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	(void)w;
	(void)reply;
	stats_clear(manager_snapshot(m), true);
}

void
control_clear_maxima(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	(void)w;
	(void)reply;
	stats_clear(manager_snapshot(m), false);
}
