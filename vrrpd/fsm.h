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
	X(NO_VIPS, 0, 0, "none of its addresses can be added")                                     \
	X(TRACK_DEAD, 0, 0, "proxyd is dead")                                                      \
	X(ISOLATED, 0, 0, "neither peer nor witness in sight")                                     \
	X(TRACK, 1, 0, "tracker failed")                                                           \
	X(SYNC, 1, 0, "another member of its sync group is out")                                   \
	X(STARTUP, 1, 1, "startup delay")                                                          \
	X(UNWITNESSED, 1, 1, "no witness has answered yet")                                        \
	X(SYNC_WAIT, 1, 1, "waits for its sync group")                                             \
	X(NOT_READY, 1, 1, "proxyd not ready yet")
enum vrrp_fault {
#define X(id, keeps, holds, text) VRRP_FAULT_##id,
	VRRP_FAULT_TABLE(X)
#undef X
	    VRRP_N_FAULTS
};
const char *vrrp_fault_text(unsigned faults); /* the gravest of the set; "" for none */

/*
 * Witnesses: hosts that are asked whether they see us.  A router that has lost them, and has no
 * sign of its peer either, is the one that was cut off: it does not claim, and gives the VIP up
 * (VRRP_FAULT_ISOLATED, which the election finds by itself).  Backups are silent, so a master needs
 * another sign of its peer than adverts: whoever asks the witnesses asks the peers as well
 * (vrrp_fsm.peer, once heard, or the unicast peers) and says so in peer_seen.  Without it the
 * death of a witness alone would drive the role to and fro.
 */
enum vrrp_witness {
	VRRP_WITNESS_NONE, /* not configured: nobody is asked, nothing changes */
	VRRP_WITNESS_WAITING,
	VRRP_WITNESS_OK,
	VRRP_WITNESS_LOST,
};

/* Constant between two VRRP_EV_CONFIG events. */
struct vrrp_params {
	uint8_t version;
	uint8_t down_adverts; /* down_timer_adverts: so many missing make a master dead */
	usec_t interval;      /* advert_int */
	bool preempt;         /* not nopreempt; an owner (255) always preempts */
	bool no_answer;       /* lower_prio_no_advert: RFC 3768's silence about a losing advert */
	bool last_word;       /* higher_prio_send_advert: one more advert before yielding */
	bool owner_ignores;   /* owner_ignore_adverts: priority 255 listens to nobody */
	/*
	 * Priority 0 from the master that we follow: take over at once, without the skew.  It is
	 * the successor who decides, so nothing on the wire differs, and a keepalived beside it
	 * hears a plain priority 0 and waits its skew.  The skew keeps several backups apart: where
	 * there are more than one, only the first successor has it set, and the others hear it
	 * before their skew is over.
	 */
	bool fast_takeover;
	usec_t preempt_delay; /* how long a lower master is tolerated first */
	struct addr source;   /* our address, for the tie-break between two masters */
};

enum vrrp_event_type {
	VRRP_EV_START,      /* priority, faults, resume */
	VRRP_EV_STOP,       /* again while leaving: give the VIP up at once */
	VRRP_EV_ADVERT,     /* advert: decoded and authenticated, of another router */
	VRRP_EV_DEADLINE,   /* early ones do no harm */
	VRRP_EV_FAULTS,     /* faults: the whole set as it is now, as often as you like */
	VRRP_EV_PRIORITY,   /* priority: the effective one as it is now */
	VRRP_EV_SWITCHOVER, /* give the master role away; ignored in other states */
	VRRP_EV_CONFIG,     /* the params, the addresses or the password are others now */
	VRRP_EV_WITNESS,    /* witness, peer_seen: as they are now, as often as you like */
};

struct vrrp_event {
	enum vrrp_event_type type;
	struct {
		uint8_t priority;
		usec_t interval;
		struct addr source;
		usec_t at; /* when the kernel received it, if known; 0: now */
	} advert;
	uint8_t priority;
	unsigned faults;
	bool resume; /* it was master a moment ago, and no backup can know that it was away */
	const char *reason; /* VRRP_EV_SWITCHOVER: for the log; NULL: "switchover"; static text */
	enum vrrp_witness witness;
	bool peer_seen; /* one of the other routers answers the one who asks the witnesses */
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
	unsigned faults;          /* with those that the election found itself */
	uint8_t told_priority;    /* as VRRP_EV_START and VRRP_EV_PRIORITY said */
	unsigned told_faults;     /* as VRRP_EV_START and VRRP_EV_FAULTS said */
	bool rival_owner;         /* another router is 255 too and won: we are 254 meanwhile */
	bool listened;            /* woke up late for down_at, and gave the master another chance */
	enum vrrp_witness witness;
	bool peer_seen;
	struct addr peer;   /* heard last; len 0: nobody yet */
	usec_t heard_until; /* the last advert is a sign of the peer till then */
	usec_t alone_at;    /* without a witness: the moment when it is one no more */
	bool leaving;       /* not master any more, yet the VIP is here until somebody takes it */
	bool yielded; /* gave the role away on purpose: no preemption till the taker is gone */
	usec_t active_adver; /* interval of the active router (v3 learns it) */
	usec_t down_at;      /* BACKUP: the active router is dead; USEC_NEVER: expired, but held */
	usec_t adver_at;     /* MASTER: next advert */
	usec_t garp_at;      /* MASTER: a burst that was too soon after another; USEC_NEVER: none */
	usec_t leave_at;     /* leaving: wait no longer */
	bool succeeded;      /* leaving: the successor is heard; the VIP stays for a moment more */
	usec_t preempt_at;   /* BACKUP: end of preempt_delay; USEC_NEVER: not running */
	usec_t at_sent;      /* last advert */
	usec_t at_garp;      /* last burst */
	usec_t at_changed;   /* last change of state */
	struct addr active;  /* whom we follow; len 0: nobody (or ourselves) */
	uint8_t active_priority;
	uint64_t n_become_master;
	uint64_t n_release_master;
	uint64_t n_stalls; /* woken too late to act as if nothing had been */
	usec_t longest_stall;
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
usec_t vrrp_down_interval(const struct vrrp_params *p, usec_t active_adver, uint8_t priority);
/* How long a master may be silent and still be sure that no backup has replaced it. */
usec_t vrrp_silence_max(const struct vrrp_params *p);
/*
 * May a master that was killed, and is started again, go on as one?  at_sent is its last advert.
 * One interval before the quickest backup could be master: that advert may have been lost.
 */
bool vrrp_may_resume(const struct vrrp_params *p, usec_t at_sent, usec_t now);
/* Kernel lifetime of the VIPs in whole seconds: the down interval rounded up, plus 1, at least 2.
 */
unsigned vrrp_lease_seconds(const struct vrrp_params *p, uint8_t priority);

#endif
