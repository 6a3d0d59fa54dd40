/*
 * proxyctl_table.h - what proxyctl makes of `show stat`: tables for people, JSON for programs.
 *
 * Pure: text in, text out.
 */
#ifndef PROXYD_PROXYCTL_TABLE_H
#define PROXYD_PROXYCTL_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/strbuf.h"

/* `show stat` as cells; everything points into `text`. */
struct ctl_table {
	char *text;   /* owned copy */
	char ***rows; /* rows[0] are the column names */
	int n_rows, n_columns;
};

int ctl_table_parse(struct ctl_table *t, const char *csv, struct err *e);
void ctl_table_free(struct ctl_table *t);
const char *ctl_table_cell(const struct ctl_table *t, int row, const char *column);
int64_t ctl_table_number(const struct ctl_table *t, int row, const char *column);

/* One line per server. */
void ctl_table_servers(const struct ctl_table *t, struct strbuf *out);
/* Frontends, servers, backends with rates; `before` (NULL: none) was read `seconds` earlier. */
void ctl_table_top(const struct ctl_table *t, const struct ctl_table *before, double seconds,
		   bool colour, struct strbuf *out);
/* [{"pxname":"main",...},...]: cells that are not empty; numbers as numbers. */
void ctl_table_json(const struct ctl_table *t, bool servers_only, struct strbuf *out);

#endif
