/*
 * instance.h - one virtual router of this host: the only executor of what the election decides.
 *
 * instance.c steps the election and performs its actions, instance_send.c, instance_vips.c
 * and instance_announce.c are its hands at packets and addresses, instance_hear.c its complaints
 * about what it hears, instance_recover.c its commands and the healing, instance_orders.c what the
 * operator wants of it, instance_history.c its past, instance_show.c and instance_json.c its
 * present.  The registry feeds it, control reads it.  One thread.
 */
#ifndef VRRPD_INSTANCE_H
#define VRRPD_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/log.h"
#include "common/strbuf.h"
#include "vrrpd/auth.h"
#include "vrrpd/conf.h"
#include "vrrpd/foreign.h"
#include "vrrpd/fsm.h"
#include "vrrpd/held.h"
#include "vrrpd/packet.h"
#include "vrrpd/peers.h"
#include "vrrpd/spawn.h"
#include "vrrpd/record.h"

struct announce;
struct announcer;
struct event;
struct conflict_ear;
struct event_base;
struct group;
struct herald;
struct instance;
struct lag;
struct links;
struct nl;
struct nl_address;
struct notify;
struct rawsock;
struct statefile;
struct stateslot;
struct show;
struct track;
struct witnesses;

/* What all instances share; the registry owns it. */
struct world {
	struct event_base *base;
	struct nl *nl;
	const struct links *links;
	struct announcer *announcer;
	usec_t notify_timeout;
	struct spawn_ids script_ids;
	struct herald *herald;
	struct notify_lane *lane; /* of all commands that may restart what is tracked */
	usec_t claim_at;          /* vrrp_startup_delay is over */
	struct record_list *records;
	struct lag *lag;
	struct statefile *states;
	/* how late deadlines are met */
	bool stopping; /* the daemon */
	/* Does an instance other than this one hold the address on that interface? */
	bool (*held_by_other)(const struct instance *in, int ifindex, const struct addr *vip,
			      void *arg);
	/* Virtual addresses changed: is one of them the host's own, and so not ours to hold? */
	void (*look_for_foreign)(void *arg);
	/* It stopped, or ran its last command: the registry looks whether it can go. */
	void (*on_rest)(struct instance *in, void *arg);
	/* Its election made a step; it heard its master leave: a sync group may want to know. */
	void (*on_step)(const struct instance *in, void *arg);
	void (*on_zero)(const struct instance *in, void *arg);
	void *arg;
};

#define CONFLICT_SOCKS 2 /* of ARP, of IPv6 */

struct instance_counters {
	uint64_t adverts_sent;
	uint64_t adverts_received;
	uint64_t zero_sent;
	uint64_t zero_received;
	uint64_t send_errors;
	uint64_t vips_restored;   /* removed by somebody else */
	uint64_t vip_failures;    /* attempts to add one */
	uint64_t vip_conflicts;   /* somebody else on the LAN answers for one */
	uint64_t vips_foreign;    /* configured here by somebody else */
	uint64_t routes_restored; /* and rules */
	uint64_t route_failures;
	uint64_t list_differs;
	uint64_t unsigned_received; /* accepted without the trailer that we know how to check */
	uint64_t drops[VRRP_N_DROPS];
};

/* Read-only for everybody but instance*.c. */
struct instance {
	const struct world *world;
	const struct instance_conf *conf;
	struct record *record; /* referenced */
	struct stateslot *slot;
	uint64_t digest; /* of the configuration, see recall.h */
	bool was_master; /* when an earlier life was killed */
	bool resuming;   /* not started yet: a crash ended its life as master a moment ago */
	usec_t recalled_at;
	struct vrrp_fsm fsm;
	struct peers peers;
	struct vrrp_params params;
	struct vrrp_wire wire;
	struct vrrp_auth_state auth;
	unsigned csums; /* forms to send; see peers_csums_to_send() */
	struct event *timer;
	usec_t timer_at;
	struct event *recover_timer;
	struct notify *notify;
	struct witnesses *witnesses; /* NULL: nobody is asked */
	bool deleted;                /* it leaves because the file has it no more */
	struct announce *announce;
	struct rawsock *sock;    /* of its interface, the registry's; NULL: none */
	struct addr source;      /* found on the interface; len 0: none */
	struct addr last_sender; /* of an accepted advert */
	bool link_up;
	bool started;
	bool stopped;          /* after instance_stop(): nothing is held */
	struct track **tracks; /* as in conf->tracks; referenced */
	size_t n_tracks;
	struct track **ordered; /* those that were told of the command that runs; referenced */
	size_t n_ordered;
	unsigned n_recovers; /* attempts in a row */
	usec_t at_healthy;   /* when it last left FAULT */
	usec_t at_renewed;   /* the VIPs' lease */
	struct held *held;   /* of conf->vips, routes and rules, in this order */
	size_t n_all_held;
	struct arena *held_arena;
	struct event *held_timer;
	usec_t unable_until; /* as master it could add none of its addresses */
	unsigned n_unable;   /* times in a row */
	struct log_limit drop_limit, drift_limit, list_limit, send_limit, vip_limit, owner_limit;
	struct log_limit route_limit;
	struct group *sync;           /* its sync group, the registry's; NULL: none */
	unsigned sync_faults;         /* what the group adds to its own */
	bool in_term;                 /* master together with the group */
	struct conflict_ear *ear;     /* while MASTER: who else answers; see instance_conflict.c */
	int deaf_fds[CONFLICT_SOCKS]; /* its sockets, while there is no ear */
	struct foreign_list foreign;
	struct log_limit foreign_limit;
	struct instance_counters count;
};

