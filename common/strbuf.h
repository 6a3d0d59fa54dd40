/*
 * strbuf.h - a growing text buffer; every reply, page and log line is built in one.
 *
 * Out of memory sets `failed` and drops what does not fit; callers look once at the end.
 */
#ifndef COMMON_STRBUF_H
#define COMMON_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct strbuf {
	char *s;    /* always NUL terminated once anything was added; NULL before */
	size_t len; /* without the NUL */
	size_t cap;
	bool failed;
};

void strbuf_init(struct strbuf *b);
void strbuf_free(struct strbuf *b);             /* back to the state after strbuf_init */
void strbuf_clear(struct strbuf *b);            /* length 0, memory kept */
const char *strbuf_str(const struct strbuf *b); /* never NULL */
void strbuf_add(struct strbuf *b, const void *bytes, size_t len);
void strbuf_adds(struct strbuf *b, const char *s);
void strbuf_addc(struct strbuf *b, char c);
void strbuf_addf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
/* A JSON string with its quotes; control characters and quotes escaped, bytes >= 0x80 kept. */
void strbuf_add_json(struct strbuf *b, const char *s);
/* Text for HTML content or a quoted attribute: & < > " ' escaped. */
void strbuf_add_html(struct strbuf *b, const char *s);
/* A CSV field: quoted, quotes doubled, only when it holds a comma, a quote or a newline. */
void strbuf_add_csv(struct strbuf *b, const char *s);

#endif
