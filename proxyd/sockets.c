/*
 * sockets.c - the engine's table of listening sockets, by the key the monitor sent them under.
 */
#include "proxyd/sockets.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proxyd/channel.h"

int
socket_table_find(const struct socket_table *t, const char *key)
{
	for (size_t i = 0; i < t->n_entries; i++) {
		if (strcmp(t->entries[i].key, key) == 0)
			return t->entries[i].fd;
	}
	return -1;
}

int
socket_table_add(struct socket_table *t, struct chan_fd *fds, size_t n_fds)
{
	struct socket_entry *en =
	    realloc(t->entries, (t->n_entries + n_fds + 1) * sizeof(*t->entries));

	if (en == NULL)
		return -1;
	t->entries = en;
	for (size_t i = 0; i < n_fds; i++) {
		if (socket_table_find(t, fds[i].key) >= 0)
			continue;
		t->entries[t->n_entries++] =
		    (struct socket_entry){.key = fds[i].key, .fd = fds[i].fd};
		fds[i].key = NULL;
		fds[i].fd = -1;
	}
	return 0;
}

void
socket_table_free(struct socket_table *t)
{
	for (size_t i = 0; i < t->n_entries; i++) {
		close(t->entries[i].fd);
		free(t->entries[i].key);
	}
	free(t->entries);
	memset(t, 0, sizeof(*t));
}
