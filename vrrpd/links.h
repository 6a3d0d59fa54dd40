/*
 * links.h - what is known of the host's interfaces, by name, always as the kernel told last.
 */
#ifndef VRRPD_LINKS_H
#define VRRPD_LINKS_H

#include <stddef.h>

#include "vrrpd/nl.h"

struct links {
	struct nl_link *list;
	size_t n_links;
};

void links_free(struct links *l);
/* Did it come, go, or change in what counts (index, up, MAC address, name)? */
bool links_note(struct links *l, const struct nl_link *link);
const struct nl_link *links_find(const struct links *l, const char *name); /* NULL: not there */

#endif
