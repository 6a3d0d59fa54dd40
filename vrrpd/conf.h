/*
 * conf.h - vrrpd.conf as structs, checked completely; constant once loaded.
 *
 * Comments after a field are for the shell: each key that is accepted here is carried out there.
 */
#ifndef VRRPD_CONF_H
#define VRRPD_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/arena.h"
#include "common/err.h"
#include "common/inifile.h"
#include "common/log.h"
#include "common/usec.h"
#include "vrrpd/fsm.h"
#include "vrrpd/garp_plan.h"
#include "vrrpd/hmac.h"
#include "vrrpd/packet.h"
#include "vrrpd/route.h"
#include "vrrpd/static_conf.h"
#include "vrrpd/tell_conf.h"
#include "vrrpd/track_conf.h"
#include "vrrpd/wire_conf.h"
#include "vrrpd/witness_conf.h"

#define CPU_MAX              1023 /* the highest number in vrrp_cpu_affinity: as many as CPU_SET() takes */
#define VRRPD_CONF_DEFAULT   "/etc/vrrpd/vrrpd.conf"
#define VRRPD_SOCKET_DEFAULT "/run/vrrpd/vrrpd.sock"

/* An interface whose changes count only when they last for so long. */
struct link_delay {
	const char *name;
	usec_t down, up;
	int line;
};

struct global_conf {
	const char *router_id;      /* default: NULL, the shell takes the host name */
	const char *stats_socket;   /* path; default VRRPD_SOCKET_DEFAULT */
	unsigned stats_mode;        /* default 0600 */
	int stats_level;            /* enum ctl_level; default admin (the mode guards it) */
	struct addr metrics_bind;   /* where Prometheus asks; len 0: nowhere */
	unsigned metrics_mode;      /* of its path, default 0600 */
	const char *json_dump_file; /* keepalived's JSON goes there on its signal; NULL: nowhere */
	struct log_target logs[LOG_TARGETS_MAX];
	int n_logs;                  /* 0: /dev/log daemon */
	const char *script_user;     /* "USER [GROUP]"; NULL: our own rights */
	bool enable_script_security; /* refuse root's commands that others may write */
	struct tell_conf tell;
	usec_t notify_timeout; /* a notify or recover command is killed after it; default 30 s */
	int rt_priority; /* vrrp_rt_priority: SCHED_RR|SCHED_RESET_ON_FORK; 0 none; default 1 */
	bool no_swap;    /* vrrp_no_swap: mlockall; default yes */
	int nice;        /* vrrp_priority; default 0 */
	int *cpus;       /* vrrp_cpu_affinity; none: wherever it was started */
	size_t n_cpus;
	const char *net_namespace; /* below /run/netns; NULL: the one it was started in */
	usec_t rlimit_rttime;      /* vrrp_rlimit_rttime: RLIMIT_RTTIME; default 1 s, 0: none */
	int down_timer_adverts;    /* of instances that do not say otherwise; default 3 */
	/* of instances that do not say otherwise */
	const char *default_interface; /* NULL: they must */
	int version;
	bool lower_prio_no_advert, higher_prio_send_advert, owner_ignore_adverts;
	bool check_unicast_src;
	struct link_delay *link_delays; /* interface_up_down_delays */
	size_t n_link_delays;
	usec_t startup_delay;    /* vrrp_startup_delay: no claims for so long after the start */
	usec_t delay_after_boot; /* vrrp_delay_after_boot: none before the host has run so long */
	struct static_conf statics;
	struct garp_conf garp; /* vrrp_garp_*: what an instance does not say itself */
	bool min_garp;         /* vrrp_min_garp: one round, no second burst */
	int line_min_garp;
	struct addr group4, group6;  /* vrrp_mcast_group*; len 0: the RFC's */
	enum checksum_form checksum; /* v3_checksum_as_v2; default auto */
	bool skip_check_adv_addr;    /* vrrp_skip_check_adv_addr */
	bool log_unknown_vrids; /* then the sockets let them pass, else the kernel drops them */
};

