/*
 * conf_words.h - values made of words, as `ip` takes them: "ADDRESS dev eth0 scope link".
 *
 * One row per word is the parser and the list of what is known, as struct key is for keys.
 */
#ifndef VRRPD_CONF_WORDS_H
#define VRRPD_CONF_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/inifile.h"
#include "common/keytab.h"
#include "vrrpd/route.h"

#define CONF_WORDS_MAX 32 /* in one item of a list */

/* One item while it is read. */
struct word_ctx {
	struct key_ctx *kc;
	const struct ini_entry *en;
	const struct word *row; /* at which we are */
	void *obj;              /* what the words fill */
};

struct word {
	const char *name; /* NULL ends the table */
	bool takes_value;
	/* Reports its own error and returns false. */
	bool (*take)(struct word_ctx *w, const char *value);
	int arg; /* for `take` */
};

/* false: reported.  A word stands at most once, a table has at most 32 rows. */
bool conf_words_apply(const struct word *table, struct word_ctx *w, const char *const *words,
		      int n);
/* What several tables need; with the word's name in the message. */
bool conf_word_number(struct word_ctx *w, const char *value, int64_t min, int64_t max,
		      uint32_t *out);
/* A word of the table, or a number up to max. */
bool conf_word_name(struct word_ctx *w, const char *value, const struct name *names, int64_t max,
		    uint32_t *out);
bool conf_word_device(struct word_ctx *w, const char *value, const char **out);
bool conf_word_address(struct word_ctx *w, const char *value, struct addr *out);

/* All addresses of a route or rule are of one family; the first one says which. */
bool conf_word_family(struct word_ctx *w, int *family, const struct addr *a, const char *value);
/* NETWORK[/PREFIX]; "default", "all" and "any" are everything of a family told elsewhere. */
bool conf_word_network(struct word_ctx *w, const char *value, struct prefix *p, int *family);
bool conf_word_table(struct word_ctx *w, const char *value, uint32_t *table);

/* The scopes of addresses and routes (RT_SCOPE_*). */
extern const struct name conf_scopes[];

/* One value of a comma list. */
typedef void (*conf_item_fn)(struct key_ctx *kc, const struct ini_entry *en, const char *item,
			     void *obj);
void conf_each_item(struct key_ctx *kc, const struct ini_entry *en, conf_item_fn fn, void *obj);
bool conf_is_ifname(const char *s);

#endif
