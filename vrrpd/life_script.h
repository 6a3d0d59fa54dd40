/*
 * life_script.h - startup_script and shutdown_script: around the daemon's own life.
 */
#ifndef VRRPD_LIFE_SCRIPT_H
#define VRRPD_LIFE_SCRIPT_H

#include "vrrpd/conf.h"

struct event_base;

/*
 * "startup_script" or "shutdown_script": run it, if there is one, and wait for its end or its time
 * limit, while all other events are served.  How it ended is logged, and changes nothing.
 */
void life_script_run(struct event_base *base, const char *key, const struct global_conf *g);

#endif
