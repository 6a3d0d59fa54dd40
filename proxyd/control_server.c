/*
 * control_server.c - orders to one server: state, weight, health, its sessions.
 */
#include <string.h>

#include "common/daemon.h"
#include "common/names.h"
#include "proxyd/control_priv.h"
#include "proxyd/manager.h"
#include "proxyd/snapshot.h"

bool
control_find_server(struct manager *m, const struct ctl_words *w, int i, struct manager_server *out,
		    struct strbuf *reply)
{
	struct err e;

	if (manager_find_server(m, control_word(w, i), out, &e) == 0)
		return true;
	strbuf_adds(reply, e.text);
	return false;
}

static void
set_state(struct manager *m, const struct manager_server *s, const char *text, struct strbuf *reply)
{
	static const struct name orders[] = {
	    {"ready", SERVER_READY}, {"drain", SERVER_DRAIN}, {"maint", SERVER_MAINT}, {NULL, 0}};
	int order;

	if (names_find(orders, text, &order))
		manager_set_server_state(m, s, (enum server_order)order);
	else
		strbuf_adds(reply,
			    "'set server <srv> state' expects 'ready', 'drain' and 'maint'.");
}

static void
set_weight_text(struct manager *m, const struct manager_server *s, const char *text,
		struct strbuf *reply)
{
	struct err e;

	if (manager_set_server_weight(m, s, text, &e) < 0)
		strbuf_adds(reply, e.text);
}

static void
set_health(struct manager *m, const struct manager_server *s, const char *text,
	   struct strbuf *reply)
{
	bool up = strcmp(text, "up") == 0;
	struct report r;

	if (!up && strcmp(text, "down") != 0) {
		strbuf_adds(reply, "'set server <srv> health' expects 'up' or 'down'.");
		return;
	}
	server_set_health(s->backend, s->server, up, clock_now(), &r);
	manager_carry_out(m, s, &r);
}

void
control_set_server(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	struct manager_server s;

	if (!control_find_server(m, w, 2, &s, reply))
		return;
	if (strcmp(control_word(w, 3), "state") == 0)
		set_state(m, &s, control_word(w, 4), reply);
	else if (strcmp(control_word(w, 3), "weight") == 0)
		set_weight_text(m, &s, control_word(w, 4), reply);
	else if (strcmp(control_word(w, 3), "health") == 0)
		set_health(m, &s, control_word(w, 4), reply);
	else
		strbuf_adds(reply, "usage: set server <backend>/<server> health | state | weight");
}

void
control_set_weight(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	struct manager_server s;

	if (control_find_server(m, w, 2, &s, reply))
		set_weight_text(m, &s, control_word(w, 3), reply);
}

void
control_get_weight(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	struct manager_server s;

	if (control_find_server(m, w, 2, &s, reply))
		strbuf_addf(reply, "%d (initial %d)", s.server->server->weight,
			    s.server->conf->weight);
}

void
control_enable_server(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	struct manager_server s;

	if (control_find_server(m, w, 2, &s, reply))
		manager_set_server_state(m, &s, SERVER_READY);
}

void
control_disable_server(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	struct manager_server s;

	if (control_find_server(m, w, 2, &s, reply))
		manager_set_server_state(m, &s, SERVER_MAINT);
}

static void
switch_health(struct manager *m, const struct ctl_words *w, bool on, struct strbuf *reply)
{
	struct manager_server s;

	if (!control_find_server(m, w, 2, &s, reply))
		return;
	if (!s.server->conf->check)
		strbuf_addf(reply, "Health check was not configured on this server, cannot %s.",
			    on ? "enable" : "disable");
	else
		server_set_checks(s.server, on);
}

void
control_enable_health(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	switch_health(m, w, true, reply);
}

void
control_disable_health(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	switch_health(m, w, false, reply);
}

void
control_shutdown_sessions(struct manager *m, const struct ctl_words *w, struct strbuf *reply)
{
	struct manager_server s;
	struct err e;

	if (control_find_server(m, w, 3, &s, reply) && manager_shutdown_sessions(m, &s, &e) < 0)
		strbuf_adds(reply, e.text);
}