#define VIP_FOREVER UINT32_MAX

/* An address with what `ip address` says of it. */
struct vip_conf {
	const char *text; /* as it is written */
	struct addr addr;
	uint8_t prefix_len; /* with a peer: the peer's */
	const char *dev;    /* NULL: the instance's interface */
	const char
	    *label; /* NULL: none; else shorter than IFNAMSIZ, begins with the device's name */
	struct addr broadcast; /* len 0: none */
	struct addr peer;      /* len 0: none */
	uint8_t scope;         /* RT_SCOPE_* */
	unsigned flags;        /* IFA_F_* */
	uint32_t preferred_s;  /* VIP_FOREVER: as long as it is valid */
	bool no_track;         /* not put back when somebody removes it */
	int line;
};

struct hmac_key_file {
	const char *path;
	size_t key; /* index of hmac.keys */
	int line;
};

struct instance_conf {
	const char *name;
	int line;

	/* the election */
	bool wants_master; /* state = MASTER: a wish; only priority 255 starts as master */
	bool nopreempt;
	usec_t preempt_delay;
	int down_timer_adverts;       /* 1..100 */
	bool lower_prio_no_advert;    /* see fsm.h, no_answer */
	bool higher_prio_send_advert; /* default yes; last_word */
	bool owner_ignore_adverts;
	bool fast_takeover;
	const char *interface;
	int virtual_router_id;
	int priority;
	usec_t advert_int;

	/* the packet */
	int version;
	int auth_type; /* enum vrrp_auth */
	uint8_t auth_pass[VRRP_AUTH_LEN];
	struct vrrp_hmac hmac;
	/* Keys that stand in files: the shell reads them into hmac.keys, see hmac_keys.h. */
	struct hmac_key_file *hmac_files;
	size_t n_hmac_files;
	int family; /* of all its virtual addresses */

	/* what the master holds */
	struct vip_conf *vips;
	size_t n_vips;            /* the first of them are advertised */
	size_t n_held;            /* all: behind these the excluded ones, of either family */
	bool promote_secondaries; /* set the kernel so; default yes */
	struct addr *vip_addrs;   /* the same addresses alone, for struct vrrp_wire */

	/* trackers */
	struct track_use *tracks;
	size_t n_tracks;
	struct witness_conf witness;
	/* Shell commands run by /bin/sh -c, NULL: none.  `notify` last, with keepalived's
	 * arguments. */
	const char *notify_master;
	const char *notify_backup;
	const char *notify_fault;
	const char *notify_stop;
	const char *notify;
	const char *notify_deleted; /* in place of notify_stop when it is gone from the file */
	const char *notify_master_rx_lower_pri;
	bool notify_priority_changes; /* into the FIFO */
	bool smtp_alert;
	const char *recover; /* while in FAULT because of a tracker, see track_recover_delay() */

	/* the lease, and announcements */
	bool vip_lease; /* default yes, see vrrp_lease_seconds() */
	struct garp_conf garp;

	bool accept;               /* packets to the addresses, default yes; see nft_text.h */
	struct route_conf *routes; /* virtual_routes */
	size_t n_routes;
	struct rule_conf *rules; /* virtual_rules */
	size_t n_rules;

	/* what counts as a fault */
	bool track_src_ip;       /* a configured source address that is not there; default yes */
	bool dont_track_primary; /* the interface's being down does not */

	/* where adverts go to and come from */
	struct addr *unicast_peers;
	size_t n_unicast_peers; /* 0: multicast */
	struct wire_conf wire;
	struct addr
	    source; /* mcast_src_ip or unicast_src_ip; len 0: the interface's first address */
};

/* Instances that move together, see sync.h.  Its trackers stand in its members' lists. */
struct sync_conf {
	const char *name;
	int line;
	const char **members; /* names of instances */
	size_t n_members;
	const char *notify_master;
	const char *notify_backup;
	const char *notify_fault;
	const char *notify_stop;
	const char *notify;
	bool smtp_alert;
};

