/*
 * conf_priv.h - between the files that read vrrpd.conf: conf.c (sections and keys), conf_value.c
 * (values with a grammar of their own), conf_check.c (what must fit together).
 */
#ifndef VRRPD_CONF_PRIV_H
#define VRRPD_CONF_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "common/inifile.h"
#include "common/keytab.h"
#include "vrrpd/conf.h"

struct track_ref {
	const char *name;
	int line;
};

/* An instance while it is read: with the lines of its keys (0: not given), for the messages. */
struct instance_draft {
	struct instance_conf ic;
	const char *section; /* title */
	int state;           /* 1: MASTER */
	bool preempt;        /* the key, which is the opposite of nopreempt */
	struct track_ref *refs;
	size_t n_refs;
	struct vip_conf *excluded; /* behind ic.vips in the end */
	size_t n_excluded;
	struct addr mcast_src;
	struct addr unicast_src;
	int line_state, line_nopreempt, line_priority, line_advert_int, line_version;
	int line_vrid, line_interface, line_auth_type, line_auth_pass, line_preempt_delay;
	int line_mcast_src, line_unicast_src, line_peers, line_recover;
	int line_preempt, line_down_timer, line_owner_ignore, line_fast_takeover;
	int line_track_src_ip;
};

struct track_draft {
	struct track_conf tc;
	int line_timeout;
};

struct conf_draft {
	struct vrrpd_conf *conf;
	struct errlist *el;
	struct instance_draft *instances;
	size_t n_instances;
};

/* The tables of the sections; see conf_keys.c. */
extern const struct key global_keys[];   /* struct global_conf */
extern const struct key track_keys[];    /* struct track_draft */
extern const struct key instance_keys[]; /* struct instance_draft */

/* Custom parsers of the key tables; obj is the struct that the table fills. */
void conf_value_log(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_stats_socket(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_socket(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_interface(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_advert_int(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_auth_pass(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_use_vmac(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_vip_excluded(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_vip(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_track(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_peer(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_mcast_src(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_unicast_src(struct key_ctx *kc, const struct ini_entry *en, void *obj);

/* An address that a host may have, in this value; else reported. */
bool conf_host_address(struct key_ctx *kc, const struct ini_entry *en, const char *text,
		       const struct addr *a);

void conf_value_garp_extra_if(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_vrrp_garp_extra_if(struct key_ctx *kc, const struct ini_entry *en, void *obj);

/* Announcements: what is not said follows from [global] and from other keys; see conf_garp.c. */
struct garp_conf garp_conf_not_given(void);
bool garp_conf_equal(const struct garp_conf *a, const struct garp_conf *b);
void conf_garp_defaults(struct conf_draft *d);
void conf_garp_resolve(struct conf_draft *d, struct instance_draft *in);

/* All rules between keys, instances and tracks; resolves the track names. */
void conf_check(struct conf_draft *d);

#endif
