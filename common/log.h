/*
 * log.h - one line per event an operator acts on, to stderr and to syslog, never blocking.
 *
 * Safe from any thread once configured.  A full or missing syslog socket drops the line and
 * counts it.  Levels say whose problem it is: err ours, warning environment or peer, notice
 * state change, info connection, debug.  emerg and alert: HAProxy's server state lines use them.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#include "common/addr.h"
#include "common/err.h"
#include "common/usec.h"

/* Where lines go: up to LOG_TARGETS_MAX syslog servers and/or stderr. */
#define LOG_TARGETS_MAX 4

struct log_target {
	struct addr addr; /* UDP address or UNIX datagram path; len 0: stderr */
	int facility;     /* LOG_LOCAL2, ... */
	int max_level;    /* LOG_EMERG .. LOG_DEBUG: lines above it are not sent */
};

struct log_conf {
	struct log_target targets[LOG_TARGETS_MAX];
	int n_targets;
	bool to_stderr; /* foreground: every line up to max_level also to stderr */
	int stderr_level;
};

/* ident: program name in every line.  Until log_open, lines up to notice go to stderr. */
void log_init(const char *ident);
/* Opens the sockets now (before a chroot).  Replaces the old targets only on success. */
int log_open(const struct log_conf *lc, struct err *e);
/*
 * As log_open; fds[i] other than -1 is a connected socket for target i, opened where its path is
 * in reach.  They are taken over, on failure too (closed).
 */
int log_open_with(const struct log_conf *lc, const int fds[LOG_TARGETS_MAX], struct err *e);
/* Such a socket for a UNIX target; -1 when nobody listens there. */
int log_connect(const struct log_target *lt);
void log_close(void);
/*
 * For a process with two tables of descriptors (unshare(2), CLONE_FILES): a second set of targets,
 * to begin with the same numbers in the other table.  log_open() and log_close() then concern the
 * set of the thread that calls them: the first, after log_use_second() the second.
 */
void log_split(void);
void log_use_second(void);
int log_sockets(int fds[LOG_TARGETS_MAX]); /* those of the calling thread's set; how many */
void log_msg(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Would anybody get a line of this level?  For callers to whom composing one is work. */
bool log_takes(int level);
uint64_t log_dropped(void);

#define log_err(...)    log_msg(LOG_ERR, __VA_ARGS__)
#define log_warn(...)   log_msg(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_msg(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)   log_msg(LOG_INFO, __VA_ARGS__)
#define log_debug(...)  log_msg(LOG_DEBUG, __VA_ARGS__)

/* A token bucket for lines that a peer can trigger. */
struct log_limit {
	usec_t window;    /* 0: USEC_PER_SEC * 10 */
	unsigned max;     /* lines per window; 0: 5 */
	usec_t at_window; /* start of the running window */
	unsigned n_sent;
	unsigned n_skipped; /* reported with the next line that passes */
};
/* May a line go out now?  *skipped receives how many were held back since the last one. */
bool log_limit_pass(struct log_limit *l, usec_t now, unsigned *skipped);

/* "[facility [level]]" words into numbers; LOG_LOCAL0-style names without the prefix. */
int log_facility(const char *name); /* -1 when unknown */
int log_level(const char *name);    /* -1 when unknown */
const char *log_level_name(int level);

#endif
