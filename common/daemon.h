/*
 * daemon.h - what both daemons do with the operating system around their main loop.
 */
#ifndef COMMON_DAEMON_H
#define COMMON_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/err.h"
#include "common/usec.h"

usec_t clock_now(void);  /* CLOCK_MONOTONIC */
usec_t clock_boot(void); /* CLOCK_BOOTTIME: goes on during suspend */
usec_t clock_utc(void);  /* CLOCK_REALTIME: since 1970, and may jump */

/*
 * Fork to the background.  The parent waits for daemon_ready() and leaves with 0, or with 1 when
 * the child ends first (the child's error text has gone to the same stderr).  Returns in the
 * child only.  Call before any event base exists.
 */
int daemon_background(struct err *e);
/*
 * The daemon serves now: release the waiting parent (stdin, stdout, stderr become /dev/null) and
 * tell NOTIFY_SOCKET "READY=1" when it is set.
 */
void daemon_ready(void);
/*
 * In a process forked off (proxyd's engine), once it serves: close the line to the waiting parent
 * and the pidfile, which stay with the forker; stdin, stdout, stderr become /dev/null when in the
 * background.
 */
void daemon_after_fork(void);
void daemon_notify(const char *state); /* sd_notify protocol: "RELOADING=1...", "STOPPING=1" */

/*
 * Lock and write a pidfile.  When another process holds it: -1 and a text that names its pid.
 * The descriptor is kept open until daemon_pidfile_remove.
 */
int daemon_pidfile_lock(const char *path, struct err *e);
void daemon_pidfile_write(void); /* the pid of the caller, after daemon_background */
void daemon_pidfile_remove(void);
void daemon_pidfile_forget(void); /* close it, leave the file */
/*
 * Over an exec(2): the locked descriptor (-1: none), kept open by the caller, and taken over
 * again; daemon_pidfile_lock() then finds that the lock is ours.
 */
int daemon_pidfile_fd(void);
void daemon_pidfile_adopt(int fd);

/* Raise RLIMIT_NOFILE to at least n (hard limit too, as root); -1 when that is refused. */
int daemon_raise_nofile(size_t n, struct err *e);
/* chroot (NULL: none), then supplementary groups, gid, uid; -1 ids: unchanged. */
int daemon_drop_privileges(const char *chroot_dir, int uid, int gid, struct err *e);

/* The whole file, at most max bytes; caller frees. */
char *read_file(const char *path, size_t max, size_t *len, struct err *e);

#endif
