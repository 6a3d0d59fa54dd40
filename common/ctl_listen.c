/*
 * ctl_listen.c - the UNIX socket that a control server listens on.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/addr.h"
#include "common/ctl_server.h"

#define BACKLOG 64

/* 1: somebody listens there, 0: nobody does (any more), -1: it is no socket or cannot be asked. */
static int
is_live(const struct addr *a, struct err *e)
{
	int fd, live;
	struct stat st;

	if (lstat(a->un.sun_path, &st) < 0)
		return errno == ENOENT ? 0 : err_sys(e, "%s", a->un.sun_path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, "%s: exists and is not a socket", a->un.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_sys(e, "socket");
	live = connect(fd, &a->sa, a->len) == 0 || errno == EAGAIN; /* EAGAIN: its queue is full */
	if (!live && errno != ECONNREFUSED && errno != ENOENT)
		live = err_sys(e, "%s", a->un.sun_path);
	close(fd);
	return live;
}

/*
 * The mode comes from the umask, so that there is no moment with another one; nobody can
 * connect before listen(), when the owner is right too.
 */
static int
bind_socket(int fd, const struct addr *a, unsigned mode, int uid, int gid, struct err *e)
{
	const char *path = a->un.sun_path;
	mode_t old = umask(~(mode ? mode : 0600) & 0777);
	int rc = bind(fd, &a->sa, a->len);

	umask(old);
	if (rc < 0)
		return err_sys(e, "bind %s", path);
	if ((uid >= 0 || gid >= 0) && lchown(path, (uid_t)uid, (gid_t)gid) < 0)
		err_sys(e, "owner of %s", path);
	else if (listen(fd, BACKLOG) < 0)
		err_sys(e, "listen on %s", path);
	else
		return 0;
	unlink(path);
	return -1;
}

int
ctl_listen_unix(const char *path, unsigned mode, int uid, int gid, struct err *e)
{
	struct addr a;
	int fd, live;

	if (addr_parse(path, -1, &a, e) < 0)
		return -1;
	if (addr_family(&a) != AF_UNIX)
		return err_set(e, "%s: not the path of a socket", path);
	live = is_live(&a, e);
	if (live < 0)
		return -1;
	if (live)
		return err_set(e, "%s: another process listens there", path);
	if (unlink(a.un.sun_path) < 0 && errno != ENOENT)
		return err_sys(e, "stale socket %s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_sys(e, "socket");
	if (bind_socket(fd, &a, mode, uid, gid, e) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}
