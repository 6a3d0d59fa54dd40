/*
 * listener.c - accept in small batches, balance over the workers, wait when there is no room.
 *
 * Each worker watches every listening socket level-triggered in its own epoll instance; the
 * kernel wakes one that sleeps.  Room is counted over all workers (process and frontend), taken
 * before accept4(2) and given back when the connection has gone.
 *
 * No wake-up is lost: who finds no room announces itself in set->waiting and looks once more; who
 * gives room back looks at set->waiting afterwards (both sequentially consistent).  The tick
 * looks again every 100 ms in any case, which also ends a pause after EMFILE.
 */
#include "proxyd/listener.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxyd/worker_priv.h"

#define ACCEPT_BATCH   4 /* larger ones raise the p99 of the connections that are there */
#define ACCEPT_PAUSE   (100 * USEC_PER_MS)
#define BALANCE_MARGIN 16 /* connections more than the least loaded worker before we hand over */
#define FEW            8  /* up to so many each one is handed to whoever has least */

struct listener {
	TAILQ_ENTRY(listener) link;
	struct worker *worker;
	int fd;
	size_t frontend; /* index in worker->snap */
	bool watched;
	bool wanted; /* while applying a generation */
};

static bool
take_below(atomic_uint *n, unsigned limit)
{
	unsigned cur = atomic_load(n);

	while (limit == 0 || cur < limit)
		if (atomic_compare_exchange_weak(n, &cur, cur + 1))
			return true;
	return false;
}

bool
room_take(struct workers *set, struct frontend *f)
{
	unsigned n, max;

	if (atomic_load_explicit(&f->state, memory_order_relaxed) != FRONTEND_OPEN)
		return false;
	if (!take_below(&set->n_conns, atomic_load(&set->maxconn)))
		return false;
	if (!take_below(&f->n_cur, atomic_load(&f->maxconn))) {
		atomic_fetch_sub(&set->n_conns, 1);
		return false;
	}
	n = atomic_load_explicit(&f->n_cur, memory_order_relaxed);
	max = atomic_load_explicit(&f->n_max, memory_order_relaxed);
	while (n > max && !atomic_compare_exchange_weak_explicit(
			      &f->n_max, &max, n, memory_order_relaxed, memory_order_relaxed))
		;
	return true;
}

static void
wake_waiting(struct workers *set)
{
	uint64_t waiting = atomic_load(&set->waiting);

	if (waiting == 0)
		return;
	waiting = atomic_exchange(&set->waiting, 0);
	for (unsigned i = 0; i < set->n; i++)
		if (waiting & (UINT64_C(1) << i))
			mailbox_flag(&set->w[i]->mailbox, MAIL_RELISTEN);
}

void
room_release(struct worker *w, struct frontend *f)
{
	atomic_fetch_sub(&f->n_cur, 1);
	if (atomic_fetch_sub(&w->set->n_conns, 1) == 1 && atomic_load(&w->set->stopping))
		worker_notify_main(w->set); /* a soft stop waits for the last one */
	wake_waiting(w->set);
}

static const struct frontend_view *
view_of(const struct listener *l)
{
	return &l->worker->snap->frontends[l->frontend];
}

static void
unwatch(struct listener *l)
{
	if (l->watched)
		epoll_ctl(l->worker->epfd, EPOLL_CTL_DEL, l->fd, NULL);
	l->watched = false;
}

static void
watch(struct listener *l)
{
	struct epoll_event ev = {
	    .events = EPOLLIN | EPOLLEXCLUSIVE,
	    .data.ptr = (void *)((uintptr_t)l | TAG_LISTENER),
	};

	if (!l->watched && epoll_ctl(l->worker->epfd, EPOLL_CTL_ADD, l->fd, &ev) == 0)
		l->watched = true;
}

/* No room: stop watching until somebody says RELISTEN. */
static void
wait_for_room(struct listener *l)
{
	struct worker *w = l->worker;

	unwatch(l);
	counter_add(&w->n_limit_hits, 1);
	atomic_fetch_or(&w->set->waiting, UINT64_C(1) << w->id);
}

static bool
has_room(const struct listener *l)
{
	const struct workers *set = l->worker->set;
	struct frontend *f = view_of(l)->frontend;
	unsigned limit = atomic_load(&set->maxconn);
	unsigned f_limit = atomic_load(&f->maxconn);

	if (atomic_load_explicit(&f->state, memory_order_relaxed) != FRONTEND_OPEN)
		return false;
	return (limit == 0 || atomic_load(&set->n_conns) < limit) &&
	       (f_limit == 0 || atomic_load(&f->n_cur) < f_limit);
}

