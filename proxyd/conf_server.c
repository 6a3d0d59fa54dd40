/*
 * conf_server.c - "server NAME = ADDR:PORT words" of a backend.
 */
#include <string.h>

#include "proxyd/conf_priv.h"

#define INTER_DEFAULT (2 * USEC_PER_SEC)
#define INTER_MIN     (10 * USEC_PER_MS)
#define INTER_MAX     (86400 * USEC_PER_SEC)

/* The words as written; turned into a struct conf_server when all of them are read. */
struct server_words {
	struct conf_server s;
	int port;         /* 0 not given */
	struct addr addr; /* len 0 not given */
};

static void
parse_check_addr(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct server_words *w = obj;
	struct err e;

	if (addr_parse_ip(en->value, &w->addr, &e) < 0)
		key_error(kc, en, "%s", e.text);
}

static void
parse_server_source(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	(void)parse_source_addr(kc, en, &((struct server_words *)obj)->s.source);
}

#define AT(field) offsetof(struct server_words, field)
/* clang-format off */
static const struct key server_keys[] = {
	{.name = "check", .type = KEY_BOOL, .flags = KEY_FLAG, .offset = AT(s.check)},
	{.name = "port", .type = KEY_INT, .offset = AT(port), .min = 1, .max = 65535},
	{.name = "addr", .type = KEY_CUSTOM, .parse = parse_check_addr},
	{.name = "inter", .type = KEY_TIME, .offset = AT(s.inter), .min = INTER_MIN, .max = INTER_MAX},
	{.name = "fastinter", .type = KEY_TIME, .offset = AT(s.fastinter), .min = INTER_MIN,
	 .max = INTER_MAX},
	{.name = "downinter", .type = KEY_TIME, .offset = AT(s.downinter), .min = INTER_MIN,
	 .max = INTER_MAX},
	{.name = "rise", .type = KEY_INT, .offset = AT(s.rise), .min = 1, .max = 1000},
	{.name = "fall", .type = KEY_INT, .offset = AT(s.fall), .min = 1, .max = 1000},
	{.name = "weight", .type = KEY_INT, .offset = AT(s.weight), .min = 0, .max = CONF_WEIGHT_MAX},
	{.name = "maxconn", .type = KEY_INT, .offset = AT(s.maxconn), .min = 0,
	 .max = CONF_MAXCONN_MAX},
	{.name = "source", .type = KEY_CUSTOM, .parse = parse_server_source},
	{.name = "backup", .type = KEY_BOOL, .flags = KEY_FLAG, .offset = AT(s.backup)},
	{.name = "disabled", .type = KEY_BOOL, .flags = KEY_FLAG, .offset = AT(s.disabled)},
	{0},
};
/* clang-format on */

static void
parse_address(struct key_ctx *kc, const struct ini_entry *en, const char *word, struct addr *a)
{
	struct err e;

	if (addr_parse(word, -1, a, &e) < 0)
		key_error(kc, en, "%s", e.text);
	else if (addr_family(a) == AF_UNIX || addr_is_any(a))
		key_error(kc, en, "'%s' is not a server's address, expected IP:PORT", word);
}

/* Where checks go: the server's own address unless addr= or port= say otherwise. */
static void
resolve_check(struct server_words *w)
{
	w->s.has_check_addr = w->addr.len > 0;
	w->s.has_check_port = w->port > 0;
	w->s.check_addr = w->s.has_check_addr ? w->addr : w->s.addr;
	addr_set_port(&w->s.check_addr, w->port > 0 ? w->port : addr_port(&w->s.addr));
	if (w->s.fastinter == 0)
		w->s.fastinter = w->s.inter;
	if (w->s.downinter == 0)
		w->s.downinter = w->s.inter;
}

static void
append_server(struct key_ctx *kc, struct conf_backend *b, const struct conf_server *s)
{
	b->servers = arena_grow(kc->arena, b->servers, b->n_servers, sizeof(*s));
	b->servers[b->n_servers++] = *s;
	b->servers[b->n_servers - 1].id = (int)b->n_servers;
}

static void
check_name(struct key_ctx *kc, const struct ini_entry *en, const struct conf_backend *b)
{
	for (size_t i = 0; i < b->n_servers; i++) {
		if (strcmp(b->servers[i].name, en->arg) != 0)
			continue;
		key_error(kc, en, "stands twice, first on line %d", b->servers[i].line);
		return;
	}
	check_valid_name(kc, en->line, "server", en->arg);
}

void
parse_server(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct conf_backend *b = obj;
	struct server_words w = {
	    .s = {.inter = INTER_DEFAULT, .rise = 2, .fall = 3, .weight = 1, .line = en->line}};
	size_t addr_len = strcspn(en->value, " \t");
	const char *address = arena_strndup(kc->arena, en->value, addr_len);

	if (en->continued) {
		key_error(kc, en, "takes one line, it cannot go on on an indented line");
		return;
	}
	if (b->n_servers == CONF_SERVERS_MAX) {
		key_error(kc, en, "more than %d servers in one backend", CONF_SERVERS_MAX);
		return;
	}
	check_name(kc, en, b);
	w.s.name = arena_strdup(kc->arena, en->arg);
	parse_address(kc, en, address, &w.s.addr);
	keytab_apply_words(server_keys, kc, en, en->value + addr_len, &w);
	resolve_check(&w);
	append_server(kc, b, &w.s); /* with mistakes too: the next one may repeat its name */
}
