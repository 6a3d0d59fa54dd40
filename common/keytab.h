/*
 * keytab.h - tables of typed keys, applied to the entries of a section or the words of a value.
 *
 * One row per key is the parser, the range check, the "unknown key, did you mean" list and the
 * reference for the man page.  Values land in the caller's struct through an offset.
 */
#ifndef COMMON_KEYTAB_H
#define COMMON_KEYTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/inifile.h"
#include "common/names.h"
#include "common/usec.h"

enum key_type {
	KEY_STR,    /* const char *; min/max bound its length */
	KEY_BOOL,   /* bool: yes|no|on|off|true|false */
	KEY_INT,    /* int */
	KEY_TIME,   /* usec_t; min/max in usec; a bare number counts in `unit` */
	KEY_SIZE,   /* int64_t bytes: k m g */
	KEY_ENUM,   /* int, from `names` */
	KEY_CUSTOM, /* `parse` does it all */
};

enum {
	KEY_REPEAT = 1 << 0,   /* may stand several times and be continued on indented lines */
	KEY_REQUIRED = 1 << 1, /* must stand once */
	KEY_ARG = 1 << 2,      /* takes a name before '=' ("server NAME = ...") */
	KEY_FLAG = 1 << 3, /* in words: stands alone, without "=value" (KEY_BOOL becomes true) */
	KEY_EMPTY_OK = 1 << 4, /* an empty value is allowed */
};

/* Where we are, for messages and for custom parsers. */
struct key_ctx {
	struct arena *arena;
	const char *file;
	const char *section; /* title */
	struct errlist *el;
	usec_t
	    unit; /* what a bare number means for KEY_TIME: USEC_PER_MS in proxyd, _SEC in vrrpd */
	void *user; /* the caller's, for custom parsers */
	/* set by keytab_apply_words: the entry whose value holds the words, for key_error() */
	const struct ini_entry *words_of;
};

struct key {
	const char *name; /* NULL ends the table */
	enum key_type type;
	unsigned flags;
	size_t offset;
	int64_t min, max; /* both 0: no bound beyond the type's */
	const struct name *names;
	/* KEY_CUSTOM: reports its own errors through key_error(); obj is the struct being filled.
	 */
	void (*parse)(struct key_ctx *kc, const struct ini_entry *en, void *obj);
	size_t seen_offset; /* offset + 1 of an int that receives the line of the key; 0: none */
};

/* One configuration error at this entry. */
void key_error(struct key_ctx *kc, const struct ini_entry *en, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Entries of one section into obj.  Unknown, duplicate, missing, out of range: errors in kc->el. */
void keytab_apply(const struct key *table, struct key_ctx *kc, const struct ini_section *sec,
		  void *obj);
/*
 * Words "flag name=value ..." of one entry's value into obj; en gives line and key for messages.
 * For KEY_CUSTOM rows `parse` gets an entry whose key is the word's name and value its value.
 */
void keytab_apply_words(const struct key *table, struct key_ctx *kc, const struct ini_entry *en,
			const char *words, void *obj);

/* The same value rules for other places (control socket, command line). */
int parse_time(const char *text, usec_t unit, usec_t *out, struct err *e);
int parse_size(const char *text, int64_t *out, struct err *e);
int parse_int(const char *text, int64_t min, int64_t max, int64_t *out, struct err *e);
int parse_bool(const char *text, bool *out, struct err *e);

/*
 * Split at blanks into at most max words in the arena (quotes "..." keep blanks).
 * Returns the number of words; more than max is an error (-1).
 */
int split_words(struct arena *a, const char *text, const char **words, int max, struct err *e);

#endif
