/*
 * script_check.h - the users of commands exist, and nobody but root can change what root runs.
 */
#ifndef VRRPD_SCRIPT_CHECK_H
#define VRRPD_SCRIPT_CHECK_H

#include "common/err.h"
#include "vrrpd/conf.h"

/* What is wrong becomes an error in el, at the line of its section.  Looks at the host's files. */
void script_check(const struct vrrpd_conf *c, struct errlist *el);

#endif
