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
/* The engine's user and group, looked up. */
int limits_identity(const struct conf *c, struct identity *id, struct err *e)
    __attribute__((warn_unused_result));
/*
 * Are user, group and chroot of [global] there on this host?  Works on the text, so that these
 * mistakes are told together with all others of a file that is refused anyway.
 */
void limits_check_text(const char *file, const char *text, size_t len, ini_getenv_fn getenv_fn,
		       struct errlist *el);
/* Owner of a UNIX socket: NULL names give -1; an unknown user or group is an error at `line`. */
int limits_owner(const struct conf *c, const char *section, int line, const char *user,
		 const char *group, struct identity *id, struct errlist *el)
    __attribute__((warn_unused_result));

#endif
