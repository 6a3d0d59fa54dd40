/*
 * conf_garp.c - the keys of announcements: an instance's own, else [global]'s, else the defaults.
 */
#include <string.h>

#include "vrrpd/conf_priv.h"

#define EXTRA_MAX (86400 * USEC_PER_SEC)

struct garp_conf
garp_conf_not_given(void)
{
	struct garp_conf c;

	c.master_delay = c.master_refresh = c.lower_prio_delay = GARP_NOT_GIVEN;
	c.garp_interval = c.gna_interval = c.extra_if = GARP_NOT_GIVEN;
	c.master_repeat = c.master_refresh_repeat = c.lower_prio_repeat = GARP_NOT_GIVEN;
	c.extra_all = GARP_NOT_GIVEN;
	return c;
}

static void
fill_time(usec_t *field, usec_t value)
{
	if (*field == GARP_NOT_GIVEN)
		*field = value;
}

static void
fill_int(int *field, int value)
{
	if (*field == GARP_NOT_GIVEN)
		*field = value;
}

static void
fill(struct garp_conf *c, const struct garp_conf *from)
{
	fill_time(&c->master_delay, from->master_delay);
	fill_int(&c->master_repeat, from->master_repeat);
	fill_time(&c->master_refresh, from->master_refresh);
	fill_int(&c->master_refresh_repeat, from->master_refresh_repeat);
	fill_time(&c->lower_prio_delay, from->lower_prio_delay);
	fill_int(&c->lower_prio_repeat, from->lower_prio_repeat);
	fill_time(&c->garp_interval, from->garp_interval);
	fill_time(&c->gna_interval, from->gna_interval);
	fill_int(&c->extra_all, from->extra_all); /* before extra_if: they are one value */
	fill_time(&c->extra_if, from->extra_if);
}

bool
garp_conf_equal(const struct garp_conf *a, const struct garp_conf *b)
{
	return a->master_delay == b->master_delay && a->master_repeat == b->master_repeat &&
	       a->master_refresh == b->master_refresh &&
	       a->master_refresh_repeat == b->master_refresh_repeat &&
	       a->lower_prio_delay == b->lower_prio_delay &&
	       a->lower_prio_repeat == b->lower_prio_repeat &&
	       a->garp_interval == b->garp_interval && a->gna_interval == b->gna_interval &&
	       a->extra_if == b->extra_if && a->extra_all == b->extra_all;
}

/* lower_prio_* stays open: it follows the instance's own master_*. */
void
conf_garp_defaults(struct conf_draft *d)
{
	struct global_conf *g = &d->conf->global;
	const struct garp_conf ours = {
	    .master_delay = 5 * USEC_PER_SEC,
	    .master_repeat = 5,
	    .master_refresh = 60 * USEC_PER_SEC,
	    .master_refresh_repeat = 1,
	    .lower_prio_delay = GARP_NOT_GIVEN,
	    .lower_prio_repeat = GARP_NOT_GIVEN,
	};

	if (g->min_garp && (g->garp.master_repeat > 1 || g->garp.master_delay > 0))
		errlist_add(d->el, d->conf->file, g->line_min_garp, "global", "vrrp_min_garp",
			    "means vrrp_garp_master_repeat = 1 and vrrp_garp_master_delay = 0, "
			    "expected one or the other");
	if (g->min_garp) {
		g->garp.master_repeat = 1;
		g->garp.master_delay = 0;
	}
	fill(&g->garp, &ours);
}

void
conf_garp_resolve(struct conf_draft *d, struct instance_draft *in)
{
	struct garp_conf *c = &in->ic.garp;

	fill(c, &d->conf->global.garp);
	fill_time(&c->lower_prio_delay, c->master_delay);
	fill_int(&c->lower_prio_repeat, c->master_repeat);
}

/* "[all] TIME" */
static void
parse_extra_if(struct key_ctx *kc, const struct ini_entry *en, struct garp_conf *c)
{
	const char *text = en->value;
	struct err e;

	c->extra_all = strncmp(text, "all", 3) == 0 && strchr(" \t", text[3]) && text[3];
	if (c->extra_all)
		text += 4 + strspn(text + 4, " \t");
	if (parse_time(text, kc->unit, &c->extra_if, &e) == 0 && c->extra_if <= EXTRA_MAX)
		return;
	c->extra_if = 0;
	key_error(kc, en, "'%s' is not a time from 0 to 1d, or 'all' and such a time", en->value);
}

void
conf_value_garp_extra_if(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct instance_draft *in = obj;

	parse_extra_if(kc, en, &in->ic.garp);
}

void
conf_value_vrrp_garp_extra_if(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct global_conf *g = obj;

	parse_extra_if(kc, en, &g->garp);
}
