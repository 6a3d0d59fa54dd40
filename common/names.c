/*
 * names.c - words and values, and "did you mean": Levenshtein's distance over short words.
 */
#include "common/names.h"

#include <stdint.h>
#include <string.h>

#define WORD_MAX ((size_t)64) /* longer words are nobody's misspelling */

static size_t
min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

size_t
names_distance(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *prev = rows[1], *cur = rows[2], *spare;

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_len; j++)
		prev[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		cur[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t replace = prev[j - 1] + (a[i - 1] != b[j - 1]);

			cur[j] = min3(prev[j] + 1, cur[j - 1] + 1, replace);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < cur[j])
				cur[j] = before[j - 2] + 1;
		}
		spare = before;
		before = prev;
		prev = cur;
		cur = spare;
	}
	return prev[b_len];
}

bool
names_find(const struct name *table, const char *text, int *value)
{
	for (; table->text; table++) {
		if (strcmp(table->text, text) == 0) {
			*value = table->value;
			return true;
		}
	}
	return false;
}

const char *
names_text(const struct name *table, int value)
{
	for (; table->text; table++) {
		if (table->value == value)
			return table->text;
	}
	return "?";
}

const char *
names_nearest(const char *const *words, const char *text)
{
	size_t len = strlen(text);
	size_t best = len / 3 > 1 ? len / 3 : 1;
	const char *found = NULL;

	if (len == 0)
		return NULL;
	for (; *words; words++) {
		size_t word_len = strlen(*words), d;

		if ((word_len > len ? word_len - len : len - word_len) > best)
			continue; /* so many letters are missing at least; most words end here */
		d = names_distance(text, *words);
		if (d < best || (d == best && !found)) {
			best = d;
			found = *words;
		}
	}
	return found;
}

bool
text_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}
