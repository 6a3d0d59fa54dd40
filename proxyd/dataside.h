/*
 * dataside.h - where the workers run: the engine's first thread, and a table of descriptors apart.
 *
 * The kernel counts references to a file at each call on a descriptor as long as the table is
 * shared by threads, some 6% of the CPU of a small message.  So the control thread takes a copy
 * of the table for itself when the workers start (unshare(2), CLONE_FILES); with one worker the
 * data path then has its table alone.  The first thread of the process runs worker 0 because its
 * table is the one that /proc/PID/fd, ss -p and lsof show: the connections are to be seen there.
 * A side effect that is welcome: connections cannot use up the descriptors of the control socket.
 *
 * From then on a number means a file on one side only.  Listening sockets and sockets of log
 * targets that a reload brings are lent to the data side over a socketpair, under the control
 * thread's number, and given back by that number.  Where the table cannot be copied (and under
 * TSan, which knows of one table only) both sides share it, and all this does nothing.
 */
#ifndef PROXYD_DATASIDE_H
#define PROXYD_DATASIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/log.h"
#include "proxyd/listener.h"

struct dataside;
struct workers;

struct dataside *dataside_new(struct err *e);
void dataside_free(struct dataside **ds);

/* ---- the first thread ---- */

/* Run the workers that dataside_start() brings to their end; returns after dataside_quit(). */
void dataside_serve(struct dataside *ds);

/* ---- the control thread ---- */

/*
 * Part the tables and run the workers.  What the data side needs must be open by now: `fds`, the
 * workers' own, the log's; it closes its copies of all others.  -1: none of them runs.
 */
int dataside_start(struct dataside *ds, struct workers *ws, const struct listen_fd *fds,
		   size_t n_fds, struct err *e) __attribute__((warn_unused_result));
/* Wait for the end of workers that have been told to stop; they have closed what was theirs. */
void dataside_join(struct dataside *ds);
void dataside_quit(struct dataside *ds);
bool dataside_is_apart(const struct dataside *ds);
/* A copy of a listening socket for the data side; without room for it dataside_number() is -1. */
int dataside_lend(struct dataside *ds, int fd, struct err *e) __attribute__((warn_unused_result));
/* A copy of the socket of a log target; serial: of the reload, larger each time. */
int dataside_lend_log(struct dataside *ds, int fd, int target, int serial, struct err *e)
    __attribute__((warn_unused_result));
/* The data side closes its copy of a listening socket, which no worker watches any more. */
int dataside_take_back(struct dataside *ds, int fd, struct err *e)
    __attribute__((warn_unused_result));

/* Any thread: the data side's number of a listening socket that control calls `theirs`; or -1. */
int dataside_number(struct dataside *ds, int theirs);

/* ---- worker threads ---- */

int dataside_inbox(const struct dataside *ds); /* when readable: dataside_take() */
void dataside_take(struct dataside *ds);
/* The sockets lent for the log targets of that reload: the caller's now; -1 where there is none. */
void dataside_log_sockets(struct dataside *ds, int serial, int fds[LOG_TARGETS_MAX]);

#endif
