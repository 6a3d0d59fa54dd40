/*
 * group.h - one sync group at work: what sync.h decides, told to its members and to the operator.
 *
 * The registry says who is in it and asks it again after each step of a member; see
 * registry_sync.c.
 */
#ifndef VRRPD_GROUP_H
#define VRRPD_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "vrrpd/conf.h"
#include "vrrpd/instance.h"
#include "vrrpd/sync.h"

struct notify;
struct record;
struct show;

struct group {
	TAILQ_ENTRY(group) link;
	const struct world *world;
	const struct sync_conf *conf;
	struct record *record;
	struct notify *notify;
	struct track **ordered; /* as an instance's, see instance_recover.c */
	size_t n_ordered;
	struct instance **members;
	size_t n_members;
	enum vrrp_state state;
	enum vrrp_state notified;
	usec_t at_changed;
};

struct group *group_new(const struct world *w, const struct sync_conf *conf, struct err *e);
void group_free(struct group **g); /* its members are alone again */
/* Those it has now; the list is copied. */
void group_set_members(struct group *g, struct instance *const *members, size_t n);
/* Decide, tell the members and the operator's commands.  Members may be stepped by it. */
void group_decide(struct group *g);
/* A member heard its master leave: so it is for the others. */
void group_heard_zero(struct group *g, const struct instance *in);
bool group_at_rest(const struct group *g);

void group_text(const struct group *g, const struct show *s, struct strbuf *b);
void group_json(const struct group *g, const struct show *s, struct strbuf *b);

/* The FIFO has a new reader: what the members were last told to be. */
void group_tell_state(const struct group *g);

#endif
