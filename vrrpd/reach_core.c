/*
 * reach_core.c - do enough of some addresses answer?  Pure.
 */
#include "vrrpd/reach_core.h"

void
reach_init(struct reach_state *s, size_t n, usec_t now)
{
	*s = (struct reach_state){
	    .now = TRACK_WAITING,
	    .reason = "",
	    .next_at = now,
	    .judge_at = USEC_NEVER,
	    .n = n < TRACK_TARGETS_MAX ? n : TRACK_TARGETS_MAX,
	};
	for (size_t i = 0; i < s->n; i++)
		verdict_init(&s->one[i].verdict, false);
}

static unsigned
sum_up(struct reach_state *s, int need)
{
	enum track_verdict before = s->now;
	int n_open = 0;

	s->n_ok = 0;
	for (size_t i = 0; i < s->n; i++) {
		s->n_ok += s->one[i].verdict.now == TRACK_OK;
		n_open += s->one[i].verdict.now != TRACK_FAILING;
	}
	if (s->n_ok >= need)
		s->now = TRACK_OK;
	else
		s->now = n_open >= need ? TRACK_WAITING : TRACK_FAILING;
	s->reason = "";
	if (s->now == TRACK_FAILING)
		s->reason = s->n_ok > 0 ? "too few of them answer" : "no answer";
	return s->now != before ? REACH_DO_TELL : 0;
}

unsigned
reach_tick(struct reach_state *s, const struct track_params *p, int need, usec_t now)
{
	unsigned wishes = 0;

	if (s->judge_at != USEC_NEVER && now >= s->judge_at) {
		s->judge_at = USEC_NEVER;
		for (size_t i = 0; i < s->n; i++)
			if (s->one[i].asked)
				verdict_count(&s->one[i].verdict, p, false, "no answer");
		wishes |= REACH_DO_END | sum_up(s, need);
	}
	if (now < s->next_at || s->judge_at != USEC_NEVER)
		return wishes;
	s->next_at = now + p->interval;
	s->judge_at = now + p->timeout;
	for (size_t i = 0; i < s->n; i++)
		s->one[i].asked = true;
	return wishes | REACH_DO_ASK;
}

unsigned
reach_answer(struct reach_state *s, const struct track_params *p, int need, size_t i, bool good)
{
	if (i >= s->n || !s->one[i].asked)
		return 0;
	s->one[i].asked = false;
	verdict_count(&s->one[i].verdict, p, good, good ? "" : "refused");
	return sum_up(s, need);
}

usec_t
reach_deadline(const struct reach_state *s)
{
	return s->judge_at != USEC_NEVER ? s->judge_at : s->next_at;
}
