/*
 * keytab.c - typed keys: find the row, check how often it may stand, parse, check the range.
 *
 * Sections and words of a value go through the same apply_one(); a word is made an entry first.
 */
#include "common/keytab.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/strbuf.h"

#define WORDS_MAX 128

/* One run over a section or a value: what has been seen so far. */
struct run {
	const struct key *table;
	struct key_ctx *kc;
	void *obj;
	int *lines; /* per row of the table: the line it stood on first, 0: not yet */
};

static size_t
table_len(const struct key *table)
{
	size_t n = 0;

	while (table[n].name)
		n++;
	return n;
}

static struct run
run_new(const struct key *table, struct key_ctx *kc, void *obj)
{
	struct run r = {.table = table, .kc = kc, .obj = obj};

	r.lines = arena_alloc(kc->arena, (table_len(table) + 1) * sizeof(*r.lines));
	return r;
}

static const struct key *
find_row(const struct key *table, const char *name)
{
	for (; table->name; table++) {
		if (strcmp(table->name, name) == 0)
			return table;
	}
	return NULL;
}

static void
unknown_key(const struct run *r, const struct ini_entry *en)
{
	size_t n = table_len(r->table);
	const char **words = arena_alloc(r->kc->arena, (n + 1) * sizeof(*words));
	const char *nearest;

	for (size_t i = 0; i < n; i++)
		words[i] = r->table[i].name;
	nearest = names_nearest(words, en->key);
	if (nearest)
		key_error(r->kc, en, "unknown key, did you mean '%s'?", nearest);
	else
		key_error(r->kc, en, "unknown key");
}

static void
unknown_name(struct key_ctx *kc, const struct key *k, const struct ini_entry *en)
{
	struct strbuf b;

	strbuf_init(&b);
	for (const struct name *n = k->names; n->text; n++)
		strbuf_addf(&b, "%s%s", b.len ? ", " : "", n->text);
	key_error(kc, en, "'%s' is unknown, expected one of: %s", en->value, strbuf_str(&b));
	strbuf_free(&b);
}

static bool
bounded(const struct key *k)
{
	return k->min != 0 || k->max != 0;
}

static void
format_time(usec_t t, char *buf, size_t size)
{
	if (t % USEC_PER_SEC == 0)
		snprintf(buf, size, "%llds", (long long)(t / USEC_PER_SEC));
	else if (t % USEC_PER_MS == 0)
		snprintf(buf, size, "%lldms", (long long)(t / USEC_PER_MS));
	else
		snprintf(buf, size, "%lldus", (long long)t);
}

static void
apply_str(struct key_ctx *kc, const struct key *k, const struct ini_entry *en, void *field)
{
	int64_t len = (int64_t)strlen(en->value);

	if (bounded(k) && (len < k->min || len > k->max)) {
		key_error(kc, en, "'%s' has %lld characters, expected %lld to %lld", en->value,
			  (long long)len, (long long)k->min, (long long)k->max);
		return;
	}
	*(const char **)field = arena_strdup(kc->arena, en->value);
}

static void
apply_bool(struct key_ctx *kc, const struct key *k, const struct ini_entry *en, void *field)
{
	bool is_flag = (k->flags & KEY_FLAG) && en->value[0] == '\0';
	bool on = true;
	struct err e;

	if (!is_flag && parse_bool(en->value, &on, &e) < 0)
		key_error(kc, en, "%s", e.text);
	else
		*(bool *)field = on;
}

static void
apply_int(struct key_ctx *kc, const struct key *k, const struct ini_entry *en, void *field)
{
	int64_t n;
	struct err e;

	if (parse_int(en->value, bounded(k) ? k->min : INT_MIN, bounded(k) ? k->max : INT_MAX, &n,
		      &e) < 0)
		key_error(kc, en, "%s", e.text);
	else
		*(int *)field = (int)n;
}

static void
apply_time(struct key_ctx *kc, const struct key *k, const struct ini_entry *en, void *field)
{
	char min[32], max[32];
	struct err e;
	usec_t t;

	if (parse_time(en->value, kc->unit, &t, &e) < 0) {
		key_error(kc, en, "%s", e.text);
		return;
	}
	if (bounded(k) && (t < k->min || t > k->max)) {
		format_time(k->min, min, sizeof(min));
		format_time(k->max, max, sizeof(max));
		key_error(kc, en, "'%s' is out of range, expected %s to %s", en->value, min, max);
		return;
	}
	*(usec_t *)field = t;
}

static void
apply_size(struct key_ctx *kc, const struct key *k, const struct ini_entry *en, void *field)
{
	int64_t n;
	struct err e;

	if (parse_size(en->value, &n, &e) < 0)
		key_error(kc, en, "%s", e.text);
	else if (bounded(k) && (n < k->min || n > k->max))
		key_error(kc, en, "'%s' is out of range, expected %lld to %lld bytes", en->value,
			  (long long)k->min, (long long)k->max);
	else
		*(int64_t *)field = n;
}

static void
apply_enum(struct key_ctx *kc, const struct key *k, const struct ini_entry *en, void *field)
{
	int value;

	if (names_find(k->names, en->value, &value))
		*(int *)field = value;
	else
		unknown_name(kc, k, en);
}

