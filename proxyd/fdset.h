/*
 * fdset.h - a set of descriptors that are to stay open.
 */
#ifndef PROXYD_FDSET_H
#define PROXYD_FDSET_H

#include <stdbool.h>
#include <stddef.h>

struct fdset {
	int *fds;
	size_t n, room;
	bool failed; /* out of memory: something is missing */
};

void fdset_add(struct fdset *s, int fd); /* negative ones are ignored */
/* Close all others of the calling thread's table but 0, 1 and 2. */
void fdset_close_others(struct fdset *s);
void fdset_free(struct fdset *s);

#endif
