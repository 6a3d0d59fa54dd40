/*
 * server.h - the records that outlive a reload: frontend, backend, server.
 *
 * They hold what is observed (state, counters), never what is configured: configuration stands
 * beside them in a snapshot's views (snapshot.h).  Each field names its writer:
 *   [control] engine's control thread only, read there only
 *   [lock]    under backend.lock
 *   [atomic]  any thread, relaxed unless a comment says otherwise
 *   [worker]  one slot per worker, only that worker writes it (counter_add), anybody reads
 * Owner: the snapshots that list them; the last reference frees.
 */
#ifndef PROXYD_SERVER_H
#define PROXYD_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/usec.h"
#include "proxyd/conf.h"
#include "proxyd/health.h"

struct backend_view;
struct server_view;
struct queue_slot;

typedef _Atomic uint64_t counter_t;

/* Single writer: a plain add without a locked instruction. */
static inline void
counter_add(counter_t *c, uint64_t n)
{
	atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

static inline void
counter_max(counter_t *c, uint64_t n)
{
	if (n > atomic_load_explicit(c, memory_order_relaxed))
		atomic_store_explicit(c, n, memory_order_relaxed);
}

static inline uint64_t
counter_get(const counter_t *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

/* Average over about the last 1024 values (HAProxy's qtime, ctime, ttime); values in ms. */
#define AVERAGE_WINDOW 1024
struct average {
	counter_t sum, n, max;
};
void average_add(struct average *a, uint64_t value_ms);

/* Counted per worker for a server and, again, for its backend. */
struct counters {
	_Alignas(64) counter_t stot; /* sessions: +1 when a connection is given to the server */
	counter_t bin, bout;         /* client to server, server to client */
	counter_t econ;          /* connections that failed for good (backend: also no server) */
	counter_t eresp;         /* server broke off while data was being passed on */
	counter_t wretr, wredis; /* retries; sent on to another server (counted on the one left) */
	counter_t lbtot;         /* picked by the balancing algorithm */
	counter_t cli_abrt, srv_abrt; /* either side broke off during data */
	counter_t connect;            /* connection attempts */
	counter_t at_last_sess;       /* instant (usec) of the last session, 0 none */
	struct average qtime, ctime, ttime;
};

struct frontend_counters {
	_Alignas(64) counter_t conn_tot; /* accepted connections */
	counter_t stot;                  /* sessions: accepted and processed */
	counter_t bin, bout;
	counter_t dcon; /* closed at once: no memory, no descriptor */
	counter_t ereq; /* client errors before a server was reached (CC, CQ) */
};

/* The per-worker counters of a record added up (stats_sum). */
struct counters_sum {
	uint64_t stot, bin, bout, econ, eresp, wretr, wredis, lbtot, cli_abrt, srv_abrt, connect;
	uint64_t at_last_sess;
	uint64_t qtime, ctime, ttime, qtime_max, ctime_max, ttime_max;
};

struct frontend_sum {
	uint64_t conn_tot, stot, bin, bout, dcon, ereq;
};

/* Per-second rate, kept by stats_account() [control]. */
struct rate {
	uint64_t last_total;
	unsigned cur, max;
};

/* Why a server takes no new connections: HAProxy's srv_admin_state bits. */
enum server_admin {
	ADMIN_MAINT = 0x01, /* `set server state maint`, `disable server` */
	ADMIN_CONF = 0x04,  /* `disabled` in the file */
	ADMIN_DRAIN = 0x08, /* `set server state drain` */
};

struct server {
	atomic_uint refs;
	unsigned n_workers;
	const char *backend_name, *name; /* own copies */

	/* [control] */
	struct health health;
	unsigned admin;   /* enum server_admin bits */
	int weight;       /* user weight, 0..256: set at run time or by the file */
	int conf_weight;  /* the file's */
	bool weight_set;  /* weight was set at run time */
	bool maxconn_set; /* maxconn was set at run time: a reload keeps it unless the file changed
			   */
	int conf_maxconn;
	bool dropped;                  /* no longer in the current configuration */
	usec_t at_changed;             /* last change of usability */
	usec_t downtime;               /* sum of finished down times */
	uint64_t n_chkfail, n_chkdown; /* failures while up; transitions to down */
	struct rate rate;

	/* [atomic] */
	atomic_int eff_weight; /* 0: no new connection.  Written by server_refresh() only */
	atomic_uint n_cur;     /* connections that hold a place; changed under backend.lock only */
	atomic_uint n_max;
	atomic_uint maxconn; /* 0 unlimited */

	/* [lock] */
	int64_t lb_current; /* smooth weighted round robin */

	struct counters *counters;   /* [worker] n_workers of them */
	struct counters_sum cleared; /* [control] what `clear counters all` takes off */
};

TAILQ_HEAD(queue_head, queue_slot);

struct backend {
	atomic_uint refs;
	unsigned n_workers;
	const char *name;

	pthread_mutex_t lock;               /* lb state and n_cur of its servers, the queue */
	struct queue_head queue;            /* [lock] waiting connections, oldest first */
	atomic_uint n_queued, n_queued_max; /* changed under lock */

	atomic_uint n_cur, n_max; /* connections assigned to it, waiting ones included */

	/* [control] */
	bool up; /* at least one usable server */
	usec_t at_changed, downtime;
	uint64_t n_chkdown;
	struct rate rate;
	struct counters_sum cleared;

	struct counters *counters; /* [worker] */
};

enum frontend_state { FRONTEND_OPEN, FRONTEND_PAUSED, FRONTEND_STOPPED };

struct frontend {
	atomic_uint refs;
	unsigned n_workers;
	const char *name;

	/* [atomic] */
	atomic_int state; /* enum frontend_state, written by main */
	atomic_uint n_cur, n_max;
	atomic_uint maxconn; /* run-time settable; 0 never */

	/* [control] */
	int conf_maxconn;
	struct rate rate, conn_rate;
	struct frontend_sum cleared;

	struct frontend_counters *counters; /* [worker] */
};

/* A gauge and its maximum. */
static inline unsigned
gauge_inc(atomic_uint *cur, atomic_uint *max)
{
	unsigned n = atomic_fetch_add_explicit(cur, 1, memory_order_relaxed) + 1;
	unsigned m = atomic_load_explicit(max, memory_order_relaxed);

	while (n > m && !atomic_compare_exchange_weak_explicit(max, &m, n, memory_order_relaxed,
							       memory_order_relaxed))
		;
	return n;
}

static inline void
gauge_dec(atomic_uint *cur)
{
	atomic_fetch_sub_explicit(cur, 1, memory_order_relaxed);
}

/* n_workers counts the slots of [worker] arrays (workers only; main needs none). NULL: no memory.
 */
struct server *server_new(const char *backend_name, const struct conf_server *cs,
			  unsigned n_workers, usec_t now);
struct backend *backend_new(const char *name, unsigned n_workers, usec_t now);
struct frontend *frontend_new(const char *name, unsigned n_workers);
struct server *server_ref(struct server *s);
void server_unref(struct server **s); /* frees with the last reference; nulls */
struct backend *backend_ref(struct backend *b);
void backend_unref(struct backend **b);
struct frontend *frontend_ref(struct frontend *f);
void frontend_unref(struct frontend **f);

/*
 * Take and give back a place at a server; backend.lock held, any thread.  Give back, then
 * queue_grant().  queue_grant() takes the place itself.
 */
void server_take(struct server *s);
void server_release(struct server *s);
/*
 * Count a session that got its place, by the worker that owns the connection: stot, lbtot and
 * the last session's instant of the server, lbtot and the instant of the backend.
 */
void server_count_session(struct backend *b, struct server *s, unsigned worker, usec_t now);

/* Any thread: does the server take new connections? (health, admin and weight, not maxconn) */
static inline bool
server_is_usable(const struct server *s)
{
	return atomic_load_explicit(&s->eff_weight, memory_order_relaxed) > 0;
}

/* ---- control thread: everything below changes state and says what to log ---- */

#define REPORT_LINES_MAX 4
#define REPORT_TEXT_MAX  512
/* Log lines of a state change (HAProxy's texts), in order, and what the shell must do. */
struct report {
	struct {
		int level; /* syslog.h */
		char text[REPORT_TEXT_MAX];
	} lines[REPORT_LINES_MAX];
	int n_lines;
	bool kick_queue; /* a server became usable or got room: run queue_grant for the backend */
	bool went_down;  /* the server takes no connection any more (DOWN or MAINT) */
};

/*
 * A finished check.  bv and sv: the server's place in the current snapshot.  *out is filled
 * afresh.  log lines come out only as HAProxy writes them (health lines with
 * option_log_health_checks on a change, UP/DOWN lines always).
 */
void server_check_result(const struct backend_view *bv, const struct server_view *sv,
			 const struct check_result *r, usec_t now, struct report *out);

enum server_order { SERVER_READY, SERVER_DRAIN, SERVER_MAINT };
void server_set_state(const struct backend_view *bv, const struct server_view *sv,
		      enum server_order order, usec_t now, struct report *out);
void server_set_weight(const struct backend_view *bv, const struct server_view *sv, int weight,
		       usec_t now, struct report *out);
void server_set_maxconn(const struct server_view *sv, unsigned maxconn, struct report *out);
/* `set server health up|down`, until the next check says otherwise. */
void server_set_health(const struct backend_view *bv, const struct server_view *sv, bool up,
		       usec_t now, struct report *out);
/* `enable|disable health`. */
void server_set_checks(const struct server_view *sv, bool on);

/* Derive eff_weight from health x admin x weight; true when usability changed. */
bool server_refresh(struct server *s);
/* Recount a backend after its servers changed; adds "has no server available!" to out. */
void backend_refresh(const struct backend_view *bv, usec_t now, struct report *out);
/* Usable servers: act without backup, bck with. */
void backend_count(const struct backend_view *bv, unsigned *n_act, unsigned *n_bck);
bool server_is_up(const struct server *s); /* operational: health and not in maintenance */
/* Should the checker probe it now?  Configured, enabled and not in maintenance. */
bool server_is_checked(const struct server_view *sv);
/* "UP", "UP 1/3", "DOWN", "DOWN 1/2", "MAINT", "DRAIN", "no check". */
#define SERVER_STATUS_LEN 24
const char *server_status(const struct server *s, char buf[SERVER_STATUS_LEN]);

#endif
