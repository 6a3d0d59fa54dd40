/*
 * binds.c - the monitor's listening sockets, kept open from one configuration to the next.
 *
 * One socket per address, shared by every worker of the engine: it is never closed while a
 * configuration wants it, so its accept queue outlives reloads and engines.  No SO_REUSEPORT
 * groups: closing one member would lose what waits in its queue, and a second proxyd could bind
 * the same address unnoticed.  IP_FREEBIND lets a backup host listen on a VIP it does not hold.
 * Monitor only, single-threaded.
 */
#include "proxyd/binds.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ctl_server.h"
#include "common/daemon.h"

#define BACKLOG_MAX 65535 /* the kernel cuts it to net.core.somaxconn */
#define RETRY_MS    10

void
binds_init(struct binds *b)
{
	memset(b, 0, sizeof(*b));
}

static struct bind_socket *
find_socket(struct binds *b, const char *key)
{
	for (size_t i = 0; i < b->n_sockets; i++) {
		if (strcmp(b->sockets[i].key, key) == 0)
			return &b->sockets[i];
	}
	return NULL;
}

static unsigned long
file_inode(const struct addr *a)
{
	struct stat st;

	if (addr_family(a) != AF_UNIX || lstat(a->un.sun_path, &st) < 0)
		return 0;
	return st.st_ino;
}

static struct bind_socket *
add_socket(struct binds *b, const char *key, int fd, const struct addr *a)
{
	struct bind_socket *s = realloc(b->sockets, (b->n_sockets + 1) * sizeof(*b->sockets));

	if (s == NULL)
		abort();
	b->sockets = s;
	s = &b->sockets[b->n_sockets++];
	*s = (struct bind_socket){.key = strdup(key), .fd = fd, .addr = *a};
	if (s->key == NULL)
		abort();
	s->inode = file_inode(a);
	return s;
}

static void
drop_socket(struct binds *b, size_t i, bool unlink_file)
{
	struct bind_socket *s = &b->sockets[i];

	if (unlink_file && s->inode != 0 && file_inode(&s->addr) == s->inode)
		unlink(s->addr.un.sun_path);
	close(s->fd);
	free(s->key);
	b->sockets[i] = b->sockets[--b->n_sockets];
}

