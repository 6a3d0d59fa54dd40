/*
 * err.h - errors as text that travels up to the one place that prints it.
 *
 * A verb that can fail returns -1 and fills a struct err; nobody logs and returns.
 * Configuration mistakes are collected in a struct errlist, all of them in one run.
 */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

#include <stddef.h>

struct err {
	char text[512]; /* one line, no newline, always terminated */
};

/* Store the formatted text; returns -1 so that callers can `return err_set(...)`. */
int err_set(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As err_set, with ": " and the text of the current errno appended. */
int err_sys(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Configuration errors and warnings, in the order found.  Owns its texts. */
struct errlist {
	char **lines; /* "FILE:LINE: [section] key: what is wrong, what was expected" */
	size_t n_lines;
	size_t cap;
	size_t n_errors; /* lines that are errors; the rest are warnings */
};

void errlist_init(struct errlist *el);
void errlist_free(struct errlist *el); /* back to the state after errlist_init */
/*
 * Add one error.  `section` is the text inside the brackets ("frontend main"), NULL before any
 * section; `key` NULL when the mistake is the section's own; `line` 0 when there is none.
 */
void errlist_add(struct errlist *el, const char *file, int line, const char *section,
		 const char *key, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* As errlist_add, for what is legal but surely not meant; does not count in n_errors. */
void errlist_warn(struct errlist *el, const char *file, int line, const char *section,
		  const char *key, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

#endif
