/*
 * conf_global.c - [global] and [stats].
 */
#include <string.h>

#include "proxyd/conf_priv.h"
#include "proxyd/flowstate.h"

#define ULIMIT_MIN 64
#define ULIMIT_MAX 10000000
#define RCVBUF_MIN 2048 /* below these the kernel rounds up */
#define SNDBUF_MIN 4096
#define TUNE_MAX   (1 << 30)

static const struct name forwardings[] = {
    {"auto", FLOW_POLICY_AUTO},
    {"copy", FLOW_POLICY_COPY},
    {"splice", FLOW_POLICY_SPLICE},
    {0},
};

static void
parse_threads(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct conf_global *g = obj;
	struct err e;
	int64_t n;

	if (strcmp(en->value, "auto") == 0)
		g->threads = 0;
	else if (parse_int(en->value, 1, CONF_THREADS_MAX, &n, &e) < 0)
		key_error(kc, en, "%s, or auto", e.text);
	else
		g->threads = (int)n;
}

static bool
absolute_path(struct key_ctx *kc, const struct ini_entry *en)
{
	if (en->value[0] == '/')
		return true;
	key_error(kc, en, "'%s' is not an absolute path", en->value);
	return false;
}

static void
parse_chroot(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	if (absolute_path(kc, en))
		((struct conf_global *)obj)->chroot = arena_strdup(kc->arena, en->value);
}

static void
parse_pidfile(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	if (absolute_path(kc, en))
		((struct conf_global *)obj)->pidfile = arena_strdup(kc->arena, en->value);
}

static void
parse_uri(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	if (en->value[0] != '/' || strpbrk(en->value, " \t") != NULL)
		key_error(kc, en, "'%s' is not a path of a URL, expected one that starts with '/'",
			  en->value);
	else
		((struct conf_stats *)obj)->uri = arena_strdup(kc->arena, en->value);
}

static void
parse_auth(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct conf_stats *s = obj;
	const char *colon = strchr(en->value, ':');
	struct conf_auth *a;

	if (colon == NULL || colon == en->value) {
		key_error(kc, en, "expected USER:PASSWORD");
		return;
	}
	s->auth = arena_grow(kc->arena, s->auth, s->n_auth, sizeof(*s->auth));
	a = &s->auth[s->n_auth++];
	a->user = arena_strndup(kc->arena, en->value, (size_t)(colon - en->value));
	a->password = arena_strdup(kc->arena, colon + 1);
}

/* It stands between quotes in a header. */
static void
parse_realm(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	for (const char *p = en->value; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f || *p == '"' || *p == '\\') {
			key_error(kc, en, "quotes, backslashes and control characters are refused");
			return;
		}
	}
	((struct conf_stats *)obj)->realm = arena_strdup(kc->arena, en->value);
}

#define G(field) offsetof(struct conf_global, field)
#define S(field) offsetof(struct conf_stats, field)
/* clang-format off */
#define TUNE_KEY(key, field, least) {.name = #key, .type = KEY_SIZE, .offset = G(field), \
	.min = (least), .max = TUNE_MAX}
static const struct key global_keys[] = {
	{.name = "log", .type = KEY_CUSTOM, .flags = KEY_REPEAT, .parse = parse_log_target},
	{.name = "maxconn", .type = KEY_INT, .offset = G(maxconn), .min = 1, .max = CONF_MAXCONN_MAX},
	{.name = "user", .type = KEY_STR, .offset = G(user), .min = 1, .max = 32},
	{.name = "group", .type = KEY_STR, .offset = G(group), .min = 1, .max = 32},
	{.name = "chroot", .type = KEY_CUSTOM, .parse = parse_chroot},
	{.name = "pidfile", .type = KEY_CUSTOM, .parse = parse_pidfile},
	{.name = "daemon", .type = KEY_BOOL, .offset = G(daemon)},
	{.name = "stats_socket", .type = KEY_CUSTOM, .flags = KEY_REPEAT, .parse = parse_stats_socket},
	{.name = "threads", .type = KEY_CUSTOM, .parse = parse_threads},
	{.name = "forwarding", .type = KEY_ENUM, .offset = G(forwarding), .names = forwardings},
	TUNE_KEY(tune_rcvbuf_client, tune_client.rcvbuf, RCVBUF_MIN),
	TUNE_KEY(tune_rcvbuf_server, tune_server.rcvbuf, RCVBUF_MIN),
	TUNE_KEY(tune_sndbuf_client, tune_client.sndbuf, SNDBUF_MIN),
	TUNE_KEY(tune_sndbuf_server, tune_server.sndbuf, SNDBUF_MIN),
	TUNE_KEY(tune_notsent_lowat_client, tune_client.notsent_lowat, 1),
	TUNE_KEY(tune_notsent_lowat_server, tune_server.notsent_lowat, 1),
	{.name = "busy_poll", .type = KEY_TIME, .offset = G(busy_poll), .max = USEC_PER_MS},
	{.name = "ulimit_n", .type = KEY_INT, .offset = G(ulimit_n), .min = ULIMIT_MIN,
	 .max = ULIMIT_MAX},
	{.name = "health_stall", .type = KEY_TIME, .offset = G(health_stall),
	 .min = 250 * USEC_PER_MS, .max = 3600 * USEC_PER_SEC},
	{.name = "hard_stop_after", .type = KEY_TIME, .offset = G(hard_stop_after),
	 .max = CONF_TIME_MAX},
	{.name = "node", .type = KEY_STR, .offset = G(node), .min = 1, .max = 64},
	{.name = "description", .type = KEY_STR, .offset = G(description), .min = 1, .max = 200},
	{0},
};

static const struct key stats_keys[] = {
	{.name = "bind", .type = KEY_CUSTOM, .flags = KEY_REPEAT | KEY_REQUIRED,
	 .parse = parse_stats_bind},
	{.name = "uri", .type = KEY_CUSTOM, .parse = parse_uri},
	{.name = "realm", .type = KEY_CUSTOM, .parse = parse_realm},
	{.name = "auth", .type = KEY_CUSTOM, .flags = KEY_REPEAT, .parse = parse_auth},
	{.name = "hide_version", .type = KEY_BOOL, .offset = S(hide_version)},
	{.name = "refresh", .type = KEY_TIME, .offset = S(refresh), .min = USEC_PER_SEC,
	 .max = 86400 * USEC_PER_SEC},
	{.name = "timeout_http_request", .type = KEY_TIME, .offset = S(timeout_http_request),
	 .min = 10 * USEC_PER_MS, .max = CONF_TIME_MAX},
	{.name = "timeout_http_keep_alive", .type = KEY_TIME, .offset = S(timeout_http_keep_alive),
	 .min = 10 * USEC_PER_MS, .max = CONF_TIME_MAX},
	{0},
};
/* clang-format on */

void
load_global(struct loader *l, const struct ini_section *sec)
{
	keytab_apply(global_keys, &l->kc, sec, &l->conf->global);
}

void
load_stats(struct loader *l, const struct ini_section *sec)
{
	struct conf_stats *s = &l->conf->stats;

	s->line = sec->line;
	keytab_apply(stats_keys, &l->kc, sec, s);
	if (s->n_auth == 0 && s->n_binds > 0)
		errlist_warn(l->kc.el, l->kc.file, sec->line, sec->title, "auth",
			     "missing: the status page is open to everybody");
}