static void
apply_value(const struct run *r, const struct key *k, const struct ini_entry *en)
{
	void *field = (char *)r->obj + k->offset;

	switch (k->type) {
	case KEY_STR:
		apply_str(r->kc, k, en, field);
		break;
	case KEY_BOOL:
		apply_bool(r->kc, k, en, field);
		break;
	case KEY_INT:
		apply_int(r->kc, k, en, field);
		break;
	case KEY_TIME:
		apply_time(r->kc, k, en, field);
		break;
	case KEY_SIZE:
		apply_size(r->kc, k, en, field);
		break;
	case KEY_ENUM:
		apply_enum(r->kc, k, en, field);
		break;
	case KEY_CUSTOM:
		k->parse(r->kc, en, r->obj);
		break;
	}
}

/* May this row stand here (again), with this name in front of '='? */
static bool
may_stand(const struct run *r, const struct key *k, const struct ini_entry *en)
{
	int at = r->lines[k - r->table];

	if (en->continued && !(k->flags & KEY_REPEAT))
		key_error(r->kc, en, "takes one value, it cannot go on on an indented line");
	else if (at && !(k->flags & KEY_REPEAT))
		key_error(r->kc, en, "stands twice, first on line %d", at);
	else if ((k->flags & KEY_ARG) && en->arg[0] == '\0')
		key_error(r->kc, en, "a name is missing, expected '%s NAME = ...'", k->name);
	else if (!(k->flags & KEY_ARG) && en->arg[0] != '\0')
		key_error(r->kc, en, "'%s' in front of '=', expected '%s = ...'", en->arg, k->name);
	else
		return true;
	return false;
}

/* One entry whose row is known: a value is demanded unless the row is content without. */
static void
apply_one(const struct run *r, const struct key *k, const struct ini_entry *en)
{
	if (!may_stand(r, k, en))
		return;
	if (!r->lines[k - r->table])
		r->lines[k - r->table] = en->line;
	if (k->seen_offset)
		*(int *)((char *)r->obj + k->seen_offset - 1) = en->line;
	if (en->value[0] == '\0' && !(k->flags & (KEY_EMPTY_OK | KEY_FLAG)))
		key_error(r->kc, en, "the value is missing");
	else
		apply_value(r, k, en);
}

void
key_error(struct key_ctx *kc, const struct ini_entry *en, const char *fmt, ...)
{
	const struct ini_entry *of = kc->words_of != en ? kc->words_of : NULL;
	struct strbuf key;
	struct err e;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e.text, sizeof(e.text), fmt, ap);
	va_end(ap);
	strbuf_init(&key);
	if (of)
		strbuf_addf(&key, "%s%s%s ", of->key, of->arg[0] ? " " : "", of->arg);
	strbuf_addf(&key, "%s%s%s", en->key, en->arg[0] ? " " : "", en->arg);
	errlist_add(kc->el, kc->file, en->line, kc->section, strbuf_str(&key), "%s", e.text);
	strbuf_free(&key);
}

void
keytab_apply(const struct key *table, struct key_ctx *kc, const struct ini_section *sec, void *obj)
{
	struct run r = run_new(table, kc, obj);

	for (size_t i = 0; i < sec->n_entries; i++) {
		const struct ini_entry *en = &sec->entries[i];
		const struct key *k = find_row(table, en->key);

		if (k)
			apply_one(&r, k, en);
		else if (!en->continued) /* told once, at its first line */
			unknown_key(&r, en);
	}
	for (size_t i = 0; table[i].name; i++) {
		if ((table[i].flags & KEY_REQUIRED) && !r.lines[i])
			errlist_add(kc->el, kc->file, sec->line, kc->section, table[i].name,
				    "is missing, the section needs it");
	}
}

static void
apply_word(const struct run *r, const struct ini_entry *en, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct ini_entry word_en = {
	    .key = arena_strndup(r->kc->arena, word, len),
	    .arg = "",
	    .value = word[len] ? word + len + 1 : "",
	    .line = en->line,
	};
	const struct key *k = find_row(r->table, word_en.key);

	if (!k)
		unknown_key(r, &word_en);
	else if ((k->flags & KEY_FLAG) && word[len])
		key_error(r->kc, &word_en, "stands alone, without a value");
	else if (!(k->flags & KEY_FLAG) && !word[len])
		key_error(r->kc, &word_en, "a value is missing, expected '%s=...'", k->name);
	else
		apply_one(r, k, &word_en);
}

void
keytab_apply_words(const struct key *table, struct key_ctx *kc, const struct ini_entry *en,
		   const char *words, void *obj)
{
	const struct ini_entry *outer = kc->words_of;
	struct run r = run_new(table, kc, obj);
	const char *list[WORDS_MAX];
	struct err e;
	int n;

	n = split_words(kc->arena, words, list, WORDS_MAX, &e);
	if (n < 0)
		key_error(kc, en, "%s", e.text);
	kc->words_of = en;
	for (int i = 0; i < n; i++)
		apply_word(&r, en, list[i]);
	for (size_t i = 0; n >= 0 && table[i].name; i++) {
		if ((table[i].flags & KEY_REQUIRED) && !r.lines[i])
			key_error(kc, en, "'%s' is missing", table[i].name);
	}
	kc->words_of = outer;
}
