/*
 * worker.h - the data path threads, as the control thread sees them.
 *
 * Each worker owns an epoll instance, in which it sleeps, a mailbox, slabs, pipes
 * and its counters.  All functions here are for the control thread, never block on a worker and
 * leave messages in mailboxes, except workers_start(), workers_free() and
 * workers_list_sessions().
 * worker_priv.h is what the data path's own files share.
 */
#ifndef PROXYD_WORKER_H
#define PROXYD_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/strbuf.h"
#include "common/usec.h"
#include "proxyd/listener.h"

#define WORKERS_MAX 64

struct backend;
struct dataside;
struct log_conf;
struct server;
struct snapshot;
struct workers;

enum workers_stop {
	WORKERS_STOP_SOFT, /* accept no more; connections live on */
	WORKERS_STOP_HARD, /* close every connection, end the threads */
};

/*
 * Start n workers on the first generation, by the threads of `side`.  The sockets in fds stay
 * the caller's.  NULL with e filled when a thread or its resources cannot be had.
 */
struct workers *workers_start(struct dataside *side, unsigned n, struct snapshot *snap,
			      const struct listen_fd *fds, size_t n_fds, struct err *e);
/* Hard stop if that was not said yet, wait for the threads, free everything.  NULL is allowed. */
void workers_free(struct workers **ws);

/*
 * Readable when something that main may wait for has happened in a worker: a generation was
 * acknowledged, the last connection left after a soft stop.  Clear it, then ask below.
 */
int workers_notify_fd(const struct workers *ws);
void workers_notify_clear(struct workers *ws);

/*
 * Hand a new generation to all workers; each takes its own reference.  Returns its number
 * (the first generation is 1), 0 when out of memory: nothing has changed then.  Its sockets, and
 * those of `log` (NULL: as it was), have been lent to the data side, the latter under log_serial.
 */
uint64_t workers_post_snapshot(struct workers *ws, struct snapshot *snap,
			       const struct listen_fd *fds, size_t n_fds,
			       const struct log_conf *log, int log_serial)
    __attribute__((warn_unused_result));
/* The newest generation that every worker has taken over. */
uint64_t workers_acked(const struct workers *ws);

void workers_stop(struct workers *ws, enum workers_stop how);
/* Connections alive in all workers, those handed from one to another included. */
unsigned workers_n_conns(const struct workers *ws);

/*
 * Limits or state of a frontend, or the process maxconn, changed (pause, resume, set maxconn):
 * workers look again at what they may accept.
 */
void workers_relisten(struct workers *ws);
/* The process-wide limit; workers_start takes it from the snapshot's configuration. */
void workers_set_maxconn(struct workers *ws, unsigned maxconn);
unsigned workers_maxconn(const struct workers *ws);

/*
 * Health, weight, maxconn or admin state of servers in this backend changed: waiting connections
 * are let in where there is room now, connections between two tries leave a dead server.
 * b is one of the current snapshot's backend records.
 */
void workers_backend_changed(struct workers *ws, struct backend *b);
/*
 * Close every connection of this server; `who` is the first letter of the termination state:
 * 'K' by the operator, 'D' server down, 'U' a better server is up.  snap keeps s alive until done.
 */
int workers_kill_server_sessions(struct workers *ws, struct snapshot *snap, struct server *s,
				 char who) __attribute__((warn_unused_result));
/* One line per connection as `show sess` prints them; -1 when a worker did not answer in time. */
int workers_list_sessions(struct workers *ws, struct strbuf *out, struct err *e);

/* The index of a worker that has not passed through its loop since `limit` ago, or -1. */
int workers_stalled(const struct workers *ws, usec_t now, usec_t limit);

/* What `show info` prints about the data path; sums over the workers. */
struct workers_info {
	unsigned n_conns;
	uint64_t n_accepted;
	uint64_t n_accept_errors; /* EMFILE, ENFILE, ENOMEM, ENOBUFS, our own memory */
	uint64_t n_limit_hits;    /* times accept was paused by a maxconn */
	unsigned n_running;       /* connections with work left after their turn */
	unsigned n_pipes;         /* open: in use and pooled */
	unsigned n_pipes_max;
	unsigned n_pipes_used;
	uint64_t spliced_bytes;
	uint64_t n_switches; /* directions that changed between copy and splice */
};
void workers_info(const struct workers *ws, struct workers_info *out);

#endif
