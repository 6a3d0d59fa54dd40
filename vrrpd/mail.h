/*
 * mail.h - alerts through the system's sendmail: one at a time, not too many, with a time limit.
 */
#ifndef VRRPD_MAIL_H
#define VRRPD_MAIL_H

#include "vrrpd/mail_text.h"

struct event_base;
struct mailer;

/* on_idle: no mail is under way any more.  NULL: out of memory. */
struct mailer *mailer_new(struct event_base *base, void (*on_idle)(void *arg), void *arg);
void mailer_free(struct mailer **m); /* what waits is forgotten */
/* m->n_left_out is ours to fill in. */
void mailer_send(struct mailer *m, const struct tell_conf *tc, const struct mail *mail);
bool mailer_idle(const struct mailer *m);
void mailer_json(const struct mailer *m, struct strbuf *b); /* ,"mail":{...} */

#endif
