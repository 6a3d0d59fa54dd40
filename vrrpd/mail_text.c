/*
 * mail_text.c - one alert as a mail, headers and all.  Pure.
 */
#include "vrrpd/mail_text.h"

#define WORD_MAX 255 /* of one text in a header; RFC 5322 allows 998 bytes in all */

static void
add_word(struct strbuf *b, const char *s)
{
	for (int i = 0; s[i] && i < WORD_MAX; i++) {
		if (s[i] >= ' ' && s[i] <= '~')
			strbuf_addc(b, s[i]);
		else
			strbuf_addc(b, '?');
	}
}

static void
add_subject(struct strbuf *b, const struct mail *m)
{
	strbuf_adds(b, "Subject: [");
	add_word(b, m->router);
	strbuf_adds(b, m->of_group ? "] VRRP group " : "] VRRP instance ");
	add_word(b, m->instance);
	strbuf_adds(b, " is ");
	add_word(b, m->state);
	strbuf_addc(b, '\n');
}

static void
add_line(struct strbuf *b, const char *name, const char *value)
{
	strbuf_addf(b, "%-10s", name);
	add_word(b, value);
	strbuf_addc(b, '\n');
}

void
mail_text(const struct tell_conf *tc, const struct mail *m, struct strbuf *b)
{
	if (tc->mail_from)
		strbuf_addf(b, "From: %s\n", tc->mail_from);
	for (size_t i = 0; i < tc->n_mail_to; i++)
		strbuf_addf(b, "%s%s", i ? ",\n " : "To: ", tc->mail_to[i]);
	strbuf_addc(b, '\n');
	add_subject(b, m);
	strbuf_adds(b, "Auto-Submitted: auto-generated\n"
		       "MIME-Version: 1.0\n"
		       "Content-Type: text/plain; charset=us-ascii\n"
		       "\n");
	add_line(b, "router", m->router);
	add_line(b, m->of_group ? "group" : "instance", m->instance);
	add_line(b, "state", m->state);
	if (!m->of_group)
		strbuf_addf(b, "priority  %d\n", m->priority);
	if (*m->reason)
		add_line(b, "reason", m->reason);
	if (m->n_left_out)
		strbuf_addf(b, "\n%u alerts before this one were not sent: too many.\n",
			    m->n_left_out);
}
