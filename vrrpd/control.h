/*
 * control.h - vrrpd's control socket: what it shows, and the operator's orders.
 */
#ifndef VRRPD_CONTROL_H
#define VRRPD_CONTROL_H

#include "common/err.h"
#include "vrrpd/conf.h"

struct control;
struct event_base;
struct registry;

struct control *control_new(struct event_base *base, struct registry *r,
			    const struct global_conf *g, struct err *e);
/*
 * A socket as the new configuration wants it, in place of *c.  On -1 *c goes on as before.  With
 * the same path it is the same socket, and nobody is refused in between.
 */
int control_replace(struct control **c, const struct global_conf *g, struct err *e);
void control_free(struct control **c); /* removes the socket */

#endif
