/*
 * instance_priv.h - between the files of one instance.
 */
#ifndef VRRPD_INSTANCE_PRIV_H
#define VRRPD_INSTANCE_PRIV_H

#include "vrrpd/instance.h"
#include "vrrpd/weight.h"

/* One event into the election, and what follows from it. */
void instance_step(struct instance *in, const struct vrrp_event *ev);

/* An event without data into the election. */
void instance_order(struct instance *in, enum vrrp_event_type type);
void instance_deliver(struct instance *in, const struct vrrp_event *ev);
/* The tracker at index i, as weight.c wants it. */
struct weight_fact instance_fact(const struct instance *in, size_t i);
/* The priority of the router that would take over: our own, or as master the best that was heard.
 */
uint8_t instance_successor(const struct instance *in);
/* Logged and remembered; active: whom the election followed before it. */
void instance_note_change(struct instance *in, const struct vrrp_out *out,
			  const struct addr *active);

/* One advert with this priority; what cannot be sent is counted and logged. */
void instance_send(struct instance *in, uint8_t priority);
/* Which form of a v3 checksum over IPv4 is sent: the configured one, or that of our peers. */
unsigned instance_csums(const struct instance *in); /* bits (1u << VRRP_CSUM_x) */
/* What was heard and is not as it should be; not more often than anybody wants to read it. */
void instance_log_drop(struct instance *in, const struct vrrp_meta *meta, enum vrrp_drop drop);
/* Authentic, but its clock goes wrong, or ours. */
void instance_log_drift(struct instance *in, const struct vrrp_advert *ad);
void instance_check_list(struct instance *in, const struct vrrp_advert *ad);
void instance_log_other_owner(struct instance *in, const struct vrrp_advert *ad);
void instance_send_zero(struct instance *in); /* twice: a lost one costs seconds */

const char *instance_vip_device(const struct instance_conf *ic, const struct vip_conf *vip);
/* Returns the interface of a VIP, 0 when it is not there. */
int instance_vip_ifindex(const struct instance *in, const struct vip_conf *vip);
void instance_add_vips(struct instance *in); /* all of them, whatever was before */
void instance_delete_vips(struct instance *in);
/* Only those of `before` that the present configuration has not. */
void instance_delete_old_vips(struct instance *in, const struct instance_conf *before);
void instance_renew_vips(struct instance *in); /* if it is time */
void instance_retry_held(struct instance *in); /* what failed, if it is time */
/* By somebody else: put back.  false: not ours, or not wanted any more. */
bool instance_vip_removed(struct instance *in, int ifindex, const struct addr *a);
/* Word by word, on the same device: it stays as it is. */
bool instance_same_vip(const struct instance_conf *a_conf, const struct vip_conf *a,
		       const struct instance_conf *b_conf, const struct vip_conf *b);

/* Routes and rules, instance_routes.c. */
void instance_add_routes(struct instance *in); /* what is due */
void instance_delete_old_routes(struct instance *in, const struct instance_conf *before);
void instance_text_routes(const struct instance *in, struct strbuf *b);
void instance_json_routes(const struct instance *in, struct strbuf *b);

/* The state of what is held, instance_held.c. */
int instance_open_held(struct instance *in, struct err *e);
void instance_close_held(struct instance *in);
/* For the configuration that is now; what stays the same keeps its state. */
void instance_remake_held(struct instance *in, const struct instance_conf *before);
/* After each attempt: when to try again, and is it worth being master? */
void instance_settle_held(struct instance *in);
/* Whatever waits in the socket happened before the deadline that we are about to act upon. */
void instance_meet_deadline(struct instance *in);
bool instance_link_counts(const struct instance *in); /* as up */
/* It makes no sense to be master. */
bool instance_cannot_hold(const struct instance *in);
/*
 * Leaving takes about a second without adverts, and the lease must last so long.  A lease that is
 * over is not begun anew: we overslept, and somebody else may hold the addresses.
 */
void instance_prolong_vips(struct instance *in);
/* That address is there and not ours: neither to be added nor to be removed. */
bool instance_is_foreign(const struct instance *in, const struct vip_conf *vip, int ifindex);
/* What somebody else has of ours. */
void instance_alarms_text(const struct instance *in, struct strbuf *b);
void instance_alarms_json(const struct instance *in, struct strbuf *b);
void instance_announce_claim(struct instance *in); /* the first frames before it returns */
void instance_announce_again(struct instance *in); /* soon */

void instance_run_commands(struct instance *in, enum vrrp_state state);
/* After each step: is a healing attempt due, or over? */
void instance_check_recover(struct instance *in, enum vrrp_state before);
/* How it is authenticated, and who signs with which key; nothing without authentication. */
void instance_auth_text(const struct instance *in, struct strbuf *b);
void instance_auth_json(const struct instance *in, struct strbuf *b);
int instance_open_commands(struct instance *in, struct err *e);
void instance_forget_orders(struct instance *in);
/* A command that may restart what is tracked waits for its turn: a backup waits with it. */
bool instance_restart_waits(const struct instance *in);
void instance_tell_priority(struct instance *in); /* it is another one now */
void instance_heard_lower(struct instance *in);   /* as master */

/* Ask the witnesses of the present configuration, or nobody. */
void instance_open_witness(struct instance *in);
void instance_close_witness(struct instance *in);
void instance_follow_peer(struct instance *in); /* an advert came: is it somebody else's? */
void instance_witness_text(const struct instance *in, struct strbuf *b);
void instance_witness_json(const struct instance *in, struct strbuf *b);
void instance_arm(struct event *timer, usec_t delay);

/* instance_recall.c: the state file. */
void instance_remember(struct instance *in);
bool instance_resumes(struct instance *in);               /* asked once, at the start */
unsigned instance_told_faults(const struct instance *in); /* those worth a word */

/* instance_weigh.c: what the election shall be told. */
struct weight_result instance_sum_up(const struct instance *in);

/* instance_conflict.c: does somebody else on the LAN answer for our addresses? */
void instance_conflict_begin(struct instance *in);
void instance_conflict_rival(struct instance *in);
void instance_conflict_end(struct instance *in);
void instance_conflict_forget(struct instance *in);     /* also closes what was put aside */
size_t instance_n_conflicts(const struct instance *in); /* addresses, at present */
void instance_conflict_text(const struct instance *in, struct strbuf *b);
void instance_conflict_json(const struct instance *in, struct strbuf *b);

#endif
