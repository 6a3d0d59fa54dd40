/*
 * spare.c - server sockets that are used again: saves socket(), epoll_ctl() and most of close().
 *
 * Only after a complete and graceful end: both directions passed their end on, and the server has
 * acknowledged all we sent, our FIN included (SIOCOUTQ 0).  The socket is closed for the kernel
 * then; connect(2) to AF_UNSPEC makes it fit for the next connect() and puts nothing on the wire.
 * The record stays with it, because the registration in epoll names the record.  Disconnecting
 * wakes epoll once more; before that hang-up has been delivered the spare is not used, lest the
 * next connection takes it for its own.  Spares belong to one server under one configuration, are
 * few, and go when nobody needs them for a second.
 */
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxyd/worker_priv.h"

#define SPARE_IDLE USEC_PER_SEC

static void
drop(struct conn *c)
{
	struct worker *w = c->worker;

	TAILQ_REMOVE(&w->spares, c, link);
	w->n_spares--;
	close(c->spare.fd);
	slab_put(&w->slab, c);
}

struct conn *
spare_record(struct worker *w)
{
	struct conn *c = TAILQ_FIRST(&w->spares);
	struct spare spare = {.fd = -1};

	if (c && c->spare.ready) {
		TAILQ_REMOVE(&w->spares, c, link);
		w->n_spares--;
		w->at_spared = w->now;
		spare = c->spare;
	} else {
		c = slab_get(&w->slab);
		if (!c)
			return NULL;
	}
	memset(c, 0, sizeof(*c));
	c->worker = w;
	c->spare = spare;
	return c;
}

static bool
ended_gracefully(const struct conn *c)
{
	int unacknowledged;

	return c->flow[CLIENT].shut && c->flow[SERVER].eof &&
	       ioctl(c->fd[SERVER], SIOCOUTQ, &unacknowledged) == 0 && unacknowledged == 0;
}

void
spare_keep(struct conn *c)
{
	static const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	struct worker *w = c->worker;

	if (w->n_spares >= SPARES_MAX || w->stopping || c->snap != w->snap || !c->sv ||
	    addr_family(&c->sv->conf->addr) == AF_UNIX || !ended_gracefully(c) ||
	    connect(c->fd[SERVER], &nobody, sizeof(nobody)) < 0)
		return;
	c->spare =
	    (struct spare){.fd = c->fd[SERVER], .nodelay = c->nodelay, .server = c->sv->server};
	c->fd[SERVER] = -1;
}

void
spare_discard(struct conn *c)
{
	if (c->spare.fd >= 0)
		close(c->spare.fd);
	c->spare.fd = -1;
}

int
spare_use(struct conn *c)
{
	int fd = c->spare.fd;

	if (fd >= 0 && (c->spare.server != c->sv->server || c->snap != c->worker->snap)) {
		spare_discard(c);
		return -1;
	}
	c->nodelay = fd >= 0 && c->spare.nodelay;
	c->spare.fd = -1;
	return fd;
}

bool
spare_return(struct conn *c)
{
	struct worker *w = c->worker;

	if (c->spare.fd < 0)
		return false;
	if (w->n_spares >= SPARES_MAX || c->snap != w->snap) {
		spare_discard(c);
		return false;
	}
	c->state = CONN_SPARE;
	TAILQ_INSERT_TAIL(&w->spares, c, link);
	w->n_spares++;
	w->at_spared = w->now;
	return true;
}

/* The hang-up that spare_keep() caused. */
void
spare_event(struct conn *c)
{
	struct worker *w = c->worker;

	c->spare.ready = true;
	TAILQ_REMOVE(&w->spares, c, link);
	TAILQ_INSERT_HEAD(&w->spares, c, link);
}

void
spare_expire(struct worker *w)
{
	if (w->n_spares > 0 && w->now >= w->at_spared + SPARE_IDLE)
		spare_drop_all(w);
}

void
spare_drop_all(struct worker *w)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&w->spares)))
		drop(c);
}
