/*
 * dataside.c - see dataside.h.  `state` is the rendezvous of the two threads; `lent` is looked at
 * by all workers, under its lock, in no call that a connection waits for.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxyd/dataside_priv.h"
#include "proxyd/fdset.h"
#include "proxyd/worker_priv.h"

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
set_state(struct dataside *ds, enum dataside_state state)
{
	pthread_mutex_lock(&ds->lock);
	ds->state = state;
	pthread_cond_broadcast(&ds->changed);
	pthread_mutex_unlock(&ds->lock);
}

/* Wait until the state is another one; returns it. */
static enum dataside_state
wait_change(struct dataside *ds, enum dataside_state from)
{
	enum dataside_state state;

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

	fdset_add(&keep, ds->pair[0]); /* for dataside_free() */
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
	if (n == ws->n)
		(void)wait_change(ds, RUNNING); /* so that nobody rings at a mailbox any more */
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
	for (enum dataside_state s = IDLE; s != QUIT; s = wait_change(ds, s))
		if (s == GIVEN)
			run(ds);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* --- the control thread --- */

int
dataside_start(struct dataside *ds, struct workers *ws, const struct listen_fd *fds, size_t n_fds,
	       struct err *e)
{
	for (size_t i = 0; i < n_fds; i++) {
		int *slot = dataside_slot(ds, fds[i].fd);

		if (!slot)
			return err_set(e, "out of memory");
		*slot = fds[i].fd;
	}
	ds->ws = ws;
	ds->fds = fds;
	ds->n_fds = n_fds;
	log_split();
	ds->apart = CAN_PART && unshare(CLONE_FILES) == 0;
	if (CAN_PART && !ds->apart)
		log_info("one table of descriptors for all threads: unshare: %m");
	ws->started = true;
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
	pthread_mutex_lock(&ds->lock);
	if (ds->state == RUNNING) {
		ds->state = JOINING;
		pthread_cond_broadcast(&ds->changed);
	}
	pthread_mutex_unlock(&ds->lock);
	(void)wait_change(ds, JOINING);
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
