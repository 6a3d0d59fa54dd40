/*
 * monitor_priv.h - the monitor's record, shared by monitor.c, monitor_engine.c and reexec.c.
 */
#ifndef PROXYD_MONITOR_PRIV_H
#define PROXYD_MONITOR_PRIV_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "common/usec.h"
#include "proxyd/binds.h"
#include "proxyd/monitor.h"
#include "proxyd/plan.h"

#define ENGINES_MAX 16 /* the serving one and those of earlier binaries that still drain */

enum engine_state {
	ENGINE_NONE,
	ENGINE_STARTING, /* forked, has not said READY */
	ENGINE_SERVING,
	ENGINE_DRAINING, /* replaced by a newer one or stopping softly */
};

struct engine_proc {
	enum engine_state state;
	pid_t pid;
	struct channel *channel;
	uint32_t id;    /* of the last CONFIG it was sent */
	bool at_eof;    /* it closed its channel: SIGCHLD is due */
	bool unsure;    /* of its sockets: an answer may have been lost with the binary before us */
	usec_t kill_at; /* if it has not ended by then; 0 never */
};

enum monitor_phase {
	MONITOR_RUNNING,
	MONITOR_DRAINING, /* SIGUSR1: until the engine has no connection left */
	MONITOR_STOPPING, /* SIGTERM: until the engines are dead */
	MONITOR_DONE,
};

#define RELOAD_BOUND   (10 * USEC_PER_SEC)
#define STOP_PATIENCE  (2 * USEC_PER_SEC) /* an engine that was told to stop, then SIGKILL */
#define DRAIN_MARGIN   (3 * USEC_PER_SEC) /* over hard_stop_after, which the engine keeps itself */
#define RESPAWN_MAX    5
#define RESPAWN_WINDOW (10 * USEC_PER_SEC)

struct monitor {
	struct monitor_conf mc;
	enum monitor_phase phase;
	int exit_status;
	int signal_fd;
	usec_t deadline; /* STOPPING, DRAINING: then by force */

	struct plan plan; /* what runs */
	struct plan next; /* what the engine is trying on, while `reloading` */
	bool reloading, reload_again;
	usec_t reload_until; /* `reloading`: without an answer until then it counts as failed */
	bool overdue;        /* ... which it does; nobody waits, but the answer will hold */
	struct binds binds;
	struct engine_proc engines[ENGINES_MAX]; /* 0: the one that serves or starts */
	/* after a re-exec, until our own engine is ready: the one of the binary before ... */
	struct engine_proc heir_of;
	struct plan heritage; /* ... and what it runs, when the file says something else now */

	usec_t at_starts[RESPAWN_MAX]; /* of the latest engines that replaced a dead one */
	bool was_ready;                /* an engine has served already */
	size_t engine_nofile;          /* hard limit that engines[0] was born with */
	uint32_t last_id;
	uint64_t n_reloads, n_failed_reloads, n_engines;
	time_t at_start_wall;
	usec_t at_start;
};

/* ---- monitor_engine.c: processes ---- */

/* Fork one into engines[0], which must be free, on the current plan with every socket. */
int engine_start(struct monitor *m, struct err *e) __attribute__((warn_unused_result));
int engine_send_config(struct monitor *m, struct engine_proc *p, const struct plan *plan,
		       bool only_new, struct err *e) __attribute__((warn_unused_result));
void engine_send_facts(const struct monitor *m);
/* Order to leave; a peer that does not take the order is killed. */
void engine_stop(struct engine_proc *p);
void engine_drain(struct monitor *m, struct engine_proc *p, bool handover);
void engine_forget(struct engine_proc *p);
bool engines_alive(const struct monitor *m);
void engines_kill(struct monitor *m);
/* Another engine for one that died: false when there were too many lately. */
bool engine_respawn_allowed(struct monitor *m, usec_t now);

/* ---- reexec.c: SIGUSR2 ---- */

/* Try the binary on the configuration, then become it.  Returns only when that failed. */
void reexec_now(struct monitor *m);
/* In the new binary: what the one before left.  0: nothing; 1: adopted; -1: broken. */
int reexec_adopt(struct monitor *m, struct err *e);

/* ---- monitor.c ---- */
void monitor_open_log(const struct monitor *m, bool ready);
/* Tell everybody to end now; told twice, they are killed. */
void monitor_stop_now(struct monitor *m, int status);

/* ---- monitor_reload.c ---- */
void monitor_reload(struct monitor *m);
void monitor_check_reload(struct monitor *m, usec_t now);
void monitor_read_answers(struct monitor *m, struct engine_proc *p);
void monitor_reap(struct monitor *m);
int monitor_raise_nofile(const struct plan *plan, struct err *e)
    __attribute__((warn_unused_result));
/* After a re-exec that came to nothing: the old engine stays.  False: there is none. */
bool monitor_keep_heritage(struct monitor *m);

#endif
