/*
 * keepalived_json.h - keepalived's JSON dump (version 1, as 2.2.7 writes it), for programs that
 * know only that: its exporters signal the process and read the file.
 */
#ifndef VRRPD_KEEPALIVED_JSON_H
#define VRRPD_KEEPALIVED_JSON_H

#include <signal.h>

#include "common/err.h"

struct registry;

/* What `keepalived --signum=JSON` says: 36 with glibc. */
#define KEEPALIVED_JSON_SIGNAL (SIGRTMIN + 2)

/*
 * Written beside it and moved into place: readers never find half a file, and whatever stands at
 * the path, a symbolic link too, is replaced and not followed.  Mode 0600.
 */
int keepalived_json_write(const struct registry *r, const char *path, struct err *e);

#endif
