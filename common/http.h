/*
 * http.h - the little of HTTP/1.x that a page for reading needs: request heads in, verdict out.
 *
 * Pure.  http_server.h serves with it.
 */
#ifndef COMMON_HTTP_H
#define COMMON_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/strbuf.h"

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

/* Status line and headers; realm is used with 401.  A body of body_len bytes follows. */
void http_head(struct strbuf *out, int status, const char *content_type, size_t body_len,
	       bool keep_alive, const char *realm);

#endif
