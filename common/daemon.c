/*
 * daemon.c - background with readiness, file descriptor limit, privileges, clocks.
 *
 * The one thing kept here is the line to the parent that waits for daemon_ready().  Called by the
 * main thread only.
 */
#include "common/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILD_POLL_MS 50 /* how often the waiting parent looks whether the child has ended */

static int ready_fd = -1; /* in the background: where the parent waits */

static usec_t
clock_usec(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (usec_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

usec_t
clock_now(void)
{
	return clock_usec(CLOCK_MONOTONIC);
}

usec_t
clock_boot(void)
{
	return clock_usec(CLOCK_BOOTTIME);
}

usec_t
clock_utc(void)
{
	return clock_usec(CLOCK_REALTIME);
}

/*
 * The parent's last deed.  A byte means ready; the line's end alone is no news, for processes
 * that the child forks hold it open too, so the child itself is looked at.
 */
static void __attribute__((noreturn)) wait_for_child(pid_t child, int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	bool ended = false;
	char byte;

	for (;;) {
		if (poll(&pfd, 1, ended ? 0 : CHILD_POLL_MS) > 0)
			_exit(read(fd, &byte, 1) == 1 ? 0 : 1);
		if (ended)
			_exit(1);
		ended = waitpid(child, NULL, WNOHANG) != 0; /* then look at the line once more */
	}
}

int
daemon_background(struct err *e)
{
	int fds[2];
	pid_t pid;

	/* not a pipe: telling a parent that was killed must not raise SIGPIPE */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return err_sys(e, "socketpair");
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		err_sys(e, "fork");
		close(fds[0]);
		close(fds[1]);
		return -1;
	}
	if (pid > 0) {
		close(fds[1]);
		wait_for_child(pid, fds[0]);
	}
	close(fds[0]);
	ready_fd = fds[1];
	setsid();
	return 0;
}

static void
stdio_to_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	for (int i = 0; i <= STDERR_FILENO; i++) {
		if (fd != i)
			dup2(fd, i);
	}
	if (fd > STDERR_FILENO)
		close(fd);
}

void
daemon_ready(void)
{
	if (ready_fd >= 0) {
		stdio_to_null();
		(void)!send(ready_fd, "", 1, MSG_NOSIGNAL);
		close(ready_fd);
		ready_fd = -1;
	}
	daemon_notify("READY=1");
}

void
daemon_after_fork(void)
{
	if (ready_fd >= 0) {
		stdio_to_null();
		close(ready_fd);
		ready_fd = -1;
	}
	daemon_pidfile_forget();
}

void
daemon_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(un.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(un.sun_path, path, len);
	if (path[0] == '@')
		un.sun_path[0] = '\0'; /* an abstract name, not NUL terminated */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&un,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}

int
daemon_raise_nofile(size_t n, struct err *e)
{
	struct rlimit now, want;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return err_sys(e, "RLIMIT_NOFILE");
	if (now.rlim_cur >= n)
		return 0;
	want.rlim_cur = n;
	want.rlim_max = now.rlim_max > n ? now.rlim_max : n;
	if (setrlimit(RLIMIT_NOFILE, &want) < 0)
		return err_sys(e, "%zu file descriptors are needed, the limit is %llu", n,
			       (unsigned long long)now.rlim_max);
	return 0;
}

static int
change_root(const char *dir, struct err *e)
{
	if (chdir(dir) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return err_sys(e, "chroot to %s", dir);
	return 0;
}

int
daemon_drop_privileges(const char *chroot_dir, int uid, int gid, struct err *e)
{
	gid_t group = (gid_t)gid;

	if (chroot_dir && change_root(chroot_dir, e) < 0)
		return -1;
	if ((uid >= 0 || gid >= 0) && geteuid() == 0 && setgroups(gid >= 0, &group) < 0)
		return err_sys(e, "setgroups");
	if (gid >= 0 && setresgid(group, group, group) < 0)
		return err_sys(e, "group %d", gid);
	if (uid >= 0 && setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid) < 0)
		return err_sys(e, "user %d", uid);
	if (uid > 0 && setuid(0) == 0)
		return err_set(e, "user %d: root could be had again", uid);
	return 0;
}

/* Everything from fd; one byte more than max proves that there is too much. */
static char *
read_all(int fd, const char *path, size_t max, size_t *len, struct err *e)
{
	size_t cap = 4096, n = 0;
	char *buf = malloc(cap + 1);

	while (buf) {
		ssize_t got = read(fd, buf + n, cap - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			err_sys(e, "%s", path);
			goto fail;
		}
		n += (size_t)got;
		if (n > max) {
			err_set(e, "%s: larger than %zu bytes", path, max);
			goto fail;
		}
		if (got == 0) {
			buf[n] = '\0';
			*len = n;
			return buf;
		}
		if (n == cap) {
			char *more = realloc(buf, (cap *= 2) + 1);

			if (!more)
				break;
			buf = more;
		}
	}
	err_set(e, "%s: out of memory", path);
fail:
	free(buf);
	return NULL;
}

char *
read_file(const char *path, size_t max, size_t *len, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *text;

	if (fd < 0) {
		err_sys(e, "%s", path);
		return NULL;
	}
	text = read_all(fd, path, max, len, e);
	close(fd);
	return text;
}
