/*
 * dataside.c - see dataside.h.  `state` is the rendezvous of the two threads; `lent` is looked at
 * by all workers, under its lock, in no call that a connection waits for.
 */
#include "proxyd/dataside.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/usec.h"
#include "proxyd/fdset.h"
#include "proxyd/worker_priv.h"

#define LEND_TIMEOUT (2 * USEC_PER_SEC)

#if defined(__SANITIZE_THREAD__)
#define CAN_PART false
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CAN_PART false
#endif
#endif
#ifndef CAN_PART
#define CAN_PART true
#endif

enum state {
	IDLE,
	GIVEN,   /* workers are here to be run */
	RUNNING, /* they are */
	FAILED,  /* they could not be: `why` */
	ENDED,
	QUIT,
};

/* What goes through the socketpair, in this order: with a descriptor, or asking for one back. */
struct loan {
	int theirs;
	int log_target; /* -1: a listening socket */
	int back;       /* yes: no padding that would go out uninitialised */
};

struct dataside {
	pthread_mutex_t lock; /* of state and what comes with it */
	pthread_cond_t changed;
	enum state state;
	struct workers *ws;
	const struct listen_fd *fds;
	size_t n_fds;
	struct err why;
	bool apart;
	int pair[2]; /* control's end, the data side's */

	pthread_mutex_t lent_lock; /* of the rest */
	int *lent;                 /* by the control thread's number: ours, -1 none */
	size_t n_lent;
	int log_fds[LOG_TARGETS_MAX];
};

struct dataside *
dataside_new(struct err *e)
{
	struct dataside *ds = calloc(1, sizeof(*ds));

	if (!ds) {
		err_set(e, "out of memory");
		return NULL;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ds->pair) < 0) {
		err_sys(e, "socketpair");
		free(ds);
		return NULL;
	}
	pthread_mutex_init(&ds->lock, NULL);
	pthread_mutex_init(&ds->lent_lock, NULL);
	pthread_cond_init(&ds->changed, NULL);
	for (int i = 0; i < LOG_TARGETS_MAX; i++)
		ds->log_fds[i] = -1;
	return ds;
}

void
dataside_free(struct dataside **dsp)
{
	struct dataside *ds = *dsp;

	*dsp = NULL;
	if (!ds)
		return;
	close(ds->pair[0]);
	close(ds->pair[1]);
	pthread_mutex_destroy(&ds->lock);
	pthread_mutex_destroy(&ds->lent_lock);
	pthread_cond_destroy(&ds->changed);
	free(ds->lent);
	free(ds);
}

static void
set_state(struct dataside *ds, enum state state)
{
	pthread_mutex_lock(&ds->lock);
	ds->state = state;
	pthread_cond_broadcast(&ds->changed);
	pthread_mutex_unlock(&ds->lock);
}

/* Wait until the state is another one; returns it. */
static enum state
wait_change(struct dataside *ds, enum state from)
{
	enum state state;

	pthread_mutex_lock(&ds->lock);
	while (ds->state == from)
		pthread_cond_wait(&ds->changed, &ds->lock);
	state = ds->state;
	pthread_mutex_unlock(&ds->lock);
	return state;
}

/* --- the first thread --- */

static void *
data_thread(void *arg)
{
	struct worker *w = arg;

	if (w->set->side->apart)
		log_use_second();
	return worker_main(w);
}

/* Close the copies of what only the control thread needs. */
static void
keep_own(const struct dataside *ds)
{
	const struct workers *ws = ds->ws;
	int log[LOG_TARGETS_MAX];
	int n_log = log_sockets(log);
	struct fdset keep = {0};

	fdset_add(&keep, ds->pair[1]);
	fdset_add(&keep, ws->notify_fd);
	for (int i = 0; i < n_log; i++)
		fdset_add(&keep, log[i]);
	for (size_t i = 0; i < ds->n_fds; i++)
		fdset_add(&keep, ds->fds[i].fd);
	for (unsigned i = 0; i < ws->n; i++) {
		fdset_add(&keep, ws->w[i]->epfd);
		fdset_add(&keep, ws->w[i]->timer_fd);
		fdset_add(&keep, ws->w[i]->mailbox.fd);
	}
	if (!keep.failed)
		fdset_close_others(&keep);
	fdset_free(&keep);
}

