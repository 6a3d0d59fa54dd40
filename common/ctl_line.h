/*
 * ctl_line.h - one line of a control socket: commands split at ';', words at blanks.
 *
 * HAProxy's Runtime API rules: `\;` `\\` `\ ` `\"` escape, double quotes group, leading and
 * repeated blanks do not count, empty commands are skipped, at most CTL_WORDS_MAX words.
 */
#ifndef COMMON_CTL_LINE_H
#define COMMON_CTL_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

#define CTL_WORDS_MAX 64
#define CTL_LINE_MAX  16384 /* bytes of one line; longer ones end the connection */

struct ctl_words {
	char *words[CTL_WORDS_MAX];
	int n_words;
};

/*
 * Take the next command off a line.  *cursor starts at the line (which is written into) and
 * becomes NULL behind the last command.  Returns 1 with words, 0 when nothing is left,
 * -1 with the text to answer in e (the cursor has moved on; go on with the next).
 */
int ctl_line_next(char **cursor, struct ctl_words *out, struct err *e);
/* Do the first words equal the blank-separated pattern ("show stat")? */
bool ctl_words_match(const struct ctl_words *w, const char *pattern);

#endif
