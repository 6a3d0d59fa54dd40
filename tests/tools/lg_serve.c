/*
 * lg_serve.c - the server within the load generator (--serve): both ends of a proxy in one thread,
 * so that load and server cost one core and no switches between processes.
 *
 * Messages are echoed, byte for byte.  Streams are discarded, made, or mirrored (as many bytes back
 * as have come); in a mix a connection whose first byte is 0 is a stream.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loadgen.h"

#define ACCEPTS_PER_EVENT 64
#define BACKLOG           65535
#define OWED_MAX          ((int64_t)1 << 20)
#define ECHO_BUF          (64 * 1024)

enum kind {
	KIND_ECHO,
	KIND_SINK,   /* reads and forgets */
	KIND_SOURCE, /* writes without end */
	KIND_MIRROR, /* writes as many bytes as it has read */
};

struct serve_conn {
	LIST_ENTRY(serve_conn) link;
	struct serve *serve;
	struct watch watch;
	enum kind kind;
	bool known;    /* mix: the first byte has come */
	int64_t owed;  /* mirror: bytes to send */
	uint8_t *left; /* echo: what the socket did not take */
	size_t left_off, left_len;
};

struct serve {
	struct load *load;
	struct watch watch;
	LIST_HEAD(, serve_conn) conns;
	uint8_t *chunk;
	size_t chunk_len;
};

static struct loop *
loop_of(const struct serve_conn *c)
{
	struct load *l = c->serve->load;

	return c->kind == KIND_ECHO ? &l->loop : &l->streams;
}

static void
conn_close(struct serve_conn *c)
{
	LIST_REMOVE(c, link);
	loop_close(loop_of(c), &c->watch);
	free(c->left);
	free(c);
}

/* False: broken, closed. */
static bool
send_left(struct serve_conn *c)
{
	ssize_t n;

	if (!c->left_len)
		return true;
	n = send(c->watch.fd, c->left + c->left_off, c->left_len, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN) {
		conn_close(c);
		return false;
	}
	if (n > 0) {
		c->left_off += (size_t)n;
		c->left_len -= (size_t)n;
	}
	if (!c->left_len) {
		free(c->left);
		c->left = NULL;
		c->left_off = 0;
	}
	return true;
}

static bool
send_back(struct serve_conn *c, const uint8_t *buf, size_t len)
{
	ssize_t n = send(c->watch.fd, buf, len, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN) {
		conn_close(c);
		return false;
	}
	n = n < 0 ? 0 : n;
	if ((size_t)n == len)
		return true;
	c->left_len = len - (size_t)n;
	c->left = must_alloc(c->left_len, 1);
	memcpy(c->left, buf + n, c->left_len);
	return true;
}

static void on_stream(struct watch *w, uint32_t events);

static uint32_t
stream_events(const struct serve_conn *c)
{
	if (c->kind == KIND_SINK)
		return EPOLLIN;
	if (c->kind == KIND_SOURCE)
		return EPOLLOUT | EPOLLRDHUP;
	return (c->owed < OWED_MAX ? EPOLLIN : 0) | (c->owed ? EPOLLOUT : 0);
}

static void
become_stream(struct serve_conn *c, int fd, enum kind kind, int64_t owed)
{
	c->known = true;
	c->kind = kind;
	c->owed = owed;
	c->watch.on_ready = on_stream;
	loop_watch(loop_of(c), &c->watch, fd, stream_events(c));
}

static void
on_echo(struct watch *w, uint32_t events)
{
	struct serve_conn *c = container_of(w, struct serve_conn, watch);
	static uint8_t buf[ECHO_BUF];
	bool ending = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR), was_blocked = c->left_len > 0;
	ssize_t n;

	if (!send_left(c) || (!was_blocked && !ending && !(events & EPOLLIN)))
		return;
	while (!c->left_len) {
		n = recv(w->fd, buf, sizeof(buf), 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			conn_close(c);
			return;
		}
		if (!c->known && buf[0] == 0) {
			int fd = w->fd;

			loop_unwatch(loop_of(c), w);
			become_stream(c, fd, KIND_MIRROR, n);
			return;
		}
		c->known = true;
		if (!send_back(c, buf, (size_t)n))
			return;
		if (n < (ssize_t)sizeof(buf) && !ending && !was_blocked)
			return; /* the socket is empty: the next edge tells of more */
	}
}

