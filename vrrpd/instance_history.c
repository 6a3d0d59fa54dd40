/*
 * instance_history.c - an instance's transitions into the log and its record, and how records are
 * told.
 */
#include <stdio.h>
#include <time.h>

#include "common/json.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/show.h"

/* The other router that a transition is about: whom it follows now, or followed before. */
static const char *
other_router(const struct instance *in, const struct addr *before, char text[ADDR_STRLEN])
{
	const struct addr *a = in->fsm.active.len > 0 ? &in->fsm.active : before;

	return a->len > 0 ? addr_format_ip(a, text) : "";
}

void
instance_note_change(struct instance *in, const struct vrrp_out *out, const struct addr *active)
{
	struct transition t = {.from = out->from, .to = out->to, .priority = in->fsm.priority};
	const char *cause = out->reason;
	char text[ADDR_STRLEN];
	struct timespec ts;

	if (out->to == VRRP_INIT && in->record->disabled)
		cause = "disabled by the operator";
	clock_gettime(CLOCK_REALTIME, &ts);
	t.wall = (int64_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
	snprintf(t.cause, sizeof(t.cause), "%s", cause);
	snprintf(t.peer, sizeof(t.peer), "%s", other_router(in, active, text));
	record_transition(in->record, &t);
	/* the last words are those that keepalived's users look for */
	log_notice("%s: %s -> %s (%s) priority=%d peer=%s, Entering %s STATE", in->conf->name,
		   vrrp_state_name(t.from), vrrp_state_name(t.to), cause, t.priority,
		   *t.peer ? t.peer : "-", vrrp_state_name(t.to));
}

/* One column: a sync group's record has a blank in its name. */
static const char *
column(const char *name, char text[128])
{
	snprintf(text, 128, "%s", name);
	for (char *c = text; *c; c++)
		if (*c == ' ')
			*c = ':';
	return text;
}

void
history_text(const struct record *r, struct strbuf *b)
{
	char when[SHOW_TIME_MAX], name[128];

	for (size_t i = 0; i < record_n_kept(r); i++) {
		const struct transition *t = record_kept(r, i);

		strbuf_addf(b, "%-23s  %-12s  %-6s  %-6s  %4d  %-15s  %s\n",
			    show_time(t->wall, false, when), column(r->name, name),
			    vrrp_state_name(t->from), vrrp_state_name(t->to), t->priority,
			    *t->peer ? t->peer : "-", t->cause);
	}
}

void
history_json(const struct record *r, struct strbuf *b)
{
	char when[SHOW_TIME_MAX];

	for (size_t i = 0; i < record_n_kept(r); i++) {
		const struct transition *t = record_kept(r, i);

		json_open(b, NULL, '{');
		json_str(b, "instance", r->name);
		json_str(b, "time", show_time(t->wall, true, when));
		json_seconds(b, "at", t->wall);
		json_str(b, "from", vrrp_state_name(t->from));
		json_str(b, "to", vrrp_state_name(t->to));
		json_str(b, "cause", t->cause);
		json_int(b, "priority", t->priority);
		json_str(b, "peer", t->peer);
		json_close(b, '}');
	}
}
