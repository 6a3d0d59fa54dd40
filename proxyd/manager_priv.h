/*
 * manager_priv.h - the manager's record, shared by manager.c and manager_ops.c only.
 */
#ifndef PROXYD_MANAGER_PRIV_H
#define PROXYD_MANAGER_PRIV_H

#include "proxyd/endpoints.h"
#include "proxyd/manager.h"
#include "proxyd/snapshot.h"

struct event;
struct checker;
struct listen_fd;

/* A descriptor that workers may still watch until they acknowledged `generation`. */
struct dying_fd {
	int fd;
	uint64_t generation;
};

struct manager {
	struct manager_conf mc;
	struct snapshot *snap; /* current */
	struct workers *workers;
	struct checker *checker;
	struct endpoints *endpoints;

	struct socket_table sockets; /* every listening socket of ours, by key */
	struct dying_fd *dying;
	size_t n_dying;

	struct event *ev_notify; /* a worker acknowledged or emptied */
	struct event *ev_second; /* accounting */
	struct event *ev_bound;  /* the end of a soft stop's patience */
	bool stopping;

	/* accounting, once per second */
	usec_t at_account;
	usec_t cpu_used; /* of the process, at at_account */
	unsigned idle_pct;
	uint64_t bytes_out, bytes_out_rate;
	uint64_t n_accepted;
	unsigned rate, rate_max;

	/* from the monitor */
	uint64_t n_reloads, n_failed_reloads, n_engines;
	char node[256];
};

#endif