static void
join_from(struct workers *ws, unsigned first, unsigned end)
{
	for (unsigned i = first; i < end; i++)
		pthread_join(ws->w[i]->thread, NULL);
}

/* The workers but the first; how many run then. */
static unsigned
start_threads(struct dataside *ds)
{
	struct workers *ws = ds->ws;

	for (unsigned i = 1; i < ws->n; i++) {
		int rc = pthread_create(&ws->w[i]->thread, NULL, data_thread, ws->w[i]);

		if (rc != 0) {
			err_set(&ds->why, "thread of worker %u: %s", i, strerror(rc));
			return i;
		}
	}
	return ws->n;
}

static void
run(struct dataside *ds)
{
	struct workers *ws = ds->ws;
	unsigned n;

	if (ds->apart) {
		log_use_second();
		keep_own(ds);
	}
	n = start_threads(ds);
	if (n == ws->n) {
		set_state(ds, RUNNING);
		worker_main(ws->w[0]);
	} else {
		workers_stop(ws, WORKERS_STOP_HARD);
	}
	join_from(ws, 1, n);
	for (unsigned i = 0; i < ws->n; i++)
		worker_fini(ws->w[i]);
	set_state(ds, n == ws->n ? ENDED : FAILED);
}

void
dataside_serve(struct dataside *ds)
{
	sigset_t all, old;

	sigfillset(&all); /* signals are the control thread's */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (enum state s = IDLE; s != QUIT; s = wait_change(ds, s))
		if (s == GIVEN)
			run(ds);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* --- the control thread --- */

/* Where the number of what they call `theirs` is kept; NULL: no memory. */
static int *
slot_of(struct dataside *ds, int theirs)
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

int
dataside_start(struct dataside *ds, struct workers *ws, const struct listen_fd *fds, size_t n_fds,
	       struct err *e)
{
	for (size_t i = 0; i < n_fds; i++) {
		int *slot = slot_of(ds, fds[i].fd);

		if (!slot)
			return err_set(e, "out of memory");
		*slot = fds[i].fd;
	}
	ds->ws = ws;
	ds->fds = fds;
	ds->n_fds = n_fds;
	log_split();
	ds->apart = CAN_PART && unshare(CLONE_FILES) == 0;
	set_state(ds, GIVEN);
	if (wait_change(ds, GIVEN) == FAILED) {
		*e = ds->why;
		return -1;
	}
	return 0;
}

void
dataside_join(struct dataside *ds)
{
	(void)wait_change(ds, RUNNING);
}

void
dataside_quit(struct dataside *ds)
{
	set_state(ds, QUIT);
}

bool
dataside_is_apart(const struct dataside *ds)
{
	return ds->apart;
}

/* The socket holds some hundred messages; a worker that does not read is bounded by time. */
static int
send_loan(struct dataside *ds, struct msghdr *mh, struct err *e)
{
	usec_t deadline = clock_now() + LEND_TIMEOUT;

	while (sendmsg(ds->pair[0], mh, MSG_NOSIGNAL) < 0) {
		struct pollfd pf = {.fd = ds->pair[0], .events = POLLOUT};

		if (errno != EAGAIN && errno != EINTR)
			return err_sys(e, "handing a socket to the workers");
		if (clock_now() >= deadline)
			return err_set(e, "the workers do not take the new sockets");
		poll(&pf, 1, 100);
	}
	return 0;
}

int
dataside_lend(struct dataside *ds, int fd, int log_target, struct err *e)
{
	struct loan loan = {.theirs = fd, .log_target = log_target};
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

/* fd -1: given back, or there was no room for it. */
static void
take_loan(struct dataside *ds, const struct loan *loan, int fd)
{
	int *slot =
	    loan->log_target >= 0 ? &ds->log_fds[loan->log_target] : slot_of(ds, loan->theirs);

	if (fd < 0 && !loan->back)
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
dataside_log_sockets(struct dataside *ds, int fds[LOG_TARGETS_MAX])
{
	pthread_mutex_lock(&ds->lent_lock);
	for (int i = 0; i < LOG_TARGETS_MAX; i++) {
		fds[i] = ds->log_fds[i];
		ds->log_fds[i] = -1;
	}
	pthread_mutex_unlock(&ds->lent_lock);
}
