/*
 * ctl_table.c - which row of the command table a command is, and the texts made of the rows.
 */
#include "common/ctl_table.h"

#include <stdint.h>
#include <string.h>

#include "common/names.h"

#define N_NEAREST 5
#define WORD_SIZE 64

struct near {
	const struct ctl_command *row;
	size_t distance;
};

/* What every control socket has in its `help`. */
static const struct ctl_command own_commands[] = {
    {"help [<command>]", "list matching or all commands", CTL_USER},
    {"prompt", "toggle interactive mode with prompt", CTL_USER},
    {"quit", "disconnect", CTL_USER},
    {0},
};

/* The length of a plain word of a usage text at s; 0 when it is a placeholder or the end. */
static size_t
plain_word(const char *s)
{
	size_t len = strcspn(s, " ");

	return strcspn(s, "<[{(") < len ? 0 : len;
}

/* From `word` to the nearest of the alternatives "enable|disable" of `len` bytes at s. */
static size_t
word_distance(const char *s, size_t len, const char *word)
{
	size_t best = SIZE_MAX;

	for (const char *end = s + len; s < end;) {
		size_t n = strcspn(s, "| ");
		char alternative[WORD_SIZE] = "";
		size_t d;

		memcpy(alternative, s, n < WORD_SIZE ? n : WORD_SIZE - 1);
		d = names_distance(alternative, word);
		best = d < best ? d : best;
		s += n + 1;
	}
	return best;
}

/* How many leading words of the row stand in w, from w's `skip`th on; -1: one differs. */
static int
match(const struct ctl_command *row, const struct ctl_words *w, int skip, bool partly)
{
	const char *s = row->usage;
	int n = 0;

	for (size_t len; (len = plain_word(s)) > 0; n++) {
		if (skip + n == w->n_words)
			return partly ? n : -1;
		if (word_distance(s, len, w->words[skip + n]) != 0)
			return -1;
		s += len;
		s += strspn(s, " ");
	}
	return n;
}

static void
add_row(const struct ctl_command *row, struct strbuf *reply)
{
	strbuf_addf(reply, "  %-40s: %s\n", row->usage, row->summary);
}

static void
add_own(struct strbuf *reply)
{
	for (const struct ctl_command *row = own_commands; row->usage; row++)
		add_row(row, reply);
}

/* How far the row's plain words are from as many of w's; SIZE_MAX: out of sight. */
static size_t
row_distance(const struct ctl_command *row, const struct ctl_words *w)
{
	const char *s = row->usage;
	size_t sum = 0, len;

	for (int i = 0; (len = plain_word(s)) > 0; i++) {
		size_t d = word_distance(s, len, i < w->n_words ? w->words[i] : "");

		if (d == SIZE_MAX)
			return SIZE_MAX;
		sum += d;
		s += len;
		s += strspn(s, " ");
	}
	return sum;
}

const struct ctl_command *
ctl_table_find(const struct ctl_command *table, const struct ctl_words *w)
{
	const struct ctl_command *best = NULL;
	int n_best = 0;

	for (; table->usage; table++) {
		int n = match(table, w, 0, false);

		if (n > n_best) {
			n_best = n;
			best = table;
		}
	}
	return best;
}

void
ctl_table_help(const struct ctl_command *table, enum ctl_level level, const struct ctl_words *w,
	       struct strbuf *reply)
{
	bool found = false;

	strbuf_adds(reply, "The following commands are valid at this level:\n");
	for (; table->usage; table++) {
		if (table->level > level || (w->n_words > 1 && match(table, w, 1, true) < 1))
			continue;
		add_row(table, reply);
		found = true;
	}
	if (w->n_words == 1)
		add_own(reply);
	else if (!found) {
		strbuf_clear(reply);
		strbuf_addf(reply, "No command at this level begins with '%s'.\n", w->words[1]);
	}
}

void
ctl_table_unknown(const struct ctl_command *table, enum ctl_level level, const struct ctl_words *w,
		  struct strbuf *reply)
{
	struct near nearest[N_NEAREST + 1]; /* one more: where the farthest falls off */
	int n = 0;

	for (; table->usage; table++) {
		struct near row = {table, row_distance(table, w)};
		int at = n;

		if (table->level > level || row.distance == SIZE_MAX)
			continue;
		for (; at > 0 && nearest[at - 1].distance > row.distance; at--)
			nearest[at] = nearest[at - 1];
		nearest[at] = row;
		n += n < N_NEAREST;
	}
	strbuf_adds(reply, "Unknown command, but maybe one of the following ones is a better "
			   "match:\n");
	for (int i = 0; i < n; i++)
		add_row(nearest[i].row, reply);
	add_own(reply);
}
