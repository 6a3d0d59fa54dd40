/*
 * conn_log.c - what is counted and written down about a connection when it begins and ends.
 */
#include <string.h>
#include <sys/socket.h>

#include "common/log.h"
#include "proxyd/worker_priv.h"

static void
count_averages(struct counters *ct, const struct conn *c)
{
	average_add(&ct->qtime, (uint64_t)((c->at_assigned - c->at_accept) / USEC_PER_MS));
	average_add(&ct->ctime, (uint64_t)((c->at_connected - c->at_assigned) / USEC_PER_MS));
	average_add(&ct->ttime, (uint64_t)((c->worker->now - c->at_accept) / USEC_PER_MS));
}

static void
count_reason(struct counters *ct, enum conn_close reason)
{
	switch (reason) {
	case CONN_CLOSE_SERVER_REFUSED:
	case CONN_CLOSE_NO_SERVER:
	case CONN_CLOSE_CONNECT_TIMEOUT:
	case CONN_CLOSE_QUEUE_TIMEOUT:
	case CONN_CLOSE_RESOURCE:
	case CONN_CLOSE_PROXY_LIMIT:
		counter_add(&ct->econ, 1);
		break;
	case CONN_CLOSE_CLIENT_ABORT:
	case CONN_CLOSE_CLIENT_ABORT_CONNECT:
	case CONN_CLOSE_CLIENT_ABORT_QUEUE:
	case CONN_CLOSE_CLIENT_TIMEOUT:
	case CONN_CLOSE_CLIENT_TIMEOUT_CONNECT:
		counter_add(&ct->cli_abrt, 1);
		break;
	case CONN_CLOSE_SERVER_ABORT:
		counter_add(&ct->eresp, 1);
		counter_add(&ct->srv_abrt, 1);
		break;
	case CONN_CLOSE_SERVER_TIMEOUT:
	case CONN_CLOSE_SERVER_DOWN:
		counter_add(&ct->srv_abrt, 1);
		break;
	case CONN_CLOSE_NORMAL:
	case CONN_CLOSE_KILLED:
	case CONN_CLOSE_STOPPING:
	case CONN_CLOSE_INTERNAL:
		break;
	}
}

void
conn_account(struct conn *c, enum conn_close reason)
{
	unsigned id = c->worker->id;
	struct counters *bc = &c->bv->backend->counters[id];
	struct counters *sc = c->sv ? &c->sv->server->counters[id] : NULL;

	if (reason == CONN_CLOSE_CLIENT_ABORT_QUEUE || reason == CONN_CLOSE_CLIENT_ABORT_CONNECT)
		counter_add(&c->fv->frontend->counters[id].ereq, 1);
	count_reason(bc, reason);
	if (c->at_connected > 0)
		count_averages(bc, c);
	if (!sc)
		return;
	count_reason(sc, reason);
	if (c->at_connected > 0)
		count_averages(sc, c);
}

static void
peer_addr(const struct conn *c, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = c->peer.sa.sa_family;
	if (c->peer.sa.sa_family == AF_INET) {
		a->in = c->peer.in;
		a->len = sizeof(a->in);
	} else if (c->peer.sa.sa_family == AF_INET6) {
		a->in6 = c->peer.in6;
		a->len = sizeof(a->in6);
	} else {
		a->len = sizeof(a->sa.sa_family);
	}
}

/* Without option_tcplog the line is written when the connection comes. */
void
conn_log_start(struct conn *c)
{
	const struct conf_proxy *px = &c->fv->conf->px;
	struct addr client, local = {.len = sizeof(local.un)};
	struct logline l = {.client = &client, .local = &local, .frontend = c->fv->conf->name};
	char line[LOGLINE_MAX];

	if (!px->log || px->option_tcplog || !log_takes(LOG_INFO))
		return;
	peer_addr(c, &client);
	if (getsockname(c->fd[CLIENT], &local.sa, &local.len) < 0)
		local.len = 0;
	l.wall_accept = c->at_accept + c->worker->wall_offset;
	logline_connect(&l, line);
	log_info("%s", line);
}

static int64_t
phase_ms(usec_t from, usec_t to)
{
	return to > 0 ? (to - from) / USEC_PER_MS : -1;
}

static void
fill_times(const struct conn *c, struct logline *l)
{
	l->wall_accept = c->at_accept + c->worker->wall_offset;
	l->queue_ms = phase_ms(c->at_accept, c->at_assigned);
	l->connect_ms = phase_ms(c->at_assigned, c->at_connected);
	l->total_ms = (c->worker->now - c->at_accept) / USEC_PER_MS;
}

static unsigned
gauge(const atomic_uint *g)
{
	return atomic_load_explicit(g, memory_order_relaxed);
}

static void
write_line(const struct conn *c, enum conn_close reason)
{
	struct addr client;
	char line[LOGLINE_MAX];
	struct logline l = {
	    .client = &client,
	    .frontend = c->fv->conf->name,
	    .backend = c->bv->conf->name,
	    .server = c->last_sv ? c->last_sv->conf->name : NULL,
	    .bytes_out = c->bytes[SERVER],
	    .reason = reason,
	    .actconn = gauge(&c->worker->set->n_conns),
	    .feconn = gauge(&c->fv->frontend->n_cur),
	    .beconn = gauge(&c->bv->backend->n_cur),
	    .srvconn = c->last_sv ? gauge(&c->last_sv->server->n_cur) : 0,
	    .retries = c->n_retries,
	    .redispatched = c->redispatched,
	    .be_queue = c->slot.n_ahead,
	};

	peer_addr(c, &client);
	fill_times(c, &l);
	logline_tcplog(&l, line);
	log_info("%s", line);
}

void
conn_log_end(struct conn *c, enum conn_close reason)
{
	const struct conf_proxy *px = &c->fv->conf->px;

	if (px->log && px->option_tcplog && log_takes(LOG_INFO) &&
	    logline_wanted(px->option_dontlognull, px->option_dontlog_normal, reason,
			   c->bytes[CLIENT], c->bytes[SERVER], c->n_retries))
		write_line(c, reason);
}
