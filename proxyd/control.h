/*
 * control.h - HAProxy's Runtime API on a control socket, answered on the engine's control thread.
 */
#ifndef PROXYD_CONTROL_H
#define PROXYD_CONTROL_H

#include "proxyd/conf.h"

struct control;
struct event_base;
struct manager;

/* Takes the listening socket over (closed in control_free, and on failure).  NULL: no memory. */
struct control *control_new(struct event_base *base, struct manager *m, int fd,
			    enum conf_level level);
void control_free(struct control **c);

#endif
