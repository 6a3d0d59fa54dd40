/*
 * registry_priv.h - between registry.c, registry_net.c, registry_sock.c and registry_reload.c.
 */
#ifndef VRRPD_REGISTRY_PRIV_H
#define VRRPD_REGISTRY_PRIV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "vrrpd/instance.h"
#include "vrrpd/links.h"
#include "vrrpd/nl.h"
#include "vrrpd/registry.h"
#include "vrrpd/track.h"

struct event;
struct firewall;
struct group;
struct rawsock;
struct statics;
struct track;

/* A configuration lives as long as an instance looks at it. */
struct generation {
	struct vrrpd_conf *conf;
	int refs;
};

struct member {
	TAILQ_ENTRY(member) link;
	struct instance *in;
	struct generation *gen;
	bool leaving;             /* not in the present configuration any more */
	struct member *waits_for; /* not started before that one is at rest */
	bool held_back;           /* not started yet, for that reason */
};

struct tracker {
	TAILQ_ENTRY(tracker) link;
	struct track *track;
};

TAILQ_HEAD(member_list, member);
TAILQ_HEAD(tracker_list, tracker);
TAILQ_HEAD(group_list, group);

struct delayed_link;
TAILQ_HEAD(delayed_list, delayed_link);

struct registry {
	struct event_base *base;
	struct world world;
	struct links links;
	struct firewall *firewall;
	struct statics *statics;
	struct delayed_list delayed;
	struct record_list records;
	struct track_world track_world;
	struct generation *now;
	struct member_list members;
	struct tracker_list trackers;
	struct group_list groups;
	struct event *sync;     /* the groups decide */
	struct rawsock **socks; /* one per interface and family in use */
	size_t n_socks;
	struct event *sweep; /* looks who is at rest */
	struct event *stop_timer;
	struct event *claim_timer; /* the end of vrrp_startup_delay */
	bool stopping, hurried, told;
	void (*on_stopped)(void *arg);
	void *arg;
	struct log_limit sock_limit, unknown_limit;
	uint64_t n_unknown_vrid;
	uint64_t drops[VRRP_N_DROPS]; /* before any instance saw them */
};

struct member *member_new(struct registry *r, const struct instance_conf *ic,
			  struct generation *gen, struct err *e);
void member_free(struct registry *r, struct member **m);
struct generation *generation_ref(struct generation *g);
void generation_unref(struct generation **g);
struct tracker *tracker_new(struct registry *r, const struct track_conf *tc, struct err *e);
void tracker_free(struct registry *r, struct tracker **t);
struct track *registry_track(const struct registry *r, const char *name);
/* The trackers of an instance's configuration, at most max; how many. */
size_t registry_tracks_of(const struct registry *r, const struct instance_conf *ic,
			  struct track **out, size_t max);
/* The FIFO, of all states. */
void registry_tell_all(const struct registry *r);
void registry_sweep_soon(struct registry *r);
int registry_open_time(struct registry *r, struct err *e);
void registry_close_time(struct registry *r);
/* vrrp_startup_delay and vrrp_delay_after_boot begin. */
void registry_delay_claims(struct registry *r, const struct global_conf *g);
/* What counts as a stall follows the configuration. */
void registry_set_lag(struct registry *r, const struct vrrpd_conf *conf);

int registry_open_net(struct registry *r, struct err *e);
void registry_close_net(struct registry *r);
/* Interface, socket and source as they are now.  strict: no socket is an error. */
int registry_refresh(struct registry *r, struct member *m, bool strict, struct err *e);
/* The socket of a family on an interface, opened if need be; NULL with the reason. */
struct rawsock *registry_socket(struct registry *r, int family, const struct nl_link *link,
				struct err *e);
int registry_tune_socket(struct registry *r, struct rawsock *rs, struct err *e);
/* What a changed set of members changes for the sockets: filters, groups, buffers. */
void registry_tune_sockets(struct registry *r);
void registry_drop_unused_sockets(struct registry *r);
void registry_on_link(struct registry *r, const struct nl_link *link); /* as the kernel told */
/* Puts what counts in the place of what was told; registry_delay.c. */
void registry_settle_link(struct registry *r, struct nl_link *link);
void registry_settle_links(struct registry *r); /* all that are known */
void registry_set_delays(struct registry *r, const struct global_conf *g);
void registry_free_delays(struct registry *r);
/* Routes and rules of an earlier life. */
void registry_remove_old_routes(struct registry *r);
void registry_watch_routes(struct registry *r); /* if anybody has some */
void registry_remove_left_overs(struct registry *r);
/* All addresses of the host: which of ours are somebody else's? */
void registry_look_for_foreign(struct registry *r);
void registry_note_address(struct registry *r, const struct nl_address *a); /* looks if need be */

int registry_open_syncs(struct registry *r, struct err *e);
void registry_close_syncs(struct registry *r);
/* The groups of a configuration that are new; undone by keeping those of the present one. */
int registry_prepare_syncs(struct registry *r, const struct vrrpd_conf *conf, struct err *e);
/* Those of that configuration; NULL: none. */
void registry_keep_syncs(struct registry *r, const struct vrrpd_conf *conf);
/* By the present configuration; the one before it must still be there. */
void registry_assign_syncs(struct registry *r);
bool registry_syncs_at_rest(const struct registry *r);

#endif