/* False: the connection has ended. */
static bool
stream_read(struct serve_conn *c)
{
	ssize_t n = recv(c->watch.fd, c->serve->chunk, c->serve->chunk_len, MSG_TRUNC);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		return false;
	if (n > 0 && c->kind == KIND_MIRROR)
		c->owed += n;
	return true;
}

static bool
stream_write(struct serve_conn *c)
{
	size_t len = c->serve->chunk_len;
	ssize_t n;

	if (c->kind == KIND_MIRROR && (size_t)c->owed < len)
		len = (size_t)c->owed;
	n = len ? load_send_stream(c->serve->load, c->watch.fd, len) : 0;
	if (n < 0)
		return errno == EAGAIN;
	if (c->kind == KIND_MIRROR)
		c->owed -= n;
	return true;
}

static void
on_stream(struct watch *w, uint32_t events)
{
	struct serve_conn *c = container_of(w, struct serve_conn, watch);
	bool ok = !(events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP));

	if (ok && (events & EPOLLIN))
		ok = stream_read(c);
	if (ok && c->kind != KIND_SINK)
		ok = stream_write(c);
	if (ok)
		loop_watch(loop_of(c), w, w->fd, stream_events(c));
	else
		conn_close(c);
}

static enum kind
bulk_kind(const struct load *l)
{
	if (!l->opt.up)
		return KIND_SOURCE;
	return l->opt.down ? KIND_MIRROR : KIND_SINK;
}

static void
conn_new(struct serve *s, int fd)
{
	struct serve_conn *c = must_alloc(1, sizeof(*c));
	const struct load *l = s->load;

	c->serve = s;
	c->watch = (struct watch){.fd = -1, .on_ready = on_echo};
	LIST_INSERT_HEAD(&s->conns, c, link);
	if (l->workload == &work_bulk) {
		become_stream(c, fd, bulk_kind(l), 0);
		return;
	}
	c->known = l->workload != &work_mix;
	loop_watch(&s->load->loop, &c->watch, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

static void
on_listener(struct watch *w, uint32_t events)
{
	struct serve *s = container_of(w, struct serve, watch);
	int fd;

	(void)events;
	for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
		fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			conn_new(s, fd);
			continue;
		}
		if (errno != EAGAIN && errno != ECONNABORTED)
			die("--serve: accept: %s", strerror(errno));
		return;
	}
}

struct serve *
serve_start(struct load *l)
{
	struct serve *s = must_alloc(1, sizeof(*s));
	char at[ENDPOINT_STRLEN];
	int fd = sock_listen(&l->opt.serve, BACKLOG);

	if (fd < 0)
		die("--serve %s: %s", endpoint_text(&l->opt.serve, at), strerror(-fd));
	sock_nodelay(fd); /* inherited by what is accepted */
	s->load = l;
	s->watch = (struct watch){.fd = -1, .on_ready = on_listener};
	LIST_INIT(&s->conns);
	s->chunk_len = load_chunk(l);
	s->chunk = must_alloc(s->chunk_len, 1);
	loop_watch(&l->loop, &s->watch, fd, EPOLLIN);
	return s;
}

void
serve_free(struct serve *s)
{
	struct serve_conn *c, *next;

	for (c = LIST_FIRST(&s->conns); c; c = next) {
		next = LIST_NEXT(c, link);
		conn_close(c);
	}
	loop_close(&s->load->loop, &s->watch);
	free(s->chunk);
	free(s);
}
