/*
 * dataside_lend.c - descriptors on their way from the control thread's table to the data side's.
 *
 * Loans and returns go through one socketpair, so that they arrive in the order in which the
 * control thread used a number.  What has been lent before a mail is there when the mail is read.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/usec.h"
#include "proxyd/dataside_priv.h"

#define LEND_TIMEOUT (2 * USEC_PER_SEC)

/* What goes through the socketpair, in this order: with a descriptor, or asking for one back. */
struct loan {
	int theirs;     /* of a log target: the serial of its reload */
	int log_target; /* -1: a listening socket */
	int back;       /* yes: no padding that would go out uninitialised */
};

int *
dataside_slot(struct dataside *ds, int theirs)
{
	size_t n = ds->n_lent;

	if ((size_t)theirs >= n) {
		size_t more = (size_t)theirs + 64;
		int *lent = realloc(ds->lent, more * sizeof(*lent));

		if (!lent)
			return NULL;
		for (size_t i = n; i < more; i++)
			lent[i] = -1;
		ds->lent = lent;
		ds->n_lent = more;
	}
	return &ds->lent[theirs];
}

/* --- the control thread --- */

/* The socket holds some hundred messages; a worker that does not read is waited for once. */
static int
send_loan(struct dataside *ds, struct msghdr *mh, struct err *e)
{
	usec_t deadline = clock_now() + (ds->stuck ? 0 : LEND_TIMEOUT);

	while (sendmsg(ds->pair[0], mh, MSG_NOSIGNAL) < 0) {
		struct pollfd pf = {.fd = ds->pair[0], .events = POLLOUT};

		if (errno != EAGAIN && errno != EINTR)
			return err_sys(e, "handing a socket to the workers");
		if (clock_now() >= deadline) {
			ds->stuck = true;
			return err_set(e, "the workers do not read what is sent to them");
		}
		poll(&pf, 1, 100);
	}
	ds->stuck = false;
	return 0;
}

static int
lend(struct dataside *ds, struct loan loan, int fd, struct err *e)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = {.buf = {0}};
	struct iovec iov = {.iov_base = &loan, .iov_len = sizeof(loan)};
	struct msghdr mh = {.msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.buf,
			    .msg_controllen = sizeof(control.buf)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&mh);

	if (!ds->apart)
		return 0;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return send_loan(ds, &mh, e);
}

int
dataside_lend(struct dataside *ds, int fd, struct err *e)
{
	return lend(ds, (struct loan){.theirs = fd, .log_target = -1}, fd, e);
}

int
dataside_lend_log(struct dataside *ds, int fd, int target, int serial, struct err *e)
{
	return lend(ds, (struct loan){.theirs = serial, .log_target = target}, fd, e);
}

int
dataside_take_back(struct dataside *ds, int fd, struct err *e)
{
	struct loan loan = {.theirs = fd, .log_target = -1, .back = 1};
	struct iovec iov = {.iov_base = &loan, .iov_len = sizeof(loan)};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};

	return ds->apart ? send_loan(ds, &mh, e) : 0;
}

/* --- worker threads --- */

int
dataside_inbox(const struct dataside *ds)
{
	return ds->pair[1];
}

static void
replace(int *slot, int fd)
{
	if (*slot >= 0)
		close(*slot);
	*slot = fd;
}

/* Those before `serial` are nobody's: their reload was refused, or overtaken. */
static void
begin_log(struct dataside *ds, int serial)
{
	for (int i = 0; i < LOG_TARGETS_MAX; i++)
		replace(&ds->log_fds[i], -1);
	ds->log_serial = serial;
}

/* fd -1: given back, or there was no room for it. */
static void
take_loan(struct dataside *ds, const struct loan *loan, int fd)
{
	int *slot = loan->log_target >= 0 ? &ds->log_fds[loan->log_target]
					  : dataside_slot(ds, loan->theirs);
	unsigned skipped;

	if (loan->log_target >= 0 && loan->theirs != ds->log_serial)
		begin_log(ds, loan->theirs);
	if (fd < 0 && !loan->back && log_limit_pass(&ds->no_room, clock_now(), &skipped))
		log_err("a worker has no descriptor left for a new %s socket",
			loan->log_target >= 0 ? "log" : "listening");
	if (slot)
		replace(slot, fd);
	else if (fd >= 0)
		close(fd);
}

/* One loan with its descriptor, if any; false: no more. */
static bool
receive(struct dataside *ds, struct loan *loan, int *fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = loan, .iov_len = sizeof(*loan)};
	struct msghdr mh = {.msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.buf,
			    .msg_controllen = sizeof(control.buf)};
	struct cmsghdr *c;

	*fd = -1;
	if (recvmsg(ds->pair[1], &mh, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(*loan))
		return false;
	c = CMSG_FIRSTHDR(&mh);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return true;
}

void
dataside_take(struct dataside *ds)
{
	struct loan loan;
	int fd;

	pthread_mutex_lock(&ds->lent_lock);
	while (receive(ds, &loan, &fd))
		take_loan(ds, &loan, fd);
	pthread_mutex_unlock(&ds->lent_lock);
}

int
dataside_number(struct dataside *ds, int theirs)
{
	int ours = -1;

	if (!ds->apart)
		return theirs;
	pthread_mutex_lock(&ds->lent_lock);
	if (theirs >= 0 && (size_t)theirs < ds->n_lent)
		ours = ds->lent[theirs];
	pthread_mutex_unlock(&ds->lent_lock);
	return ours;
}

void
dataside_log_sockets(struct dataside *ds, int serial, int fds[LOG_TARGETS_MAX])
{
	pthread_mutex_lock(&ds->lent_lock);
	if (ds->log_serial < serial)
		begin_log(ds, serial); /* it lent none */
	for (int i = 0; i < LOG_TARGETS_MAX; i++) {
		fds[i] = ds->log_serial == serial ? ds->log_fds[i] : -1;
		if (fds[i] >= 0)
			ds->log_fds[i] = -1;
	}
	pthread_mutex_unlock(&ds->lent_lock);
}
