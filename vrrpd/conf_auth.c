/*
 * conf_auth.c - the keys of vrrpd.conf about authentication: their values and what must fit.
 *
 * No message repeats a secret.
 */
#include "vrrpd/conf_priv.h"

#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf_words.h"

#define WINDOW_MIN (5 * USEC_PER_SEC)

#define wrong(d, in, line, key, ...)                                                               \
	errlist_add((d)->el, (d)->conf->file, line, (in)->section, key, __VA_ARGS__)

/* --- values ----------------------------------------------------------------------------------- */

void
conf_value_auth_pass(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct instance_draft *d = obj;
	size_t len = strlen(en->value);

	if (len > VRRP_AUTH_LEN)
		/* never cut silently: half a password would match another's half */
		key_error(kc, en, "has %zu bytes, expected at most %d", len, VRRP_AUTH_LEN);
	else
		memcpy(d->ic.auth_pass, en->value, len);
}

/* "ID " in front of the secret; 0: it is none. */
static uint8_t
hmac_key_id(const char *text, const char **rest)
{
	int64_t id = 0;

	for (*rest = text; **rest >= '0' && **rest <= '9' && id <= 255; (*rest)++)
		id = id * 10 + (**rest - '0');
	if (id > 255 || strspn(*rest, " \t") == 0)
		return 0;
	*rest += strspn(*rest, " \t");
	return (uint8_t)id;
}

static bool
take_secret(struct key_ctx *kc, struct instance_conf *ic, const char *secret, int line,
	    struct hmac_key *key, struct err *e)
{
	if (strncmp(secret, "file:", 5) == 0) {
		if (secret[5] != '/')
			return err_set(e, "a path must follow 'file:', beginning with '/'") == 0;
		ic->hmac_files = arena_grow(kc->arena, ic->hmac_files, ic->n_hmac_files,
					    sizeof(*ic->hmac_files));
		ic->hmac_files[ic->n_hmac_files++] = (struct hmac_key_file){
		    .path = arena_strdup(kc->arena, secret + 5),
		    .key = ic->hmac.n_keys,
		    .line = line,
		};
		return true;
	}
	if (strncmp(secret, "ascii:", 6) == 0)
		return hmac_key_parse(secret + 6, key, e) == 0;
	if (strncmp(secret, "hex:", 4) == 0)
		return hmac_key_parse(secret, key, e) == 0;
	return err_set(e, "expected 'ID hex:DIGITS', 'ID ascii:TEXT' or 'ID file:/PATH'") == 0;
}

/* ID hex:...|ascii:...|file:... */
static void
one_hmac_key(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct instance_draft *d = obj;
	struct vrrp_hmac *h = &d->ic.hmac;
	const char *secret;
	struct hmac_key key = {.id = hmac_key_id(item, &secret)};
	struct err e;

	if (key.id == 0) {
		key_error(kc, en,
			  "begins with no id from 1 to 255, expected 'ID hex:DIGITS', "
			  "'ID ascii:TEXT' or 'ID file:/PATH'");
	} else if (hmac_find_key(h, key.id)) {
		key_error(kc, en, "there is a key %d already", key.id);
	} else if (!take_secret(kc, &d->ic, secret, en->line, &key, &e)) {
		key_error(kc, en, "key %d: %s", key.id, e.text);
	} else {
		h->keys = arena_grow(kc->arena, h->keys, h->n_keys, sizeof(key));
		h->keys[h->n_keys++] = key;
	}
	explicit_bzero(&key, sizeof(key));
}

void
conf_value_hmac_key(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_hmac_key, obj);
}

/* --- what must fit ---------------------------------------------------------------------------- */

