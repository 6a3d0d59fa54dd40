/*
 * conf_export.c - keys of vrrpd.conf that say where others find our figures.  Pure.
 */
#include <string.h>

#include "vrrpd/conf_priv.h"

static void
metrics_mode(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct global_conf *g = obj;

	conf_octal_mode(kc, en, &g->metrics_mode);
}

static const struct key metrics_options[] = {
    {.name = "mode", .type = KEY_CUSTOM, .parse = metrics_mode},
    {0},
};

/* ADDRESS:PORT, or PATH [mode=660] */
void
conf_value_metrics_bind(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct global_conf *g = obj;
	size_t len = strcspn(en->value, " \t");
	char *text = arena_strndup(kc->arena, en->value, len);
	bool is_path = text[0] == '/';
	struct addr a;
	struct err e;

	if (addr_parse(text, -1, &a, &e) < 0 ||
	    (!is_path && (addr_family(&a) == AF_UNIX || addr_port(&a) == 0))) {
		key_error(kc, en,
			  "'%s' is no place to listen, expected ADDRESS:PORT, or a path that "
			  "begins with '/', at most 107 bytes long",
			  text);
		return;
	}
	if (!is_path && en->value[len]) {
		key_error(kc, en, "'%s': options belong to a path only",
			  en->value + len + strspn(en->value + len, " \t"));
		return;
	}
	g->metrics_bind = a;
	keytab_apply_words(metrics_options, kc, en, en->value + len, g);
}

void
conf_value_json_dump_file(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct global_conf *g = obj;
	size_t len = strlen(en->value);

	if (en->value[0] != '/' || en->value[len - 1] == '/' || len >= CONF_PATH_MAX)
		key_error(kc, en, "'%s' is no file, expected a path that begins with '/'",
			  en->value);
	else
		g->json_dump_file = arena_strdup(kc->arena, en->value);
}
