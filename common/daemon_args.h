/*
 * daemon_args.h - the command line that both daemons have.
 */
#ifndef COMMON_DAEMON_ARGS_H
#define COMMON_DAEMON_ARGS_H

#include <stdbool.h>

struct daemon_program {
	const char *name;
	const char *summary;
	const char *default_config;
	const char *quiet;            /* what -q does */
	const char *signals;          /* last lines of the help */
	void (*print_features)(void); /* last lines of -vv */
};

struct daemon_args {
	const char *config;
	const char *pidfile; /* NULL: none given */
	bool check;
	bool daemon;
	bool debug;
	bool quiet;
};

/* True: go on.  False: everything is said (help, version, a mistake), leave with *status. */
bool daemon_args_parse(const struct daemon_program *p, int argc, char **argv, struct daemon_args *a,
		       int *status);

#endif
