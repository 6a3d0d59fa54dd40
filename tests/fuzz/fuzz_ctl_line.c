/*
 * fuzz_ctl_line.c - any line on a control socket, up to the answer for an unknown command.
 */
#include <string.h>

#include "common/ctl_table.h"
#include "tests/fuzz/fuzz.h"

static const struct ctl_command table[] = {
    {"show stat [typed|json]", "counters", CTL_USER},
    {"show info", "process", CTL_USER},
    {"set server <b>/<s> state ready|drain|maint", "state", CTL_ADMIN},
    {"enable|disable server <b>/<s>", "in or out", CTL_ADMIN},
    {"clear counters", "maxima", CTL_OPERATOR},
    {"clear counters all", "everything", CTL_ADMIN},
    {0},
};

static void
check_words(const struct ctl_words *w, const char *line, size_t len)
{
	FUZZ_ASSERT(w->n_words > 0 && w->n_words <= CTL_WORDS_MAX);
	for (int i = 0; i < w->n_words; i++) {
		FUZZ_ASSERT(w->words[i] >= line && w->words[i] <= line + len);
		FUZZ_ASSERT(w->words[i] + strlen(w->words[i]) <= line + len);
	}
}

static void
answer(const struct ctl_words *w)
{
	const struct ctl_command *row = ctl_table_find(table, w);
	struct strbuf b;

	FUZZ_ASSERT(!ctl_words_match(w, "show stat") || row == &table[0]);
	strbuf_init(&b);
	ctl_table_help(table, CTL_OPERATOR, w, &b);
	ctl_table_unknown(table, CTL_ADMIN, w, &b);
	strbuf_add_json(&b, w->words[0]);
	strbuf_add_html(&b, w->words[0]);
	strbuf_add_csv(&b, w->words[0]);
	FUZZ_ASSERT(b.len > 0 && strlen(b.s) == b.len);
	strbuf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1);
	char *cursor = line;
	size_t n_commands = 0;
	struct ctl_words w;
	struct err e;
	int n;

	FUZZ_ASSERT(line != NULL);
	memcpy(line, data, size);
	line[size] = '\0';
	while ((n = ctl_line_next(&cursor, &w, &e)) != 0) {
		FUZZ_ASSERT(++n_commands <= size + 1); /* it ends */
		if (n < 0) {
			FUZZ_ASSERT(e.text[0] != '\0');
			continue;
		}
		check_words(&w, line, size);
		answer(&w);
	}
	FUZZ_ASSERT(cursor == NULL);
	free(line);
	return 0;
}