static int
set_flag(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

static int
tcp_socket(const struct bind_spec *sp, struct err *e)
{
	int family = addr_family(&sp->addr);
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0)
		return err_sys(e, "socket");
	rc = set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (family == AF_INET6) {
		rc |= set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
		rc |= set_flag(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
	} else {
		rc |= set_flag(fd, IPPROTO_IP, IP_FREEBIND, 1);
	}
	if (rc < 0) {
		err_sys(e, "socket options");
		close(fd);
		return -1;
	}
	return fd;
}

/* SO_REUSEPORT on our own sockets of this port, while a new one is bound beside them. */
static void
share_port(const struct binds *b, int port, int on)
{
	for (size_t i = 0; i < b->n_sockets; i++) {
		const struct bind_socket *s = &b->sockets[i];

		if (addr_family(&s->addr) != AF_UNIX && addr_port(&s->addr) == port)
			set_flag(s->fd, SOL_SOCKET, SO_REUSEPORT, on);
	}
}

static int
bind_and_listen(int fd, const struct bind_spec *sp, int backlog)
{
	if (bind(fd, &sp->addr.sa, sp->addr.len) < 0)
		return -1;
	return listen(fd, backlog);
}

/*
 * A reload from 0.0.0.0:3306 to 192.0.2.1:3306 needs both for a moment, which the kernel allows
 * only to sockets with SO_REUSEPORT; they are different addresses, so no group comes of it.
 */
static int
bind_beside_ours(const struct binds *b, int fd, const struct bind_spec *sp, int backlog)
{
	int port = addr_port(&sp->addr), rc, saved;

	share_port(b, port, 1);
	set_flag(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	rc = bind_and_listen(fd, sp, backlog);
	saved = errno;
	set_flag(fd, SOL_SOCKET, SO_REUSEPORT, 0);
	share_port(b, port, 0);
	errno = saved;
	return rc;
}

static int
open_tcp(const struct binds *b, const struct bind_spec *sp, usec_t deadline, struct err *e)
{
	int backlog = sp->backlog > 0 ? sp->backlog : BACKLOG_MAX;

	for (;;) {
		int fd = tcp_socket(sp, e);
		int saved;

		if (fd < 0)
			return -1;
		if (bind_and_listen(fd, sp, backlog) == 0)
			return fd;
		if (errno == EADDRINUSE && bind_beside_ours(b, fd, sp, backlog) == 0)
			return fd;
		saved = errno;
		close(fd);
		errno = saved;
		if (saved != EADDRINUSE || clock_now() >= deadline)
			return err_sys(e, "cannot listen on %s", sp->key);
		poll(NULL, 0, RETRY_MS);
	}
}

static int
open_unix(const struct bind_spec *sp, struct err *e)
{
	int fd = ctl_listen_unix(sp->addr.un.sun_path, sp->mode, sp->uid, sp->gid, e);

	/* a second listen() only changes the backlog */
	if (fd >= 0 && listen(fd, sp->backlog > 0 ? sp->backlog : BACKLOG_MAX) < 0) {
		err_sys(e, "listen");
		close(fd);
		return -1;
	}
	return fd;
}

/* What may change on a socket that stays: backlog, permissions. */
static void
refresh_socket(struct bind_socket *s)
{
	const struct bind_spec *sp = s->refresh;

	s->refresh = NULL;
	s->control = sp->control;
	listen(s->fd, sp->backlog > 0 ? sp->backlog : BACKLOG_MAX);
	if (s->inode == 0)
		return;
	if (chmod(sp->addr.un.sun_path, sp->mode != 0 ? sp->mode : 0600) == 0 &&
	    (sp->uid >= 0 || sp->gid >= 0) &&
	    chown(sp->addr.un.sun_path, (uid_t)sp->uid, (gid_t)sp->gid) < 0)
		return; /* it stays with its owner */
}

int
binds_prepare(struct binds *b, const struct bind_spec *specs, size_t n_specs, usec_t patience,
	      struct errlist *el)
{
	usec_t deadline = clock_now() + patience;
	size_t n_before = el->n_errors;

	for (size_t i = 0; i < b->n_sockets; i++) {
		b->sockets[i].wanted = false;
		b->sockets[i].refresh = NULL;
	}
	for (size_t i = 0; i < n_specs; i++) {
		const struct bind_spec *sp = &specs[i];
		struct bind_socket *s = find_socket(b, sp->key);
		struct err e = {""};
		int fd;

		if (s != NULL) {
			s->wanted = true;
			s->refresh = sp;
			continue;
		}
		fd = addr_family(&sp->addr) == AF_UNIX ? open_unix(sp, &e)
						       : open_tcp(b, sp, deadline, &e);
		if (fd < 0) {
			errlist_add(el, sp->file, sp->line, sp->section, sp->setting, "%s", e.text);
			continue;
		}
		s = add_socket(b, sp->key, fd, &sp->addr);
		s->wanted = s->is_new = true;
		s->control = sp->control;
	}
	return el->n_errors == n_before ? 0 : -1;
}

void
binds_commit(struct binds *b)
{
	for (size_t i = b->n_sockets; i-- > 0;) {
		b->sockets[i].is_new = false;
		if (!b->sockets[i].wanted)
			drop_socket(b, i, true);
		else if (b->sockets[i].refresh != NULL)
			refresh_socket(&b->sockets[i]);
	}
}

void
binds_rollback(struct binds *b)
{
	for (size_t i = b->n_sockets; i-- > 0;) {
		b->sockets[i].wanted = true;
		b->sockets[i].refresh = NULL;
		if (b->sockets[i].is_new)
			drop_socket(b, i, true);
	}
}

void
binds_drain(struct binds *b)
{
	for (size_t i = b->n_sockets; i-- > 0;) {
		if (!b->sockets[i].control)
			drop_socket(b, i, true);
	}
}

void
binds_adopt(struct binds *b, const char *key, int fd, bool control)
{
	struct addr a = {.len = sizeof(a.un)};

	if (getsockname(fd, &a.sa, &a.len) < 0)
		a.len = 0;
	add_socket(b, key, fd, &a)->control = control;
}

void
binds_close(struct binds *b)
{
	while (b->n_sockets > 0)
		drop_socket(b, b->n_sockets - 1, false);
	free(b->sockets);
	binds_init(b);
}

void
binds_remove(struct binds *b)
{
	while (b->n_sockets > 0)
		drop_socket(b, b->n_sockets - 1, true);
	free(b->sockets);
	binds_init(b);
}
