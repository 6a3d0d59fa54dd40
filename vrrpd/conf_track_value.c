/*
 * conf_track_value.c - values of [track NAME] sections, and of `track`, which names them.
 */
#include <net/if.h>
#include <string.h>

#include "vrrpd/conf_priv.h"
#include "vrrpd/conf_words.h"

#define FILE_WORDS    2
#define WEIGHT_WORDS  2
#define GATEWAY_WORDS 3
#define TRACK_WORDS   4

void
track_value_socket(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct track_draft *t = obj;

	if (conf_is_socket_path(kc, en, en->value))
		t->tc.socket = arena_strdup(kc->arena, en->value);
}

void
track_value_interface(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct track_draft *t = obj;

	if (conf_is_ifname(en->value))
		t->tc.interface = arena_strdup(kc->arena, en->value);
	else
		key_error(kc, en,
			  "'%s' is no interface name, expected 1 to %d characters without "
			  "'/', ':' and blanks",
			  en->value, IFNAMSIZ - 1);
}

/* NAME [PARAMETER ...]; quotes keep blanks together */
void
track_value_process(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct track_draft *t = obj;
	const char **words = arena_alloc(kc->arena, TRACK_PROCESS_WORDS * sizeof(*words));
	struct err e;
	int n = split_words(kc->arena, en->value, words, TRACK_PROCESS_WORDS, &e);

	if (n < 0) {
		key_error(kc, en, "%s", e.text);
	} else if (n == 0 || *words[0] == '\0') {
		key_error(kc, en, "a name is missing, expected 'NAME [PARAMETER ...]'");
	} else {
		t->tc.process = words;
		t->tc.n_process = n;
	}
}

static bool
is_file_path(struct key_ctx *kc, const struct ini_entry *en)
{
	size_t len = strlen(en->value);

	if (en->value[0] == '/' && en->value[len - 1] != '/' && len < 4096)
		return true;
	key_error(kc, en, "'%s' is no file, expected a path that begins with '/'", en->value);
	return false;
}

void
track_value_file(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct track_draft *t = obj;

	if (is_file_path(kc, en))
		t->tc.file = arena_strdup(kc->arena, en->value);
}

/* [VALUE] [overwrite] */
void
track_value_init_file(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct track_draft *t = obj;
	const char *words[FILE_WORDS];
	int64_t value = 0;
	struct err e;
	int i = 0, n = split_words(kc->arena, en->value, words, FILE_WORDS, &e);

	if (n > 0 && strcmp(words[0], "overwrite") != 0 &&
	    parse_int(words[i++], -TRACK_FILE_WEIGHT_MAX, TRACK_FILE_WEIGHT_MAX, &value, &e) < 0)
		n = -1;
	if (n > i && strcmp(words[i], "overwrite") != 0)
		n = err_set(&e, "'%s' is unknown", words[i]);
	else if (n > i + 1)
		n = err_set(&e, "'%s' behind overwrite", words[i + 1]);
	if (n < 0) {
		key_error(kc, en, "%s, expected '[VALUE] [overwrite]'", e.text);
		return;
	}
	t->tc.has_init_file = true;
	t->tc.init_value = (int)value;
	t->tc.init_overwrite = n > i;
}

/* ADDRESS [dev IF] */
static void
one_gateway(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct track_conf *tc = &((struct track_draft *)obj)->tc;
	struct gateway_conf g = {.dev = NULL};
	const char *words[GATEWAY_WORDS];
	struct err e;
	int n = split_words(kc->arena, item, words, GATEWAY_WORDS, &e);

	if (n < 0 || addr_parse_ip(words[0], &g.addr, &e) < 0) {
		key_error(kc, en, "%s, expected 'ADDRESS [dev IF]'", e.text);
		return;
	}
	if (n > 1 && (n != 3 || strcmp(words[1], "dev") != 0 || !conf_is_ifname(words[2]))) {
		key_error(kc, en, "'%s' is not understood, expected 'ADDRESS [dev IF]'", item);
		return;
	}
	if (addr_is_any(&g.addr)) {
		key_error(kc, en, "'%s' is no address of a host", words[0]);
		return;
	}
	if (tc->n_gateways == TRACK_TARGETS_MAX) {
		key_error(kc, en, "too many addresses, expected at most %d", TRACK_TARGETS_MAX);
		return;
	}
	g.dev = n > 1 ? words[2] : NULL;
	tc->gateways = arena_grow(kc->arena, tc->gateways, tc->n_gateways, sizeof(g));
	tc->gateways[tc->n_gateways++] = g;
}

void
track_value_gateway(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_gateway, obj);
}

bool
track_weight_words(struct key_ctx *kc, const struct ini_entry *en, const char **words, int n,
		   int *weight, bool *reverse)
{
	int64_t w;
	struct err e;

	if (parse_int(words[0], -TRACK_FILE_WEIGHT_MAX, TRACK_FILE_WEIGHT_MAX, &w, &e) < 0) {
		key_error(kc, en, "weight: %s", e.text);
		return false;
	}
	if (n > 1 && strcmp(words[1], "reverse") != 0 && strcmp(words[1], "noreverse") != 0) {
		key_error(kc, en, "'%s' behind the weight, expected 'W [reverse]'", words[1]);
		return false;
	}
	*weight = (int)w;
	*reverse = n > 1 && words[1][0] == 'r';
	return true;
}

/* W [reverse] */
void
track_value_weight(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct track_draft *t = obj;
	const char *words[WEIGHT_WORDS];
	struct err e;
	int n = split_words(kc->arena, en->value, words, WEIGHT_WORDS, &e);

	if (n < 1)
		key_error(kc, en, "%s, expected 'W [reverse]'",
			  n < 0 ? e.text : "a number is missing");
	else
		track_weight_words(kc, en, words, n, &t->tc.weight, &t->tc.reverse);
}

/* --- an instance's list --------------------------------------------------------------------------
 */

/* "weight W [reverse]" behind the name */
static bool
track_options(struct key_ctx *kc, const struct ini_entry *en, const char **words, int n,
	      struct track_ref *ref)
{
	if (n == 1)
		return true;
	if (strcmp(words[1], "weight") != 0 || n == 2) {
		key_error(kc, en, "'%s' behind '%s', expected 'NAME [weight W [reverse]]'",
			  words[1], words[0]);
		return false;
	}
	ref->has_weight = true;
	return track_weight_words(kc, en, words + 2, n - 2, &ref->weight, &ref->reverse);
}

static void
one_track(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct instance_draft *d = obj;
	struct track_ref ref = {.line = en->line};
	const char *words[TRACK_WORDS];
	struct err e;
	int n = split_words(kc->arena, item, words, TRACK_WORDS, &e);

	if (n < 1) {
		key_error(kc, en, "%s", n < 0 ? e.text : "a name is missing");
		return;
	}
	ref.name = words[0];
	if (!track_options(kc, en, words, n, &ref))
		return;
	for (size_t i = 0; i < d->n_refs; i++) {
		if (strcmp(d->refs[i].name, ref.name) == 0) {
			key_error(kc, en, "'%s' stands twice, first on line %d", ref.name,
				  d->refs[i].line);
			return;
		}
	}
	d->refs = arena_grow(kc->arena, d->refs, d->n_refs, sizeof(*d->refs));
	d->refs[d->n_refs++] = ref;
}

void
conf_value_track(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_track, obj);
}

void
belongs_to_track(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	const char *kind = en->key + strlen("track_");

	(void)obj;
	key_error(kc, en,
		  "is one list with the others here, expected 'track = NAME [weight W [reverse]]' "
		  "and a section [track NAME] with '%s = ...'",
		  kind);
}