struct vrrpd_conf {
	struct arena *arena;
	const char *file;
	struct global_conf global;
	struct track_conf *tracks;
	size_t n_tracks;
	struct instance_conf *instances;
	size_t n_instances; /* at least one */
	struct sync_conf *syncs;
	size_t n_syncs;
};

/*
 * NULL when el gained errors (all of them, in one run).  The result is freed by vrrpd_conf_free().
 */
struct vrrpd_conf *vrrpd_conf_parse(const char *file, const char *text, size_t len,
				    ini_getenv_fn getenv_fn, struct errlist *el);
void vrrpd_conf_free(struct vrrpd_conf **c);

/* The fsm's share of an instance; source: the address found on the interface when none is
 * configured. */
void instance_conf_params(const struct instance_conf *ic, const struct addr *source,
			  struct vrrp_params *p);
/* The packet's share. */
void instance_conf_wire(const struct instance_conf *ic, const struct addr *source,
			struct vrrp_wire *w);
bool vip_conf_equal(const struct vip_conf *a, const struct vip_conf *b);
const struct sync_conf *vrrpd_conf_sync(const struct vrrpd_conf *c, const char *name);
/* The group of an instance, NULL: none. */
const struct sync_conf *vrrpd_conf_sync_of(const struct vrrpd_conf *c, const char *instance);
const struct instance_conf *vrrpd_conf_instance(const struct vrrpd_conf *c, const char *name);

/* --- reload ----------------------------------------------------------------------------------- */

enum conf_change { CONF_KEEP, CONF_CHANGED, CONF_NEW, CONF_DROP };

/* What differs; bits.  IDENTITY means: leave politely with the old, start the new as from nothing.
 */
enum instance_diff_bit {
	DIFF_IDENTITY =
	    1 << 0, /* interface, family, virtual_router_id, version, multicast or unicast, owner */
	DIFF_VIPS = 1 << 1,     /* add and delete the difference, advertise the new list at once */
	DIFF_PRIORITY = 1 << 2, /* base priority: weigh again, VRRP_EV_PRIORITY */
	DIFF_PARAMS = 1 << 3,   /* advert_int, preempt, preempt_delay, source: VRRP_EV_CONFIG */
	DIFF_WIRE = 1 << 4,     /* authentication, peers, source */
	DIFF_TRACKS = 1 << 5,   /* the list or a weight: weigh again */
	DIFF_WITNESS = 1 << 20, /* ask anew */
	DIFF_NOTIFY = 1 << 6,   /* commands: used from the next event on, nothing runs now */
	DIFF_ANNOUNCE = 1 << 7, /* garp_*, vip_lease */
	DIFF_ROUTES = 1 << 10,  /* routes and rules: add and delete the difference */
	DIFF_FAULTS = 1 << 9,   /* what counts as a fault: weigh again */
	DIFF_EXCLUDED = 1 << 8, /* excluded addresses: as VIPS, nothing is advertised */
};

struct instance_diff {
	enum conf_change change;
	unsigned what;                      /* CONF_CHANGED: enum instance_diff_bit */
	const struct instance_conf *before; /* NULL when NEW */
	const struct instance_conf *after;  /* NULL when DROP */
};

struct track_diff {
	enum conf_change
	    change; /* CHANGED: what is watched, or how; a weight is the instance's matter */
	const struct track_conf *before, *after;
};

struct conf_diff {
	struct instance_diff *instances;
	size_t n_instances;
	struct track_diff *tracks;
	size_t n_tracks;
	bool stats_socket; /* path, mode or level */
	bool exports;      /* metrics_bind, json_dump_file */
	bool logs;
	bool scheduling; /* rt_priority, no_swap, ... */
	bool statics;
	bool syncs; /* groups, their members or commands */
};

/*
 * Instances and tracks match by name.  DROPs come first, then the rest in `after`'s order, so that
 * a VIP can move from one instance to another in one reload.  Memory comes from arena a.
 */
void conf_diff(struct arena *a, const struct vrrpd_conf *before, const struct vrrpd_conf *after,
	       struct conf_diff *out);

#endif
