/*
 * snapshot.h - one generation of configuration bound to the live records.
 *
 * Main builds it, workers use it read-only, a connection pins the one it started with.  Whoever
 * holds a reference may follow every pointer in it.  The last unref (any thread) frees the
 * generation's conf and its references to the records.
 *
 * Reload, two phases: snapshot_build() touches nothing of the running generation (only takes
 * references), so a failure later just unrefs it; snapshot_commit() then applies the file's
 * weights, limits and maintenance marks to the kept records and retires what is gone.
 */
#ifndef PROXYD_SNAPSHOT_H
#define PROXYD_SNAPSHOT_H

#include <stdatomic.h>
#include <stddef.h>

#include "proxyd/conf.h"
#include "proxyd/server.h"

struct server_view {
	const struct conf_server *conf;
	struct server *server;
};

struct backend_view {
	const struct conf_backend *conf;
	struct backend *backend;
	struct server_view *servers; /* file order; index = place in a `tried` mask */
	size_t n_servers;
};

struct frontend_view {
	const struct conf_frontend *conf;
	struct frontend *frontend;
	const struct backend_view *backend; /* default_backend */
};

struct snapshot {
	atomic_uint refs;
	struct conf *conf;   /* owned */
	uint64_t generation; /* 1 at start, +1 per reload */
	usec_t at_built;
	unsigned n_workers;
	struct frontend_view *frontends; /* file order */
	size_t n_frontends;
	struct backend_view *backends;
	size_t n_backends;
};

/*
 * Takes over `conf` (freed on failure too).  Records are taken from `old` by name; a server whose
 * address changed gets a new record.  The caller owns the one reference.  NULL: no memory.
 */
struct snapshot *snapshot_build(struct conf *conf, const struct snapshot *old, usec_t now,
				unsigned n_workers) __attribute__((warn_unused_result));
/*
 * Make it the current one, control thread: file settings onto records, servers that are gone are
 * retired (no new connections).  Kept servers keep health, counters, run-time states.
 */
void snapshot_commit(struct snapshot *now_current, const struct snapshot *old, usec_t now);
struct snapshot *snapshot_ref(struct snapshot *s);
void snapshot_unref(struct snapshot **s);

const struct frontend_view *snapshot_frontend(const struct snapshot *s, const char *name);
const struct backend_view *snapshot_backend(const struct snapshot *s, const char *name);
const struct server_view *snapshot_server(const struct backend_view *bv, const char *name);

enum diff_kind { DIFF_KEEP, DIFF_NEW, DIFF_DROP };

/* A listening socket over a reload, identified by its key. */
struct bind_diff {
	enum diff_kind kind;
	const struct conf_bind *old_bind, *new_bind; /* NULL where there is none */
	const char *old_frontend, *new_frontend;     /* NULL also for the status page's binds */
	bool options_changed; /* KEEP: mode, user, group or backlog differ: apply to the old fd */
};

struct server_diff {
	enum diff_kind kind;
	bool changed; /* KEEP: same address, other settings; checks need re-planning if
			 check_changed */
	bool check_changed;
	const struct backend_view *old_backend, *new_backend;
	const struct server_view *old_server, *new_server;
};

struct snapshot_diff {
	struct bind_diff *binds; /* frontends' and the status page's */
	size_t n_binds;
	struct server_diff *servers;
	size_t n_servers;
};

/* What goes from `old` (NULL: nothing) to `now_current`.  -1: no memory. */
int snapshot_diff(const struct snapshot *old, const struct snapshot *now_current,
		  struct snapshot_diff *out) __attribute__((warn_unused_result));
void snapshot_diff_free(struct snapshot_diff *d);
/* The same for binds alone, on bare configurations (the monitor has no snapshots). */
int conf_diff_binds(const struct conf *old, const struct conf *now_current,
		    struct snapshot_diff *out) __attribute__((warn_unused_result));

#endif
