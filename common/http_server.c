/*
 * http_server.c - pages for reading over HTTP/1.x, on a libevent base.
 */
#include "common/http_server.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

/* A client that does not read is dropped. */
#define WRITE_PATIENCE ((struct timeval){.tv_sec = 30})
/* For what a client still sends when it has its answer: unread, it would turn into a reset. */
#define LINGER_TIME    (2 * USEC_PER_SEC)
#define LINGER_BYTES   ((size_t)1 << 20)
#define ACCEPT_PAUSE   ((struct timeval){.tv_usec = 100000}) /* out of descriptors */
#define PLAIN          "text/plain; charset=utf-8"

struct client {
	LIST_ENTRY(client) link;
	struct http_server *server;
	struct bufferevent *bev;
	struct event *patience; /* the head's deadline, or the idle time between requests */
	bool closing;           /* close once the answer is written */
	bool at_eof;            /* the client has shut its side down */
	bool lingering;         /* answered and shut down; what still comes is thrown away */
	size_t n_thrown;
};

struct http_server {
	struct event_base *base;
	struct http_server_conf conf;
	struct evconnlistener *listener;
	struct event *resume;
	LIST_HEAD(, client) clients;
	size_t n_clients;
};

static usec_t
request_time(const struct client *c)
{
	return c->server->conf.request_time(c->server->conf.arg);
}

static usec_t
keep_alive_time(const struct client *c)
{
	usec_t time = c->server->conf.keep_alive_time(c->server->conf.arg);

	return time ? time : request_time(c);
}

static void
client_free(struct client *c)
{
	LIST_REMOVE(c, link);
	c->server->n_clients--;
	if (c->patience)
		event_free(c->patience);
	bufferevent_free(c->bev);
	free(c);
}

static void
set_patience(struct client *c, usec_t time)
{
	struct timeval tv = {.tv_sec = time / USEC_PER_SEC, .tv_usec = time % USEC_PER_SEC};

	event_del(c->patience);
	if (time > 0)
		event_add(c->patience, &tv);
}

static void
send_answer(struct client *c, const struct http_request *rq, const struct http_answer *a)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	const struct strbuf *body = &a->body;
	struct strbuf head;

	strbuf_init(&head);
	http_head(&head, a->status, a->type, body->len, rq->keep_alive, a->realm);
	if (head.failed || body->failed || evbuffer_add(out, head.s, head.len) < 0 ||
	    (!rq->is_head && body->len && evbuffer_add(out, body->s, body->len) < 0))
		c->closing = true;
	c->closing |= !rq->keep_alive;
	strbuf_free(&head);
}

static void
refuse(struct client *c, const struct http_request *rq, const char *text)
{
	struct http_answer a = {.status = rq->status, .type = PLAIN, .realm = ""};

	strbuf_init(&a.body);
	strbuf_adds(&a.body, text);
	send_answer(c, rq, &a);
	strbuf_free(&a.body);
}

static void
answer(struct client *c, const struct http_request *rq)
{
	struct http_answer a = {.status = 200, .type = PLAIN, .realm = ""};

	if (rq->status) {
		refuse(c, rq, "this request cannot be answered\n");
		return;
	}
	strbuf_init(&a.body);
	c->server->conf.handler(rq, &a, c->server->conf.arg);
	send_answer(c, rq, &a);
	strbuf_free(&a.body);
}

static void
throw_away(struct client *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);

	c->n_thrown += evbuffer_get_length(in);
	evbuffer_drain(in, evbuffer_get_length(in));
	if (c->n_thrown > LINGER_BYTES)
		client_free(c);
}

