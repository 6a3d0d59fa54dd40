/*
 * stats_html.h - between stats_html.c (the document) and stats_html_rows.c (its tables).
 */
#ifndef PROXYD_STATS_HTML_H
#define PROXYD_STATS_HTML_H

#include "proxyd/stats.h"

/* One <section> per proxy of the table. */
void html_add_tables(struct strbuf *b, const struct stats_table *t);
/* "12.3 MB"; 1000-based as traffic is. */
void html_add_bytes(struct strbuf *b, uint64_t n);
/* "45s", "3m 20s", "5h 2m", "12d 3h" */
void html_add_duration(struct strbuf *b, uint64_t seconds);

#endif
