/*
 * registry.h - all instances of this host, what they share, and the way from one configuration to
 * the next.
 *
 * registry.c is its life, registry_net.c follows interfaces and addresses, registry_sock.c has the
 * sockets, registry_reload.c changes generations.  One thread.
 */
#ifndef VRRPD_REGISTRY_H
#define VRRPD_REGISTRY_H

#include <stddef.h>

#include "common/err.h"
#include "common/strbuf.h"
#include "vrrpd/conf.h"

struct event_base;
struct instance;
struct registry;

/* on_stopped: all have left and run their last commands, or took too long for it. */
struct registry *registry_new(struct event_base *base, void (*on_stopped)(void *arg), void *arg,
			      struct err *e);
void registry_free(struct registry **r);
/* The first configuration: on 0 it is the registry's, instances and trackers run. */
int registry_start(struct registry *r, struct vrrpd_conf *conf, struct err *e);
/* All of it or nothing: on -1 everything is as before, and conf still the caller's. */
int registry_reload(struct registry *r, struct vrrpd_conf *conf, struct err *e);
/* Leave politely; called again: at once, and commands have some seconds left. */
void registry_stop(struct registry *r);

const struct vrrpd_conf *registry_conf(const struct registry *r); /* NULL: not started yet */
struct instance *registry_find(const struct registry *r, const char *name); /* NULL: none */
void registry_text(const struct registry *r, struct strbuf *b);
void registry_json(const struct registry *r, struct strbuf *b); /* members of an object */
/* An array, as keepalived dumps it. */
void registry_keepalived_json(const struct registry *r, struct strbuf *b);
void registry_metrics(const struct registry *r, struct strbuf *b);
/* The transitions of that instance, NULL: of all. */
void registry_history_text(const struct registry *r, const char *name, struct strbuf *b);
void registry_history_json(const struct registry *r, const char *name, struct strbuf *b);

#endif
