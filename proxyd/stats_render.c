/*
 * stats_render.c - `show stat` as CSV, typed text and JSON.
 */
#include <inttypes.h>
#include <string.h>

#include "common/names.h"
#include "proxyd/stats_fields.h"

const char *
field_type_name(enum field_type t)
{
	static const char *const names[] = {"", "u32", "u64", "s32", "str"};

	return names[t];
}

void
field_add(struct strbuf *b, const struct stats_field *f)
{
	switch (f->type) {
	case FIELD_NONE:
		break;
	case FIELD_U32:
	case FIELD_U64:
		strbuf_addf(b, "%" PRIu64, f->u);
		break;
	case FIELD_S32:
		strbuf_addf(b, "%" PRId64, f->i);
		break;
	case FIELD_STR:
		strbuf_adds(b, f->s);
		break;
	}
}

static const char *
tag_word(const struct name *words, char letter)
{
	return names_text(words, letter);
}

static void
add_tags(struct strbuf *b, const char tags[4])
{
	static const struct name origins[] = {{"Metric", 'M'}, {"Status", 'S'},  {"Key", 'K'},
					      {"Config", 'C'}, {"Product", 'P'}, {0}};
	static const struct name natures[] = {{"Age", 'A'},
					      {"Average", 'a'},
					      {"Counter", 'C'},
					      {"Duration", 'D'},
					      {"Gauge", 'G'},
					      {"Limit", 'L'},
					      {"Max", 'M'},
					      {"Min", 'm'},
					      {"Name", 'N'},
					      {"Output", 'O'},
					      {"Rate", 'R'},
					      {"Time", 'T'},
					      {0}};
	static const struct name scopes[] = {
	    {"Cluster", 'C'}, {"Process", 'P'}, {"Service", 'S'}, {"System", 's'}, {0}};

	strbuf_addf(b, "\"tags\":{\"origin\":\"%s\",\"nature\":\"%s\",\"scope\":\"%s\"}",
		    tag_word(origins, tags[0]), tag_word(natures, tags[1]),
		    tag_word(scopes, tags[2]));
}

void
field_add_json(struct strbuf *b, const struct stats_field *f, const char tags[4])
{
	add_tags(b, tags);
	strbuf_addf(b, ",\"value\":{\"type\":\"%s\",\"value\":", field_type_name(f->type));
	if (f->type == FIELD_STR)
		strbuf_add_json(b, f->s);
	else
		field_add(b, f);
	strbuf_adds(b, "}");
}

static bool
row_matches(const struct stats_row *r, const struct stats_filter *f)
{
	static const int mask[] = {[STATS_FRONTEND] = 1, [STATS_BACKEND] = 2, [STATS_SERVER] = 4};

	if (f->pxname != NULL ? strcmp(f->pxname, r->pxname) != 0
			      : f->iid != -1 && f->iid != r->iid)
		return false;
	if ((f->type_mask & mask[r->type]) == 0)
		return false;
	if (r->type != STATS_SERVER)
		return true;
	if (f->sid != -1 && f->sid != r->sid)
		return false;
	if (f->only_up && (strncmp(r->status, "DOWN", 4) == 0 || r->state == STATE_MAINT))
		return false;
	return !f->no_maint || r->state != STATE_MAINT;
}

static void
csv_header(struct strbuf *b)
{
	strbuf_adds(b, "# ");
	for (size_t i = 0; i < STATS_COLUMNS; i++)
		strbuf_addf(b, "%s,", stats_columns[i].name);
	strbuf_addc(b, '\n');
}

static void
csv_row(struct strbuf *b, const struct stats_fields *o)
{
	for (size_t i = 0; i < STATS_COLUMNS; i++) {
		if (o->f[i].type == FIELD_STR)
			strbuf_add_csv(b, o->f[i].s);
		else
			field_add(b, &o->f[i]);
		strbuf_addc(b, ',');
	}
	strbuf_addc(b, '\n');
}

static const char *
object_letter(enum stats_type t)
{
	static const char *const letters[] = {"F", "B", "S"};

	return letters[t];
}

static void
typed_row(struct strbuf *b, const struct stats_row *r, const struct stats_fields *o)
{
	for (size_t i = 0; i < STATS_COLUMNS; i++) {
		if (o->f[i].type == FIELD_NONE)
			continue;
		strbuf_addf(b, "%s.%d.%d.%zu.%s.1:%s:%s:", object_letter(r->type), r->iid, r->sid,
			    i, stats_columns[i].name, stats_columns[i].tags,
			    field_type_name(o->f[i].type));
		field_add(b, &o->f[i]);
		strbuf_addc(b, '\n');
	}
}

static void
json_row(struct strbuf *b, const struct stats_row *r, const struct stats_fields *o)
{
	static const char *const objects[] = {"Frontend", "Backend", "Server"};
	const char *comma = "";

	strbuf_addc(b, '[');
	for (size_t i = 0; i < STATS_COLUMNS; i++) {
		if (o->f[i].type == FIELD_NONE)
			continue;
		strbuf_addf(b,
			    "%s{\"objType\":\"%s\",\"proxyId\":%d,\"id\":%d,\"field\":{\"pos\":%zu,"
			    "\"name\":\"%s\"},\"processNum\":1,",
			    comma, objects[r->type], r->iid, r->sid, i, stats_columns[i].name);
		field_add_json(b, &o->f[i], stats_columns[i].tags);
		strbuf_addc(b, '}');
		comma = ",";
	}
	strbuf_addc(b, ']');
}

void
stats_render(struct strbuf *b, const struct stats_table *t, const struct stats_filter *f,
	     enum stats_format format)
{
	const char *comma = "";
	struct stats_fields o;

	if (format == STATS_CSV)
		csv_header(b);
	else if (format == STATS_JSON)
		strbuf_addc(b, '[');
	for (size_t i = 0; i < t->n_rows; i++) {
		if (!row_matches(&t->rows[i], f))
			continue;
		stats_fields(&t->rows[i], &o);
		switch (format) {
		case STATS_CSV:
			csv_row(b, &o);
			break;
		case STATS_TYPED:
			typed_row(b, &t->rows[i], &o);
			break;
		case STATS_JSON:
			strbuf_adds(b, comma);
			json_row(b, &t->rows[i], &o);
			comma = ",";
			break;
		}
	}
	if (format == STATS_JSON)
		strbuf_adds(b, "]\n");
}
