/*
 * http.h - the little of HTTP/1.x that the status page needs: request heads in, verdict out.  Pure.
 */
#ifndef PROXYD_HTTP_H
#define PROXYD_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/strbuf.h"
#include "proxyd/conf.h"

#define HTTP_HEAD_MAX 8192 /* bytes of a request head; more is refused */

struct http_request {
	int status;   /* 0, or the status to refuse it with (400, 405, 413, 431, 505) */
	bool is_head; /* HEAD instead of GET */
	bool keep_alive;
	char target[1024];       /* as sent */
	char authorization[512]; /* the header's value; "" when absent */
};

/*
 * Look for a whole request head in `len` bytes.  Returns its length with *out filled, or 0 when
 * more bytes are needed.  A refusal has out->status set and consumes what came.
 */
size_t http_parse(const char *bytes, size_t len, struct http_request *out);

/* "Basic ..." of one of the users?  Takes the same time for every wrong password of a length. */
bool http_auth_ok(const char *authorization, const struct conf_auth *auth, size_t n_auth);

/* Status line and headers; realm is used with 401.  A body of body_len bytes follows. */
void http_head(struct strbuf *out, int status, const char *content_type, size_t body_len,
	       bool keep_alive, const char *realm);

#endif
