/*
 * names.h - tables between words and enum values, and the nearest word to a misspelt one.
 */
#ifndef COMMON_NAMES_H
#define COMMON_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct name {
	const char *text; /* NULL ends the table */
	int value;
};

bool names_find(const struct name *table, const char *text, int *value); /* exact match */
const char *names_text(const struct name *table, int value);             /* "?" when unknown */
/*
 * The word of a NULL-terminated list that is nearest to `text` (edit distance, at most a third
 * of its length and at least 1 allowed), or NULL when none is near.
 */
const char *names_nearest(const char *const *words, const char *text);

bool text_same(const char *a, const char *b); /* NULL equals NULL only */

/* How many letters to insert, delete, replace or swap; SIZE_MAX for words over 64 bytes. */
size_t names_distance(const char *a, const char *b);

#endif
