/*
 * engine.h - the unprivileged process: its start, its main loop, its end.
 */
#ifndef PROXYD_ENGINE_H
#define PROXYD_ENGINE_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "common/usec.h"

struct engine_conf {
	int channel_fd;
	pid_t monitor_pid;
	time_t at_start_wall; /* of the monitor */
	usec_t at_start;
	bool log_stderr; /* foreground */
	int stderr_level;
};

/* The whole life of an engine in a process just forked; returns its exit status. */
int engine_run(const struct engine_conf *ec);

#endif
