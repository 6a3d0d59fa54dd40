/*
 * fsm.h - the VRRP election as a pure function (RFC 9568 section 6.4, RFC 3768 section 6.4).
 *
 * instance.c tells what happened and when, performs the actions in the order written in enum
 * vrrp_action, and re-arms its one timer to vrrp_fsm_deadline().  Before it delivers
 * VRRP_EV_DEADLINE it reads everything that waits in its sockets and delivers that first, so that
 * a process that overslept does not take over from a router that was advertising all the while.
 */
#ifndef VRRPD_FSM_H
#define VRRPD_FSM_H

#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/usec.h"

enum vrrp_state { VRRP_INIT, VRRP_BACKUP, VRRP_MASTER, VRRP_FAULT };
const char *vrrp_state_name(enum vrrp_state s); /* "INIT", "BACKUP", ... */

/*
 * Why this router must not be master; bits (1u << VRRP_FAULT_x) of one set.
 * id, keeps: 1 = traffic is still served here, so the VIP stays until the next master speaks;
 * holds: 1 = no fault, but do not become master yet (proxyd is being started), text
 */
#define VRRP_FAULT_TABLE(X)                                                                        \
	X(LINK, 0, 0, "interface down")                                                            \
	X(NO_SOURCE, 0, 0, "no source address on the interface")                                   \
	X(TRACK_DEAD, 0, 0, "proxyd is dead")                                                      \
	X(TRACK, 1, 0, "tracker failed")                                                           \
	X(NOT_READY, 1, 1, "proxyd not ready yet")
enum vrrp_fault {
#define X(id, keeps, holds, text) VRRP_FAULT_##id,
	VRRP_FAULT_TABLE(X)
#undef X
	    VRRP_N_FAULTS
};
const char *vrrp_fault_text(unsigned faults); /* the gravest of the set; "" for none */

/* Constant between two VRRP_EV_CONFIG events. */
struct vrrp_params {
	uint8_t version;
	usec_t interval;      /* advert_int */
	bool preempt;         /* not nopreempt; an owner (255) always preempts */
	usec_t preempt_delay; /* how long a lower master is tolerated first */
	usec_t garp_delay;  /* from the first to the second burst of gratuitous ARP; 0: one only */
	struct addr source; /* our address, for the tie-break between two masters */
};

enum vrrp_event_type {
	VRRP_EV_START,      /* priority, faults */
	VRRP_EV_STOP,       /* again while leaving: give the VIP up at once */
	VRRP_EV_ADVERT,     /* advert: decoded and authenticated, of another router */
	VRRP_EV_DEADLINE,   /* early ones do no harm */
	VRRP_EV_FAULTS,     /* faults: the whole set as it is now, as often as you like */
	VRRP_EV_PRIORITY,   /* priority: the effective one as it is now */
	VRRP_EV_SWITCHOVER, /* give the master role away; ignored in other states */
	VRRP_EV_CONFIG,     /* the params, the addresses or the password are others now */
};

struct vrrp_event {
	enum vrrp_event_type type;
	struct {
		uint8_t priority;
		usec_t interval;
		struct addr source;
	} advert;
	uint8_t priority;
	unsigned faults;
};

/* Bits; to be performed in this order. */
enum vrrp_action {
	VRRP_ACT_LOG = 1 << 0,       /* "NAME: from -> to (reason)" */
	VRRP_ACT_SEND_ZERO = 1 << 1, /* advert with priority 0, twice: a lost one costs seconds */
	VRRP_ACT_DEL_VIPS = 1 << 2,
	/*
	 * Addresses and gratuitous ARP before the advert: a master that is leaving deletes its
	 * addresses when it hears us, and then nobody must be without.
	 */
	VRRP_ACT_ADD_VIPS = 1 << 3,
	VRRP_ACT_GARP = 1 << 4, /* one burst of garp_master_repeat per VIP */
	/* With vrrp_fsm.priority; renews the lease of the VIPs, if vrrp_fsm_holds_vips() still. */
	VRRP_ACT_SEND_ADVERT = 1 << 5,
	VRRP_ACT_NOTIFY = 1 << 6,  /* run the commands for out.notify (INIT: notify_stop) */
	VRRP_ACT_STOPPED = 1 << 7, /* stop is complete: nothing is held, nothing will follow */
};

struct vrrp_out {
	unsigned actions;
	enum vrrp_state from, to; /* with VRRP_ACT_LOG */
	const char *reason;       /* with VRRP_ACT_LOG; static text */
	enum vrrp_state notify;   /* with VRRP_ACT_NOTIFY */
};

/* Read-only for everybody but fsm.c. */
struct vrrp_fsm {
	enum vrrp_state state;
	enum vrrp_state notified; /* what the commands were last run for */
	uint8_t priority;         /* effective */
	unsigned faults;
	bool leaving; /* not master any more, yet the VIP is here until somebody takes it */
	bool yielded; /* gave the role away on purpose: no preemption till the taker is gone */
	usec_t active_adver; /* interval of the active router (v3 learns it) */
	usec_t down_at;      /* BACKUP: the active router is dead; USEC_NEVER: expired, but held */
	usec_t adver_at;     /* MASTER: next advert */
	usec_t garp_at;      /* MASTER: second burst; USEC_NEVER: none due */
	usec_t leave_at;     /* leaving: wait no longer */
	usec_t preempt_at;   /* BACKUP: end of preempt_delay; USEC_NEVER: not running */
	usec_t at_sent;      /* last advert */
	usec_t at_garp;      /* last burst */
	usec_t at_changed;   /* last change of state */
	struct addr active;  /* whom we follow; len 0: nobody (or ourselves) */
	uint8_t active_priority;
	uint64_t n_become_master;
	uint64_t n_release_master;
};

void vrrp_fsm_init(struct vrrp_fsm *f);
/* out is overwritten.  The only writer of *f. */
void vrrp_fsm_step(struct vrrp_fsm *f, const struct vrrp_params *p, const struct vrrp_event *ev,
		   usec_t now, struct vrrp_out *out);
usec_t vrrp_fsm_deadline(const struct vrrp_fsm *f); /* USEC_NEVER: none */
/* Are the VIPs on our interface by our own will? */
bool vrrp_fsm_holds_vips(const struct vrrp_fsm *f);

/* Section 6.1: how far backups of different priority are kept apart. */
usec_t vrrp_skew(uint8_t version, usec_t active_adver, uint8_t priority);
/* Section 6.1: how long a backup waits before it declares the active router dead. */
usec_t vrrp_down_interval(uint8_t version, usec_t active_adver, uint8_t priority);
/* Kernel lifetime of the VIPs in whole seconds: the down interval rounded up, plus 1, at least 2.
 */
unsigned vrrp_lease_seconds(const struct vrrp_params *p, uint8_t priority);

#endif
