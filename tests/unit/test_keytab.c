/*
 * test_keytab.c - typed keys applied to sections and to the words of a value.
 */
#include "tests/unit/unit.h"

#include "common/keytab.h"

struct conf {
	const char *name;
	bool on, check, backup;
	int number, weight, mode;
	usec_t timeout;
	int64_t size;
	int n_servers, n_words;
	const char *last_server, *last_word;
	int weight_line, check_line;
};

static const struct name modes[] = {{"tcp", 1}, {"health", 2}, {0}};

static void
parse_word(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct conf *c = obj;

	c->n_words++;
	c->last_word = en->value;
	if (strcmp(en->value, "bad") == 0)
		key_error(kc, en, "is bad");
}

#define AT(field)   offsetof(struct conf, field)
#define SEEN(field) (offsetof(struct conf, field) + 1)

static const struct key server_words[] = {
    {"check", KEY_BOOL, KEY_FLAG, AT(check), 0, 0, NULL, NULL, SEEN(check_line)},
    {"backup", KEY_BOOL, KEY_FLAG, AT(backup), 0, 0, NULL, NULL, 0},
    {"weight", KEY_INT, 0, AT(weight), 0, 256, NULL, NULL, 0},
    {"inter", KEY_TIME, 0, AT(timeout), 1, 0x7fffffff, NULL, NULL, 0},
    {"own", KEY_CUSTOM, KEY_REPEAT, 0, 0, 0, NULL, parse_word, 0},
    {"ownflag", KEY_CUSTOM, KEY_FLAG, 0, 0, 0, NULL, parse_word, 0},
    {"name", KEY_STR, KEY_EMPTY_OK, AT(name), 0, 0, NULL, NULL, 0},
    {0},
};

static const struct key needy_words[] = {
    {"port", KEY_INT, KEY_REQUIRED, AT(number), 1, 65535, NULL, NULL, 0},
    {0},
};

static void
parse_server(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct conf *c = obj;

	c->n_servers++;
	c->last_server = en->arg;
	if (strcmp(en->arg, "needy") == 0)
		keytab_apply_words(needy_words, kc, en, en->value, obj);
	else
		keytab_apply_words(server_words, kc, en, en->value, obj);
}

static const struct key table[] = {
    {"name", KEY_STR, 0, AT(name), 0, 0, NULL, NULL, 0},
    {"short_name", KEY_STR, 0, AT(name), 1, 8, NULL, NULL, 0},
    {"maybe", KEY_STR, KEY_EMPTY_OK, AT(name), 0, 0, NULL, NULL, 0},
    {"on", KEY_BOOL, 0, AT(on), 0, 0, NULL, NULL, 0},
    {"flag", KEY_BOOL, KEY_FLAG, AT(on), 0, 0, NULL, NULL, 0},
    {"number", KEY_INT, 0, AT(number), 0, 0, NULL, NULL, 0},
    {"weight", KEY_INT, 0, AT(weight), 0, 256, NULL, NULL, SEEN(weight_line)},
    {"timeout", KEY_TIME, 0, AT(timeout), 0, 0, NULL, NULL, 0},
    {"interval", KEY_TIME, 0, AT(timeout), 10 * USEC_PER_MS, 40 * USEC_PER_SEC, NULL, NULL, 0},
    {"tick", KEY_TIME, 0, AT(timeout), 1, 1500, NULL, NULL, 0},
    {"size", KEY_SIZE, 0, AT(size), 0, 0, NULL, NULL, 0},
    {"buffer", KEY_SIZE, 0, AT(size), 1024, 65536, NULL, NULL, 0},
    {"mode", KEY_ENUM, 0, AT(mode), 0, 0, modes, NULL, 0},
    {"server", KEY_CUSTOM, KEY_REPEAT | KEY_ARG, 0, 0, 0, NULL, parse_server, 0},
    {"list", KEY_CUSTOM, KEY_REPEAT, 0, 0, 0, NULL, parse_word, 0},
    {0},
};

static const struct key needy_table[] = {
    {"name", KEY_STR, KEY_REQUIRED, AT(name), 0, 0, NULL, NULL, 0},
    {"number", KEY_INT, KEY_REQUIRED, AT(number), 0, 0, NULL, NULL, 0},
    {0},
};

static struct arena *arena;
static struct errlist el;
static struct conf conf;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new();
	errlist_init(&el);
	memset(&conf, 0, sizeof(conf));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	errlist_free(&el);
	arena_free(&arena);
	return 0;
}

