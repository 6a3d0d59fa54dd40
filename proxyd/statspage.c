/*
 * statspage.c - the status page over HTTP, on the engine's main thread.
 *
 * One bufferevent per connection; requests are parsed by http.c and pages made by stats_*.c.
 * The whole head has to arrive within timeout_http_request, however slowly its bytes drip in;
 * between requests a connection may idle for timeout_http_keep_alive.
 */
#include "proxyd/statspage.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "proxyd/http.h"
#include "proxyd/logline.h"
#include "proxyd/manager.h"
#include "proxyd/stats.h"

#define MAX_CLIENTS 100
#define WRITE_PATIENCE                                                                             \
	((struct timeval){.tv_sec = 30}) /* a client that does not read is dropped                 \
					  */
/* For what a client still sends when it has its answer: unread, it would turn into a reset. */
#define LINGER_TIME  (2 * USEC_PER_SEC)
#define LINGER_BYTES ((size_t)1 << 20)
#define ACCEPT_PAUSE ((struct timeval){.tv_usec = 100000}) /* out of descriptors */

struct client {
	LIST_ENTRY(client) link;
	struct statspage *page;
	struct bufferevent *bev;
	struct event *patience; /* the head's deadline, or the idle time between requests */
	bool closing;           /* close once the answer is written */
	bool at_eof;            /* the client has shut its side down */
	bool lingering;         /* answered and shut down; what still comes is thrown away */
	size_t n_thrown;
};

struct statspage {
	struct event_base *base;
	struct manager *manager;
	struct evconnlistener *listener;
	struct event *resume;
	LIST_HEAD(, client) clients;
	size_t n_clients;
};

static const struct conf_stats *
conf_now(const struct statspage *p)
{
	return &manager_snapshot(p->manager)->conf->stats;
}

static void
client_free(struct client *c)
{
	LIST_REMOVE(c, link);
	c->page->n_clients--;
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

/* ---- answers ---- */

static void
send_answer(struct client *c, const struct http_request *rq, int status, const char *type,
	    const struct strbuf *body)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	struct strbuf head;

	strbuf_init(&head);
	http_head(&head, status, type, body->len, rq->keep_alive, conf_now(c->page)->realm);
	if (head.failed || body->failed || evbuffer_add(out, head.s, head.len) < 0 ||
	    (!rq->is_head && body->len && evbuffer_add(out, body->s, body->len) < 0))
		c->closing = true;
	c->closing |= !rq->keep_alive;
	strbuf_free(&head);
}

static void
send_text(struct client *c, const struct http_request *rq, int status, const char *text)
{
	struct strbuf body;

	strbuf_init(&body);
	strbuf_adds(&body, text);
	send_answer(c, rq, status, "text/plain; charset=utf-8", &body);
	strbuf_free(&body);
}

static void
render(struct statspage *p, const struct stats_table *t, const char *suffix, struct strbuf *body)
{
	char date[LOGLINE_DATE_MAX];
	struct stats_process process;
	struct stats_page page = {.process = &process, .table = t, .conf = conf_now(p)};
	struct conf_stats quiet = *page.conf;

	manager_process(p->manager, &process);
	if (strstr(suffix, ";norefresh")) {
		quiet.refresh = 0;
		page.conf = &quiet;
	}
	logline_date((usec_t)time(NULL) * USEC_PER_SEC, date);
	page.date = date;
	stats_render_html(body, &page);
}

/* suffix: what stands behind the configured uri, options that begin with ';' as HAProxy's. */
static void
send_stats(struct client *c, const struct http_request *rq, const char *suffix)
{
	struct stats_filter f = STATS_FILTER_ALL;
	const char *type = "text/html; charset=utf-8";
	struct stats_table t;
	struct strbuf body;

	if (stats_gather(manager_snapshot(c->page->manager), clock_now(), &t) < 0) {
		send_text(c, rq, 500, "out of memory\n");
		return;
	}
	f.only_up = strstr(suffix, ";up") != NULL;
	f.no_maint = strstr(suffix, ";no-maint") != NULL;
	strbuf_init(&body);
	if (strstr(suffix, ";csv")) {
		type = "text/plain; charset=utf-8";
		stats_render(&body, &t, &f, STATS_CSV);
	} else if (strstr(suffix, ";json")) {
		type = "application/json";
		stats_render(&body, &t, &f, STATS_JSON);
	} else {
		render(c->page, &t, suffix, &body);
	}
	send_answer(c, rq, 200, type, &body);
	strbuf_free(&body);
	stats_table_free(&t);
}

