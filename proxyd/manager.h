/*
 * manager.h - the engine's control thread: the current generation and everything that changes it.
 *
 * The manager owns the snapshot that new connections get, the workers, the listeners, the
 * checker, the control sockets and the status page.  A reload builds the next generation beside
 * the running one and switches in place.  Every function here is called on the control thread only.
 */
#ifndef PROXYD_MANAGER_H
#define PROXYD_MANAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "common/err.h"
#include "common/strbuf.h"
#include "common/usec.h"

#include "proxyd/server.h"

struct chan_msg;
struct dataside;
struct event_base;
struct manager;
struct snapshot;
struct stats_process;
struct workers;

/* ---- for engine.c ---- */

struct manager_conf {
	struct event_base *base;
	struct dataside *side; /* runs the workers */
	time_t at_start_wall;  /* of the monitor: uptime goes on over engines */
	usec_t at_start;
	bool log_stderr; /* foreground: log lines to stderr as well */
	int stderr_level;
	/* The last connection of a soft stop is gone, or a hard stop is through. */
	void (*on_stopped)(void *arg);
	void *arg;
};

struct manager *manager_new(const struct manager_conf *mc);
void manager_free(struct manager **m); /* workers must have stopped: see manager_stop */
/*
 * The first configuration: build the generation, before privileges are dropped.  Descriptors that
 * are used are taken out of msg (set to -1).  Nothing runs before manager_start.
 */
int manager_load(struct manager *m, struct chan_msg *msg, struct strbuf *why)
    __attribute__((warn_unused_result));
/* Workers, checks, control sockets and status page begin. */
int manager_start(struct manager *m, struct err *e) __attribute__((warn_unused_result));
/* The next configuration, switched to in place.  -1: nothing has changed, `why` says why. */
int manager_reload(struct manager *m, struct chan_msg *msg, struct strbuf *why)
    __attribute__((warn_unused_result));
const struct conf *manager_conf_now(const struct manager *m);
/* Soft: no new connections, on_stopped after the last one or after `bound` (0: no bound). */
void manager_stop(struct manager *m, bool soft, usec_t bound);
/* Another engine has our control sockets now. */
void manager_close_endpoints(struct manager *m);
/* What only the monitor counts: over engines. */
void manager_set_facts(struct manager *m, uint64_t n_reloads, uint64_t n_failed,
		       uint64_t n_engines);

/* ---- for control.c and statspage.c ---- */

/* The current generation.  Valid until the next event; pin it (snapshot_ref) to keep it. */
const struct snapshot *manager_snapshot(const struct manager *m);

/* Everything that `show info` and the status page print about the process (stats.h). */
void manager_process(const struct manager *m, struct stats_process *out);

/*
 * `show health [backend NAME]`: can this process serve?  False with the reason in `why`
 * ("worker 2 hangs for 1400 ms", "listener 0.0.0.0:3306 is not open", "backend mysql has no
 * usable server", "no backend mysql", "stopping").
 */
bool manager_healthy(const struct manager *m, const char *backend, struct strbuf *why);

/* "backend/server" in the current generation; -1 with HAProxy's text ("No such server.") in e. */
struct manager_server {
	const struct backend_view *backend;
	const struct server_view *server;
};
int manager_find_server(const struct manager *m, const char *path, struct manager_server *out,
			struct err *e) __attribute__((warn_unused_result));

/* These log HAProxy's lines, let waiting connections in and tell the workers. */
void manager_set_server_state(struct manager *m, const struct manager_server *s,
			      enum server_order order);
/* "10" or "50%" of the file's weight; -1 with HAProxy's text in e. */
int manager_set_server_weight(struct manager *m, const struct manager_server *s, const char *text,
			      struct err *e) __attribute__((warn_unused_result));
/* `shutdown sessions server`: every connection of the server ends with termination state K. */
int manager_shutdown_sessions(struct manager *m, const struct manager_server *s, struct err *e)
    __attribute__((warn_unused_result));
/* For what changes a server or frontend through server.h itself: log, kick queues, relisten. */
void manager_carry_out(struct manager *m, const struct manager_server *s, const struct report *r);

/* The data path (worker.h): sessions list, limits. */
struct workers *manager_workers(const struct manager *m);

#endif