/* The lines below "[s]" (which is line 1) go through the table. */
static void
apply_table(const struct key *keys, const char *lines)
{
	struct key_ctx kc = {
	    .arena = arena, .file = "f", .section = "s", .el = &el, .unit = USEC_PER_MS};
	struct inifile f;
	char text[1024];

	snprintf(text, sizeof(text), "[s]\n%s\n", lines);
	assert_int_equal(inifile_parse(arena, "f", text, strlen(text), NULL, &f, &el), 0);
	keytab_apply(keys, &kc, &f.sections[0], &conf);
	assert_null(kc.words_of);
}

static void
apply(const char *lines)
{
	apply_table(table, lines);
}

static void
every_type_lands_in_its_field(void **state)
{
	(void)state;
	apply("name = two words\non = yes\nnumber = -5\nweight = 256\ntimeout = 250\nsize = 2k\n"
	      "mode = health\nmaybe =");
	assert_int_equal(el.n_lines, 0);
	assert_string_equal(conf.name, "");
	assert_true(conf.on);
	assert_int_equal(conf.number, -5);
	assert_int_equal(conf.weight, 256);
	assert_int_equal(conf.weight_line, 5);
	assert_int_equal(conf.timeout, 250 * USEC_PER_MS);
	assert_int_equal(conf.size, 2048);
	assert_int_equal(conf.mode, 2);
}

static void
strings_live_in_the_arena(void **state)
{
	(void)state;
	apply("short_name = 12345678");
	assert_int_equal(el.n_lines, 0);
	assert_string_equal(conf.name, "12345678");
}