static void
answer(struct client *c, const struct http_request *rq)
{
	const struct conf_stats *conf = conf_now(c->page);
	size_t n = strlen(conf->uri);

	if (rq->status)
		send_text(c, rq, rq->status, "this request cannot be answered\n");
	else if (strncmp(rq->target, conf->uri, n) != 0 ||
		 (rq->target[n] != '\0' && rq->target[n] != ';'))
		send_text(c, rq, 404, "not found\n");
	else if (conf->n_auth > 0 && !http_auth_ok(rq->authorization, conf->auth, conf->n_auth))
		send_text(c, rq, 401, "user and password, please\n");
	else
		send_stats(c, rq, rq->target + n);
}

/* ---- connections ---- */

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
	const struct conf_stats *conf;
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
	conf = conf_now(c->page);
	if (waits_for_head && !event_pending(c->patience, EV_TIMEOUT, NULL))
		set_patience(c, conf->timeout_http_request);
}

/* The answer is out. */
static void
on_written(struct bufferevent *bev, void *arg)
{
	const struct conf_stats *conf;
	struct client *c = arg;

	if (c->closing) {
		linger(c);
		return;
	}
	conf = conf_now(c->page);
	if (evbuffer_get_length(bufferevent_get_input(bev)) > 0) {
		set_patience(c, conf->timeout_http_request);
		on_read(bev, c);
		return;
	}
	set_patience(c, conf->timeout_http_keep_alive ? conf->timeout_http_keep_alive
						      : conf->timeout_http_request);
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

		send_text(c, &late, 408, "the request did not arrive in time\n");
		return;
	}
	client_free(c);
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int len, void *arg)
{
	struct statspage *p = arg;
	struct client *c = p->n_clients < MAX_CLIENTS ? calloc(1, sizeof(*c)) : NULL;
	struct timeval patience = WRITE_PATIENCE;

	(void)l;
	(void)sa;
	(void)len;
	if (c == NULL) {
		close(fd);
		return;
	}
	c->page = p;
	c->bev = bufferevent_socket_new(p->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (c->bev == NULL) {
		close(fd);
		free(c);
		return;
	}
	LIST_INSERT_HEAD(&p->clients, c, link);
	p->n_clients++;
	c->patience = evtimer_new(p->base, on_impatient, c);
	bufferevent_setcb(c->bev, on_read, on_written, on_end, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, (size_t)HTTP_HEAD_MAX * 2);
	bufferevent_set_timeouts(c->bev, NULL, &patience);
	if (c->patience == NULL || bufferevent_enable(c->bev, EV_READ | EV_WRITE) < 0) {
		client_free(c);
		return;
	}
	set_patience(c, conf_now(p)->timeout_http_request);
}

static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct statspage *p = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(p->listener);
}

/* Out of descriptors: look again later instead of spinning. */
static void
on_accept_error(struct evconnlistener *l, void *arg)
{
	struct timeval pause = ACCEPT_PAUSE;
	struct statspage *p = arg;

	evconnlistener_disable(l);
	event_add(p->resume, &pause);
}

struct statspage *
statspage_new(struct event_base *base, struct manager *m, int fd)
{
	struct statspage *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		close(fd);
		return NULL;
	}
	p->base = base;
	p->manager = m;
	LIST_INIT(&p->clients);
	p->resume = evtimer_new(base, on_resume, p);
	p->listener = evconnlistener_new(base, on_accept, p,
					 LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, 0, fd);
	if (p->listener == NULL)
		close(fd);
	if (p->listener == NULL || p->resume == NULL) {
		statspage_free(&p);
		return NULL;
	}
	evconnlistener_set_error_cb(p->listener, on_accept_error);
	return p;
}

void
statspage_free(struct statspage **p)
{
	struct client *next;

	if (*p == NULL)
		return;
	for (struct client *c = LIST_FIRST(&(*p)->clients); c != NULL; c = next) {
		next = LIST_NEXT(c, link);
		client_free(c);
	}
	if ((*p)->resume)
		event_free((*p)->resume);
	if ((*p)->listener)
		evconnlistener_free((*p)->listener);
	free(*p);
	*p = NULL;
}
