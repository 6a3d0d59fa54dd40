/*
 * limits.h - what a configuration asks of the operating system: threads, descriptors, identity.
 */
#ifndef PROXYD_LIMITS_H
#define PROXYD_LIMITS_H

#include <stddef.h>

#include "proxyd/conf.h"

unsigned limits_threads(const struct conf *c); /* `threads`, or one per usable core */
size_t limits_nofile(const struct conf *c);    /* descriptors that an engine needs */

struct identity {
	int uid, gid; /* -1: stay as we are */
};
/* The engine's user and group.  Errors with their place in the file; touches nothing. */
int limits_identity(const struct conf *c, struct identity *id, struct errlist *el)
    __attribute__((warn_unused_result));
/* -1 names stay -1; an unknown user or group is an error at `line`. */
int limits_owner(const struct conf *c, const char *section, int line, const char *user,
		 const char *group, struct identity *id, struct errlist *el)
    __attribute__((warn_unused_result));

#endif
