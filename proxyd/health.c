/*
 * health.c - HAProxy's rise/fall counter and the choice of the next check's instant.
 *
 * Pure and without memory of its own; the control thread owns every struct health.
 */
#include "proxyd/health.h"

#include "proxyd/conf.h"

#define FIRST_CHECK_SPREAD (100 * USEC_PER_MS)

static const struct {
	const char *code, *text;
	bool passed;
} statuses[] = {
#define X(id, code, text, passed) [CHECK_##id] = {code, text, passed},
    CHECK_STATUS_TABLE(X)
#undef X
};

const char *
check_status_code(enum check_status s)
{
	return statuses[s].code;
}

const char *
check_status_text(enum check_status s)
{
	return statuses[s].text;
}

bool
check_status_passed(enum check_status s)
{
	return statuses[s].passed;
}

static int
top(const struct health *h)
{
	return h->rise + h->fall - 1;
}

void
health_init(struct health *h, int rise, int fall, bool enabled)
{
	*h = (struct health){.rise = rise, .fall = fall, .enabled = enabled};
	h->counter = rise; /* up, but one failure takes it down */
	h->last.status = CHECK_INI;
	h->last.code = -1;
}

void
health_reconfigure(struct health *h, int rise, int fall, bool enabled)
{
	bool up = health_is_up(h);
	bool settled = h->counter == 0 || h->counter == top(h);
	int steps = up ? h->counter - h->rise : h->counter;

	h->rise = rise;
	h->fall = fall;
	h->enabled = enabled;
	if (settled)
		health_force(h, up);
	else if (up)
		h->counter = rise + (steps < fall ? steps : fall - 1);
	else
		h->counter = steps < rise ? steps : rise - 1;
}

static enum health_change
passed(struct health *h)
{
	bool was_up = health_is_up(h);

	if (h->counter == top(h))
		return HEALTH_SAME;
	h->counter++;
	if (!health_is_up(h))
		return HEALTH_MOVED;
	h->counter = top(h);
	return was_up ? HEALTH_MOVED : HEALTH_WENT_UP;
}

static enum health_change
failed(struct health *h)
{
	if (!health_is_up(h)) {
		enum health_change c = h->counter > 0 ? HEALTH_MOVED : HEALTH_SAME;

		h->counter = 0;
		return c;
	}
	h->counter--;
	if (health_is_up(h))
		return HEALTH_MOVED;
	h->counter = 0;
	return HEALTH_WENT_DOWN;
}

enum health_change
health_result(struct health *h, const struct check_result *r)
{
	h->last = *r;
	h->running = false;
	return check_status_passed(r->status) ? passed(h) : failed(h);
}

bool
health_is_up(const struct health *h)
{
	return h->counter >= h->rise;
}

void
health_force(struct health *h, bool up)
{
	h->counter = up ? top(h) : 0;
}

usec_t
health_interval(const struct health *h, const struct conf_server *cs)
{
	if (h->counter == top(h))
		return cs->inter;
	return h->counter == 0 ? cs->downinter : cs->fastinter;
}

usec_t
health_first_at(usec_t now, size_t index, size_t n_servers)
{
	if (n_servers == 0)
		return now;
	return now + FIRST_CHECK_SPREAD * (usec_t)(index % n_servers) / (usec_t)n_servers;
}

usec_t
health_connect_timeout(const struct conf_server *cs, usec_t timeout_connect, usec_t timeout_check)
{
	if (timeout_check == 0 || timeout_connect == 0 || timeout_connect > cs->inter)
		return cs->inter;
	return timeout_connect;
}

void
health_fraction(const struct health *h, int *done, int *of)
{
	bool up = health_is_up(h);

	*done = up ? h->counter - h->rise + 1 : h->counter;
	*of = up ? h->fall : h->rise;
}
