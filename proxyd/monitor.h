/*
 * monitor.h - the privileged process: configuration file, listening sockets, signals, engines.
 */
#ifndef PROXYD_MONITOR_H
#define PROXYD_MONITOR_H

#include <stdbool.h>

struct monitor_conf {
	const char *name;    /* of the configuration file, as the user wrote it: for messages */
	const char *path;    /* the same, absolute */
	const char *exe;     /* our binary, absolute, for SIGUSR2 */
	char **argv;         /* for SIGUSR2 */
	const char *pidfile; /* -p, NULL: what the file says */
	bool daemon;         /* -D */
	bool quiet, debug;   /* -q, -d */
};

/* Runs until stopped; the process's exit status.  Errors have been printed. */
int monitor_run(const struct monitor_conf *mc);
/* `-c`: print every mistake of the file, touch nothing; 0 valid, 1 not. */
int monitor_check(const struct monitor_conf *mc);

#endif
