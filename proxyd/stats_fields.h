/*
 * stats_fields.h - a row as HAProxy's 103 columns, typed; inside the stats*.c files only.
 */
#ifndef PROXYD_STATS_FIELDS_H
#define PROXYD_STATS_FIELDS_H

#include "proxyd/stats.h"

#define STATS_COLUMNS 103

enum field_type { FIELD_NONE, FIELD_U32, FIELD_U64, FIELD_S32, FIELD_STR };

struct stats_field {
	enum field_type type;
	uint64_t u;
	int64_t i;
	const char *s;
};

struct stats_column {
	const char *name;
	char tags[4]; /* origin, nature, scope: HAProxy's letters */
};

extern const struct stats_column stats_columns[STATS_COLUMNS];

struct stats_fields {
	struct stats_field f[STATS_COLUMNS];
	char check_status[16]; /* "* L4OK" */
};

void stats_fields(const struct stats_row *r, struct stats_fields *out);
/* "str", "u32", ... */
const char *field_type_name(enum field_type t);
/* The value as text, without any quoting. */
void field_add(struct strbuf *b, const struct stats_field *f);
/* `"tags":{...},"value":{...}` */
void field_add_json(struct strbuf *b, const struct stats_field *f, const char tags[4]);

#endif
