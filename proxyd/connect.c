/*
 * connect.c - from an accepted connection to a connected pair: pick a server, queue, connect,
 * retry, redispatch, as HAProxy does (its configuration manual, `retries`, `option redispatch`).
 *
 * A connection holds its place at a server from lb_pick() until it is closed or sent elsewhere,
 * the pauses between two tries included.  backend.lock is held for the picking only.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "proxyd/tune.h"
#include "proxyd/worker_priv.h"

#define RETRY_PAUSE_MAX USEC_PER_SEC

static const struct conf_proxy *
proxy(const struct conn *c)
{
	return &c->bv->conf->px;
}

static struct counters *
backend_counters(const struct conn *c)
{
	return &c->bv->backend->counters[c->worker->id];
}

static struct counters *
server_counters(const struct conn *c)
{
	return &c->sv->server->counters[c->worker->id];
}

/* Give up the place at the server and let the next in the queue have it. */
void
connect_give_back(struct conn *c)
{
	struct backend *b = c->bv->backend;

	if (!c->sv)
		return;
	pthread_mutex_lock(&b->lock);
	server_release(c->sv->server);
	workers_grant(c->worker->set, b);
	pthread_mutex_unlock(&b->lock);
	c->sv = NULL;
}

static void
set_keepalive(int fd, const struct conf_keepalive *ka)
{
	int idle = (int)(ka->idle / USEC_PER_SEC), intvl = (int)(ka->intvl / USEC_PER_SEC);

	if (!ka->on)
		return;
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int));
	if (idle > 0)
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	if (intvl > 0)
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &intvl, sizeof(intvl));
	if (ka->cnt > 0)
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &ka->cnt, sizeof(ka->cnt));
}

void
connect_client_options(struct conn *c)
{
	set_keepalive(c->fd[CLIENT], &c->fv->conf->px.clitcpka);
	tune_buffers(c->fd[CLIENT], &c->snap->conf->global.tune_client);
}

/*
 * The kernel often has finished the handshake before connect() returns (loopback, UNIX): an empty
 * send() tells without a round through epoll.
 */
static bool
is_established(int fd)
{
	return send(fd, "", 0, MSG_NOSIGNAL) == 0;
}

static int
watch_server(struct conn *c)
{
	struct epoll_event ev = {
	    .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET,
	    .data.ptr = (void *)((uintptr_t)c | TAG_SERVER),
	};

	return epoll_ctl(c->worker->epfd, EPOLL_CTL_ADD, c->fd[SERVER], &ev);
}

/* No descriptor, no source port: trying again would not help. */
static bool
is_our_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
	       error == EADDRNOTAVAIL || error == ENOSPC;
}

/* Not ours (yet), as a virtual address in standby: trying again would not help. */
static int
bind_source(struct conn *c)
{
	const struct addr *source = &c->sv->conf->source;
	char text[ADDR_STRLEN];
	unsigned skipped;

	if (tune_source(c->fd[SERVER], source) == 0)
		return 0;
	if (log_limit_pass(&c->worker->no_source, c->worker->now, &skipped))
		log_warn("%s/%s: source %s: %s%s", c->bv->conf->name, c->sv->conf->name,
			 addr_format(source, text), strerror(errno), skipped ? " (and more)" : "");
	errno = EADDRNOTAVAIL;
	return -1;
}

static int
new_socket(struct conn *c, const struct addr *a)
{
	c->fd[SERVER] = socket(a->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd[SERVER] < 0)
		return -1;
	set_keepalive(c->fd[SERVER], &proxy(c)->srvtcpka);
	tune_buffers(c->fd[SERVER], &c->snap->conf->global.tune_server);
	return bind_source(c);
}

static int
open_socket(struct conn *c)
{
	const struct addr *a = &c->sv->conf->addr;
	bool used_again;

	c->hup[SERVER] = c->nodelay = false;
	c->at_connect = c->worker->now;
	c->fd[SERVER] = spare_use(c);
	used_again = c->fd[SERVER] >= 0;
	if (!used_again && new_socket(c, a) < 0)
		return -1;
	counter_add(&server_counters(c)->connect, 1);
	counter_add(&backend_counters(c)->connect, 1);
	if (connect(c->fd[SERVER], &a->sa, a->len) < 0 && errno != EINPROGRESS)
		return -1;
	return used_again ? 0 : watch_server(c);
}

static void connect_failed(struct conn *c, bool timed_out);

static void
open_connection(struct conn *c)
{
	if (open_socket(c) < 0) {
		int error = errno;

		if (is_our_shortage(error))
			conn_close(c, CONN_CLOSE_RESOURCE);
		else
			connect_failed(c, false);
		return;
	}
	c->state = CONN_CONNECTING;
	if (is_established(c->fd[SERVER]))
		relay_start(c, 0);
	else if (errno == EAGAIN)
		conn_arm(c);
	else
		connect_failed(c, false);
}

