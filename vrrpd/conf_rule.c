/*
 * conf_rule.c - virtual_rules: what `ip rule` takes.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf_priv.h"
#include "vrrpd/conf_words.h"

static bool
rule_from(struct word_ctx *w, const char *value)
{
	struct rule_conf *r = w->obj;

	return conf_word_network(w, value, &r->from, &r->family);
}

static bool
rule_to(struct word_ctx *w, const char *value)
{
	struct rule_conf *r = w->obj;

	return conf_word_network(w, value, &r->to, &r->family);
}

/* The row's argument: 1 for oif. */
static bool
rule_device(struct word_ctx *w, const char *value)
{
	struct rule_conf *r = w->obj;

	return conf_word_device(w, value, w->row->arg ? &r->oif : &r->iif);
}

static bool
rule_table(struct word_ctx *w, const char *value)
{
	struct rule_conf *r = w->obj;

	return conf_word_table(w, value, &r->table);
}

static bool
rule_priority(struct word_ctx *w, const char *value)
{
	struct rule_conf *r = w->obj;

	return conf_word_number(w, value, 1, RULE_PRIORITY_MAX, &r->priority);
}

/* VALUE[/MASK], decimal or 0x... */
static bool
rule_mark(struct word_ctx *w, const char *value)
{
	struct rule_conf *r = w->obj;
	unsigned long mark, mask = UINT32_MAX;
	char *end;

	errno = 0;
	mark = strtoul(value, &end, 0);
	if (end != value && *end == '/')
		mask = strtoul(end + 1, &end, 0);
	if (end == value || *end != '\0' || errno || mark > UINT32_MAX || mask > UINT32_MAX ||
	    strpbrk(value, "+- ")) {
		key_error(w->kc, w->en, "fwmark: '%s' is no mark, expected NUMBER[/MASK]", value);
		return false;
	}
	r->has_mark = true;
	r->mark = (uint32_t)mark;
	r->mask = (uint32_t)mask;
	return true;
}

/* The row's argument is the action. */
static bool
rule_action(struct word_ctx *w, const char *value)
{
	struct rule_conf *r = w->obj;

	(void)value;
	r->action = (uint8_t)w->row->arg;
	return true;
}

static bool
rule_not(struct word_ctx *w, const char *value)
{
	struct rule_conf *r = w->obj;

	(void)value;
	r->invert = true;
	return true;
}

static bool
rule_inet6(struct word_ctx *w, const char *value)
{
	struct rule_conf *r = w->obj;

	(void)value;
	if (r->family == AF_INET) {
		key_error(w->kc, w->en, "inet6: the addresses are IPv4 ones");
		return false;
	}
	r->family = AF_INET6;
	return true;
}

static bool
rule_no_track(struct word_ctx *w, const char *value)
{
	struct rule_conf *r = w->obj;

	(void)value;
	r->no_track = true;
	return true;
}

static const struct word rule_words[] = {
    {"from", true, rule_from, 0},
    {"to", true, rule_to, 0},
    {"iif", true, rule_device, 0},
    {"oif", true, rule_device, 1},
    {"fwmark", true, rule_mark, 0},
    {"table", true, rule_table, 0},
    {"lookup", true, rule_table, 0},
    {"priority", true, rule_priority, 0},
    {"preference", true, rule_priority, 0},
    {"not", false, rule_not, 0},
    {"inet6", false, rule_inet6, 0},
    {"blackhole", false, rule_action, FR_ACT_BLACKHOLE},
    {"unreachable", false, rule_action, FR_ACT_UNREACHABLE},
    {"prohibit", false, rule_action, FR_ACT_PROHIBIT},
    {"no_track", false, rule_no_track, 0},
    {0},
};

static bool
check_rule(struct key_ctx *kc, const struct ini_entry *en, const struct rule_conf *r)
{
	const char *wrong = NULL;

	if (r->action == FR_ACT_TO_TBL && r->table == RT_TABLE_UNSPEC)
		wrong = "'table' is missing";
	else if (r->action != FR_ACT_TO_TBL && r->table != RT_TABLE_UNSPEC)
		wrong = "it has a 'table' that is never looked at";
	else if (r->priority == 0)
		wrong = "'priority' is missing: only with it the rule can be found again";
	if (wrong)
		key_error(kc, en, "'%s': %s", r->text, wrong);
	return !wrong;
}

bool
conf_read_rule(struct key_ctx *kc, const struct ini_entry *en, const char *item, uint8_t proto,
	       struct rule_conf *out)
{
	struct rule_conf r = {
	    .text = item, .line = en->line, .action = FR_ACT_TO_TBL, .proto = proto};
	struct word_ctx w = {.kc = kc, .en = en, .obj = &r};
	const char *words[CONF_WORDS_MAX];
	struct err e;
	int n = split_words(kc->arena, item, words, CONF_WORDS_MAX, &e);

	if (n < 0) {
		key_error(kc, en, "%s", e.text);
		return false;
	}
	if (!conf_words_apply(rule_words, &w, words, n) || !check_rule(kc, en, &r))
		return false;
	if (r.family == AF_UNSPEC)
		r.family = AF_INET;
	*out = r;
	return true;
}

void
conf_add_rule(struct key_ctx *kc, const struct ini_entry *en, const struct rule_conf *r,
	      struct rule_conf **list, size_t *n)
{
	for (size_t i = 0; i < *n; i++) {
		const struct rule_conf *other = &(*list)[i];

		if (rule_equal(r, other)) {
			key_error(kc, en, "'%s' stands twice, first on line %d", r->text,
				  other->line);
			return;
		}
		if (rule_confusable(r, other)) {
			key_error(kc, en,
				  "the kernel cannot tell '%s' from '%s' (line %d), expected "
				  "another priority",
				  r->text, other->text, other->line);
			return;
		}
	}
	*list = arena_grow(kc->arena, *list, *n, sizeof(*r));
	(*list)[(*n)++] = *r;
}

static void
one_rule(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct instance_draft *in = obj;
	struct rule_conf r;

	if (conf_read_rule(kc, en, item, ROUTE_PROTO_VRRP, &r))
		conf_add_rule(kc, en, &r, &in->ic.rules, &in->ic.n_rules);
}

void
conf_value_rules(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_rule, obj);
}