static void
check_password(struct conf_draft *d, const struct instance_draft *in)
{
	bool is_ah = in->ic.auth_type == VRRP_AUTH_AH;

	if (in->ic.auth_type == VRRP_AUTH_NONE) {
		if (in->line_auth_pass)
			wrong(d, in, in->line_auth_pass, "auth_pass",
			      "needs auth_type = PASS or AH");
		return;
	}
	if (in->ic.version == 3)
		wrong(d, in, in->line_auth_type, "auth_type",
		      "is of version 2, expected version = 2, or auth_hmac_key in its place");
	if (!in->line_auth_pass)
		wrong(d, in, in->line_auth_type, "auth_pass", "is missing, auth_type = %s needs it",
		      is_ah ? "AH" : "PASS");
	/* its sequence number is the group's: a backup learns it first */
	if (is_ah && in->ic.wants_master)
		wrong(d, in, in->line_state, "state",
		      "MASTER contradicts auth_type = AH (line %d), expected BACKUP",
		      in->line_auth_type);
	if (!is_ah && in->ic.version == 2)
		errlist_warn(d->el, d->conf->file, in->line_auth_type, in->section, "auth_type",
			     "PASS is in clear in each advertisement and protects from nobody, "
			     "auth_hmac_key does");
}

/* Three adverts must fit, and clocks differ by some seconds. */
static usec_t
default_window(usec_t advert_int)
{
	usec_t window = (3 * advert_int + USEC_PER_SEC - 1) / USEC_PER_SEC * USEC_PER_SEC;

	if (window < WINDOW_MIN)
		return WINDOW_MIN;
	return window < HMAC_WINDOW_MAX ? window : HMAC_WINDOW_MAX;
}

static void
check_window(struct conf_draft *d, struct instance_draft *in)
{
	struct vrrp_hmac *h = &in->ic.hmac;

	if (!in->line_hmac_window)
		h->window = default_window(in->ic.advert_int);
	else if (h->anti_replay == HMAC_MONOTONIC)
		wrong(d, in, in->line_hmac_window, "auth_hmac_time_window",
		      "contradicts auth_hmac_anti_replay = monotonic (line %d)",
		      in->line_hmac_replay);
	else if (h->window % USEC_PER_SEC)
		wrong(d, in, in->line_hmac_window, "auth_hmac_time_window",
		      "counts whole seconds, expected 1s to 300s");
}

static void
check_active_key(struct conf_draft *d, struct instance_draft *in)
{
	struct vrrp_hmac *h = &in->ic.hmac;

	if (in->line_hmac_active && h->active_key && !hmac_find_key(h, h->active_key))
		wrong(d, in, in->line_hmac_active, "auth_hmac_active_key",
		      "there is no key %d in auth_hmac_key (line %d)", h->active_key,
		      in->line_hmac_key);
	else if (!in->line_hmac_active && h->n_keys > 1)
		wrong(d, in, in->line_hmac_key, "auth_hmac_active_key",
		      "is missing, one of the %zu keys must be the one that signs", h->n_keys);
	else if (!in->line_hmac_active)
		h->active_key = h->keys[0].id;
}

/* A setting without keys would look as if it protected. */
static void
check_no_hmac(struct conf_draft *d, const struct instance_draft *in)
{
	const struct {
		int line;
		const char *key;
	} given[] = {
	    {in->line_hmac_active, "auth_hmac_active_key"},
	    {in->line_hmac_replay, "auth_hmac_anti_replay"},
	    {in->line_hmac_window, "auth_hmac_time_window"},
	    {in->line_hmac_mode, "auth_hmac_mode"},
	};

	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++)
		if (given[i].line)
			wrong(d, in, given[i].line, given[i].key, "needs auth_hmac_key");
}

void
conf_check_auth(struct conf_draft *d, struct instance_draft *in)
{
	check_password(d, in);
	if (!in->line_hmac_key) {
		check_no_hmac(d, in);
		return;
	}
	if (in->ic.hmac.n_keys == 0) /* and the reason was told */
		return;
	if (in->ic.auth_type != VRRP_AUTH_NONE)
		wrong(d, in, in->line_hmac_key, "auth_hmac_key",
		      "contradicts auth_type (line %d), expected one of the two",
		      in->line_auth_type);
	if (in->ic.n_unicast_peers > HMAC_PEERS_MAX)
		wrong(d, in, in->line_hmac_key, "auth_hmac_key",
		      "with %zu unicast peers, expected at most %d", in->ic.n_unicast_peers,
		      HMAC_PEERS_MAX);
	check_active_key(d, in);
	check_window(d, in);
}
