/*
 * observe.h - what a host's files say: the number in a tracked file, the name and the parameters
 * of a process.  Pure; the bytes may be anything.
 */
#ifndef VRRPD_OBSERVE_H
#define VRRPD_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>

#include "vrrpd/track_conf.h"

#define OBSERVE_COMM_MAX 15 /* bytes of a process's short name that the kernel keeps */

/* "-5\n": a decimal number between blanks, at most +-2147483647.  false: it is none. */
bool observe_number(const char *text, size_t len, int *value);
/*
 * "123 (a name) S ...": /proc/PID/stat, whose name may hold blanks and brackets.  false: not
 * understood, or the process is dead and only its entry is left.
 */
bool observe_stat(const char *text, size_t len, char comm[OBSERVE_COMM_MAX + 1]);
/* The short name is enough to say no; with its command line (words ended by NULs) to say yes. */
bool observe_may_match(const struct track_conf *tc, const char *comm);
bool observe_matches(const struct track_conf *tc, const char *cmdline, size_t len);
bool observe_needs_cmdline(const struct track_conf *tc);

#endif
