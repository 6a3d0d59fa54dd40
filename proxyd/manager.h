/*
 * manager.h - the engine's main thread: the current generation and everything that changes it.
 *
 * The manager owns the snapshot that new connections get, the workers, the listeners, the
 * checker, the control sockets and the status page.  A reload builds the next generation beside
 * the running one and switches in place.  Every function here is called on the main thread only.
 */
#ifndef PROXYD_MANAGER_H
#define PROXYD_MANAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "common/err.h"
#include "common/strbuf.h"
#include "common/usec.h"

struct chan_msg;
struct event_base;
struct manager;
struct server;
struct snapshot;
struct worker;

/* ---- for engine.c ---- */

struct manager_conf {
	struct event_base *base;
	pid_t monitor_pid;
	unsigned n_engines;   /* engines the monitor has started, this one included */
	time_t at_start_wall; /* of this process */
	usec_t at_start;
	/* The last connection of a soft stop is gone, or a hard stop is through. */
	void (*on_stopped)(void *arg);
	void *arg;
};

struct manager *manager_new(const struct manager_conf *mc);
void manager_free(struct manager **m); /* workers must have stopped: see manager_stop */
/*
 * The configuration in `msg` becomes the current generation; descriptors that are used are taken
 * out of msg (set to -1).  The first call also builds the workers, which run from
 * manager_start on (after privileges are dropped).  -1: nothing has changed, `why` has a line
 * per reason.
 */
int manager_load(struct manager *m, struct chan_msg *msg, struct strbuf *why)
    __attribute__((warn_unused_result));
int manager_start(struct manager *m, struct err *e) __attribute__((warn_unused_result));
/* Soft: no new connections, on_stopped after the last one or after `bound` (0: no bound). */
void manager_stop(struct manager *m, bool soft, usec_t bound);

/* ---- for control.c and statspage.c ---- */

/* The current generation.  Valid until the next event; pin it (snapshot_ref) to keep it. */
const struct snapshot *manager_snapshot(const struct manager *m);

struct manager_facts {
	pid_t pid; /* of the engine */
	pid_t monitor_pid;
	unsigned n_workers;
	unsigned n_reloads; /* generations after the first one of this process */
	unsigned n_engines; /* 1 + restarts of the engine */
	time_t at_start_wall;
	usec_t uptime;
	time_t at_reload_wall; /* of the current generation */
	bool stopping;         /* a soft stop is under way */
	size_t nofile;         /* RLIMIT_NOFILE */
	unsigned n_cur;        /* connections now, all frontends */
	uint64_t n_tot;        /* accepted since start */
	unsigned n_listeners;
	uint64_t log_dropped;
	double idle_pct; /* of the busiest worker, last second */
	unsigned rate;   /* connections in the last second, and the most so far */
	unsigned rate_max;
};
void manager_facts(const struct manager *m, struct manager_facts *out);

/*
 * `show health [backend NAME]`: can this process serve?  False with the reason in `why`
 * ("worker 2 hangs for 1400 ms", "listener 0.0.0.0:3306 is not open", "backend mysql has no
 * usable server", "no backend mysql", "stopping").
 */
bool manager_healthy(const struct manager *m, const char *backend, struct strbuf *why);

/* "backend/server" -> record; NULL with HAProxy's text ("No such server.") in e. */
struct server *manager_find_server(struct manager *m, const char *path, struct err *e);

enum manager_server_state { MANAGER_SERVER_READY, MANAGER_SERVER_DRAIN, MANAGER_SERVER_MAINT };
/* These log HAProxy's lines, move queued connections and tell the workers. */
void manager_set_server_state(struct manager *m, struct server *s, enum manager_server_state st);
/* "10" or "50%" of the configured weight; -1 with HAProxy's text in e. */
int manager_set_server_weight(struct manager *m, struct server *s, const char *text, struct err *e)
    __attribute__((warn_unused_result));
/* The weight set in the file, for `get weight`. */
unsigned manager_initial_weight(const struct manager *m, const struct server *s);
void manager_shutdown_sessions(struct manager *m, struct server *s);

/* Workers, for counters that are summed over them. */
struct worker *const *manager_workers(const struct manager *m, unsigned *n);

#endif
