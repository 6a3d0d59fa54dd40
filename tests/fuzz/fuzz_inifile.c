/*
 * fuzz_inifile.c - any bytes as a configuration file, with every kind of key applied to it.
 */
#include <string.h>

#include "common/keytab.h"
#include "tests/fuzz/fuzz.h"

struct values {
	const char *str;
	bool flag, other;
	int number, mode;
	usec_t time;
	int64_t size;
	int n_custom;
};

static const struct name modes[] = {{"tcp", 1}, {"health", 2}, {0}};

static const struct key word_table[];

static void
parse_server(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct values *v = obj;

	v->n_custom++;
	FUZZ_ASSERT(en->value && en->key && en->arg);
	keytab_apply_words(word_table, kc, en, en->value, v);
	FUZZ_ASSERT(kc->words_of == NULL);
}

static void
parse_word(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct values *v = obj;

	v->n_custom++;
	FUZZ_ASSERT(kc->words_of != NULL);
	if (en->value[0] == 'x')
		key_error(kc, en, "'%s'", en->value);
}

#define AT(field) offsetof(struct values, field)

static const struct key word_table[] = {
    {"check", KEY_BOOL, KEY_FLAG, AT(flag), 0, 0, NULL, NULL, 0},
    {"port", KEY_INT, 0, AT(number), 1, 65535, NULL, NULL, 0},
    {"inter", KEY_TIME, 0, AT(time), 1, 100 * USEC_PER_SEC, NULL, NULL, 0},
    {"own", KEY_CUSTOM, KEY_REPEAT, 0, 0, 0, NULL, parse_word, 0},
    {0},
};

static const struct key table[] = {
    {"log", KEY_STR, KEY_REPEAT, AT(str), 0, 0, NULL, NULL, 0},
    {"maxconn", KEY_INT, 0, AT(number), 0, 0, NULL, NULL, 0},
    {"weight", KEY_INT, KEY_REQUIRED, AT(number), 0, 256, NULL, NULL, 0},
    {"timeout", KEY_TIME, KEY_EMPTY_OK, AT(time), 0, 0, NULL, NULL, 0},
    {"size", KEY_SIZE, 0, AT(size), 1, 1 << 20, NULL, NULL, 0},
    {"mode", KEY_ENUM, 0, AT(mode), 0, 0, modes, NULL, 0},
    {"yes", KEY_BOOL, 0, AT(other), 0, 0, NULL, NULL, 0},
    {"server", KEY_CUSTOM, KEY_REPEAT | KEY_ARG, 0, 0, 0, NULL, parse_server, 0},
    {0},
};

static const char *
environment(const char *name)
{
	return strcmp(name, "SET") == 0 ? "value ${SET} ; #" : NULL;
}

static void
check_file(const struct inifile *f, int n_lines)
{
	int line = 0;

	for (size_t i = 0; i < f->n_sections; i++) {
		const struct ini_section *sec = &f->sections[i];

		FUZZ_ASSERT(sec->line > line && sec->line <= n_lines);
		FUZZ_ASSERT(strncmp(sec->title, sec->type, strlen(sec->type)) == 0);
		line = sec->line;
		for (size_t j = 0; j < sec->n_entries; j++) {
			const struct ini_entry *en = &sec->entries[j];

			FUZZ_ASSERT(en->line > line && en->line <= n_lines);
			FUZZ_ASSERT(en->key[0] != '\0' && !strchr(en->value, '\n'));
			FUZZ_ASSERT(!en->continued || j > 0);
			line = en->line;
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct values v = {0};
	struct inifile f;
	struct errlist el;
	struct key_ctx kc = {.arena = a, .file = "f", .el = &el, .unit = USEC_PER_MS};
	int n_lines = 1, rc;

	for (size_t i = 0; i < size; i++)
		n_lines += data[i] == '\n';
	errlist_init(&el);
	rc = inifile_parse(a, "f", (const char *)data, size, environment, &f, &el);
	FUZZ_ASSERT((rc == 0) == (el.n_errors == 0));
	check_file(&f, n_lines);
	for (size_t i = 0; i < f.n_sections; i++) {
		kc.section = f.sections[i].title;
		keytab_apply(table, &kc, &f.sections[i], &v);
	}
	for (size_t i = 0; i < el.n_lines; i++)
		FUZZ_ASSERT(!strpbrk(el.lines[i], "\r\n\t\x1b"));
	FUZZ_ASSERT(v.size >= 0 && v.size <= 1 << 20 && v.mode >= 0 && v.mode <= 2 && v.time >= 0);
	errlist_free(&el);
	arena_free(&a);
	return 0;
}
