/*
 * spawn.h - one command of the operator's as a child process, watched to its end.
 *
 * The child gets a process group of its own, no signal mask and no real-time priority of ours,
 * and /dev/null to read from.  Over its time limit the whole group is ended.
 */
#ifndef VRRPD_SPAWN_H
#define VRRPD_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/err.h"
#include "common/usec.h"

#define SPAWN_ARGS_MAX 4
#define SPAWN_ENV_MAX  4

struct event_base;
struct spawn;

/* Whose rights a command has. */
struct spawn_ids {
	bool is_set;  /* false: ours */
	bool is_user; /* known by name, and with groups of its own */
	uid_t uid;
	gid_t gid;
};

struct spawn_order {
	const char *command;                  /* words, or a line for /bin/sh if it looks so */
	const char *args[SPAWN_ARGS_MAX + 1]; /* appended to it; NULL ends */
	const char *env[SPAWN_ENV_MAX + 1];   /* "NAME=value", added to ours; NULL ends */
	int output_fd;                        /* becomes standard output and error; -1: /dev/null */
	int input_fd;                         /* becomes standard input, 0: /dev/null */
	usec_t timeout;                       /* USEC_NEVER: none */
	struct spawn_ids ids;
};

struct spawn_end {
	bool well;     /* by itself, with status 0 */
	bool timeout;  /* we ended it */
	char text[64]; /* "status 3", "killed by signal 9" */
};

/* The spawn is freed before the call. */
typedef void (*spawn_fn)(const struct spawn_end *end, void *arg);

/* "USER [GROUP]", names or numbers; the group is the user's own unless told. */
int spawn_find_ids(const char *text, struct spawn_ids *ids, struct err *e);
/* The order is used during the call only.  NULL: it could not be started, fn is not called. */
struct spawn *spawn_start(struct event_base *base, const struct spawn_order *o, spawn_fn fn,
			  void *arg, struct err *e);
/* End the group now and forget it; fn is not called. */
void spawn_kill(struct spawn **s);
/* As spawn_kill, and politely: it may clean up, unwatched, but not for longer than 2 s. */
void spawn_dismiss(struct spawn **s);
/* Where no event loop runs any more: waits so long for it at most. */
void spawn_finish(struct spawn **s, usec_t grace);

#endif
