/*
 * conf_tell.c - the keys about FIFO and mail: values with a grammar, and what must fit together.
 */
#include <ctype.h>
#include <string.h>

#include "vrrpd/conf_priv.h"
#include "vrrpd/conf_words.h"

#define FIFO_WORDS   3
#define MAILBOX_MAX  254 /* RFC 5321 section 4.5.3.1.3, without its brackets */
#define MAILBOX_SIGN "!#$%&'*+-/=?^_`{|}~.@"
#define PATH_SIGN    "/._-+"

static bool
consists_of(const char *s, const char *signs)
{
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr(signs, *s))
			return false;
	return true;
}

/* PATH [USER [GROUP]] */
void
conf_value_fifo(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct tell_conf *t = &((struct global_conf *)obj)->tell;
	const char *words[FIFO_WORDS];
	struct err e;
	int n = split_words(kc->arena, en->value, words, FIFO_WORDS, &e);
	const char *rest;

	if (n < 1 || words[0][0] != '/' || strlen(words[0]) >= 4096) {
		key_error(kc, en, "'%s' is no FIFO, expected '/PATH [USER [GROUP]]'", en->value);
		return;
	}
	if (t->fifo) {
		key_error(kc, en,
			  "there is one FIFO, and it is '%s' already: notify_fifo and "
			  "vrrp_notify_fifo are two names of it",
			  t->fifo);
		return;
	}
	rest = en->value + strcspn(en->value, " \t");
	t->fifo = words[0];
	if (n > 1)
		t->fifo_user = arena_strdup(kc->arena, rest + strspn(rest, " \t"));
}

void
conf_value_fifo_script(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct tell_conf *t = &((struct global_conf *)obj)->tell;

	if (t->fifo_script)
		key_error(kc, en, "there is one FIFO, and '%s' reads it already", t->fifo_script);
	else
		t->fifo_script = arena_strdup(kc->arena, en->value);
}

/* What is not plain might begin another header, or another address. */
static bool
is_mailbox(const char *s)
{
	const char *at = strchr(s, '@');

	return strlen(s) <= MAILBOX_MAX && consists_of(s, MAILBOX_SIGN) && *s != '-' && *s != '@' &&
	       (!at || (at[1] != '\0' && !strchr(at + 1, '@')));
}

static void
one_mailbox(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct tell_conf *t = &((struct global_conf *)obj)->tell;

	if (!is_mailbox(item)) {
		key_error(kc, en, "'%s' is no mail address, expected such as ops@example.org",
			  item);
		return;
	}
	if (t->n_mail_to == MAIL_TO_MAX) {
		key_error(kc, en, "too many addresses, expected at most %d", MAIL_TO_MAX);
		return;
	}
	t->mail_to = arena_grow(kc->arena, t->mail_to, t->n_mail_to, sizeof(*t->mail_to));
	t->mail_to[t->n_mail_to++] = item;
}

void
conf_value_mail_to(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_mailbox, obj);
}

void
conf_value_mail_from(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct tell_conf *t = &((struct global_conf *)obj)->tell;

	if (is_mailbox(en->value))
		t->mail_from = arena_strdup(kc->arena, en->value);
	else
		key_error(kc, en, "'%s' is no mail address, expected such as ops@example.org",
			  en->value);
}

void
conf_value_sendmail(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct tell_conf *t = &((struct global_conf *)obj)->tell;

	if (en->value[0] == '/' && consists_of(en->value, PATH_SIGN))
		t->sendmail = arena_strdup(kc->arena, en->value);
	else
		key_error(kc, en, "'%s' is no program, expected a path such as %s", en->value,
			  SENDMAIL_DEFAULT);
}

void
conf_check_tell(struct conf_draft *d)
{
	struct tell_conf *t = &d->conf->global.tell;
	const char *file = d->conf->file;

	if (t->line_smtp_alert_vrrp)
		t->smtp_alert = t->smtp_alert_vrrp;
	if (t->fifo_on_reload && !t->fifo)
		errlist_add(d->el, file, 0, "global", "fifo_write_vrrp_states_on_reload",
			    "needs vrrp_notify_fifo");
	if (t->fifo_script && !t->fifo)
		errlist_add(d->el, file, 0, "global", "vrrp_notify_fifo_script",
			    "needs vrrp_notify_fifo");
	if (t->smtp_alert && t->n_mail_to == 0)
		errlist_add(d->el, file, 0, "global", "smtp_alert", "needs notification_email");
	for (size_t i = 0; i < d->n_syncs; i++) {
		const struct instance_draft *base = &d->syncs[i].base;

		if (base->ic.smtp_alert && t->n_mail_to == 0)
			errlist_add(d->el, file, base->line_smtp_alert, base->section, "smtp_alert",
				    "needs notification_email in [global]");
	}
	for (size_t i = 0; i < d->n_instances; i++) {
		struct instance_draft *in = &d->instances[i];

		if (!in->line_smtp_alert)
			in->ic.smtp_alert = t->smtp_alert;
		else if (in->ic.smtp_alert && t->n_mail_to == 0)
			errlist_add(d->el, file, in->line_smtp_alert, in->section, "smtp_alert",
				    "needs notification_email in [global]");
	}
}
