/*
 * conf.c - a configuration from its text: sections in order, then what needs the whole file.
 *
 * conf_proxy.c, conf_global.c, conf_server.c, conf_bind.c and conf_log.c know the keys;
 * conf_check.c knows what must hold between them.
 */
#include "proxyd/conf.h"

#include <string.h>

#include "proxyd/conf_priv.h"

#define HEALTH_STALL_DEFAULT USEC_PER_SEC
#define STATS_URI_DEFAULT    "/haproxy?stats"
#define STATS_REALM_DEFAULT  "proxyd"

struct section_type {
	const char *name;
	bool named; /* "[frontend NAME]"; otherwise it stands once, without a name */
	void (*load)(struct loader *l, const struct ini_section *sec);
};

/* Defaults come first whatever their place in the file. */
static const struct section_type section_types[] = {
    {"defaults", false, load_defaults}, {"global", false, load_global},
    {"stats", false, load_stats},       {"frontend", true, load_frontend},
    {"backend", true, load_backend},    {0},
};

static bool
is_name_char(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
	       ch == '-' || ch == '_' || ch == '.' || ch == ':';
}

void
check_valid_name(struct key_ctx *kc, int line, const char *what, const char *name)
{
	size_t len = 0;

	while (is_name_char(name[len]))
		len++;
	if (name[0] == '\0')
		errlist_add(kc->el, kc->file, line, kc->section, NULL,
			    "the name is missing, expected [%s NAME]", what);
	else if (name[len] != '\0')
		errlist_add(kc->el, kc->file, line, kc->section, NULL,
			    "%s '%s': letters, digits, '-', '_', '.' and ':' are allowed in a name",
			    what, name);
	else if (len > CONF_NAME_MAX)
		errlist_add(kc->el, kc->file, line, kc->section, NULL,
			    "%s name has %zu characters, at most %d are allowed", what, len,
			    CONF_NAME_MAX);
}

static const struct section_type *
find_type(const char *name)
{
	for (const struct section_type *t = section_types; t->name != NULL; t++)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

static void
unknown_section(struct loader *l, const struct ini_section *sec)
{
	static const char *const words[] = {"global",   "defaults", "stats",
					    "frontend", "backend",  NULL};
	const char *near = names_nearest(words, sec->type);

	if (near != NULL)
		errlist_add(l->kc.el, l->kc.file, sec->line, sec->title, NULL,
			    "unknown section, did you mean '%s'?", near);
	else
		errlist_add(l->kc.el, l->kc.file, sec->line, sec->title, NULL,
			    "unknown section, expected global, defaults, stats, frontend NAME or "
			    "backend NAME");
}

/* The first section of the same title, or NULL when this one is the first. */
static const struct ini_section *
earlier(const struct loader *l, const struct ini_section *sec)
{
	for (const struct ini_section *s = l->ini->sections; s < sec; s++)
		if (strcmp(s->title, sec->title) == 0)
			return s;
	return NULL;
}

static bool
section_is_good(struct loader *l, const struct ini_section *sec, const struct section_type *t)
{
	const struct ini_section *first = earlier(l, sec);

	if (first != NULL) {
		errlist_add(l->kc.el, l->kc.file, sec->line, sec->title, NULL,
			    "the section stands twice, first on line %d", first->line);
		return false;
	}
	if (t->named || sec->name[0] == '\0')
		return true;
	errlist_add(l->kc.el, l->kc.file, sec->line, sec->title, NULL,
		    "the section takes no name, expected [%s]", t->name);
	return false;
}

static void
load_sections(struct loader *l)
{
	/* once for [defaults], once for the rest: a section above it inherits from it too */
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < l->ini->n_sections; i++) {
			const struct ini_section *sec = &l->ini->sections[i];
			const struct section_type *t = find_type(sec->type);

			if ((t == section_types) != (pass == 0))
				continue;
			l->kc.section = sec->title;
			if (t == NULL)
				unknown_section(l, sec);
			else if (section_is_good(l, sec, t))
				t->load(l, sec);
		}
	}
}

static struct conf *
conf_new(const char *file)
{
	struct arena *a = arena_new();
	struct conf *c = arena_alloc(a, sizeof(*c));

	c->arena = a;
	c->file = arena_strdup(a, file);
	c->global.maxconn = CONF_DEFAULT_MAXCONN;
	c->global.health_stall = HEALTH_STALL_DEFAULT;
	c->stats.uri = STATS_URI_DEFAULT;
	c->stats.realm = STATS_REALM_DEFAULT;
	c->stats.timeout_http_request = c->stats.timeout_http_keep_alive = TIME_UNSET;
	return c;
}

struct conf *
conf_load(const char *file, const char *text, size_t len, ini_getenv_fn getenv_fn,
	  struct errlist *el)
{
	struct conf *c = conf_new(file);
	struct inifile ini = {0};
	struct loader l = {.conf = c, .ini = &ini};
	size_t n_before = el->n_errors;

	l.kc = (struct key_ctx){
	    .arena = c->arena, .file = c->file, .el = el, .unit = USEC_PER_MS, .user = &l};
	proxy_init(&l.defaults);
	if (len > CONF_TEXT_MAX) {
		errlist_add(el, file, 0, NULL, NULL, "the file has more than %u bytes",
			    CONF_TEXT_MAX);
	} else {
		(void)inifile_parse(c->arena, c->file, text, len, getenv_fn, &ini, el);
		load_sections(&l);
		conf_check_all(&l);
	}
	if (el->n_errors > n_before)
		conf_free(&c);
	return c;
}

void
conf_free(struct conf **c)
{
	struct arena *a;

	if (*c == NULL)
		return;
	a = (*c)->arena;
	*c = NULL;
	arena_free(&a);
}