/* Say that this was all, and wait a little for the client to say so too. */
static void
linger(struct client *c)
{
	if (c->at_eof || shutdown(bufferevent_getfd(c->bev), SHUT_WR) < 0) {
		client_free(c);
		return;
	}
	c->lingering = true;
	set_patience(c, LINGER_TIME);
	throw_away(c);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct client *c = arg;
	bool waits_for_head;

	if (c->lingering) {
		throw_away(c);
		return;
	}
	/* One request at a time: the next is looked at when this answer is out. */
	if (!c->closing && evbuffer_get_length(bufferevent_get_output(bev)) == 0 &&
	    evbuffer_get_length(in) > 0) {
		size_t len = evbuffer_get_length(in);
		struct http_request rq;
		size_t used;

		used = http_parse((const char *)evbuffer_pullup(in, -1), len, &rq);
		if (used > 0) {
			evbuffer_drain(in, used);
			set_patience(c, 0);
			answer(c, &rq);
			if (evbuffer_get_length(bufferevent_get_output(bev)) == 0)
				client_free(c); /* out of memory: there is no answer to wait for */
			return;
		}
	}
	/* behind an answer that is not out yet nobody waits: on_written starts the clock */
	waits_for_head = !c->closing && evbuffer_get_length(in) > 0 &&
			 evbuffer_get_length(bufferevent_get_output(bev)) == 0;
	if (waits_for_head && !event_pending(c->patience, EV_TIMEOUT, NULL))
		set_patience(c, request_time(c));
}

/* The answer is out. */
static void
on_written(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	if (c->closing) {
		linger(c);
		return;
	}
	if (evbuffer_get_length(bufferevent_get_input(bev)) > 0) {
		set_patience(c, request_time(c));
		on_read(bev, c);
		return;
	}
	set_patience(c, keep_alive_time(c));
}

static void
on_end(struct bufferevent *bev, short what, void *arg)
{
	struct client *c = arg;

	if ((what & BEV_EVENT_EOF) && evbuffer_get_length(bufferevent_get_output(bev)) > 0) {
		c->closing = c->at_eof = true; /* finish the answer */
		return;
	}
	client_free(c);
}

static void
on_impatient(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	if (!c->lingering && evbuffer_get_length(bufferevent_get_input(c->bev)) > 0) {
		struct http_request late = {.status = 408};

		refuse(c, &late, "the request did not arrive in time\n");
		return;
	}
	client_free(c);
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int len, void *arg)
{
	struct http_server *s = arg;
	struct client *c = s->n_clients < HTTP_CLIENTS_MAX ? calloc(1, sizeof(*c)) : NULL;
	struct timeval patience = WRITE_PATIENCE;

	(void)l;
	(void)sa;
	(void)len;
	if (c == NULL) {
		close(fd);
		return;
	}
	c->server = s;
	c->bev = bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (c->bev == NULL) {
		close(fd);
		free(c);
		return;
	}
	LIST_INSERT_HEAD(&s->clients, c, link);
	s->n_clients++;
	c->patience = evtimer_new(s->base, on_impatient, c);
	bufferevent_setcb(c->bev, on_read, on_written, on_end, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, (size_t)HTTP_HEAD_MAX * 2);
	bufferevent_set_timeouts(c->bev, NULL, &patience);
	if (c->patience == NULL || bufferevent_enable(c->bev, EV_READ | EV_WRITE) < 0) {
		client_free(c);
		return;
	}
	set_patience(c, request_time(c));
}

static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *s = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(s->listener);
}

/* Out of descriptors: look again later instead of spinning. */
static void
on_accept_error(struct evconnlistener *l, void *arg)
{
	struct timeval pause = ACCEPT_PAUSE;
	struct http_server *s = arg;

	evconnlistener_disable(l);
	event_add(s->resume, &pause);
}

struct http_server *
http_server_new(struct event_base *base, const struct http_server_conf *conf)
{
	struct http_server *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		close(conf->fd);
		return NULL;
	}
	s->base = base;
	s->conf = *conf;
	LIST_INIT(&s->clients);
	s->resume = evtimer_new(base, on_resume, s);
	s->listener = evconnlistener_new(
	    base, on_accept, s, LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, 0, conf->fd);
	if (s->listener == NULL)
		close(conf->fd);
	if (s->listener == NULL || s->resume == NULL) {
		http_server_free(&s);
		return NULL;
	}
	evconnlistener_set_error_cb(s->listener, on_accept_error);
	return s;
}

void
http_server_free(struct http_server **s)
{
	struct client *next;

	if (*s == NULL)
		return;
	for (struct client *c = LIST_FIRST(&(*s)->clients); c != NULL; c = next) {
		next = LIST_NEXT(c, link);
		client_free(c);
	}
	if ((*s)->resume)
		event_free((*s)->resume);
	if ((*s)->listener)
		evconnlistener_free((*s)->listener);
	free(*s);
	*s = NULL;
}
