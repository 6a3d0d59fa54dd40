/*
 * metrics_server.h - the metrics over HTTP, where metrics_bind says.
 */
#ifndef VRRPD_METRICS_SERVER_H
#define VRRPD_METRICS_SERVER_H

#include "common/err.h"
#include "vrrpd/conf.h"

struct event_base;
struct metrics_server;
struct registry;

/* *m NULL with 0: no metrics_bind. */
int metrics_server_new(struct event_base *base, const struct registry *r,
		       const struct global_conf *g, struct metrics_server **m, struct err *e);
/* As the new configuration wants it.  On -1 *m goes on as before. */
int metrics_server_replace(struct event_base *base, const struct registry *r,
			   const struct global_conf *g, struct metrics_server **m, struct err *e);
void metrics_server_free(struct metrics_server **m);

#endif
