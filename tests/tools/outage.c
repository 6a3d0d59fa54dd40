/*
 * outage.c - outages as seen by a series of attempts (see outage.h).
 */
#include "outage.h"

#include "tool.h"

static struct instant
shifted(struct instant at, usec_t by)
{
	return (struct instant){at.mono + by, at.real + by};
}

static struct outage *
begin(struct outages *o, struct instant first_failed)
{
	struct outage *out;

	if (o->n == o->cap) {
		o->cap = o->cap ? o->cap * 2 : 16;
		o->list = must_grow(o->list, o->cap, sizeof(*o->list));
	}
	out = &o->list[o->n++];
	*out = (struct outage){
	    .at_start = !o->seen_ok,
	    .last_ok = o->seen_ok ? o->last_ok : shifted(first_failed, -o->interval),
	};
	o->failing = true;
	return out;
}

static void
finish(struct outages *o, struct instant next_ok)
{
	struct outage *out = &o->list[o->n - 1];

	out->next_ok = next_ok;
	out->length = next_ok.mono - out->last_ok.mono - o->interval;
	o->failing = false;
}

void
outages_step(struct outages *o, struct instant start, bool ok)
{
	o->last = start;
	if (!ok) {
		if (!o->failing)
			begin(o, start);
		o->list[o->n - 1].n_failed++;
		return;
	}
	if (o->failing)
		finish(o, start);
	o->last_ok = start;
	o->seen_ok = true;
}

void
outages_end(struct outages *o)
{
	if (!o->failing)
		return;
	o->list[o->n - 1].open = true;
	finish(o, shifted(o->last, o->interval));
}

const struct outage *
outages_longest(const struct outages *o)
{
	const struct outage *longest = NULL;

	for (size_t i = 0; i < o->n; i++) {
		if (!longest || o->list[i].length > longest->length)
			longest = &o->list[i];
	}
	return longest;
}
