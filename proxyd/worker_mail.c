/*
 * worker_mail.c - what a worker does with its messages.  Worker thread only.
 */
#include "proxyd/worker_priv.h"

#include <stdlib.h>
#include <string.h>

static const struct backend_view *
find_backend(const struct snapshot *s, const struct backend *b)
{
	for (size_t i = 0; i < s->n_backends; i++)
		if (s->backends[i].backend == b)
			return &s->backends[i];
	return NULL;
}

static const struct frontend_view *
find_frontend(const struct snapshot *s, const struct frontend *f)
{
	for (size_t i = 0; i < s->n_frontends; i++)
		if (s->frontends[i].frontend == f)
			return &s->frontends[i];
	return NULL;
}

/*
 * A waiting connection goes on under the new configuration, where it may find new servers; one
 * whose frontend or backend is gone waits on with what it has.
 */
static void
repin(struct conn *c, struct snapshot *snap)
{
	const struct backend_view *bv = find_backend(snap, c->bv->backend);
	const struct frontend_view *fv = find_frontend(snap, c->fv->frontend);
	bool moved;

	spare_discard(c);
	if (!bv || !fv)
		return;
	pthread_mutex_lock(&c->bv->backend->lock);
	c->slot.tried = 0; /* the bits meant servers of the old list */
	moved = queue_repin(&c->slot, bv);
	if (moved) /* the new list may have a place that the old one had not */
		workers_grant(c->worker->set, bv->backend);
	pthread_mutex_unlock(&c->bv->backend->lock);
	if (!moved)
		return; /* a grant is on its way: it names a server of the old view */
	c->tried = 0;
	c->last_sv = NULL;
	c->bv = bv;
	c->fv = fv;
	snapshot_unref(&c->snap);
	c->snap = snapshot_ref(snap);
	conn_arm(c);
}

/* The control thread's numbers into ours; what could not be lent is left out. */
static void
translate(struct worker *w, struct mail *m)
{
	size_t n = 0;

	dataside_take(w->set->side); /* sent before the mail */
	for (size_t i = 0; i < m->n_fds; i++) {
		int fd = dataside_number(w->set->side, m->fds[i].fd);

		if (fd >= 0)
			m->fds[n++] = (struct listen_fd){fd, m->fds[i].frontend};
	}
	if (n < m->n_fds)
		atomic_fetch_add_explicit(&w->n_accept_errors, 1, memory_order_relaxed);
	m->n_fds = n;
}

static void
take_log(struct worker *w, const struct log_conf *lc, int serial)
{
	int fds[LOG_TARGETS_MAX];
	struct err e;

	dataside_log_sockets(w->set->side, serial, fds);
	if (log_open_with(lc, fds, &e) < 0)
		log_err("log of the data path stays as it was: %s", e.text);
}

static void
take_snapshot(struct worker *w, struct mail *m)
{
	struct snapshot *old = w->snap;
	struct conn *c;

	w->snap = m->snap;
	m->snap = NULL;
	w->busy_poll = w->snap->conf->global.busy_poll;
	spare_drop_all(w);
	translate(w, m);
	if (m->log)
		take_log(w, m->log, m->log_serial);
	if (!w->stopping && listener_apply(w, m->fds, m->n_fds) < 0)
		atomic_fetch_add_explicit(&w->n_accept_errors, 1, memory_order_relaxed);
	TAILQ_FOREACH (c, &w->conns, link)
		if (c->state == CONN_QUEUED)
			repin(c, w->snap);
	if (old)
		snapshot_unref(&old);
	atomic_store_explicit(&w->acked, m->generation, memory_order_release);
	worker_notify_main(w->set);
}

static void
take_fd(struct worker *w, struct mail *m)
{
	struct accepted a = m->accepted;

	m->accepted.fd = -1;
	m->accepted.snap = NULL;
	atomic_fetch_sub_explicit(&w->load, 1, memory_order_relaxed); /* promised by the sender */
	conn_new(w, &a);
}

/* End every connection that holds or held a place at s, or all of them (s NULL). */
static void
kill_conns(struct worker *w, const struct server *s, char who)
{
	struct conn *c = TAILQ_FIRST(&w->conns);

	while (c) {
		struct conn *next = TAILQ_NEXT(c, link);

		if (!s)
			conn_close(c, CONN_CLOSE_STOPPING);
		else if (c->sv && c->sv->server == s)
			conn_kill(c, who);
		c = next;
	}
}

static void
kick_conns(struct worker *w)
{
	struct conn *c = TAILQ_FIRST(&w->conns);

	while (c) {
		struct conn *next = TAILQ_NEXT(c, link);

		if (c->state == CONN_PAUSED)
			connect_kick(c);
		c = next;
	}
}

static void
handle_mail(struct worker *w, struct mail *m)
{
	switch (m->type) {
	case MAIL_SNAPSHOT:
		take_snapshot(w, m);
		break;
	case MAIL_TAKE_FD:
		take_fd(w, m);
		break;
	case MAIL_KILL:
		kill_conns(w, m->server, m->who);
		break;
	case MAIL_LIST:
		session_list_add(m->list, w);
		break;
	}
	mail_free(m);
}

static void
handle_flags(struct worker *w, unsigned flags)
{
	if (flags & MAIL_KICK)
		kick_conns(w);
	if (flags & (MAIL_STOP_SOFT | MAIL_STOP_HARD)) {
		w->stopping = true;
		listener_drop_all(w);
	}
	if (flags & MAIL_STOP_HARD) {
		kill_conns(w, NULL, 'K');
		w->ended = true;
	} else if (flags & MAIL_RELISTEN) {
		listener_recheck(w, w->now);
	}
	if (flags & MAIL_STOP_SOFT)
		worker_notify_main(w->set); /* there may be no connection to wait for */
}

static void
handle_batch(struct worker *w, struct mail_batch *batch)
{
	struct conn *c;
	struct mail *m;

	while ((c = STAILQ_FIRST(&batch->grants))) {
		STAILQ_REMOVE_HEAD(&batch->grants, grant_link);
		conn_granted(c);
	}
	while ((m = STAILQ_FIRST(&batch->mails))) {
		STAILQ_REMOVE_HEAD(&batch->mails, link);
		handle_mail(w, m);
	}
	handle_flags(w, batch->flags);
}

void
worker_mail(struct worker *w)
{
	struct mail_batch batch;

	mailbox_take(&w->mailbox, &batch);
	handle_batch(w, &batch);
	if (!w->ended)
		return;
	mailbox_take(&w->mailbox, &batch); /* grants to connections that have just been closed */
	batch.flags = 0;
	handle_batch(w, &batch);
	kill_conns(w, NULL, 'K'); /* handed over by a worker that stopped later than we */
	mailbox_take(&w->mailbox, &batch);
	batch.flags = 0;
	handle_batch(w, &batch);
}
