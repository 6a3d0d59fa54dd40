/*
 * conf_delay.c - interface_up_down_delays: for how long an interface must be down, or up again,
 * before it counts.
 */
#include <string.h>

#include "vrrpd/conf_priv.h"
#include "vrrpd/conf_words.h"

#define DELAY_MAX (255 * USEC_PER_SEC)

static bool
take_delay(struct key_ctx *kc, const struct ini_entry *en, const char *text, usec_t *out)
{
	struct err e;

	if (parse_time(text, kc->unit, out, &e) < 0)
		key_error(kc, en, "%s", e.text);
	else if (*out < 0 || *out > DELAY_MAX)
		key_error(kc, en, "'%s' is out of range, expected 0 to 255s", text);
	else
		return true;
	return false;
}

/* IF DOWN [UP] */
static void
one_delay(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct global_conf *g = obj;
	struct link_delay d = {.line = en->line};
	const char *words[3];
	struct err e;
	int n = split_words(kc->arena, item, words, 3, &e);

	if (n < 2 || !conf_is_ifname(words[0])) {
		key_error(kc, en, "'%s' is not 'INTERFACE DOWN-DELAY [UP-DELAY]'", item);
		return;
	}
	if (!take_delay(kc, en, words[1], &d.down))
		return;
	d.up = d.down;
	if (n == 3 && !take_delay(kc, en, words[2], &d.up))
		return;
	d.name = words[0];
	for (size_t i = 0; i < g->n_link_delays; i++) {
		if (strcmp(g->link_delays[i].name, d.name) == 0) {
			key_error(kc, en, "'%s' stands twice, first on line %d", d.name,
				  g->link_delays[i].line);
			return;
		}
	}
	g->link_delays = arena_grow(kc->arena, g->link_delays, g->n_link_delays, sizeof(d));
	g->link_delays[g->n_link_delays++] = d;
}

void
conf_value_link_delays(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_delay, obj);
}

/*
 * A master whose link is down goes on as one until the delay is over.  Were the others' patience
 * shorter there would be two when the link comes back.
 */
void
conf_delay_check(struct conf_draft *d, const struct instance_draft *in)
{
	const struct global_conf *g = &d->conf->global;
	const struct instance_conf *ic = &in->ic;
	usec_t limit = (ic->down_timer_adverts - 1) * ic->advert_int;

	for (size_t i = 0; i < g->n_link_delays; i++) {
		const struct link_delay *ld = &g->link_delays[i];

		if (!ic->interface || strcmp(ld->name, ic->interface) != 0 || ld->down < limit)
			continue;
		errlist_add(d->el, d->conf->file, ld->line, "global", "interface_up_down_delays",
			    "%s stays up for %lld ms that it is down, but the others of [%s] wait "
			    "for little more than %lld ms: expected less",
			    ld->name, (long long)(ld->down / USEC_PER_MS), in->section,
			    (long long)(limit / USEC_PER_MS));
	}
}
