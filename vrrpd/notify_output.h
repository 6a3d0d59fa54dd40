/*
 * notify_output.h - what the commands of one instance write, line by line into our log.
 *
 * One pipe for all of them, as long as the instance lives: a process that a command left in the
 * background can go on writing, and no end of file has to be waited for.
 */
#ifndef VRRPD_NOTIFY_OUTPUT_H
#define VRRPD_NOTIFY_OUTPUT_H

#include "common/err.h"

struct event_base;
struct notify_output;

struct notify_output *notify_output_new(struct event_base *base, const char *instance,
					struct err *e);
void notify_output_free(struct notify_output **o);
int notify_output_fd(const struct notify_output *o); /* for the child */
void notify_output_flush(struct notify_output *o);   /* log what is there now */

#endif
