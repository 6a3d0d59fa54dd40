/*
 * group_show.c - what a sync group tells about itself.
 */
#include "common/daemon.h"
#include "common/json.h"
#include "vrrpd/group.h"
#include "vrrpd/record.h"
#include "vrrpd/show.h"

/* A member that would claim, but for the others. */
static bool
is_kept_back(const struct instance *in)
{
	return sync_member_of(&in->fsm).expired && (in->sync_faults & 1u << VRRP_FAULT_SYNC_WAIT);
}

void
group_text(const struct group *g, const struct show *s, struct strbuf *b)
{
	size_t n = record_n_kept(g->record);
	char when[SHOW_TIME_MAX];

	strbuf_addf(b, "sync_group %s: %s", g->conf->name, vrrp_state_name(g->state));
	if (n > 0)
		strbuf_addf(b, " for %.1f s\n  since      %s: %s",
			    (double)(s->now - g->at_changed) / (double)USEC_PER_SEC,
			    show_time(record_kept(g->record, n - 1)->wall, false, when),
			    record_kept(g->record, n - 1)->cause);
	strbuf_addc(b, '\n');
	for (size_t i = 0; i < g->n_members; i++)
		strbuf_addf(b, "  member     %s, %s%s\n", g->members[i]->conf->name,
			    vrrp_state_name(g->members[i]->fsm.state),
			    is_kept_back(g->members[i]) ? ", kept back by the others" : "");
}

void
group_json(const struct group *g, const struct show *s, struct strbuf *b)
{
	size_t n = record_n_kept(g->record);

	json_open(b, NULL, '{');
	json_str(b, "name", g->conf->name);
	json_str(b, "state", vrrp_state_name(g->state));
	json_seconds(b, "in_state_s", s->now - g->at_changed);
	json_str(b, "cause", n > 0 ? record_kept(g->record, n - 1)->cause : "");
	json_u64(b, "transitions", g->record->n_transitions);
	json_open(b, "members", '[');
	for (size_t i = 0; i < g->n_members; i++) {
		json_open(b, NULL, '{');
		json_str(b, "name", g->members[i]->conf->name);
		json_str(b, "state", vrrp_state_name(g->members[i]->fsm.state));
		json_bool(b, "kept_back", is_kept_back(g->members[i]));
		json_close(b, '}');
	}
	json_close(b, ']');
	json_close(b, '}');
}
