/*
 * registry_show.c - what all instances and trackers have to tell, and what the registry adds.
 */
#include <string.h>

#include "common/json.h"
#include "vrrpd/group.h"
#include "vrrpd/herald.h"
#include "vrrpd/lag.h"
#include "vrrpd/registry_priv.h"
#include "vrrpd/show.h"
#include "vrrpd/statics.h"
#include "vrrpd/track.h"

void
registry_text(const struct registry *r, struct strbuf *b)
{
	const struct tracker *t;
	const struct member *m;
	const struct group *g;
	struct show s;

	show_open(&s, r->world.nl);
	TAILQ_FOREACH (m, &r->members, link)
		instance_text(m->in, &s, b);
	TAILQ_FOREACH (g, &r->groups, link)
		group_text(g, &s, b);
	TAILQ_FOREACH (t, &r->trackers, link)
		track_text(t->track, b);
	statics_text(r->statics, b);
	herald_text(r->world.herald, b);
	lag_text(r->world.lag, b);
	show_close(&s);
}

void
registry_json(const struct registry *r, struct strbuf *b)
{
	const struct tracker *t;
	const struct member *m;
	const struct group *g;
	const char *comma = "";
	struct show s;

	show_open(&s, r->world.nl);
	json_open(b, "instances", '[');
	TAILQ_FOREACH (m, &r->members, link)
		instance_json(m->in, &s, b);
	json_close(b, ']');
	json_open(b, "sync_groups", '[');
	TAILQ_FOREACH (g, &r->groups, link)
		group_json(g, &s, b);
	json_close(b, ']');
	json_open(b, "tracks", '[');
	TAILQ_FOREACH (t, &r->trackers, link) {
		strbuf_adds(b, comma);
		track_json(t->track, b);
		comma = ",";
	}
	json_close(b, ']');
	statics_json(r->statics, b);
	herald_json(r->world.herald, b);
	lag_json(r->world.lag, b);
	json_open(b, "dropped", '{');
	json_u64(b, "unknown_vrid", r->n_unknown_vrid);
	for (int i = 1; i < VRRP_N_DROPS; i++)
		if (r->drops[i])
			json_u64(b, vrrp_drop_name((enum vrrp_drop)i), r->drops[i]);
	json_close(b, '}');
	show_close(&s);
}

/* Each of them once, instances before groups; name NULL: all. */
static void
each_record(const struct registry *r, const char *name,
	    void (*tell)(const struct record *record, struct strbuf *b), struct strbuf *b)
{
	const struct member *m;
	const struct group *g;

	TAILQ_FOREACH (m, &r->members, link)
		if (!m->leaving && (!name || strcmp(m->in->conf->name, name) == 0))
			tell(m->in->record, b);
	TAILQ_FOREACH (g, &r->groups, link)
		if (!name)
			tell(g->record, b);
}

void
registry_history_text(const struct registry *r, const char *name, struct strbuf *b)
{
	strbuf_addf(b, "%-23s  %-12s  %-6s  %-6s  %4s  %-15s  %s\n", "TIME", "INSTANCE", "FROM",
		    "TO", "PRIO", "PEER", "CAUSE");
	each_record(r, name, history_text, b);
}

void
registry_history_json(const struct registry *r, const char *name, struct strbuf *b)
{
	json_open(b, "history", '[');
	each_record(r, name, history_json, b);
	json_close(b, ']');
}

void
registry_keepalived_json(const struct registry *r, struct strbuf *b)
{
	const struct member *m;

	json_open(b, NULL, '[');
	TAILQ_FOREACH (m, &r->members, link)
		if (!m->leaving)
			instance_keepalived_json(m->in, b);
	json_close(b, ']');
}
