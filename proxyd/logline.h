/*
 * logline.h - one line per connection in HAProxy's formats, pure.
 *
 * tcplog: "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq".
 * Dates are local time: the process must have called tzset() before its chroot.
 */
#ifndef PROXYD_LOGLINE_H
#define PROXYD_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/usec.h"

#define LOGLINE_MAX 512

/* id, first letter (who ended it), second (when), counts as error?, words */
#define CONN_CLOSE_TABLE(X)                                                                        \
	X(NORMAL, '-', '-', 0, "both sides finished")                                              \
	X(CLIENT_ABORT, 'C', 'D', 1, "client broke off")                                           \
	X(CLIENT_ABORT_CONNECT, 'C', 'C', 1, "client left before the server answered")             \
	X(CLIENT_ABORT_QUEUE, 'C', 'Q', 1, "client left while queued")                             \
	X(CLIENT_TIMEOUT, 'c', 'D', 1, "client was idle for too long")                             \
	X(CLIENT_TIMEOUT_CONNECT, 'c', 'C', 1, "client timeout before the server answered")        \
	X(SERVER_ABORT, 'S', 'D', 1, "server broke off")                                           \
	X(SERVER_REFUSED, 'S', 'C', 1, "server refused or unreachable")                            \
	X(NO_SERVER, 'S', 'C', 1, "no usable server")                                              \
	X(CONNECT_TIMEOUT, 's', 'C', 1, "server did not answer in time")                           \
	X(SERVER_TIMEOUT, 's', 'D', 1, "server was idle for too long")                             \
	X(QUEUE_TIMEOUT, 's', 'Q', 1, "no place at a server in time")                              \
	X(SERVER_DOWN, 'D', '-', 1, "server was marked down")                                      \
	X(KILLED, 'K', '-', 0, "shut down by an operator")                                         \
	X(STOPPING, 'K', 'D', 0, "proxyd stopped")                                                 \
	X(RESOURCE, 'R', 'C', 1, "no descriptor or source port left")                              \
	X(PROXY_LIMIT, 'P', 'C', 1, "proxy limit reached")                                         \
	X(INTERNAL, 'I', 'D', 1, "internal error")
enum conn_close {
#define X(id, who, when, is_error, text) CONN_CLOSE_##id,
	CONN_CLOSE_TABLE(X)
#undef X
};

void conn_close_code(enum conn_close reason, char out[3]); /* "SC" */
bool conn_close_is_error(enum conn_close reason);
const char *conn_close_text(enum conn_close reason);

struct logline {
	const struct addr *client;
	const struct addr *local; /* where it was accepted: "Connect from" only */
	usec_t wall_accept;       /* wall clock (usec since 1970) of the accept */
	const char *frontend, *backend;
	const char *server;                     /* NULL: <NOSRV> */
	int64_t queue_ms, connect_ms, total_ms; /* -1: that phase was not reached */
	uint64_t bytes_out;                     /* server to client */
	enum conn_close reason;
	unsigned actconn, feconn, beconn, srvconn, retries;
	bool redispatched;            /* "+2" */
	unsigned srv_queue, be_queue; /* ahead of it when queued */
};

/* Both return the length (always < LOGLINE_MAX, NUL terminated). */
size_t logline_tcplog(const struct logline *l, char out[LOGLINE_MAX]);
size_t logline_connect(const struct logline *l, char out[LOGLINE_MAX]);
/* "22/Nov/2026:21:47:59.496" */
#define LOGLINE_DATE_MAX 40
void logline_date(usec_t wall, char out[LOGLINE_DATE_MAX]);
/*
 * Does this connection get a line?  option_dontlognull: not when no byte was passed on in either
 * direction and nothing else went wrong than the client leaving; option_dontlog_normal: not when
 * it ended "--" without retries.
 */
bool logline_wanted(bool dontlognull, bool dontlog_normal, enum conn_close reason,
		    uint64_t bytes_in, uint64_t bytes_out, unsigned retries);

#endif
