/*
 * listener.h - accepting connections: the part of a listening socket that one worker sees.
 *
 * The monitor binds, the manager owns the descriptors; every worker watches the same sockets
 * (one per bind address, never SO_REUSEPORT groups: closing one member loses its queue).  A
 * descriptor may be closed only after workers_acked() has reached a generation without it.
 *
 * A connection that may not be taken (maxconn of process or frontend, no descriptors) waits in
 * the kernel's queue: the worker stops watching and starts again when there is room.
 */
#ifndef PROXYD_LISTENER_H
#define PROXYD_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/usec.h"

struct worker;
struct snapshot;

/* One listening socket of a generation, as the manager hands it out. */
struct listen_fd {
	int fd;          /* non-blocking; the same number as before when the bind was kept */
	size_t frontend; /* index of its frontend view in the snapshot */
};

struct listener; /* private to the worker that watches it */

/* Watch exactly these sockets from now on: kept ones go on undisturbed.  -1: out of memory. */
int listener_apply(struct worker *w, const struct listen_fd *fds, size_t n_fds)
    __attribute__((warn_unused_result));
/* The socket is readable: accept a small batch. */
void listener_accept(struct listener *l);
/* Look again at those that wait for room, for descriptors or for a RESUME. */
void listener_recheck(struct worker *w, usec_t now);
/* Stop watching all of them for good (soft and hard stop). */
void listener_drop_all(struct worker *w);

#endif
