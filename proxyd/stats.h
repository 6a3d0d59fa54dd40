/*
 * stats.h - counters gathered into rows, rows rendered as CSV, JSON, typed text, HTML; `show info`
 * and `show servers state`.  Pure: `now` and the process's facts are passed in.  Control thread.
 *
 * Shapes are HAProxy's (its tools read them): CSV columns 0..102 with a trailing comma.
 */
#ifndef PROXYD_STATS_H
#define PROXYD_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/strbuf.h"
#include "common/usec.h"
#include "proxyd/snapshot.h"

enum stats_type { STATS_FRONTEND = 0, STATS_BACKEND = 1, STATS_SERVER = 2 }; /* CSV column 32 */

/* How a row is coloured; derived from status. */
enum stats_state {
	STATE_UP,
	STATE_TRANSITION,
	STATE_DOWN,
	STATE_MAINT,
	STATE_DRAIN,
	STATE_NOCHECK
};

/* One line of the table.  Fields that a type does not have are 0 and not rendered. */
struct stats_row {
	enum stats_type type;
	const char *pxname, *svname; /* point into the snapshot */
	int iid, sid;
	char status[SERVER_STATUS_LEN];
	enum stats_state state;
	uint64_t qcur, qmax, scur, smax, slim; /* slim 0: unlimited */
	uint64_t stot, bin, bout, dcon, ereq, econ, eresp, wretr, wredis;
	uint64_t weight, uweight, act, bck; /* weight effective, uweight as set */
	uint64_t chkfail, chkdown, lastchg_s, downtime_s, lbtot;
	uint64_t rate, rate_max, conn_rate, conn_rate_max, conn_tot, connect;
	uint64_t cli_abrt, srv_abrt;
	int64_t lastsess_s;                                            /* -1 none */
	uint64_t qtime, ctime, ttime, qtime_max, ctime_max, ttime_max; /* ms */
	bool has_check; /* configured, and the server is not in maintenance */
	bool check_running;
	enum check_status check_status;
	int check_code; /* -1 none */
	uint64_t check_ms;
	char last_chk[HEALTH_INFO_LEN];
	int rise, fall, health;
	char addr[ADDR_STRLEN];
	const char *algo; /* backend */
};

struct stats_table {
	struct stats_row *rows; /* per proxy in file order: FRONTEND; servers, BACKEND */
	size_t n_rows;
};

/* Process facts that only the shell knows; all of them are printed by `show info`. */
struct stats_process {
	const char *version;      /* "1.0.0" */
	const char *release_date; /* "2026/11/23" */
	const char *node;         /* host name or [global] node */
	const char *description;  /* NULL none */
	int pid;
	unsigned n_threads;
	usec_t uptime;        /* since the monitor's start, over reloads and engine restarts */
	int64_t start_time_s; /* wall clock, seconds since 1970 */
	uint64_t generation;  /* configuration generation */
	uint64_t maxconn, ulimit_n, maxsock; /* limits */
	uint64_t curr_conns, cum_conns;      /* client connections */
	uint64_t conn_rate, max_conn_rate;
	uint64_t pipes_max, pipes_used, pipes_free;
	uint64_t pool_bytes, pool_used_bytes, pool_failed; /* slab pools */
	uint64_t tasks,
	    run_queue; /* connections + checks + listeners; connections with work left */
	unsigned idle_pct;
	bool stopping;
	uint64_t jobs, listeners;
	uint64_t dropped_logs;
	uint64_t bytes_out, spliced_bytes_out, bytes_out_rate;
	uint64_t maxconn_reached; /* times accept was paused by a limit */
	uint64_t n_switches;      /* directions that changed between copy and splice */
	uint64_t n_reloads, n_failed_reloads;
};

/* Once per second, control thread: rates and their maxima.  Call with the time since the last one.
 */
void stats_account(const struct snapshot *s, usec_t elapsed);
/* Sums since the last `clear counters all`. */
void stats_sum(const struct counters *per_worker, unsigned n, const struct counters_sum *cleared,
	       struct counters_sum *out);
void stats_sum_frontend(const struct frontend *f, struct frontend_sum *out);
/* `clear counters`: maxima only; all: everything but gauges and states.  Control thread. */
void stats_clear(const struct snapshot *s, bool all);

int stats_gather(const struct snapshot *s, usec_t now, struct stats_table *out)
    __attribute__((warn_unused_result)); /* -1: no memory */
void stats_table_free(struct stats_table *t);

/* `show stat [iid|name type sid] [up|no-maint]`: type 1 FE, 2 BE, 4 servers, -1 all; -1 any id. */
struct stats_filter {
	int iid, type_mask, sid;
	const char *pxname; /* NULL any; else iid is ignored */
	bool only_up;       /* without what is DOWN or MAINT */
	bool no_maint;
};
#define STATS_FILTER_ALL                                                                           \
	(struct stats_filter)                                                                      \
	{                                                                                          \
		.iid = -1, .type_mask = -1, .sid = -1                                              \
	}
enum stats_format { STATS_CSV, STATS_TYPED, STATS_JSON };

void stats_render(struct strbuf *b, const struct stats_table *t, const struct stats_filter *f,
		  enum stats_format format);
/* `show info`: every line has exactly one ": " and a value. */
void stats_render_info(struct strbuf *b, const struct stats_process *p, enum stats_format format);
/* `show servers state [backend]`; backend NULL: all. */
void stats_render_servers_state(struct strbuf *b, const struct snapshot *s, const char *backend,
				usec_t now);

/* The status page.  Complete HTML document, no external resources. */
struct stats_page {
	const struct stats_process *process;
	const struct stats_table *table;
	const struct conf_stats *conf; /* hide_version, refresh */
	const char *date; /* shown as the page's time; text made by the shell (logline_date) */
};
void stats_render_html(struct strbuf *b, const struct stats_page *page);

/* "0d 0h05m17s", HAProxy's spelling. */
void stats_uptime(usec_t uptime, char *out, size_t size);

#endif
