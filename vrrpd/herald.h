/*
 * herald.h - changes of state to those outside: the notify FIFO and mail.
 */
#ifndef VRRPD_HERALD_H
#define VRRPD_HERALD_H

#include "common/strbuf.h"
#include "vrrpd/conf.h"
#include "vrrpd/fifo.h"
#include "vrrpd/mail_text.h"

struct herald;

struct herald_calls {
	void (*replay)(void *arg);  /* herald_state() of all instances, please */
	void (*on_idle)(void *arg); /* no mail waits any more */
};

/* NULL: out of memory. */
struct herald *herald_new(struct event_base *base, const struct herald_calls *calls, void *arg);
void herald_free(struct herald **h);
/* Kept till the next; ids: script_user's. */
void herald_set_conf(struct herald *h, const struct global_conf *g, const struct spawn_ids *ids);
/* A line for the FIFO. */
void herald_state(struct herald *h, const char *instance, const char *state, uint8_t priority);
void herald_group(struct herald *h, const char *group, const char *state);
/* A mail; its router is filled in. */
void herald_mail(struct herald *h, const struct mail *m);
bool herald_idle(const struct herald *h); /* no mail waits */
void herald_text(const struct herald *h, struct strbuf *b);
void herald_json(const struct herald *h, struct strbuf *b);

#endif