struct instance *instance_new(const struct world *w, const struct instance_conf *ic, struct err *e);
void instance_free(struct instance **in); /* deletes what it still holds */

/* Facts.  Before the start they are only noted. */
void instance_set_socket(struct instance *in, struct rawsock *sock, bool link_up);
void instance_set_source(struct instance *in, const struct addr *source);
void instance_set_tracks(struct instance *in, struct track *const *tracks, size_t n);
void instance_weigh(struct instance *in); /* a tracker or a fact changed */
void instance_receive(struct instance *in, const struct vrrp_meta *meta, const uint8_t *msg,
		      size_t len);
/* Somebody removed an address: if it is ours, it is put back at once. */
void instance_address_gone(struct instance *in, int ifindex, const struct addr *a);
/* Events were lost, or the interface came back: all of ours must be there. */
void instance_assert_vips(struct instance *in);
void instance_delete_routes(struct instance *in); /* whether it holds them or not */
/* Routes or rules of that protocol were removed: ours are put back. */
void instance_routes_gone(struct instance *in, uint8_t proto);
bool instance_has_route_of(const struct instance *in, uint8_t proto);
/* An interface that it uses came or went: whatever failed may be possible now. */
void instance_device_changed(struct instance *in, const char *device);

/* A look at all addresses of the host: begin, each of them, end. */
void instance_foreign_begin(struct instance *in);
void instance_foreign_look(struct instance *in, const struct nl_address *a);
void instance_foreign_end(struct instance *in);
bool instance_lists(const struct instance *in, const struct addr *a); /* on whatever interface */

/* Before the start: was it master when it was killed?  Then its addresses are no left-overs. */
void instance_recall(struct instance *in);
/* The FIFO has a new reader: what this one is now. */
void instance_tell_state(const struct instance *in);
void instance_start(struct instance *in);
void instance_stop(struct instance *in); /* again: leave at once */
/* -1 with the reason: not master. */
int instance_switchover(struct instance *in, struct err *e);
/* Leave politely and stay out, over reloads too, until enabled.  Again: no matter. */
void instance_disable(struct instance *in);
int instance_enable(struct instance *in, struct err *e); /* -1: the daemon is stopping */
/* A master gives its role away, because its sync group does; reason: static text. */
void instance_yield(struct instance *in, const char *reason);
/* Another member of its sync group heard that their master leaves. */
void instance_master_leaves(struct instance *in);
/*
 * Another generation's configuration with its trackers; what: enum instance_diff_bit, 0: only the
 * memory moved.
 */
void instance_set_conf(struct instance *in, const struct instance_conf *ic, unsigned what,
		       struct track *const *tracks, size_t n_tracks);

/* Stopped, and no command runs or waits. */
bool instance_at_rest(const struct instance *in);
bool instance_holds(const struct instance *in, int ifindex, const struct addr *vip);
bool instance_uses(const struct instance *in, const char *device); /* for one of its addresses */
/* Is the address in its configuration (on that interface)? */
bool instance_wants(const struct instance *in, int ifindex, const struct addr *vip);

void instance_text(const struct instance *in, const struct show *s, struct strbuf *b);
void instance_json(const struct instance *in, const struct show *s, struct strbuf *b);
void instance_keepalived_json(const struct instance *in, struct strbuf *b);

#endif
