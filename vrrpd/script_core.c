/*
 * script_core.c - when a tracker's command runs, when it has taken too long, what that means.
 */
#include "vrrpd/script_core.h"

void
script_init(struct script_state *s, bool init_fail, usec_t first_at)
{
	*s = (struct script_state){.next_at = first_at, .timeout_at = USEC_NEVER};
	verdict_init(&s->verdict, init_fail);
}

static unsigned
count(struct script_state *s, const struct track_params *p, bool good, const char *reason)
{
	s->n_good += good;
	s->n_bad += !good;
	if (!good && s->n_excused > 0)
		return 0;
	return verdict_count(&s->verdict, p, good, reason) ? SCRIPT_DO_TELL : 0;
}

static unsigned
on_tick(struct script_state *s, const struct track_params *p, usec_t now)
{
	unsigned wishes = 0;

	if (s->running && !s->overdue && now >= s->timeout_at) {
		s->overdue = true;
		s->n_timeouts++;
		wishes |= count(s, p, false, "it took longer than its timeout");
	}
	if (now < s->next_at)
		return wishes;
	s->next_at = now + p->interval; /* after a stall no turn is made up for */
	if (s->running) {
		s->n_skipped++;
		if (s->overdue && now > s->timeout_at)
			wishes |= count(s, p, false, "it hangs and cannot be ended");
		return wishes;
	}
	s->running = true;
	s->overdue = false;
	s->timeout_at = now + p->timeout;
	return wishes | SCRIPT_DO_RUN;
}

static unsigned
on_end(struct script_state *s, const struct track_params *p, bool well, const char *reason)
{
	bool counted = s->overdue;

	if (!s->running)
		return 0;
	s->running = false;
	s->overdue = false;
	return counted ? 0 : count(s, p, well, reason);
}

unsigned
script_step(struct script_state *s, const struct track_params *p, enum script_event ev, usec_t now)
{
	switch (ev) {
	case SCRIPT_EV_TICK:
		return on_tick(s, p, now);
	case SCRIPT_EV_WELL:
		return on_end(s, p, true, "");
	case SCRIPT_EV_BADLY:
		return on_end(s, p, false, "its status is not 0");
	case SCRIPT_EV_NOT_STARTED:
		return on_end(s, p, false, "it could not be started");
	}
	return 0;
}

usec_t
script_deadline(const struct script_state *s)
{
	if (s->running && !s->overdue && s->timeout_at < s->next_at)
		return s->timeout_at;
	return s->next_at;
}
