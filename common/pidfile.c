/*
 * pidfile.c - one daemon per pidfile: the lock says who runs, the number only names it.
 *
 * flock() belongs to the open file, so it survives daemon_background() and ends with the process,
 * however it ends: a stale file never stops a start.  Main thread only.
 */
#include "common/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_TRIES 10 /* the file may be removed by the one who ends between open and lock */

static int lock_fd = -1;
static char *lock_path; /* absolute: it outlives a chdir */

static long
read_pid(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return strtol(text, NULL, 10);
}

/* Is the file at path still the one that we have open? */
static bool
same_file(int fd, const char *path)
{
	struct stat ours, theirs;

	return fstat(fd, &ours) == 0 && lstat(path, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
	       ours.st_ino == theirs.st_ino;
}

/* Open without following a link, and only what is a plain file of one name. */
static int
open_plain(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	struct stat st;

	if (fd < 0)
		return err_sys(e, "pidfile %s", path);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink <= 1)
		return fd;
	close(fd);
	return err_set(e, "pidfile %s: not a plain file", path);
}

static int
open_and_lock(const char *path, struct err *e)
{
	int fd = open_plain(path, e);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (errno != EWOULDBLOCK)
		err_sys(e, "pidfile %s: lock", path);
	else if (read_pid(fd) > 0)
		err_set(e, "pidfile %s: already running with pid %ld", path, read_pid(fd));
	else
		err_set(e, "pidfile %s: locked by a process that is starting", path);
	close(fd);
	return -1;
}

int
daemon_pidfile_lock(const char *path, struct err *e)
{
	if (lock_fd >= 0 && !lock_path && same_file(lock_fd, path)) { /* adopted */
		lock_path = realpath(path, NULL);
		return 0;
	}
	for (int i = 0; i < LOCK_TRIES; i++) {
		int fd = open_and_lock(path, e);

		if (fd < 0)
			return -1;
		if (same_file(fd, path)) {
			daemon_pidfile_forget();
			lock_fd = fd;
			lock_path = realpath(path, NULL);
			return 0;
		}
		close(fd);
	}
	return err_set(e, "pidfile %s: somebody keeps replacing it", path);
}

int
daemon_pidfile_fd(void)
{
	return lock_fd;
}

void
daemon_pidfile_adopt(int fd)
{
	daemon_pidfile_forget();
	lock_fd = fd;
}

void
daemon_pidfile_write(void)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (lock_fd < 0)
		return;
	(void)!ftruncate(lock_fd, 0);
	(void)!pwrite(lock_fd, text, (size_t)n, 0);
}

void
daemon_pidfile_remove(void)
{
	if (lock_fd >= 0 && lock_path && same_file(lock_fd, lock_path))
		unlink(lock_path);
	daemon_pidfile_forget();
}

void
daemon_pidfile_forget(void)
{
	if (lock_fd >= 0)
		close(lock_fd);
	lock_fd = -1;
	free(lock_path);
	lock_path = NULL;
}
