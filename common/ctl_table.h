/*
 * ctl_table.h - the table of a control socket's commands: levels, `help`, "unknown command".
 *
 * A row's leading plain words ("set server" of "set server <b>/<s> [opts]", either word of
 * "enable|disable server <b>/<s>") say which commands it stands for.
 */
#ifndef COMMON_CTL_TABLE_H
#define COMMON_CTL_TABLE_H

#include "common/ctl_line.h"
#include "common/strbuf.h"

enum ctl_level { CTL_USER, CTL_OPERATOR, CTL_ADMIN };

/* A row of `help`, NULL usage ends the table. */
struct ctl_command {
	const char *usage;   /* "set server <b>/<s> [opts]" */
	const char *summary; /* one line */
	enum ctl_level level;
};

/* The row with the most leading words equal to these, or NULL. */
const struct ctl_command *ctl_table_find(const struct ctl_command *table,
					 const struct ctl_words *w);
/* The rows usable at this level; with words behind `help`, only those that begin so. */
void ctl_table_help(const struct ctl_command *table, enum ctl_level level,
		    const struct ctl_words *w, struct strbuf *reply);
/* "Unknown command" with the rows that are nearest to it. */
void ctl_table_unknown(const struct ctl_command *table, enum ctl_level level,
		       const struct ctl_words *w, struct strbuf *reply);

#endif
