/*
 * sockets.h - the engine's table of listening sockets, by the key under which the monitor sent
 * them.  Control thread; the descriptors belong to the table.
 */
#ifndef PROXYD_SOCKETS_H
#define PROXYD_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

struct chan_fd;

struct socket_entry {
	char *key;
	int fd;
	bool lent; /* the data side has a copy: dataside.h */
};

struct socket_table {
	struct socket_entry *entries;
	size_t n_entries;
};

int socket_table_find(const struct socket_table *t, const char *key); /* fd or -1 */
/* Takes descriptors over whose key is new (sets them to -1 in fds).  -1: no memory, nothing taken.
 */
int socket_table_add(struct socket_table *t, struct chan_fd *fds, size_t n_fds)
    __attribute__((warn_unused_result));
void socket_table_free(struct socket_table *t); /* closes */

#endif
