/*
 * conf_bind.c - listening addresses: lists, port ranges, UNIX paths with mode, user, group.
 *
 * "bind = ADDR:PORT[-PORT][, ...] [mode=660 user=U group=G]"; words with '=' are options and
 * count for the whole entry, everything else is an address.
 */
#include <string.h>

#include "proxyd/conf_priv.h"

#define BIND_WORDS_MAX 64

struct bind_options {
	int mode; /* -1 not given */
	int level;
	const char *user, *group;
};

static const struct name socket_levels[] = {
    {"user", CONF_LEVEL_USER},
    {"operator", CONF_LEVEL_OPERATOR},
    {"admin", CONF_LEVEL_ADMIN},
    {0},
};

static void
parse_mode(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct bind_options *o = obj;
	size_t len = strlen(en->value);
	int mode = 0;

	if (len < 3 || len > 4 || strspn(en->value, "01234567") != len) {
		key_error(kc, en, "'%s' is not a file mode, expected octal digits such as 660",
			  en->value);
		return;
	}
	for (size_t i = 0; i < len; i++)
		mode = mode * 8 + (en->value[i] - '0');
	if (mode > 0777)
		key_error(kc, en, "'%s' is out of range, expected 000 to 777", en->value);
	else
		o->mode = mode;
}

/* clang-format off */
#define OPTION_KEYS                                                                                \
	{.name = "mode", .type = KEY_CUSTOM, .parse = parse_mode},                                 \
	{.name = "user", .type = KEY_STR, .offset = offsetof(struct bind_options, user),           \
	 .min = 1, .max = 32},                                                                     \
	{.name = "group", .type = KEY_STR, .offset = offsetof(struct bind_options, group),         \
	 .min = 1, .max = 32}

static const struct key bind_keys[] = {OPTION_KEYS, {0}};
static const struct key socket_keys[] = {
	OPTION_KEYS,
	{.name = "level", .type = KEY_ENUM, .offset = offsetof(struct bind_options, level),
	 .names = socket_levels},
	{0},
};
/* clang-format on */

static bool
is_option(const char *word)
{
	return word[0] != '/' && word[0] != '[' && strchr(word, '=') != NULL;
}

static void
add_bind(struct loader *l, struct conf_bind **binds, size_t *n, const struct conf_bind *b)
{
	char text[ADDR_STRLEN];

	*binds = arena_grow(l->conf->arena, *binds, *n, sizeof(**binds));
	(*binds)[*n] = *b;
	(*binds)[*n].key = arena_strdup(l->conf->arena, addr_format(&b->addr, text));
	++*n;
}

static void
add_address(struct loader *l, const struct ini_entry *en, const char *word,
	    const struct bind_options *o, struct conf_bind **binds, size_t *n)
{
	struct conf_bind b = {
	    .mode = o->mode, .user = o->user, .group = o->group, .line = en->line};
	unsigned n_ports;
	struct err e;
	bool has_options = o->mode >= 0 || o->user != NULL || o->group != NULL;
	int port;

	if (addr_parse_range(word, -1, &b.addr, &n_ports, &e) < 0) {
		key_error(&l->kc, en, "%s", e.text);
		return;
	}
	if (has_options && addr_family(&b.addr) != AF_UNIX) {
		key_error(&l->kc, en, "mode, user and group are for UNIX sockets, '%s' is none",
			  word);
		return;
	}
	if (*n + n_ports > CONF_BINDS_MAX) {
		key_error(&l->kc, en, "more than %d listening sockets", CONF_BINDS_MAX);
		return;
	}
	port = addr_port(&b.addr);
	for (unsigned i = 0; i < n_ports; i++) {
		addr_set_port(&b.addr, port + (int)i);
		add_bind(l, binds, n, &b);
	}
}

/* The words of a value with commas as blanks, sorted into addresses and one string of options. */
static int
sort_words(struct key_ctx *kc, const struct ini_entry *en, const char **addresses,
	   const char **options)
{
	char *value = arena_strdup(kc->arena, en->value), *opts, *end;
	const char *words[BIND_WORDS_MAX];
	struct err e;
	int n, n_addresses = 0;

	for (char *p = value; (p = strchr(p, ',')) != NULL;)
		*p = ' ';
	n = split_words(kc->arena, value, words, BIND_WORDS_MAX, &e);
	if (n < 0) {
		key_error(kc, en, "%s", e.text);
		return -1;
	}
	end = opts = arena_alloc(kc->arena, strlen(value) + 2);
	for (int i = 0; i < n; i++) {
		if (is_option(words[i])) {
			end = stpcpy(end, words[i]);
			*end++ = ' ';
		} else {
			addresses[n_addresses++] = words[i];
		}
	}
	*options = opts;
	return n_addresses;
}

static void
parse_bind(struct loader *l, const struct ini_entry *en, struct conf_bind **binds, size_t *n)
{
	struct bind_options o = {.mode = -1};
	const char *addresses[BIND_WORDS_MAX], *options;
	int n_addresses = sort_words(&l->kc, en, addresses, &options);

	if (n_addresses < 0)
		return;
	keytab_apply_words(bind_keys, &l->kc, en, options, &o);
	if (n_addresses == 0)
		key_error(&l->kc, en, "expected ADDRESS:PORT or the path of a UNIX socket");
	for (int i = 0; i < n_addresses; i++)
		add_address(l, en, addresses[i], &o, binds, n);
}

void
parse_frontend_bind(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct conf_frontend *f = obj;

	parse_bind(kc->user, en, &f->binds, &f->n_binds);
}

void
parse_stats_bind(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct conf_stats *s = obj;

	parse_bind(kc->user, en, &s->binds, &s->n_binds);
}

void
parse_stats_socket(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct conf_global *g = obj;
	struct bind_options o = {.mode = 0600, .level = CONF_LEVEL_OPERATOR};
	const char *addresses[BIND_WORDS_MAX], *options;
	int n = sort_words(kc, en, addresses, &options);
	struct conf_stats_socket *s;
	struct addr a;
	struct err e;

	if (n < 0)
		return;
	keytab_apply_words(socket_keys, kc, en, options, &o);
	if (n != 1) {
		key_error(kc, en, "expected PATH [mode=660] [level=admin] [user=U] [group=G]");
		return;
	}
	if (addr_parse(addresses[0], 0, &a, &e) < 0 || addr_family(&a) != AF_UNIX) {
		key_error(kc, en, "'%s' is not the path of a UNIX socket", addresses[0]);
		return;
	}
	g->stats_sockets = arena_grow(kc->arena, g->stats_sockets, g->n_stats_sockets, sizeof(*s));
	s = &g->stats_sockets[g->n_stats_sockets++];
	*s = (struct conf_stats_socket){.path = arena_strdup(kc->arena, a.un.sun_path),
					.mode = o.mode,
					.level = (enum conf_level)o.level,
					.user = o.user,
					.group = o.group,
					.line = en->line};
}
