/*
 * err.c - error texts: one line each, whatever the input that they quote.
 *
 * Texts quote configuration and network bytes, so control characters are replaced: a quoted
 * value can neither break a log line in two nor talk to a terminal.
 */
#include "common/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
clean(char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			*s = c == '\t' ? ' ' : '?';
	}
}

static void __attribute__((format(printf, 2, 0)))
format_text(char **text, const char *fmt, va_list ap)
{
	if (vasprintf(text, fmt, ap) < 0)
		*text = NULL;
	else
		clean(*text);
}

/* "FILE:LINE: [section] key: prefix text" in memory of its own; NULL when there is none. */
static char *
compose(const char *file, int line, const char *section, const char *key, const char *prefix,
	const char *text)
{
	char where[32] = "";
	char *s;
	int n;

	if (line > 0)
		snprintf(where, sizeof(where), ":%d", line);
	n = asprintf(&s, "%s%s:%s%s%s%s%s%s %s%s", file ? file : "-", where, section ? " [" : "",
		     section ? section : "", section ? "]" : "", key ? " " : "", key ? key : "",
		     section || key ? ":" : "", prefix, text);
	if (n < 0)
		return NULL;
	clean(s);
	return s;
}

/* Takes over `line`; without memory the count of errors must still be right. */
static void
keep(struct errlist *el, char *line)
{
	if (!line)
		return;
	if (el->n_lines == el->cap) {
		size_t cap = el->cap ? el->cap * 2 : 8;
		char **lines = reallocarray(el->lines, cap, sizeof(*lines));

		if (!lines) {
			free(line);
			return;
		}
		el->lines = lines;
		el->cap = cap;
	}
	el->lines[el->n_lines++] = line;
}

int
err_set(struct err *e, const char *fmt, ...)
{
	char text[sizeof(e->text)]; /* a copy: the caller may quote e->text in the new text */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clean(text);
	memcpy(e->text, text, sizeof(text));
	return -1;
}

int
err_sys(struct err *e, const char *fmt, ...)
{
	const char *why = strerror(errno);
	char text[sizeof(e->text)];
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	len = strlen(text);
	snprintf(text + len, sizeof(text) - len, ": %s", why);
	clean(text);
	memcpy(e->text, text, sizeof(text));
	return -1;
}

void
errlist_init(struct errlist *el)
{
	memset(el, 0, sizeof(*el));
}

void
errlist_free(struct errlist *el)
{
	for (size_t i = 0; i < el->n_lines; i++)
		free(el->lines[i]);
	free(el->lines);
	errlist_init(el);
}

void
errlist_add(struct errlist *el, const char *file, int line, const char *section, const char *key,
	    const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	format_text(&text, fmt, ap);
	va_end(ap);
	keep(el, compose(file, line, section, key, "", text ? text : "out of memory"));
	free(text);
	el->n_errors++;
}

void
errlist_warn(struct errlist *el, const char *file, int line, const char *section, const char *key,
	     const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	format_text(&text, fmt, ap);
	va_end(ap);
	keep(el, compose(file, line, section, key, "warning: ", text ? text : "out of memory"));
	free(text);
}
