/*
 * conf_value.c - values of vrrpd.conf with a grammar of their own.
 *
 * Each parser reports its mistakes at the entry's line and leaves the field as it was; what needs
 * two keys to be judged is conf_check.c's.
 */
#include "vrrpd/conf_priv.h"

#include <ctype.h>
#include <net/if.h>
#include <string.h>

#include "common/ctl_table.h"
#include "vrrpd/conf_words.h"

#define SYSLOG_PORT 514
#define LOG_WORDS   3

static int
log_target_addr(const char *text, struct addr *a, struct err *e)
{
	if (strcmp(text, "stderr") == 0)
		return 0;
	return addr_parse(text, SYSLOG_PORT, a, e);
}

/* TARGET [facility [level]] */
void
conf_value_log(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct global_conf *g = obj;
	struct log_target t = {.facility = LOG_DAEMON, .max_level = LOG_INFO};
	const char *words[LOG_WORDS];
	struct err e;
	int n = split_words(kc->arena, en->value, words, LOG_WORDS, &e);

	if (n < 0 || log_target_addr(words[0], &t.addr, &e) < 0) {
		key_error(kc, en, "%s, expected 'ADDRESS|/PATH|stderr [facility [level]]'", e.text);
		return;
	}
	if (n > 1)
		t.facility = log_facility(words[1]);
	if (n > 2)
		t.max_level = log_level(words[2]);
	if (t.facility < 0)
		key_error(kc, en, "'%s' is no syslog facility, expected daemon, local0..local7 ...",
			  words[1]);
	else if (t.max_level < 0)
		key_error(kc, en,
			  "'%s' is no level, expected emerg, alert, crit, err, warning, "
			  "notice, info or debug",
			  words[2]);
	else if (g->n_logs == LOG_TARGETS_MAX)
		key_error(kc, en, "too many targets, expected at most %d", LOG_TARGETS_MAX);
	else
		g->logs[g->n_logs++] = t;
}

void
conf_octal_mode(struct key_ctx *kc, const struct ini_entry *en, unsigned *out)
{
	unsigned mode = 0;
	size_t len = strlen(en->value);

	if (len < 3 || len > 4 || strspn(en->value, "01234567") != len ||
	    len - strspn(en->value, "0") > 3) {
		key_error(kc, en, "'%s' is no mode, expected three octal digits such as 660",
			  en->value);
		return;
	}
	for (const char *c = en->value; *c; c++)
		mode = mode * 8 + (unsigned)(*c - '0');
	*out = mode;
}

static void
socket_mode(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct global_conf *g = obj;

	conf_octal_mode(kc, en, &g->stats_mode);
}

bool
conf_is_socket_path(struct key_ctx *kc, const struct ini_entry *en, const char *path)
{
	struct addr a;
	struct err e;

	if (path[0] == '/' && addr_parse(path, 0, &a, &e) == 0)
		return true;
	key_error(kc, en,
		  "'%s' is no socket, expected a path that begins with '/', at most 107 bytes long",
		  path);
	return false;
}

/* PATH [mode=660] [level=user|operator|admin] */
void
conf_value_stats_socket(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	static const struct name levels[] = {
	    {"user", CTL_USER}, {"operator", CTL_OPERATOR}, {"admin", CTL_ADMIN}, {0}};
	static const struct key table[] = {
	    {.name = "mode", .type = KEY_CUSTOM, .parse = socket_mode},
	    {.name = "level",
	     .type = KEY_ENUM,
	     .offset = offsetof(struct global_conf, stats_level),
	     .names = levels},
	    {0},
	};
	struct global_conf *g = obj;
	size_t len = strcspn(en->value, " \t");
	char *path = arena_strndup(kc->arena, en->value, len);

	if (!conf_is_socket_path(kc, en, path))
		return;
	g->stats_socket = path;
	keytab_apply_words(table, kc, en, en->value + len, g);
}

void
conf_value_interface(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct instance_draft *d = obj;

	if (conf_is_ifname(en->value))
		d->ic.interface = arena_strdup(kc->arena, en->value);
	else
		key_error(kc, en,
			  "'%s' is no interface name, expected 1 to %d characters without "
			  "'/', ':' and blanks",
			  en->value, IFNAMSIZ - 1);
}

/* "0.5" or "0.25s": keepalived's fractions of a second. */
static bool
parse_fraction(const char *text, usec_t *out)
{
	usec_t whole = 0, part = 0, unit = USEC_PER_SEC;
	const char *at = text;

	for (; isdigit((unsigned char)*at) && at - text < 4; at++)
		whole = whole * 10 + (*at - '0');
	if (at == text || *at++ != '.')
		return false;
	for (; isdigit((unsigned char)*at) && unit > 1; at++) {
		unit /= 10;
		part += (*at - '0') * unit;
	}
	if (unit == USEC_PER_SEC || (strcmp(at, "") != 0 && strcmp(at, "s") != 0))
		return false;
	*out = whole * USEC_PER_SEC + part;
	return true;
}

void
conf_value_advert_int(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct instance_draft *d = obj;
	struct err e;

	if (!parse_fraction(en->value, &d->ic.advert_int) &&
	    parse_time(en->value, kc->unit, &d->ic.advert_int, &e) < 0)
		key_error(kc, en, "%s", e.text);
}

static bool
is_host_address(const struct addr *a)
{
	const struct in6_addr *ip6 = &a->in6.sin6_addr;
	uint32_t ip = ntohl(a->in.sin_addr.s_addr);

	if (addr_family(a) == AF_INET6)
		return !addr_is_any(a) && !IN6_IS_ADDR_LOOPBACK(ip6) &&
		       !IN6_IS_ADDR_MULTICAST(ip6) && !IN6_IS_ADDR_V4MAPPED(ip6) &&
		       !IN6_IS_ADDR_V4COMPAT(ip6);
	return ip >> 24 != 0 && ip >> 24 != 127 && ip >> 28 < 0xe;
}

bool
conf_host_address(struct key_ctx *kc, const struct ini_entry *en, const char *text,
		  const struct addr *a)
{
	if (addr_family(a) != AF_INET && addr_family(a) != AF_INET6)
		key_error(kc, en, "'%s' is no IP address", text);
	else if (!is_host_address(a))
		key_error(kc, en, "'%s' is no address of a host on a network", text);
	else
		return true;
	return false;
}