static void
assigned(struct conn *c, const struct server_view *sv)
{
	c->sv = c->last_sv = sv;
	c->at_assigned = c->worker->now;
	server_count_session(c->bv->backend, sv->server, c->worker->id, c->worker->now);
	open_connection(c);
}

void
connect_start(struct conn *c)
{
	struct backend *b = c->bv->backend;
	enum lb_verdict verdict;
	size_t picked = 0;

	pthread_mutex_lock(&b->lock);
	verdict = lb_pick(c->bv, c->tried, &picked);
	if (verdict == LB_SERVER)
		server_take(c->bv->servers[picked].server);
	else if (verdict == LB_QUEUE)
		queue_enter(b, &c->slot, c->bv, c->tried, c->worker->id, c->worker->now);
	pthread_mutex_unlock(&b->lock);

	if (verdict == LB_SERVER) {
		assigned(c, &c->bv->servers[picked]);
	} else if (verdict == LB_QUEUE) {
		c->state = CONN_QUEUED;
		conn_arm(c);
	} else {
		c->last_sv = NULL;
		conn_close(c, CONN_CLOSE_NO_SERVER);
	}
}

void
connect_granted(struct conn *c)
{
	pthread_mutex_lock(&c->bv->backend->lock);
	queue_delivered(&c->slot);
	pthread_mutex_unlock(&c->bv->backend->lock);
	c->at_active[CLIENT] = c->worker->now; /* the client was not silent, it had to wait */
	assigned(c, &c->bv->servers[c->slot.server]);
}

static void
redispatch(struct conn *c)
{
	counter_add(&server_counters(c)->wredis, 1);
	counter_add(&backend_counters(c)->wredis, 1);
	c->redispatched = true;
	connect_give_back(c);
	connect_start(c);
}

static void
pause_before_retry(struct conn *c)
{
	c->state = CONN_PAUSED;
	c->at_connect = c->worker->now;
	conn_arm(c);
}

/* This try failed: the same server again, the last time another one, or the end. */
static void
connect_failed(struct conn *c, bool timed_out)
{
	const struct conf_proxy *px = proxy(c);

	conn_close_fd(c, SERVER, false);
	c->tried |= lb_tried_bit((size_t)(c->sv - c->bv->servers));
	if (c->n_retries >= (unsigned)px->retries) {
		c->at_assigned = c->worker->now;
		conn_close(c, timed_out ? CONN_CLOSE_CONNECT_TIMEOUT : CONN_CLOSE_SERVER_REFUSED);
		return;
	}
	c->n_retries++;
	if (px->option_redispatch &&
	    (c->n_retries == (unsigned)px->retries || !server_is_usable(c->sv->server))) {
		redispatch(c);
		return;
	}
	counter_add(&server_counters(c)->wretr, 1);
	counter_add(&backend_counters(c)->wretr, 1);
	if (timed_out)
		open_connection(c);
	else
		pause_before_retry(c);
}

void
connect_event(struct conn *c, uint32_t events)
{
	if (events & (EPOLLERR | EPOLLHUP)) {
		connect_failed(c, false);
		return;
	}
	if (events & EPOLLOUT)
		relay_start(c, events);
}

/* Between two tries: do not wait for a server that was found down meanwhile. */
void
connect_kick(struct conn *c)
{
	if (proxy(c)->option_redispatch && !server_is_usable(c->sv->server))
		redispatch(c);
}

static usec_t
retry_pause(const struct conn *c)
{
	usec_t t = proxy(c)->timeout_connect;

	return t > 0 && t < RETRY_PAUSE_MAX ? t : RETRY_PAUSE_MAX;
}

static usec_t
after(usec_t start, usec_t timeout)
{
	return timeout > 0 ? start + timeout : USEC_NEVER;
}

/* When the server's part of the waiting is over. */
static usec_t
server_deadline(const struct conn *c)
{
	if (c->state == CONN_QUEUED)
		return after(c->slot.at_entered, proxy(c)->timeout_queue);
	if (c->state == CONN_PAUSED)
		return c->at_connect + retry_pause(c);
	return after(c->at_connect, proxy(c)->timeout_connect);
}

/* The client's patience runs as well, but a queue has its own. */
static usec_t
client_deadline(const struct conn *c)
{
	if (c->state == CONN_QUEUED)
		return USEC_NEVER;
	return after(c->at_active[CLIENT], c->fv->conf->px.timeout_client);
}

usec_t
connect_deadline(const struct conn *c)
{
	usec_t client = client_deadline(c), server = server_deadline(c);

	return client < server ? client : server;
}

void
connect_timer(struct conn *c)
{
	usec_t now = c->worker->now;

	if (client_deadline(c) <= now)
		conn_close(c, CONN_CLOSE_CLIENT_TIMEOUT_CONNECT);
	else if (server_deadline(c) > now)
		conn_arm(c);
	else if (c->state == CONN_QUEUED)
		conn_close(c, CONN_CLOSE_QUEUE_TIMEOUT);
	else if (c->state == CONN_CONNECTING)
		connect_failed(c, true);
	else
		open_connection(c);
}
