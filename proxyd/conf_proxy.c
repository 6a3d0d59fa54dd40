/*
 * conf_proxy.c - [defaults], [frontend NAME], [backend NAME]: which key may stand where.
 *
 * A frontend takes the keys of the client's side, a backend those of the servers' side, defaults
 * all of them.  A key in a section where it would do nothing is refused there.
 */
#include <string.h>

#include "proxyd/conf_priv.h"

#define RETRIES_MAX 100
#define BACKLOG_MAX 65535

struct defaults_section {
	struct conf_proxy px;
};

static const struct name modes[] = {{"tcp", 0}, {0}};
static const struct name balances[] = {
    {"roundrobin", BALANCE_ROUNDROBIN},
    {"leastconn", BALANCE_LEASTCONN},
    {0},
};

static struct conf_proxy *
px_of(struct key_ctx *kc)
{
	return ((struct loader *)kc->user)->px;
}

static void
parse_log_word(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	bool on = true;
	struct err e;

	(void)obj;
	if (strcmp(en->value, "global") == 0)
		px_of(kc)->log = true;
	else if (parse_bool(en->value, &on, &e) == 0 && !on)
		px_of(kc)->log = false;
	else
		key_error(kc, en, "'%s' is unknown, expected global or no", en->value);
}

static void
parse_tcpka(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct conf_proxy *px = px_of(kc);
	struct err e;
	bool on;

	(void)obj;
	if (parse_bool(en->value, &on, &e) < 0)
		key_error(kc, en, "%s", e.text);
	else
		px->clitcpka.on = px->srvtcpka.on = on;
}

/* Keepalive times: whole seconds, which is also what a bare number means here (as in HAProxy). */
static void
parse_keepalive_time(struct key_ctx *kc, const struct ini_entry *en, usec_t *out)
{
	struct err e;
	usec_t t;

	if (parse_time(en->value, USEC_PER_SEC, &t, &e) < 0)
		key_error(kc, en, "%s", e.text);
	else if (t < USEC_PER_SEC || t > 32767 * USEC_PER_SEC || t % USEC_PER_SEC != 0)
		key_error(kc, en, "'%s': expected whole seconds from 1s to 32767s", en->value);
	else
		*out = t;
}

#define KEEPALIVE_PARSER(side, field)                                                              \
	static void parse_##side##_##field(struct key_ctx *kc, const struct ini_entry *en,         \
					   void *obj)                                              \
	{                                                                                          \
		(void)obj;                                                                         \
		parse_keepalive_time(kc, en, &px_of(kc)->side.field);                              \
	}
KEEPALIVE_PARSER(clitcpka, idle)
KEEPALIVE_PARSER(clitcpka, intvl)
KEEPALIVE_PARSER(srvtcpka, idle)
KEEPALIVE_PARSER(srvtcpka, intvl)

bool
parse_source_addr(struct key_ctx *kc, const struct ini_entry *en, struct addr *out)
{
	struct err ip, e;

	if (addr_parse_ip(en->value, out, &ip) == 0 || addr_parse(en->value, 0, out, &e) == 0)
		if (addr_family(out) != AF_UNIX)
			return true;
	key_error(kc, en, "'%s' is not an address of this host, expected IP or IP:PORT", en->value);
	out->len = 0;
	return false;
}

static void
parse_source(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	(void)obj;
	(void)parse_source_addr(kc, en, &px_of(kc)->source);
}

static void
belongs_to_frontend(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	(void)obj;
	key_error(kc, en, "concerns clients, it belongs in [frontend NAME] or [defaults]");
}

static void
belongs_to_backend(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	(void)obj;
	key_error(kc, en, "concerns servers, it belongs in [backend NAME] or [defaults]");
}

static void
belongs_to_stats(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	(void)obj;
	key_error(kc, en, "concerns the status page, it belongs in [stats] or [defaults]");
}

/* clang-format off */
#define PX(S, field) offsetof(S, px.field)
#define TIME_KEY(S, key) {.name = #key, .type = KEY_TIME, .offset = PX(S, key), .max = CONF_TIME_MAX}
#define BOOL_KEY(S, key) {.name = #key, .type = KEY_BOOL, .offset = PX(S, key)}

