/*
 * server_state.c - every change of a server's state: checks, orders of an operator, weights.
 *
 * Control thread only.  Each change assigns first, then derives what workers see (server_refresh),
 * then words the log lines (server_report.c), so that counts in the lines are the new ones.
 */
#include "proxyd/server.h"

#include <stdio.h>
#include <syslog.h>

#include "proxyd/server_report.h"
#include "proxyd/snapshot.h"

#define ADMIN_ANY_MAINT (ADMIN_MAINT | ADMIN_CONF)

bool
server_is_up(const struct server *s)
{
	return (s->admin & ADMIN_ANY_MAINT) == 0 && health_is_up(&s->health);
}

bool
server_refresh(struct server *s)
{
	bool was = server_is_usable(s);
	bool usable = server_is_up(s) && (s->admin & ADMIN_DRAIN) == 0 && !s->dropped;

	atomic_store_explicit(&s->eff_weight, usable ? s->weight : 0, memory_order_relaxed);
	return was != server_is_usable(s);
}

void
backend_count(const struct backend_view *bv, unsigned *n_act, unsigned *n_bck)
{
	*n_act = *n_bck = 0;
	for (size_t i = 0; i < bv->n_servers; i++)
		if (server_is_usable(bv->servers[i].server))
			++*(bv->servers[i].conf->backup ? n_bck : n_act);
}

void
backend_refresh(const struct backend_view *bv, usec_t now, struct report *out)
{
	struct backend *b = bv->backend;
	unsigned act, bck;
	bool up;

	backend_count(bv, &act, &bck);
	up = act + bck > 0;
	if (up == b->up)
		return;
	if (up)
		b->downtime += now - b->at_changed;
	else
		b->n_chkdown++;
	b->up = up;
	b->at_changed = now;
	if (!up)
		report_add(out, LOG_EMERG, "backend %s has no server available!", bv->conf->name);
}

/* Book-keeping after a change; `was_up` is the state before it. */
static void
settle(struct server *s, bool was_up, unsigned old_admin, usec_t now, struct report *out)
{
	bool up = server_is_up(s);

	if (was_up && !up) {
		s->n_chkdown++;
		s->at_changed = now;
		out->went_down = true;
	} else if (!was_up && up) {
		s->downtime += now - s->at_changed;
		s->at_changed = now;
	} else if (up && s->admin != old_admin) {
		s->at_changed = now;
	}
	if (server_refresh(s) && server_is_usable(s))
		out->kick_queue = true;
}

void
server_check_result(const struct backend_view *bv, const struct server_view *sv,
		    const struct check_result *r, usec_t now, struct report *out)
{
	struct server *s = sv->server;
	bool was_up = server_is_up(s), health_was_up = health_is_up(&s->health);
	enum check_status before = s->health.last.status;
	enum health_change change;

	*out = (struct report){0};
	if (!server_is_checked(sv)) { /* put into maintenance while the check was under way */
		s->health.running = false;
		return;
	}
	change = health_result(&s->health, r);
	if (health_was_up && !check_status_passed(r->status))
		s->n_chkfail++;
	settle(s, was_up, s->admin, now, out);
	if (bv->conf->px.option_log_health_checks && (change != HEALTH_SAME || before != r->status))
		report_check(out, bv, sv);
	if (change == HEALTH_WENT_DOWN)
		report_went_down(out, bv, sv, CAUSE_CHECK);
	else if (change == HEALTH_WENT_UP)
		report_went_up(out, bv, sv, CAUSE_CHECK);
	backend_refresh(bv, now, out);
}

void
server_set_state(const struct backend_view *bv, const struct server_view *sv,
		 enum server_order order, usec_t now, struct report *out)
{
	struct server *s = sv->server;
	unsigned old = s->admin;
	bool was_up = server_is_up(s);

	*out = (struct report){0};
	switch (order) {
	case SERVER_READY:
		s->admin = 0;
		break;
	case SERVER_DRAIN:
		s->admin = ADMIN_DRAIN;
		break;
	case SERVER_MAINT:
		s->admin = (s->admin & ADMIN_CONF) | ADMIN_MAINT;
		break;
	}
	if (s->admin & ADMIN_ANY_MAINT) {
		health_force(&s->health, false);
		s->health.running = false;
	} else if (old & ADMIN_ANY_MAINT) {
		health_force(&s->health, true); /* trusted at once; the next check may disagree */
	}
	settle(s, was_up, old, now, out);
	report_admin(out, bv, sv, old, was_up);
	backend_refresh(bv, now, out);
}

void
server_set_weight(const struct backend_view *bv, const struct server_view *sv, int weight,
		  usec_t now, struct report *out)
{
	struct server *s = sv->server;

	*out = (struct report){0};
	s->weight = weight;
	s->weight_set = true;
	settle(s, server_is_up(s), s->admin, now, out);
	backend_refresh(bv, now, out);
}

void
server_set_maxconn(const struct server_view *sv, unsigned maxconn, struct report *out)
{
	*out = (struct report){.kick_queue = server_is_usable(sv->server)};
	atomic_store_explicit(&sv->server->maxconn, maxconn, memory_order_relaxed);
	sv->server->maxconn_set = true;
}

void
server_set_health(const struct backend_view *bv, const struct server_view *sv, bool up, usec_t now,
		  struct report *out)
{
	struct server *s = sv->server;
	bool was_up = server_is_up(s);

	*out = (struct report){0};
	if (s->admin & ADMIN_ANY_MAINT)
		return; /* HAProxy: health of a server in maintenance does not matter */
	health_force(&s->health, up);
	settle(s, was_up, s->admin, now, out);
	if (was_up && !up)
		report_went_down(out, bv, sv, CAUSE_CLI);
	else if (!was_up && up)
		report_went_up(out, bv, sv, CAUSE_CLI);
	backend_refresh(bv, now, out);
}

void
server_set_checks(const struct server_view *sv, bool on)
{
	sv->server->health.enabled = on && sv->conf->check;
	if (!on)
		sv->server->health.running = false;
}

bool
server_is_checked(const struct server_view *sv)
{
	const struct server *s = sv->server;

	return sv->conf->check && s->health.enabled && (s->admin & ADMIN_ANY_MAINT) == 0 &&
	       !s->dropped;
}

const char *
server_status(const struct server *s, char buf[SERVER_STATUS_LEN])
{
	const char *word;
	int done, of;

	if (s->admin & ADMIN_ANY_MAINT)
		word = "MAINT";
	else if (!health_is_up(&s->health))
		word = "DOWN";
	else if (s->admin & ADMIN_DRAIN)
		word = "DRAIN";
	else
		word = s->health.enabled ? "UP" : "no check";
	health_fraction(&s->health, &done, &of);
	if ((s->admin & ADMIN_ANY_MAINT) || !s->health.enabled || done == 0 ||
	    (done == of && health_is_up(&s->health)))
		snprintf(buf, SERVER_STATUS_LEN, "%s", word);
	else
		snprintf(buf, SERVER_STATUS_LEN, "%s %d/%d", word, done, of);
	return buf;
}
