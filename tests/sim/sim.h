/*
 * sim.h - routers (the real election, the real packets) on a simulated LAN under a virtual clock.
 *
 * One struct sim is one schedule: everything random in it comes from its seed, so a seed and a
 * number are the whole bug report.  Reading order: sim_main.c (options, the loop over schedules),
 * sim_group.c (who takes part), sim_schedule.c and sim_single.c (what happens to whom, and what
 * must hold then), sim_check.c (the invariants), sim_rfc.c (each step against the letter of the
 * RFC), sim_router.c (an instance.c without an operating system), sim_lan.c (clock, wires, losses).
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/usec.h"
#include "vrrpd/fsm.h"
#include "vrrpd/packet.h"

#define ROUTERS_MAX 5
#define VIPS_MAX    3
#define MESSAGE_MAX 64
#define INBOX_MAX   256
#define FLIGHTS_MAX 4096
#define ARP_UNKNOWN (-1)
#define TRACE_LINE  200
#define TRACE_LINES 400

struct message {
	uint8_t bytes[MESSAGE_MAX];
	size_t len;
	struct addr src;
	struct addr dst;
	usec_t at; /* of its arrival */
};

struct flight {
	usec_t at;
	int to;
	struct message msg;
};

struct router {
	int id;
	struct vrrp_fsm fsm;
	struct vrrp_params params;
	struct vrrp_wire wire;
	enum vrrp_csum csum;
	uint8_t base_priority;
	bool running; /* the process exists */
	bool paused;  /* and gets no time */
	bool has_vip; /* by its own doing, and the kernel has not taken it away */
	usec_t lease_until;
	bool stopping;
	bool cut_off; /* from everybody and from the witness, to stay so */
	bool saved;   /* the state file of a life that ended in a crash as master */
	unsigned faults;
	enum vrrp_witness witness; /* as its prober said last */
	bool peer_seen;
	usec_t alone_since; /* neither peer nor witness can reach it; USEC_NEVER: not so */
	struct message inbox[INBOX_MAX]; /* what the socket holds while paused */
	size_t n_inbox;
	unsigned long drops[VRRP_N_DROPS];
};

struct lan {
	int loss_percent;
	int dup_percent;
	int corrupt_percent;
	usec_t delay_max;
	bool reorder;                       /* else what one router sends another stays in order */
	bool cut[ROUTERS_MAX][ROUTERS_MAX]; /* from, to */
	int one_way[ROUTERS_MAX][ROUTERS_MAX]; /* loss in percent, besides */
	bool witness_cut[ROUTERS_MAX];
	usec_t last_at[ROUTERS_MAX][ROUTERS_MAX];
	struct flight flights[FLIGHTS_MAX];
	size_t n_flights;
};

/* What must hold at the moment, besides what always must. */
struct rules {
	usec_t calm_since;  /* nothing was disturbed since; USEC_NEVER: disturbed now */
	usec_t dual_since;  /* two routers hold the VIP since; USEC_NEVER: not so */
	bool no_gap;        /* somebody must hold the VIP at every instant */
	bool no_displacing; /* a healthy master must not yield to a higher one */
	int returning;      /* ... except this router, which comes back from a pause; -1: none */
};

struct sim {
	uint64_t rng;
	usec_t now;
	int n_routers;
	struct router routers[ROUTERS_MAX];
	struct addr vips[VIPS_MAX];
	struct addr peers[ROUTERS_MAX][ROUTERS_MAX];
	struct addr group;
	bool nopreempt;
	bool unicast;
	uint8_t version;
	usec_t interval_max;
	usec_t preempt_delay;
	bool witnessed;   /* the routers have a witness */
	usec_t probe_gap; /* how often it is asked */
	usec_t probe_at;
	struct lan lan;
	struct rules rules;
	int arp_owner; /* who sent the last gratuitous ARP, or ARP_UNKNOWN */
	bool violated;
	char violation[TRACE_LINE];
	char trace[TRACE_LINES][TRACE_LINE]; /* a ring */
	size_t n_trace;
	unsigned long n_steps;
};

/* sim_lan.c */
uint64_t sim_random(struct sim *s);
int sim_below(struct sim *s, int n); /* 0..n-1 */
bool sim_percent(struct sim *s, int percent);
usec_t sim_between(struct sim *s, usec_t min, usec_t max);
void sim_trace(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void lan_send(struct sim *s, int from, const struct message *m);
void lan_calm(struct lan *l); /* no loss, no partition, nothing odd */
/* Let time pass until `until`: messages arrive, timers fire, invariants are looked at. */
void sim_run(struct sim *s, usec_t until);

/* sim_router.c */
void router_event(struct sim *s, struct router *r, const struct vrrp_event *ev);
void router_receive(struct sim *s, struct router *r, const struct message *m);
void router_start(struct sim *s, struct router *r);
void router_stop(struct sim *s, struct router *r);
void router_crash(struct sim *s, struct router *r);
void router_pause(struct sim *s, struct router *r);
void router_resume(struct sim *s, struct router *r);
void router_set_faults(struct sim *s, struct router *r, unsigned faults);
usec_t router_deadline(const struct router *r);
bool router_holds(const struct sim *s, const struct router *r); /* would it answer for the VIP? */
bool router_fit(const struct router *r);                        /* could it be master? */
/* Asks the witness and the peers, and tells the election what is new. */
void router_probe(struct sim *s, struct router *r);

/* sim_check.c */
void sim_violate(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
usec_t sim_down_max(const struct sim *s); /* the longest Active_Down_Interval in the group */
usec_t sim_patience(const struct sim *s); /* the longest stay of a leaving router */
void check_step(struct sim *s, const struct router *r, const struct vrrp_out *out);
void check_now(struct sim *s);                       /* after every event */
void check_settled(struct sim *s, const char *when); /* exactly one master, all agree */
int sim_master(const struct sim *s);                 /* the only master, -1: none or several */

/* sim_rfc.c */
void check_rfc(struct sim *s, const struct router *r, const struct vrrp_fsm *before,
	       const struct vrrp_event *ev, const struct vrrp_out *out);

/* sim_group.c */
void sim_group(struct sim *s, uint64_t seed);

/* sim_single.c: one event in a group that is well, and what an operator may expect of it */
void sim_single_event(struct sim *s);

/* sim_schedule.c */
#define FAULT(id) (1u << VRRP_FAULT_##id)
void sim_schedule(struct sim *s, uint64_t seed);
/* Time for everything that is under way, then the rules of a group at rest. */
void sim_settle(struct sim *s, const char *when);
struct router *sim_any_router(struct sim *s);
void sim_switchover(struct sim *s, struct router *r);

#endif