void
listener_recheck(struct worker *w, usec_t now)
{
	struct listener *l;

	if (w->stopping || now < w->at_accept_again)
		return;
	TAILQ_FOREACH (l, &w->listeners, link) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the freed one has left the list */
		if (l->watched)
			continue;
		if (has_room(l))
			watch(l);
		else
			atomic_fetch_or(&w->set->waiting, UINT64_C(1) << w->id);
	}
}

/* The worker with clearly less to do than us, or NULL. */
static struct worker *
less_loaded(struct worker *w)
{
	struct workers *set = w->set;
	unsigned mine = atomic_load_explicit(&w->load, memory_order_relaxed);
	unsigned least = mine;
	struct worker *best = NULL;

	for (unsigned i = 0; i < set->n; i++) {
		unsigned n = atomic_load_explicit(&set->w[i]->load, memory_order_relaxed);

		if (n < least) {
			least = n;
			best = set->w[i];
		}
	}
	if (!best)
		return NULL;
	return mine <= FEW || mine > least + BALANCE_MARGIN + least / 8 ? best : NULL;
}

static void
serve(struct worker *w, const struct accepted *a)
{
	struct worker *other = w->set->n > 1 ? less_loaded(w) : NULL;
	struct mail *m = other ? mail_new(MAIL_TAKE_FD) : NULL;

	if (!m || atomic_load_explicit(&w->set->stopping, memory_order_relaxed)) {
		if (m)
			mail_free(m);
		conn_new(w, a);
		return;
	}
	m->accepted = *a;
	atomic_fetch_add_explicit(&other->load, 1, memory_order_relaxed);
	mailbox_post(&other->mailbox, m);
}

/* accept4() failed: is it worth another try in this batch? */
static bool
accept_failed(struct worker *w, int error)
{
	struct listener *l;

	if (error == EINTR || error == ECONNABORTED || error == EPROTO)
		return true;
	if (error != EMFILE && error != ENFILE && error != ENOMEM && error != ENOBUFS)
		return false; /* EAGAIN: somebody else took it; network errors: that one is gone */
	counter_add(&w->n_accept_errors, 1);
	w->at_accept_again = w->now + ACCEPT_PAUSE;
	TAILQ_FOREACH (l, &w->listeners, link)
		unwatch(l);
	return false;
}

void
listener_accept(struct listener *l)
{
	struct worker *w = l->worker;

	for (int i = 0; i < ACCEPT_BATCH && l->watched; i++) {
		const struct frontend_view *fv = view_of(l);
		struct accepted a = {.frontend = l->frontend, .at_accept = w->now};
		socklen_t peer_len;

		if (!room_take(w->set, fv->frontend)) {
			wait_for_room(l);
			listener_recheck(w, w->now);
			return;
		}
		peer_len = sizeof(a.peer);
		a.fd = accept4(l->fd, &a.peer.sa, &peer_len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (a.fd < 0) {
			int error = errno;

			room_release(w, fv->frontend);
			if (!accept_failed(w, error))
				return;
			continue;
		}
		counter_add(&w->n_accepted, 1);
		counter_add(&fv->frontend->counters[w->id].conn_tot, 1);
		a.snap = snapshot_ref(w->snap);
		serve(w, &a);
	}
}

static struct listener *
find(struct worker *w, int fd)
{
	struct listener *l;

	TAILQ_FOREACH (l, &w->listeners, link)
		if (l->fd == fd)
			return l;
	return NULL;
}

static struct listener *
listener_new(struct worker *w, int fd)
{
	struct listener *l = aligned_alloc(64, 64);

	if (!l)
		return NULL;
	*l = (struct listener){.worker = w, .fd = fd};
	/* inherited by what is accepted, which saves a call per connection */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	TAILQ_INSERT_TAIL(&w->listeners, l, link);
	return l;
}
_Static_assert(sizeof(struct listener) <= 64, "listener_new allocates 64 bytes");

static void
listener_free(struct listener *l)
{
	unwatch(l);
	TAILQ_REMOVE(&l->worker->listeners, l, link);
	free(l);
}

int
listener_apply(struct worker *w, const struct listen_fd *fds, size_t n_fds)
{
	struct listener *l, *next;
	int rc = 0;

	TAILQ_FOREACH (l, &w->listeners, link)
		l->wanted = false;
	for (size_t i = 0; i < n_fds; i++) {
		l = find(w, fds[i].fd);
		if (!l)
			l = listener_new(w, fds[i].fd);
		if (!l) {
			rc = -1;
			continue;
		}
		l->frontend = fds[i].frontend;
		l->wanted = true;
	}
	for (l = TAILQ_FIRST(&w->listeners); l; l = next) {
		next = TAILQ_NEXT(l, link);
		if (!l->wanted)
			listener_free(l);
	}
	listener_recheck(w, w->now);
	return rc;
}

void
listener_drop_all(struct worker *w)
{
	struct listener *l;

	while ((l = TAILQ_FIRST(&w->listeners)))
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the freed one has left the list */
		listener_free(l);
}
