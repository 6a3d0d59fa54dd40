/*
 * http_server.h - pages for reading over HTTP/1.x, on a libevent base.
 *
 * One bufferevent per connection.  The whole head has to arrive within the request's time, however
 * slowly its bytes drip in; between requests a connection may idle for the keep-alive time.  At
 * most HTTP_CLIENTS_MAX connections, the rest are closed at once.
 */
#ifndef COMMON_HTTP_SERVER_H
#define COMMON_HTTP_SERVER_H

#include "common/http.h"
#include "common/strbuf.h"
#include "common/usec.h"

#define HTTP_CLIENTS_MAX 100

struct event_base;
struct http_server;

struct http_answer {
	int status;        /* 200 unless the handler says otherwise */
	const char *type;  /* text/plain unless the handler says otherwise */
	const char *realm; /* with 401 */
	struct strbuf body;
};

/* Everything that could be parsed comes here; the server refuses the rest itself. */
typedef void (*http_handler)(const struct http_request *rq, struct http_answer *a, void *arg);

struct http_server_conf {
	int fd; /* a listening, non-blocking socket; the server closes it, on failure too */
	http_handler handler;
	/* Asked each time: it may change by a reload. */
	usec_t (*request_time)(void *arg);
	usec_t (*keep_alive_time)(void *arg);
	void *arg;
};

struct http_server *http_server_new(struct event_base *base, const struct http_server_conf *conf);
void http_server_free(struct http_server **s);

#endif
