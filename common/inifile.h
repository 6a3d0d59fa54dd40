/*
 * inifile.h - an INI text as sections of entries with true line numbers (libinih underneath).
 *
 * What libinih gets wrong is put right here: over-long lines, NUL bytes, long section names, text
 * without '=', '[' without ']' are errors with their line; every mistake is reported, not only
 * the first; continuation lines (indented) become entries of the same key with their own line.
 * `${NAME}` in values is replaced through `getenv_fn`; an unset NAME is an error; `$${` is `${`.
 */
#ifndef COMMON_INIFILE_H
#define COMMON_INIFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/err.h"

#define INIFILE_LINE_MAX 4096 /* longest accepted line, newline not counted */

struct ini_entry {
	const char *key; /* first word of what stands left of '=', as written */
	const char
	    *arg; /* the rest of it ("server mysql1 = ..." has key server, arg mysql1), or "" */
	const char *value; /* comments and outer blanks removed */
	int line;
	bool continued; /* an indented line below the entry of the same key */
};

struct ini_section {
	const char *title; /* the text in the brackets, blanks folded: "frontend main" */
	const char *type;  /* first word: "frontend" */
	const char *name;  /* the rest: "main", or "" */
	int line;
	struct ini_entry *entries;
	size_t n_entries;
};

struct inifile {
	const char *file; /* for messages */
	struct ini_section *sections;
	size_t n_sections; /* repeated titles stay separate; the caller decides */
};

typedef const char *(*ini_getenv_fn)(const char *name); /* NULL when unset */

/*
 * Parse `len` bytes of text.  Everything in *out belongs to the arena.  Mistakes go to `el`, the
 * rest of the file is still read; returns 0, or -1 when el gained errors.
 */
int inifile_parse(struct arena *a, const char *file, const char *text, size_t len,
		  ini_getenv_fn getenv_fn, struct inifile *out, struct errlist *el);

#endif
