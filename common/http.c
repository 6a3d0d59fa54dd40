/*
 * http.c - the little of HTTP/1.x that a page for reading needs (RFC 9112).  Pure.
 *
 * No request of ours has a body, so one that announces a body is refused and the connection
 * closed: nothing behind a head can be taken for another request.
 */
#include "common/http.h"

#include <string.h>
#include <strings.h>

/* The head ends at an empty line; bare LF is accepted as line end (RFC 9112 section 2.2). */
static size_t
head_length(const char *bytes, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++) {
		if (bytes[i] != '\n')
			continue;
		if (bytes[i + 1] == '\n')
			return i + 2;
		if (bytes[i + 1] == '\r' && i + 2 < len && bytes[i + 2] == '\n')
			return i + 3;
	}
	return 0;
}

static size_t
refuse(struct http_request *out, int status, size_t len)
{
	out->status = status;
	out->keep_alive = false;
	return len;
}

/* One line without its end; *pos moves behind it. */
static size_t
take_line(const char *bytes, size_t len, size_t *pos, const char **line)
{
	const char *lf = memchr(bytes + *pos, '\n', len - *pos);
	size_t n = (size_t)(lf - (bytes + *pos));

	*line = bytes + *pos;
	*pos += n + 1;
	return n > 0 && (*line)[n - 1] == '\r' ? n - 1 : n;
}

static int
parse_request_line(const char *line, size_t n, struct http_request *out)
{
	const char *sp1 = memchr(line, ' ', n);
	const char *sp2 = sp1 ? memchr(sp1 + 1, ' ', n - (size_t)(sp1 + 1 - line)) : NULL;
	size_t method_len, target_len, version_len;

	if (sp2 == NULL)
		return 400;
	method_len = (size_t)(sp1 - line);
	target_len = (size_t)(sp2 - sp1 - 1);
	version_len = n - (size_t)(sp2 + 1 - line);
	if (version_len != 8 || strncmp(sp2 + 1, "HTTP/1.", 7) != 0)
		return version_len > 5 && strncmp(sp2 + 1, "HTTP/", 5) == 0 ? 505 : 400;
	out->keep_alive = sp2[8] != '0';
	out->is_head = method_len == 4 && strncmp(line, "HEAD", 4) == 0;
	if (!out->is_head && (method_len != 3 || strncmp(line, "GET", 3) != 0))
		return 405;
	if (target_len == 0)
		return 400;
	if (target_len >= sizeof(out->target))
		return 414;
	memcpy(out->target, sp1 + 1, target_len);
	out->target[target_len] = '\0';
	return 0;
}

static bool
name_is(const char *line, size_t name_len, const char *name)
{
	return strlen(name) == name_len && strncasecmp(line, name, name_len) == 0;
}

static bool
value_has(const char *value, size_t len, const char *token)
{
	size_t n = strlen(token);

	for (size_t i = 0; i + n <= len; i++) {
		if (strncasecmp(value + i, token, n) == 0)
			return true;
	}
	return false;
}

static int
parse_header(const char *line, size_t n, struct http_request *out)
{
	const char *colon = memchr(line, ':', n);
	const char *value;
	size_t name_len, len;

	if (colon == NULL || colon == line || line[0] == ' ' || line[0] == '\t')
		return 400;
	name_len = (size_t)(colon - line);
	value = colon + 1;
	len = n - name_len - 1;
	for (; len > 0 && (*value == ' ' || *value == '\t'); value++)
		len--;
	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		len--;
	if (name_is(line, name_len, "connection")) {
		if (value_has(value, len, "close"))
			out->keep_alive = false;
		else if (value_has(value, len, "keep-alive"))
			out->keep_alive = true;
	} else if (name_is(line, name_len, "authorization")) {
		if (len >= sizeof(out->authorization))
			return 431;
		memcpy(out->authorization, value, len);
		out->authorization[len] = '\0';
	} else if (name_is(line, name_len, "transfer-encoding") ||
		   (name_is(line, name_len, "content-length") && !(len == 1 && *value == '0'))) {
		return 413;
	}
	return 0;
}

size_t
http_parse(const char *bytes, size_t len, struct http_request *out)
{
	size_t head, pos = 0, n;
	const char *line;
	int status;

	memset(out, 0, sizeof(*out));
	while (pos < len && (bytes[pos] == '\r' || bytes[pos] == '\n'))
		pos++; /* empty lines before a request are ignored */
	head = head_length(bytes + pos, len - pos);
	if (head == 0)
		return len >= HTTP_HEAD_MAX ? refuse(out, 431, len) : 0;
	head += pos;
	if (head > HTTP_HEAD_MAX)
		return refuse(out, 431, head);
	if (memchr(bytes, '\0', head) != NULL)
		return refuse(out, 400, head);
	n = take_line(bytes, head, &pos, &line);
	status = parse_request_line(line, n, out);
	while (status == 0 && (n = take_line(bytes, head, &pos, &line)) > 0)
		status = parse_header(line, n, out);
	return status ? refuse(out, status, head) : head;
}

static const char *
reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 408:
		return "Request Timeout";
	case 413:
		return "Content Too Large";
	case 414:
		return "URI Too Long";
	case 431:
		return "Request Header Fields Too Large";
	case 505:
		return "HTTP Version Not Supported";
	default:
		return "Internal Server Error";
	}
}

void
http_head(struct strbuf *out, int status, const char *content_type, size_t body_len,
	  bool keep_alive, const char *realm)
{
	strbuf_addf(out, "HTTP/1.1 %d %s\r\n", status, reason(status));
	strbuf_addf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", content_type, body_len);
	strbuf_adds(out, "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n");
	if (status == 401) {
		strbuf_adds(out, "WWW-Authenticate: Basic realm=");
		strbuf_addc(out, '"');
		for (const char *s = realm; *s; s++) {
			if (*s == '"' || *s == '\\')
				strbuf_addc(out, '\\');
			strbuf_addc(out, *s);
		}
		strbuf_adds(out, "\"\r\n");
	}
	if (status == 405)
		strbuf_adds(out, "Allow: GET, HEAD\r\n");
	strbuf_addf(out, "Connection: %s\r\n\r\n", keep_alive ? "keep-alive" : "close");
}