static void
mistakes(void **state)
{
	static const struct {
		const char *lines, *error;
	} rows[] = {
	    {"weigth = 1", "f:2: [s] weigth: unknown key, did you mean 'weight'?"},
	    {"zzz = 1", "f:2: [s] zzz: unknown key"},
	    {"sever a = 1", "f:2: [s] sever a: unknown key, did you mean 'server'?"},
	    {"on = yes\non = no", "f:3: [s] on: stands twice, first on line 2"},
	    {"name =", "f:2: [s] name: the value is missing"},
	    {"name x = y", "f:2: [s] name x: 'x' in front of '=', expected 'name = ...'"},
	    {"server = check", "f:2: [s] server: a name is missing, expected 'server NAME = ...'"},
	    {"name = a\n  b",
	     "f:3: [s] name: takes one value, it cannot go on on an indented line"},
	    {"zzz = a\n  b\n  c", "f:2: [s] zzz: unknown key"},
	    {"on = maybe", "f:2: [s] on: 'maybe' is not yes|no|on|off|true|false"},
	    {"flag = maybe", "f:2: [s] flag: 'maybe' is not yes|no|on|off|true|false"},
	    {"number = 2147483648",
	     "f:2: [s] number: '2147483648' is not a number from -2147483648 to 2147483647"},
	    {"weight = 257", "f:2: [s] weight: '257' is not a number from 0 to 256"},
	    {"weight = x", "f:2: [s] weight: 'x' is not a number from 0 to 256"},
	    {"timeout = 5x",
	     "f:2: [s] timeout: '5x' is not a time, expected a number with us, ms, s, m, h or d"},
	    {"interval = 9ms", "f:2: [s] interval: '9ms' is out of range, expected 10ms to 40s"},
	    {"interval = 41s", "f:2: [s] interval: '41s' is out of range, expected 10ms to 40s"},
	    {"tick = 2ms", "f:2: [s] tick: '2ms' is out of range, expected 1us to 1500us"},
	    {"size = 5x", "f:2: [s] size: '5x' is not a size, expected a number with k, m or g"},
	    {"buffer = 1m", "f:2: [s] buffer: '1m' is out of range, expected 1024 to 65536 bytes"},
	    {"mode = http", "f:2: [s] mode: 'http' is unknown, expected one of: tcp, health"},
	    {"short_name = 123456789",
	     "f:2: [s] short_name: '123456789' has 9 characters, expected 1 to 8"},
	    {"server a = weight=300",
	     "f:2: [s] server a weight: '300' is not a number from 0 to 256"},
	    {"server a = wieght=3",
	     "f:2: [s] server a wieght: unknown key, did you mean 'weight'?"},
	    {"server a = check=yes", "f:2: [s] server a check: stands alone, without a value"},
	    {"server a = weight",
	     "f:2: [s] server a weight: a value is missing, expected 'weight=...'"},
	    {"server a = weight=", "f:2: [s] server a weight: the value is missing"},
	    {"server a = weight=1 weight=2",
	     "f:2: [s] server a weight: stands twice, first on line 2"},
	    {"server a = own=bad", "f:2: [s] server a own: is bad"},
	    {"server a = \"check", "f:2: [s] server a: a quote is not closed"},
	    {"server needy = ", "f:2: [s] server needy: the value is missing"},
	    {"list = bad", "f:2: [s] list: is bad"},
	    {"list = good\n  bad", "f:3: [s] list: is bad"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		apply(rows[i].lines);
		assert_string_equal(el.n_lines ? el.lines[0] : "no error", rows[i].error);
		assert_int_equal(el.n_errors, 1);
		errlist_free(&el);
	}
}

static void
a_mistake_leaves_the_field_alone(void **state)
{
	(void)state;
	conf =
	    (struct conf){.number = 1, .weight = 2, .mode = 1, .timeout = 4, .size = 5, .on = true};
	apply("number = x\nweight = 300\nmode = x\ninterval = 1us\nbuffer = 1\non = x");
	assert_int_equal(el.n_errors, 6);
	assert_int_equal(conf.number, 1);
	assert_int_equal(conf.weight, 2);
	assert_int_equal(conf.mode, 1);
	assert_int_equal(conf.timeout, 4);
	assert_int_equal(conf.size, 5);
	assert_true(conf.on);
}

static void
required_keys_that_are_missing_are_all_told(void **state)
{
	(void)state;
	apply_table(needy_table, "");
	assert_int_equal(el.n_errors, 2);
	assert_string_equal(el.lines[0], "f:1: [s] name: is missing, the section needs it");
	assert_string_equal(el.lines[1], "f:1: [s] number: is missing, the section needs it");
	errlist_free(&el);
	apply_table(needy_table, "name = x\nnumber = 1");
	assert_int_equal(el.n_errors, 0);
}

static void
a_required_key_with_a_bad_value_is_told_once(void **state)
{
	(void)state;
	apply_table(needy_table, "name = x\nnumber = y");
	assert_int_equal(el.n_errors, 1);
}

static void
repeated_and_continued_lists(void **state)
{
	(void)state;
	apply("list = a\n  b\nlist = c\nserver s1 = check\nserver s2 = backup own=x own=y");
	assert_int_equal(el.n_lines, 0);
	assert_int_equal(conf.n_words, 5);
	assert_int_equal(conf.n_servers, 2);
	assert_string_equal(conf.last_server, "s2");
	assert_string_equal(conf.last_word, "y");
}

static void
words_of_a_value(void **state)
{
	(void)state;
	apply("server a = check weight=7 inter=2s name=\"x y\" ownflag");
	assert_int_equal(el.n_lines, 0);
	assert_true(conf.check);
	assert_false(conf.backup);
	assert_int_equal(conf.check_line, 2);
	assert_int_equal(conf.weight, 7);
	assert_int_equal(conf.timeout, 2 * USEC_PER_SEC);
	assert_string_equal(conf.name, "x y");
	assert_int_equal(conf.n_words, 1);
	assert_string_equal(conf.last_word, "");
}

static void
required_words(void **state)
{
	const struct ini_entry en = {.key = "k", .arg = "", .value = "", .line = 9};
	struct key_ctx kc = {
	    .arena = arena, .file = "f", .section = "s", .el = &el, .unit = USEC_PER_MS};

	(void)state;
	keytab_apply_words(needy_words, &kc, &en, "", &conf);
	assert_int_equal(el.n_errors, 1);
	assert_string_equal(el.lines[0], "f:9: [s] k: 'port' is missing");
	errlist_free(&el);
	keytab_apply_words(needy_words, &kc, &en, "port=80", &conf);
	assert_int_equal(el.n_errors, 0);
	assert_int_equal(conf.number, 80);
}

static void
unit_of_bare_numbers_is_the_callers(void **state)
{
	const struct ini_entry en = {.key = "k", .arg = "", .value = "", .line = 9};
	struct key_ctx kc = {
	    .arena = arena, .file = "f", .section = "s", .el = &el, .unit = USEC_PER_SEC};

	(void)state;
	keytab_apply_words(server_words, &kc, &en, "inter=2", &conf);
	assert_int_equal(conf.timeout, 2 * USEC_PER_SEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(every_type_lands_in_its_field, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(strings_live_in_the_arena, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(mistakes, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_mistake_leaves_the_field_alone, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(required_keys_that_are_missing_are_all_told, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(a_required_key_with_a_bad_value_is_told_once, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(repeated_and_continued_lists, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(words_of_a_value, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(required_words, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(unit_of_bare_numbers_is_the_callers, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
