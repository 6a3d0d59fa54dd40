/*
 * conf_words.c - values made of words, and lists of such values.
 */
#include "vrrpd/conf_words.h"

#include <ctype.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

const struct name conf_scopes[] = {{"global", RT_SCOPE_UNIVERSE}, {"site", RT_SCOPE_SITE},
				   {"link", RT_SCOPE_LINK},       {"host", RT_SCOPE_HOST},
				   {"nowhere", RT_SCOPE_NOWHERE}, {0}};

void
conf_each_item(struct key_ctx *kc, const struct ini_entry *en, conf_item_fn fn, void *obj)
{
	const char *at = en->value;

	for (;;) {
		size_t len = strcspn(at, ",");
		size_t skip = strspn(at, " \t");
		size_t end = len;

		while (end > skip && isblank((unsigned char)at[end - 1]))
			end--;
		if (end > skip)
			fn(kc, en, arena_strndup(kc->arena, at + skip, end - skip), obj);
		else
			key_error(kc, en, "empty value between commas");
		if (at[len] == '\0')
			return;
		at += len + 1;
	}
}

bool
conf_is_ifname(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len >= IFNAMSIZ || strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return false;
	for (; *s; s++)
		if (*s == '/' || *s == ':' || isspace((unsigned char)*s))
			return false;
	return true;
}

/* --- words ------------------------------------------------------------------------------------ */

static void
unknown_word(struct word_ctx *w, const struct word *table, const char *word)
{
	const char *names[CONF_WORDS_MAX + 1] = {NULL};
	const char *nearest;

	for (int i = 0; table[i].name && i < CONF_WORDS_MAX; i++)
		names[i] = table[i].name;
	nearest = names_nearest(names, word);
	if (nearest)
		key_error(w->kc, w->en, "'%s' is unknown, did you mean '%s'?", word, nearest);
	else
		key_error(w->kc, w->en, "'%s' is unknown, expected a word such as '%s' or '%s'",
			  word, names[0], names[1]);
}

bool
conf_words_apply(const struct word *table, struct word_ctx *w, const char *const *words, int n)
{
	uint32_t seen = 0;

	for (int i = 0; i < n; i++) {
		const char *value = NULL;
		unsigned at = 0;

		while (table[at].name && strcmp(table[at].name, words[i]) != 0)
			at++;
		w->row = &table[at];
		if (!w->row->name) {
			unknown_word(w, table, words[i]);
			return false;
		}
		if (seen & 1u << at) {
			key_error(w->kc, w->en, "'%s' stands twice", words[i]);
			return false;
		}
		seen |= 1u << at;
		if (w->row->takes_value && ++i == n) {
			key_error(w->kc, w->en, "a value is missing after '%s'", w->row->name);
			return false;
		}
		value = w->row->takes_value ? words[i] : NULL;
		if (!w->row->take(w, value))
			return false;
	}
	return true;
}

bool
conf_word_number(struct word_ctx *w, const char *value, int64_t min, int64_t max, uint32_t *out)
{
	int64_t number;
	struct err e;

	if (parse_int(value, min, max, &number, &e) < 0) {
		key_error(w->kc, w->en, "%s: %s", w->row->name, e.text);
		return false;
	}
	*out = (uint32_t)number;
	return true;
}

bool
conf_word_name(struct word_ctx *w, const char *value, const struct name *names, int64_t max,
	       uint32_t *out)
{
	for (const struct name *n = names; n->text; n++) {
		if (strcmp(n->text, value) == 0) {
			*out = (uint32_t)n->value;
			return true;
		}
	}
	if (isdigit((unsigned char)*value))
		return conf_word_number(w, value, 0, max, out);
	key_error(w->kc, w->en, "%s: '%s' is unknown, expected a number or a word such as '%s'",
		  w->row->name, value, names[0].text);
	return false;
}

bool
conf_word_device(struct word_ctx *w, const char *value, const char **out)
{
	if (!conf_is_ifname(value)) {
		key_error(w->kc, w->en, "'%s' is no interface name", value);
		return false;
	}
	*out = value;
	return true;
}

bool
conf_word_address(struct word_ctx *w, const char *value, struct addr *out)
{
	struct err e;

	if (addr_parse_ip(value, out, &e) == 0)
		return true;
	key_error(w->kc, w->en, "%s: %s", w->row->name, e.text);
	return false;
}

/* --- routes and rules --------------------------------------------------------------------------
 */

static const struct name tables[] = {
    {"main", RT_TABLE_MAIN}, {"default", RT_TABLE_DEFAULT}, {"local", RT_TABLE_LOCAL}, {0}};

bool
conf_word_family(struct word_ctx *w, int *family, const struct addr *a, const char *value)
{
	if (*family != AF_UNSPEC && *family != addr_family(a)) {
		key_error(w->kc, w->en, "'%s' is of another family than the rest", value);
		return false;
	}
	*family = addr_family(a);
	return true;
}

static bool
has_host_bits(const struct prefix *p)
{
	bool v6 = addr_family(&p->addr) == AF_INET6;
	const uint8_t *bytes =
	    v6 ? p->addr.in6.sin6_addr.s6_addr : (const uint8_t *)&p->addr.in.sin_addr.s_addr;
	unsigned bits = v6 ? 128 : 32;

	for (unsigned i = p->len; i < bits; i++)
		if (bytes[i / 8] & 0x80u >> i % 8)
			return true;
	return false;
}

bool
conf_word_network(struct word_ctx *w, const char *value, struct prefix *p, int *family)
{
	struct err e;

	if (strcmp(value, "default") == 0 || strcmp(value, "all") == 0 || strcmp(value, "any") == 0)
		return true;
	if (addr_parse_prefix(value, &p->addr, &p->len, &e) < 0) {
		key_error(w->kc, w->en, "%s", e.text);
		return false;
	}
	if (!conf_word_family(w, family, &p->addr, value))
		return false;
	if (!has_host_bits(p))
		return true;
	key_error(w->kc, w->en, "'%s' is no network: it has bits behind the prefix", value);
	return false;
}

bool
conf_word_table(struct word_ctx *w, const char *value, uint32_t *table)
{
	if (!conf_word_name(w, value, tables, UINT32_MAX, table))
		return false;
	if (*table != RT_TABLE_UNSPEC)
		return true;
	key_error(w->kc, w->en, "table: 0 is none, expected 1 to 4294967295");
	return false;
}