#define COMMON_KEYS(S)                                                                             \
	{.name = "mode", .type = KEY_ENUM, .offset = PX(S, mode), .names = modes},                 \
	{.name = "log", .type = KEY_CUSTOM, .parse = parse_log_word},                              \
	{.name = "option_tcpka", .type = KEY_CUSTOM, .parse = parse_tcpka}

#define FRONTEND_KEYS(S)                                                                           \
	{.name = "maxconn", .type = KEY_INT, .offset = PX(S, maxconn), .min = 1,                   \
	 .max = CONF_MAXCONN_MAX},                                                                 \
	{.name = "backlog", .type = KEY_INT, .offset = PX(S, backlog), .min = 1,                   \
	 .max = BACKLOG_MAX},                                                                      \
	BOOL_KEY(S, option_tcplog), BOOL_KEY(S, option_dontlognull),                               \
	BOOL_KEY(S, option_dontlog_normal),                                                        \
	{.name = "option_clitcpka", .type = KEY_BOOL, .offset = PX(S, clitcpka.on)},               \
	{.name = "clitcpka_idle", .type = KEY_CUSTOM, .parse = parse_clitcpka_idle},               \
	{.name = "clitcpka_intvl", .type = KEY_CUSTOM, .parse = parse_clitcpka_intvl},             \
	{.name = "clitcpka_cnt", .type = KEY_INT, .offset = PX(S, clitcpka.cnt), .min = 1,         \
	 .max = 127},                                                                              \
	TIME_KEY(S, timeout_client), TIME_KEY(S, timeout_client_fin)

#define BACKEND_KEYS(S)                                                                            \
	{.name = "balance", .type = KEY_ENUM, .offset = PX(S, balance), .names = balances},        \
	{.name = "retries", .type = KEY_INT, .offset = PX(S, retries), .min = 0,                   \
	 .max = RETRIES_MAX},                                                                      \
	BOOL_KEY(S, option_redispatch), BOOL_KEY(S, option_allbackups),                            \
	{.name = "source", .type = KEY_CUSTOM, .parse = parse_source},                             \
	BOOL_KEY(S, option_log_health_checks),                                                     \
	{.name = "option_srvtcpka", .type = KEY_BOOL, .offset = PX(S, srvtcpka.on)},               \
	{.name = "srvtcpka_idle", .type = KEY_CUSTOM, .parse = parse_srvtcpka_idle},               \
	{.name = "srvtcpka_intvl", .type = KEY_CUSTOM, .parse = parse_srvtcpka_intvl},             \
	{.name = "srvtcpka_cnt", .type = KEY_INT, .offset = PX(S, srvtcpka.cnt), .min = 1,         \
	 .max = 127},                                                                              \
	TIME_KEY(S, timeout_connect), TIME_KEY(S, timeout_server), TIME_KEY(S, timeout_server_fin),\
	TIME_KEY(S, timeout_tunnel), TIME_KEY(S, timeout_queue), TIME_KEY(S, timeout_check)

/* Known, but not here: better than "unknown key". */
#define MISPLACED(key, whose) {.name = #key, .type = KEY_CUSTOM, .flags = KEY_REPEAT | KEY_EMPTY_OK, \
	.parse = belongs_to_##whose}
#define MISPLACED_STATS_KEYS                                                                       \
	MISPLACED(timeout_http_request, stats), MISPLACED(timeout_http_keep_alive, stats)
#define MISPLACED_FRONTEND_KEYS                                                                    \
	MISPLACED(bind, frontend), MISPLACED(default_backend, frontend),                           \
	MISPLACED(maxconn, frontend), MISPLACED(backlog, frontend),                                \
	MISPLACED(option_tcplog, frontend), MISPLACED(option_dontlognull, frontend),               \
	MISPLACED(option_dontlog_normal, frontend), MISPLACED(option_clitcpka, frontend),          \
	MISPLACED(clitcpka_idle, frontend), MISPLACED(clitcpka_intvl, frontend),                   \
	MISPLACED(clitcpka_cnt, frontend), MISPLACED(timeout_client, frontend),                    \
	MISPLACED(timeout_client_fin, frontend)
