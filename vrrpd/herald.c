/*
 * herald.c - changes of state to those outside: the notify FIFO and mail.
 */
#include "vrrpd/herald.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vrrpd/mail.h"

struct herald {
	struct fifo *fifo;
	struct mailer *mailer;
	const struct global_conf *conf;
};

struct herald *
herald_new(struct event_base *base, const struct herald_calls *calls, void *arg)
{
	struct herald *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->fifo = fifo_new(base, calls->replay, arg);
	h->mailer = mailer_new(base, calls->on_idle, arg);
	if (!h->fifo || !h->mailer)
		herald_free(&h);
	return h;
}

void
herald_free(struct herald **herald)
{
	struct herald *h = *herald;

	if (!h)
		return;
	fifo_free(&h->fifo);
	mailer_free(&h->mailer);
	free(h);
	*herald = NULL;
}

void
herald_set_conf(struct herald *h, const struct global_conf *g, const struct spawn_ids *ids)
{
	h->conf = g;
	fifo_set_conf(h->fifo, &g->tell, ids);
}

void
herald_state(struct herald *h, const char *instance, const char *state, uint8_t priority)
{
	const struct fifo_subject of = {"INSTANCE", instance};

	fifo_tell(h->fifo, &of, state, priority);
}

/* As keepalived: a group has no priority of its own. */
void
herald_group(struct herald *h, const char *group, const char *state)
{
	const struct fifo_subject of = {"GROUP", group};

	fifo_tell(h->fifo, &of, state, 0);
}

void
herald_mail(struct herald *h, const struct mail *m)
{
	const struct tell_conf *tc = h->conf ? &h->conf->tell : NULL;
	struct mail named = *m;
	char host[256] = "";

	if (!tc || tc->n_mail_to == 0)
		return;
	if (tc->no_email_faults && strcmp(m->state, "FAULT") == 0)
		return;
	if (!h->conf->router_id)
		(void)!gethostname(host, sizeof(host) - 1);
	named.router = h->conf->router_id ? h->conf->router_id : host;
	mailer_send(h->mailer, tc, &named);
}

bool
herald_idle(const struct herald *h)
{
	return mailer_idle(h->mailer);
}

void
herald_text(const struct herald *h, struct strbuf *b)
{
	fifo_text(h->fifo, b);
}

void
herald_json(const struct herald *h, struct strbuf *b)
{
	fifo_json(h->fifo, b);
	if (h->conf && h->conf->tell.n_mail_to > 0)
		mailer_json(h->mailer, b);
}
