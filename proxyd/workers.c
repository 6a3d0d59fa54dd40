/*
 * workers.c - the set of workers as the control thread handles it; see worker.h.
 */
#include "proxyd/worker.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "proxyd/worker_priv.h"

#define PIPES_DIVISOR 4 /* at most maxconn / 4 pipes, as HAProxy's maxpipes */

static struct mail *
snapshot_mail(struct snapshot *snap, const struct listen_fd *fds, size_t n_fds, uint64_t generation)
{
	struct mail *m = mail_new(MAIL_SNAPSHOT);

	if (!m)
		return NULL;
	m->fds = calloc(n_fds > 0 ? n_fds : 1, sizeof(*fds));
	if (!m->fds) {
		mail_free(m);
		return NULL;
	}
	if (n_fds > 0)
		memcpy(m->fds, fds, n_fds * sizeof(*fds));
	m->n_fds = n_fds;
	m->generation = generation;
	m->snap = snapshot_ref(snap);
	return m;
}

static int
add_log(struct mail *m, const struct log_conf *log, int serial)
{
	m->log = malloc(sizeof(*log));
	if (!m->log)
		return -1;
	*m->log = *log;
	m->log_serial = serial;
	return 0;
}

static int
worker_new(struct workers *ws, unsigned id, struct err *e)
{
	struct worker *w = aligned_alloc(64, sizeof(*w));

	if (!w)
		return err_set(e, "no memory for worker %u", id);
	ws->w[id] = w;
	return worker_init(w, ws, id, e);
}

static struct workers *
set_new(struct dataside *side, unsigned n, const struct snapshot *snap, struct err *e)
{
	struct workers *ws = calloc(1, sizeof(*ws));

	if (!ws || !(ws->w = calloc(n, sizeof(struct worker *)))) {
		err_set(e, "no memory for the workers");
		free(ws);
		return NULL;
	}
	ws->side = side;
	atomic_store(&ws->maxconn, (unsigned)snap->conf->global.maxconn);
	ws->notify_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (ws->notify_fd < 0) {
		err_sys(e, "eventfd");
		free(ws->w);
		free(ws);
		return NULL;
	}
	return ws;
}

struct workers *
workers_start(struct dataside *side, unsigned n, struct snapshot *snap, const struct listen_fd *fds,
	      size_t n_fds, struct err *e)
{
	struct workers *ws = set_new(side, n, snap, e);

	if (!ws)
		return NULL;
	for (ws->n = 0; ws->n < n; ws->n++) {
		if (worker_new(ws, ws->n, e) < 0) {
			if (ws->w[ws->n])
				ws->n++; /* half built: to be freed as well */
			goto fail;
		}
		ws->w[ws->n]->pipes.max_used = atomic_load(&ws->maxconn) / PIPES_DIVISOR / n + 1;
	}
	if (workers_post_snapshot(ws, snap, fds, n_fds, NULL, 0) == 0) {
		err_set(e, "no memory for the workers");
		goto fail;
	}
	if (dataside_start(side, ws, fds, n_fds, e) < 0)
		goto fail;
	return ws;
fail:
	workers_free(&ws);
	return NULL;
}

void
workers_free(struct workers **wsp)
{
	struct workers *ws = *wsp;

	*wsp = NULL;
	if (!ws)
		return;
	workers_stop(ws, WORKERS_STOP_HARD);
	if (ws->started)
		dataside_join(ws->side);
	for (unsigned i = 0; i < ws->n; i++) {
		if (!ws->started)
			worker_fini(ws->w[i]);
		free(ws->w[i]);
	}
	close(ws->notify_fd);
	free(ws->w);
	free(ws);
}

int
workers_notify_fd(const struct workers *ws)
{
	return ws->notify_fd;
}

void
workers_notify_clear(struct workers *ws)
{
	uint64_t count;
	ssize_t n = read(ws->notify_fd, &count, sizeof(count));

	(void)n;
}