#define MISPLACED_BACKEND_KEYS                                                                     \
	MISPLACED(balance, backend), MISPLACED(retries, backend), MISPLACED(source, backend),      \
	MISPLACED(option_redispatch, backend), MISPLACED(option_allbackups, backend),              \
	MISPLACED(option_log_health_checks, backend), MISPLACED(option_srvtcpka, backend),         \
	MISPLACED(srvtcpka_idle, backend), MISPLACED(srvtcpka_intvl, backend),                     \
	MISPLACED(srvtcpka_cnt, backend), MISPLACED(timeout_connect, backend),                     \
	MISPLACED(timeout_server, backend), MISPLACED(timeout_server_fin, backend),                \
	MISPLACED(timeout_tunnel, backend), MISPLACED(timeout_queue, backend),                     \
	MISPLACED(timeout_check, backend)

static const struct key defaults_keys[] = {
	COMMON_KEYS(struct defaults_section),
	FRONTEND_KEYS(struct defaults_section),
	BACKEND_KEYS(struct defaults_section),
	TIME_KEY(struct defaults_section, timeout_http_request),
	TIME_KEY(struct defaults_section, timeout_http_keep_alive),
	{0},
};

static const struct key frontend_keys[] = {
	{.name = "bind", .type = KEY_CUSTOM, .flags = KEY_REPEAT | KEY_REQUIRED,
	 .parse = parse_frontend_bind},
	{.name = "default_backend", .type = KEY_STR, .flags = KEY_REQUIRED,
	 .offset = offsetof(struct conf_frontend, default_backend),
	 .seen_offset = offsetof(struct conf_frontend, default_backend_line) + 1},
	COMMON_KEYS(struct conf_frontend),
	FRONTEND_KEYS(struct conf_frontend),
	MISPLACED_BACKEND_KEYS,
	MISPLACED_STATS_KEYS,
	{0},
};

static const struct key backend_keys[] = {
	{.name = "server", .type = KEY_CUSTOM, .flags = KEY_REPEAT | KEY_ARG, .parse = parse_server},
	COMMON_KEYS(struct conf_backend),
	BACKEND_KEYS(struct conf_backend),
	MISPLACED_FRONTEND_KEYS,
	MISPLACED_STATS_KEYS,
	{0},
};
/* clang-format on */

void
proxy_init(struct conf_proxy *px)
{
	*px = (struct conf_proxy){
	    .log = true,
	    .option_tcplog = true,
	    .balance = BALANCE_ROUNDROBIN,
	    .retries = 3,
	    .timeout_queue = TIME_UNSET,
	    .timeout_http_request = TIME_UNSET,
	    .timeout_http_keep_alive = TIME_UNSET,
	};
}

void
load_defaults(struct loader *l, const struct ini_section *sec)
{
	struct defaults_section d = {.px = l->defaults};

	l->px = &d.px;
	keytab_apply(defaults_keys, &l->kc, sec, &d);
	l->defaults = d.px;
}

void
load_frontend(struct loader *l, const struct ini_section *sec)
{
	struct conf *c = l->conf;
	struct conf_frontend *f;

	c->frontends = arena_grow(c->arena, c->frontends, c->n_frontends, sizeof(*f));
	f = &c->frontends[c->n_frontends++];
	f->name = sec->name;
	f->line = sec->line;
	f->px = l->defaults;
	l->px = &f->px;
	check_valid_name(&l->kc, sec->line, "frontend", sec->name);
	keytab_apply(frontend_keys, &l->kc, sec, f);
}

void
load_backend(struct loader *l, const struct ini_section *sec)
{
	struct conf *c = l->conf;
	struct conf_backend *b;

	c->backends = arena_grow(c->arena, c->backends, c->n_backends, sizeof(*b));
	b = &c->backends[c->n_backends++];
	b->name = sec->name;
	b->line = sec->line;
	b->px = l->defaults;
	l->px = &b->px;
	check_valid_name(&l->kc, sec->line, "backend", sec->name);
	keytab_apply(backend_keys, &l->kc, sec, b);
}
