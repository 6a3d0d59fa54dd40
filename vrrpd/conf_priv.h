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

#define CONF_PATH_MAX 4000 /* with room for a suffix below PATH_MAX */

bool conf_is_name(const char *s);
/* A section's; false: an error was noted. */
bool conf_name_fits(struct key_ctx *kc, const struct ini_section *sec);

struct track_ref {
	const char *name;
	int line;
	bool has_weight; /* else the section's */
	int weight;
	bool reverse;
};

/* An instance while it is read: with the lines of its keys (0: not given), for the messages. */
struct sync_draft;

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
	int line_hmac_key, line_hmac_active, line_hmac_replay, line_hmac_window, line_hmac_mode;
	int line_mcast_src, line_unicast_src, line_peers, line_recover;
	int line_unicast_ttl, line_check_src, line_peer_ttl, line_mcast_dst, line_checksum;
	int line_skip_check;
	int line_lower_prio, line_higher_prio;
	int line_preempt, line_down_timer, line_owner_ignore, line_fast_takeover;
	int line_track_src_ip;
	int line_witness, line_witness_need, line_witness_interval, line_witness_timeout;
	int line_witness_fall, line_smtp_alert;
	bool no_accept;
	int line_accept, line_no_accept;
	const struct sync_draft *sync; /* its group */
	size_t n_own_refs;             /* the rest are the group's trackers */
};

/* A tracker while it is read; which keys were given is a matter of its kind. */
struct track_draft {
	struct track_conf tc;
	int line_socket, line_script, line_interface, line_process, line_file, line_gateway;
	int line_interval, line_timeout, line_fall, line_rise, line_weight, line_backend;
	int line_user, line_init_fail, line_full_command, line_param_match, line_quorum;
	int line_quorum_max, line_delay, line_up_delay, line_down_delay, line_fork_delay;
	int line_terminate_delay, line_init_file, line_need, line_probe;
	usec_t delay, fork_delay, terminate_delay;
};

/* Its trackers and commands are read with the functions and offsets of an instance's. */
struct sync_draft {
	struct instance_draft base; /* first */
	struct track_ref *members;
	size_t n_members;
	bool tracking_weight;
};

struct conf_draft {
	struct vrrpd_conf *conf;
	struct errlist *el;
	struct instance_draft *instances;
	size_t n_instances;
	struct sync_draft *syncs;
	size_t n_syncs;
};

/* The tables of the sections; see conf_keys.c. */
extern const struct key global_keys[];   /* struct global_conf */
extern const struct key track_keys[];    /* struct track_draft */
extern const struct key instance_keys[]; /* struct instance_draft */
extern const struct key sync_keys[];     /* struct sync_draft */

/* Custom parsers of the key tables; obj is the struct that the table fills. */
void conf_value_log(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_octal_mode(struct key_ctx *kc, const struct ini_entry *en, unsigned *out);
void conf_value_metrics_bind(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_json_dump_file(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_stats_socket(struct key_ctx *kc, const struct ini_entry *en, void *obj);
bool conf_is_socket_path(struct key_ctx *kc, const struct ini_entry *en, const char *path);
void conf_value_interface(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_advert_int(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_hmac_key(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_auth_pass(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_use_vmac(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_link_delays(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_routes(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_rules(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_vip_excluded(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_vip(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_track(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_peer(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_mcast_src(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_unicast_src(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_mcast_dst(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_group4(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_group6(struct key_ctx *kc, const struct ini_entry *en, void *obj);

/* What `ip` takes of an address, route or rule; false: reported. */
bool conf_read_vip(struct key_ctx *kc, const struct ini_entry *en, const char *item, bool is_static,
		   struct vip_conf *vip);
bool conf_read_route(struct key_ctx *kc, const struct ini_entry *en, const char *item,
		     uint8_t proto, struct route_conf *out);
bool conf_read_rule(struct key_ctx *kc, const struct ini_entry *en, const char *item, uint8_t proto,
		    struct rule_conf *out);
/* To a list, unless the kernel could not have it beside the others. */
void conf_add_route(struct key_ctx *kc, const struct ini_entry *en, const struct route_conf *r,
		    struct route_conf **list, size_t *n);
void conf_add_rule(struct key_ctx *kc, const struct ini_entry *en, const struct rule_conf *r,
		   struct rule_conf **list, size_t *n);
bool conf_label_fits(const char *label, const char *dev);
void conf_value_static_addresses(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_static_routes(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_static_rules(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_static_check(struct conf_draft *d, const struct instance_draft *in);

/* An address that a host may have, in this value; else reported. */
bool conf_host_address(struct key_ctx *kc, const struct ini_entry *en, const char *text,
		       const struct addr *a);
void conf_value_cpus(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_namespace(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_default_interface(struct key_ctx *kc, const struct ini_entry *en, void *obj);
/* Words of keepalived's that are nothing here, with the reason. */
void belongs_to_others(struct key_ctx *kc, const struct ini_entry *en, void *obj);
/* First of all checks. */
void conf_global_defaults(struct conf_draft *d, struct instance_draft *in);
bool cpus_equal(const struct global_conf *a, const struct global_conf *b);
void conf_value_fifo_script(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_fifo(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_mail_to(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_mail_from(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_sendmail(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_check_tell(struct conf_draft *d);
void conf_value_witness(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_check_witness(struct conf_draft *d, struct instance_draft *in);
/* One [track NAME] into the configuration. */
void conf_track_read(struct key_ctx *kc, const struct ini_section *sec, struct conf_draft *d);
/* Its values with a grammar of their own; obj is a struct track_draft. */
void track_value_socket(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void track_value_interface(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void track_value_process(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void track_value_file(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void track_value_init_file(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void track_value_gateway(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void track_value_weight(struct key_ctx *kc, const struct ini_entry *en, void *obj);
/* "W [reverse]" from words[0..n); what is wrong goes to kc->el. */
bool track_weight_words(struct key_ctx *kc, const struct ini_entry *en, const char **words, int n,
			int *weight, bool *reverse);
/* keepalived's words for what is one list here. */
void belongs_to_track(struct key_ctx *kc, const struct ini_entry *en, void *obj);

void conf_value_garp_extra_if(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void conf_value_vrrp_garp_extra_if(struct key_ctx *kc, const struct ini_entry *en, void *obj);

/* Announcements: what is not said follows from [global] and from other keys; see conf_garp.c. */
struct garp_conf garp_conf_not_given(void);
bool garp_conf_equal(const struct garp_conf *a, const struct garp_conf *b);
void conf_garp_defaults(struct conf_draft *d);
void conf_garp_resolve(struct conf_draft *d, struct instance_draft *in);

/* What authentication demands of an instance; for conf_check(). */
void conf_check_auth(struct conf_draft *d, struct instance_draft *in);

/* The rules of conf_wire.c, and what follows from [global]. */
void conf_wire_check(struct conf_draft *d, struct instance_draft *in);
bool wire_conf_equal(const struct instance_conf *a, const struct instance_conf *b);

void conf_value_group(struct key_ctx *kc, const struct ini_entry *en, void *obj);

/* Sync groups, in this order: read, join the members, weigh their trackers, take. */
void conf_sync_read(struct key_ctx *kc, const struct ini_section *sec, struct conf_draft *d);
void conf_sync_join(struct conf_draft *d);
void conf_sync_weights(struct conf_draft *d, struct instance_draft *in);
void conf_sync_take(struct conf_draft *d);
void conf_delay_check(struct conf_draft *d, const struct instance_draft *in);

/* All rules between keys, instances and tracks; resolves the track names. */
void conf_check(struct conf_draft *d);

#endif