uint64_t
workers_post_snapshot(struct workers *ws, struct snapshot *snap, const struct listen_fd *fds,
		      size_t n_fds, const struct log_conf *log, int log_serial)
{
	struct mail *mails[WORKERS_MAX];
	unsigned n = 0;

	while (n < ws->n && (mails[n] = snapshot_mail(snap, fds, n_fds, ws->generation + 1)))
		n++;
	if (n == ws->n && log && dataside_is_apart(ws->side) &&
	    add_log(mails[0], log, log_serial) < 0)
		mail_free(mails[--n]);
	if (n < ws->n) {
		while (n > 0)
			mail_free(mails[--n]);
		return 0;
	}
	ws->generation++;
	for (unsigned i = 0; i < ws->n; i++)
		mailbox_post(&ws->w[i]->mailbox, mails[i]);
	return ws->generation;
}

uint64_t
workers_acked(const struct workers *ws)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < ws->n; i++) {
		uint64_t acked = atomic_load_explicit(&ws->w[i]->acked, memory_order_acquire);

		if (acked < least)
			least = acked;
	}
	return least;
}

static void
flag_all(struct workers *ws, unsigned flags)
{
	for (unsigned i = 0; i < ws->n; i++)
		if (ws->w[i]->mailbox.fd >= 0)
			mailbox_flag(&ws->w[i]->mailbox, flags);
}

void
workers_stop(struct workers *ws, enum workers_stop how)
{
	atomic_store(&ws->stopping, true);
	flag_all(ws, how == WORKERS_STOP_HARD ? MAIL_STOP_HARD : MAIL_STOP_SOFT);
}

unsigned
workers_n_conns(const struct workers *ws)
{
	return atomic_load(&ws->n_conns);
}

void
workers_relisten(struct workers *ws)
{
	flag_all(ws, MAIL_RELISTEN);
}

void
workers_set_maxconn(struct workers *ws, unsigned maxconn)
{
	atomic_store(&ws->maxconn, maxconn);
	workers_relisten(ws);
}

unsigned
workers_maxconn(const struct workers *ws)
{
	return atomic_load(&ws->maxconn);
}

/* queue_grant()'s deliver: backend.lock is held. */
static void
deliver(struct queue_slot *slot, void *arg)
{
	struct workers *ws = arg;
	char *c = (char *)slot - offsetof(struct conn, slot);

	mailbox_grant(&ws->w[slot->worker]->mailbox, (struct conn *)(void *)c);
}

void
workers_grant(struct workers *ws, struct backend *b)
{
	queue_grant(b, deliver, ws);
}

void
workers_backend_changed(struct workers *ws, struct backend *b)
{
	pthread_mutex_lock(&b->lock);
	workers_grant(ws, b);
	pthread_mutex_unlock(&b->lock);
	flag_all(ws, MAIL_KICK);
}

int
workers_kill_server_sessions(struct workers *ws, struct snapshot *snap, struct server *s, char who)
{
	struct mail *mails[WORKERS_MAX];
	unsigned n = 0;

	for (; n < ws->n; n++) {
		mails[n] = mail_new(MAIL_KILL);
		if (!mails[n])
			break;
		mails[n]->snap = snapshot_ref(snap);
		mails[n]->server = s;
		mails[n]->who = who;
	}
	if (n < ws->n) {
		while (n > 0)
			mail_free(mails[--n]);
		return -1;
	}
	for (unsigned i = 0; i < ws->n; i++)
		mailbox_post(&ws->w[i]->mailbox, mails[i]);
	return 0;
}

int
workers_stalled(const struct workers *ws, usec_t now, usec_t limit)
{
	for (unsigned i = 0; i < ws->n; i++)
		if (now - atomic_load_explicit(&ws->w[i]->at_alive, memory_order_relaxed) > limit)
			return (int)i;
	return -1;
}

void
workers_info(const struct workers *ws, struct workers_info *out)
{
	*out = (struct workers_info){.n_conns = workers_n_conns(ws)};
	for (unsigned i = 0; i < ws->n; i++) {
		const struct worker *w = ws->w[i];

		out->n_accepted += counter_get(&w->n_accepted);
		out->n_accept_errors += counter_get(&w->n_accept_errors);
		out->n_limit_hits += counter_get(&w->n_limit_hits);
		out->spliced_bytes += counter_get(&w->spliced_bytes);
		out->n_switches += counter_get(&w->n_switches);
		out->n_running += atomic_load_explicit(&w->n_running, memory_order_relaxed);
		out->n_pipes += atomic_load_explicit(&w->n_pipes, memory_order_relaxed);
		out->n_pipes_max += w->pipes.max_used;
		out->n_pipes_used += atomic_load_explicit(&w->n_pipes_used, memory_order_relaxed);
	}
}
