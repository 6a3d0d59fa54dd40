/*
 * record.c - what outlives an instance when a reload begins it anew.  Pure.
 */
#include "vrrpd/record.h"

#include <stdlib.h>
#include <string.h>

struct record *
record_ref(struct record_list *l, const char *name)
{
	struct record *r;

	LIST_FOREACH (r, l, link) {
		if (strcmp(r->name, name) == 0) {
			r->refs++;
			return r;
		}
	}
	r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->name = strdup(name);
	if (!r->name) {
		free(r);
		return NULL;
	}
	r->refs = 1;
	LIST_INSERT_HEAD(l, r, link);
	return r;
}

static void
forget(struct record *r)
{
	LIST_REMOVE(r, link);
	free(r->name);
	free(r);
}

void
record_unref(struct record **record)
{
	struct record *r = *record;

	*record = NULL;
	if (r && --r->refs == 0 && !r->disabled)
		forget(r);
}

void
record_list_free(struct record_list *l)
{
	struct record *r, *next;

	for (r = LIST_FIRST(l); r; r = next) {
		next = LIST_NEXT(r, link);
		if (r->refs == 0)
			forget(r);
	}
}

void
record_transition(struct record *r, const struct transition *t)
{
	r->ring[r->n_transitions++ % RECORD_HISTORY_MAX] = *t;
}

size_t
record_n_kept(const struct record *r)
{
	return r->n_transitions < RECORD_HISTORY_MAX ? r->n_transitions : RECORD_HISTORY_MAX;
}

const struct transition *
record_kept(const struct record *r, size_t i)
{
	return &r->ring[(r->n_transitions - record_n_kept(r) + i) % RECORD_HISTORY_MAX];
}
