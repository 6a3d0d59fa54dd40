/*
 * sessions.c - `show sess`: every worker writes its connections into one list, main waits.
 *
 * The list is counted by reference: when a worker is late, main answers an error and leaves, and
 * the last one frees.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "proxyd/worker_priv.h"

#define ANSWER_WITHIN_S 1

struct session_list {
	pthread_mutex_t lock;
	pthread_cond_t done;
	unsigned n_refs, n_missing;
	struct strbuf text;
};

static const char *const state_names[] = {
    [CONN_QUEUED] = "queued", [CONN_CONNECTING] = "connecting", [CONN_PAUSED] = "retry",
    [CONN_RELAY] = "relay",   [CONN_ABORTING] = "aborting",     [CONN_DEAD] = "dead",
};

void
session_list_unref(struct session_list **list)
{
	struct session_list *sl = *list;
	bool last;

	*list = NULL;
	pthread_mutex_lock(&sl->lock);
	last = --sl->n_refs == 0;
	pthread_mutex_unlock(&sl->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&sl->lock);
	pthread_cond_destroy(&sl->done);
	strbuf_free(&sl->text);
	free(sl);
}

static const char *
peer_text(const struct conn *c, char buf[ADDR_STRLEN])
{
	struct addr a = {.len = 0};

	if (c->peer.sa.sa_family == AF_INET) {
		a.in = c->peer.in;
		a.len = sizeof(a.in);
	} else if (c->peer.sa.sa_family == AF_INET6) {
		a.in6 = c->peer.in6;
		a.len = sizeof(a.in6);
	} else {
		return "unix:1";
	}
	return addr_format(&a, buf);
}

static void
add_conn(struct strbuf *b, const struct conn *c)
{
	usec_t now = c->worker->now;
	usec_t expires = c->timer.index != 0 && c->timer.at > now ? c->timer.at - now : 0;
	const char *proto = c->peer.sa.sa_family == AF_INET    ? "tcpv4"
			    : c->peer.sa.sa_family == AF_INET6 ? "tcpv6"
							       : "unix_stream";
	char peer[ADDR_STRLEN];

	strbuf_addf(b, "%p: proto=%s src=%s fe=%s be=%s srv=%s", (const void *)c, proto,
		    peer_text(c, peer), c->fv->conf->name, c->bv->conf->name,
		    c->sv ? c->sv->conf->name : "<none>");
	strbuf_addf(b, " ts=%02u age=%lds rq=%llu rp=%llu scf=[%d] scb=[%d] exp=%lds rc=%u st=%s\n",
		    c->worker->id, (long)((now - c->at_accept) / USEC_PER_SEC),
		    (unsigned long long)c->bytes[CLIENT], (unsigned long long)c->bytes[SERVER],
		    c->fd[CLIENT], c->fd[SERVER], (long)(expires / USEC_PER_SEC), c->n_retries,
		    state_names[c->state]);
}

void
session_list_add(struct session_list *sl, struct worker *w)
{
	const struct conn *c;

	pthread_mutex_lock(&sl->lock);
	TAILQ_FOREACH (c, &w->conns, link)
		add_conn(&sl->text, c);
	sl->n_missing--;
	pthread_cond_signal(&sl->done);
	pthread_mutex_unlock(&sl->lock);
}

static struct session_list *
list_new(unsigned n_workers)
{
	struct session_list *sl = calloc(1, sizeof(*sl));
	pthread_condattr_t attr;

	if (!sl)
		return NULL;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&sl->lock, NULL);
	pthread_cond_init(&sl->done, &attr);
	pthread_condattr_destroy(&attr);
	strbuf_init(&sl->text);
	sl->n_refs = 1;
	sl->n_missing = n_workers;
	return sl;
}

static int
ask_all(struct workers *ws, struct session_list *sl)
{
	for (unsigned i = 0; i < ws->n; i++) {
		struct mail *m = mail_new(MAIL_LIST);

		if (!m)
			return -1;
		pthread_mutex_lock(&sl->lock);
		sl->n_refs++;
		pthread_mutex_unlock(&sl->lock);
		m->list = sl;
		mailbox_post(&ws->w[i]->mailbox, m);
	}
	return 0;
}

int
workers_list_sessions(struct workers *ws, struct strbuf *out, struct err *e)
{
	struct session_list *sl = list_new(ws->n);
	struct timespec until;
	int rc = 0;

	if (!sl)
		return err_set(e, "out of memory");
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ANSWER_WITHIN_S;
	if (ask_all(ws, sl) < 0)
		rc = -1;
	pthread_mutex_lock(&sl->lock);
	while (rc == 0 && sl->n_missing > 0)
		rc = pthread_cond_timedwait(&sl->done, &sl->lock, &until);
	if (rc == 0)
		strbuf_add(out, strbuf_str(&sl->text), sl->text.len);
	pthread_mutex_unlock(&sl->lock);
	session_list_unref(&sl);
	return rc == 0 ? 0 : err_set(e, "a worker does not answer");
}
