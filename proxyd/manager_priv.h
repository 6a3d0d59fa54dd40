/*
 * manager_priv.h - the manager's record, shared by manager.c, manager_load.c and manager_ops.c.
 */
#ifndef PROXYD_MANAGER_PRIV_H
#define PROXYD_MANAGER_PRIV_H

#include "proxyd/endpoints.h"
#include "proxyd/manager.h"
#include "proxyd/snapshot.h"
#include "proxyd/sockets.h"

struct event;
struct checker;

/* A descriptor that workers may still watch until they acknowledged `generation`. */
struct dying_fd {
	int fd;
	bool lent; /* the data side has a copy, to be taken back first */
	uint64_t generation;
};

struct manager {
	struct manager_conf mc;
	unsigned n_workers;    /* fixed at start */
	struct snapshot *snap; /* current */
	struct workers *workers;
	struct checker *checker;
	struct endpoints *endpoints;

	struct socket_table sockets; /* every listening socket of ours, by key */
	struct dying_fd *dying;
	size_t n_dying;
	uint64_t generation;          /* the last one posted */
	int log_serial;               /* of the last reload's log sockets, see dataside.h */
	int log_fds[LOG_TARGETS_MAX]; /* came with a configuration, not in use yet; or -1 */

	struct event *ev_notify; /* a worker acknowledged or emptied */
	struct event *ev_second; /* accounting */
	struct event *ev_bound;  /* the end of a soft stop's patience */
	bool stopping;
	uint64_t stop_generation; /* the one without a socket: acknowledged, nothing is accepted */

	/* accounting, once per second */
	usec_t at_account, cpu_used; /* instant, and CPU time of the process then */
	unsigned idle_pct;
	uint64_t bytes_out, bytes_out_rate;
	uint64_t n_accepted;
	unsigned rate, rate_max;
	unsigned crowd; /* most connections since memory was trimmed */
	bool trim_due;

	/* from the monitor */
	uint64_t n_reloads, n_failed_reloads, n_engines;
	char node[256];
};

/* Tell the workers that limits and server states may have changed everywhere. */
void manager_kick_all(struct manager *m);
/* The sockets that workers shall accept from; count in *n, caller frees.  NULL: why is filled. */
struct listen_fd *manager_listen_fds(const struct manager *m, const struct snapshot *snap,
				     size_t *n, struct strbuf *why);
/* The data side gets copies of the sockets that it does not have yet. */
int manager_lend_sockets(struct manager *m, const struct conf *conf, struct err *e)
    __attribute__((warn_unused_result));
/* Once per second: what found no descriptor on the data side is tried again. */
void manager_lend_again(struct manager *m);
/* A stop: close every listening socket once workers acknowledged `generation`. */
void manager_retire_all(struct manager *m, uint64_t generation);
void manager_close_dying(struct manager *m);
void manager_close_log_fds(struct manager *m);

#endif
