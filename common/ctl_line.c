/*
 * ctl_line.c - commands and words of one line, taken apart in place.
 *
 * Unescaping only shortens, so the words are written over the line they came from.
 */
#include "common/ctl_line.h"

#include <string.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/*
 * One word from *src, unescaped and terminated at dst.  Stops behind its last byte, so that the
 * caller sees what ended it.  False when a quote is not closed.
 */
static bool
take_word(char **src, char *dst)
{
	bool quoted = false;
	char *s = *src;

	for (; *s && (quoted || (!is_blank(*s) && *s != ';')); s++) {
		if (*s == '"') {
			quoted = !quoted;
			continue;
		}
		if (*s == '\\' && s[1] != '\0')
			s++;
		*dst++ = *s;
	}
	*src = s;
	if (dst < s) /* else the terminator would hide what ended the word */
		*dst = '\0';
	return !quoted;
}

/*
 * The words of the command at s.  Returns where it ended: at its ';' or at the final NUL.
 */
static char *
take_command(char *s, struct ctl_words *out, int *n_words, bool *closed)
{
	*closed = true;
	*n_words = 0;
	out->n_words = 0;
	for (;;) {
		char *word, ended_by;

		while (is_blank(*s))
			s++;
		if (*s == '\0' || *s == ';')
			return s;
		word = s;
		*closed = take_word(&s, word) && *closed;
		if ((*n_words)++ < CTL_WORDS_MAX)
			out->words[out->n_words++] = word;
		ended_by = *s;
		*s = '\0';
		if (ended_by == '\0')
			return s;
		if (ended_by == ';') {
			*s = ';';
			return s;
		}
		s++;
	}
}

int
ctl_line_next(char **cursor, struct ctl_words *out, struct err *e)
{
	while (*cursor) {
		bool closed;
		int n_words;
		char *end = take_command(*cursor, out, &n_words, &closed);

		if (*end == ';') {
			*end = '\0';
			*cursor = end + 1;
		} else {
			*cursor = NULL;
		}
		if (!closed)
			return err_set(e, "Unmatched quote.");
		if (n_words > CTL_WORDS_MAX)
			return err_set(e,
				       "Too many arguments. Commands must have at most %d "
				       "arguments.",
				       CTL_WORDS_MAX);
		if (n_words > 0)
			return 1;
	}
	return 0;
}

bool
ctl_words_match(const struct ctl_words *w, const char *pattern)
{
	for (int i = 0; *pattern; i++) {
		size_t len = strcspn(pattern, " ");

		if (i == w->n_words || strlen(w->words[i]) != len ||
		    strncmp(w->words[i], pattern, len) != 0)
			return false;
		pattern += len;
		pattern += strspn(pattern, " ");
	}
	return true;
}
