/*
 * links.c - what is known of the host's interfaces, by name.
 */
#include "vrrpd/links.h"

#include <stdlib.h>
#include <string.h>

void
links_free(struct links *l)
{
	free(l->list);
	l->list = NULL;
	l->n_links = 0;
}

static struct nl_link *
find_index(struct links *l, int ifindex)
{
	for (size_t i = 0; i < l->n_links; i++)
		if (l->list[i].ifindex == ifindex)
			return &l->list[i];
	return NULL;
}

static bool
same_link(const struct nl_link *a, const struct nl_link *b)
{
	return a->up == b->up && strcmp(a->name, b->name) == 0 && a->has_mac == b->has_mac &&
	       memcmp(a->mac, b->mac, sizeof(a->mac)) == 0;
}

bool
links_note(struct links *l, const struct nl_link *link)
{
	struct nl_link *known = find_index(l, link->ifindex);
	bool changed = !known || link->gone || !same_link(known, link);

	if (link->gone) {
		if (known)
			*known = l->list[--l->n_links];
		return known != NULL;
	}
	if (!known) {
		struct nl_link *more = realloc(l->list, (l->n_links + 1) * sizeof(*more));

		if (!more)
			return false; /* one that we do not know is one that is down */
		l->list = more;
		known = &l->list[l->n_links++];
	}
	*known = *link;
	return changed;
}

const struct nl_link *
links_find(const struct links *l, const char *name)
{
	for (size_t i = 0; i < l->n_links; i++)
		if (strcmp(l->list[i].name, name) == 0)
			return &l->list[i];
	return NULL;
}
