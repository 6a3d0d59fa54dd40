/*
 * conf_keys.c - the tables of vrrpd.conf: which keys stand in which section, with their ranges.
 *
 * Each table is grouped by what its keys are about.  tests/man.py holds the manual page against it.
 */
#include <sys/socket.h>

#include "vrrpd/conf_priv.h"

static const struct name states[] = {{"MASTER", true}, {"BACKUP", false}, {0}};
static const struct name auth_types[] = {
    {"PASS", VRRP_AUTH_PASS}, {"AH", VRRP_AUTH_AH}, {"none", VRRP_AUTH_NONE}, {0}};

/* announcements */
#define BURST_DELAY   .type = KEY_TIME, .min = 0, .max = 255 * USEC_PER_SEC
#define ROUNDS(least) .type = KEY_INT, .min = (least), .max = 100
#define PERIOD        .type = KEY_TIME, .min = 0, .max = 86400 * USEC_PER_SEC
#define FRAME_GAP     .type = KEY_TIME, .min = 0, .max = 10 * USEC_PER_SEC

#define GLOBAL(f) offsetof(struct global_conf, f)
const struct key global_keys[] = {
    {.name = "router_id", .type = KEY_STR, .offset = GLOBAL(router_id), .min = 1, .max = 255},
    {.name = "stats_socket", .type = KEY_CUSTOM, .parse = conf_value_stats_socket},
    {.name = "log", .type = KEY_CUSTOM, .flags = KEY_REPEAT, .parse = conf_value_log},
    {.name = "notify_timeout",
     .type = KEY_TIME,
     .offset = GLOBAL(notify_timeout),
     .min = 100 * USEC_PER_MS,
     .max = 3600 * USEC_PER_SEC},
    {.name = "vrrp_rt_priority",
     .type = KEY_INT,
     .offset = GLOBAL(rt_priority),
     .min = 0,
     .max = 99},
    {.name = "vrrp_no_swap", .type = KEY_BOOL, .offset = GLOBAL(no_swap)},
    {.name = "vrrp_down_timer_adverts",
     .type = KEY_INT,
     .offset = GLOBAL(down_timer_adverts),
     .min = 1,
     .max = 100},
    {.name = "vrrp_startup_delay",
     .type = KEY_TIME,
     .offset = GLOBAL(startup_delay),
     .min = 0,
     .max = 1000 * USEC_PER_SEC},
    /* announcements: the defaults of all instances */
    {.name = "vrrp_garp_master_delay", BURST_DELAY, .offset = GLOBAL(garp.master_delay)},
    {.name = "vrrp_garp_master_repeat", ROUNDS(1), .offset = GLOBAL(garp.master_repeat)},
    {.name = "vrrp_garp_master_refresh", PERIOD, .offset = GLOBAL(garp.master_refresh)},
    {.name = "vrrp_garp_master_refresh_repeat",
     ROUNDS(1),
     .offset = GLOBAL(garp.master_refresh_repeat)},
    {.name = "vrrp_garp_lower_prio_delay", BURST_DELAY, .offset = GLOBAL(garp.lower_prio_delay)},
    {.name = "vrrp_garp_lower_prio_repeat", ROUNDS(0), .offset = GLOBAL(garp.lower_prio_repeat)},
    {.name = "vrrp_garp_interval", FRAME_GAP, .offset = GLOBAL(garp.garp_interval)},
    {.name = "vrrp_gna_interval", FRAME_GAP, .offset = GLOBAL(garp.gna_interval)},
    {.name = "vrrp_min_garp",
     .type = KEY_BOOL,
     .offset = GLOBAL(min_garp),
     .seen_offset = GLOBAL(line_min_garp) + 1},
    {.name = "vrrp_garp_extra_if", .type = KEY_CUSTOM, .parse = conf_value_vrrp_garp_extra_if},
    {0},
};

#define INST(f) .offset = offsetof(struct instance_draft, ic.f)
#define SEEN(f) .seen_offset = offsetof(struct instance_draft, line_##f) + 1
#define COMMAND .type = KEY_STR, .min = 1, .max = INIFILE_LINE_MAX
const struct key instance_keys[] = {
    /* the election */
    {.name = "state",
     .type = KEY_ENUM,
     .offset = offsetof(struct instance_draft, state),
     .names = states,
     SEEN(state)},
    {.name = "nopreempt", .type = KEY_BOOL, INST(nopreempt), SEEN(nopreempt)},
    {.name = "preempt",
     .type = KEY_BOOL,
     .offset = offsetof(struct instance_draft, preempt),
     SEEN(preempt)},
    {.name = "preempt_delay",
     .type = KEY_TIME,
     INST(preempt_delay),
     .min = 0,
     .max = 1000 * USEC_PER_SEC,
     SEEN(preempt_delay)},
    {.name = "interface",
     .type = KEY_CUSTOM,
     .flags = KEY_REQUIRED,
     .parse = conf_value_interface,
     SEEN(interface)},
    {.name = "virtual_router_id",
     .type = KEY_INT,
     .flags = KEY_REQUIRED,
     INST(virtual_router_id),
     .min = 1,
     .max = 255,
     SEEN(vrid)},
    {.name = "priority", .type = KEY_INT, INST(priority), .min = 1, .max = 255, SEEN(priority)},
    {.name = "advert_int", .type = KEY_CUSTOM, .parse = conf_value_advert_int, SEEN(advert_int)},
    {.name = "down_timer_adverts",
     .type = KEY_INT,
     INST(down_timer_adverts),
     .min = 1,
     .max = 100,
     SEEN(down_timer)},
    {.name = "lower_prio_no_advert", .type = KEY_BOOL, INST(lower_prio_no_advert)},
    {.name = "higher_prio_send_advert", .type = KEY_BOOL, INST(higher_prio_send_advert)},
    {.name = "owner_ignore_adverts",
     .type = KEY_BOOL,
     INST(owner_ignore_adverts),
     SEEN(owner_ignore)},
    {.name = "fast_takeover", .type = KEY_BOOL, INST(fast_takeover), SEEN(fast_takeover)},
    /* the packet */
    {.name = "version", .type = KEY_INT, INST(version), .min = 2, .max = 3, SEEN(version)},
    {.name = "auth_type", .type = KEY_ENUM, INST(auth_type), .names = auth_types, SEEN(auth_type)},
    {.name = "auth_pass", .type = KEY_CUSTOM, .parse = conf_value_auth_pass, SEEN(auth_pass)},
    /* what the master holds */
    {.name = "virtual_ipaddress",
     .type = KEY_CUSTOM,
     .flags = KEY_REQUIRED | KEY_REPEAT,
     .parse = conf_value_vip},
    {.name = "virtual_ipaddress_excluded",
     .type = KEY_CUSTOM,
     .flags = KEY_REPEAT,
     .parse = conf_value_vip_excluded},
    {.name = "promote_secondaries", .type = KEY_BOOL, INST(promote_secondaries)},
    {.name = "use_vmac", .type = KEY_CUSTOM, .parse = conf_value_use_vmac},
    /* trackers */
    {.name = "track_src_ip", .type = KEY_BOOL, INST(track_src_ip), SEEN(track_src_ip)},
    {.name = "dont_track_primary", .type = KEY_BOOL, INST(dont_track_primary)},
    {.name = "track", .type = KEY_CUSTOM, .flags = KEY_REPEAT, .parse = conf_value_track},
    {.name = "track_interface", .type = KEY_CUSTOM, .parse = belongs_to_track},
    {.name = "track_script", .type = KEY_CUSTOM, .parse = belongs_to_track},
    {.name = "track_process", .type = KEY_CUSTOM, .parse = belongs_to_track},
    {.name = "track_file", .type = KEY_CUSTOM, .parse = belongs_to_track},
    /* commands */
    {.name = "notify_master", COMMAND, INST(notify_master)},
    {.name = "notify_backup", COMMAND, INST(notify_backup)},
    {.name = "notify_fault", COMMAND, INST(notify_fault)},
    {.name = "notify_stop", COMMAND, INST(notify_stop)},
    {.name = "notify", COMMAND, INST(notify)},
    {.name = "recover", COMMAND, INST(recover), SEEN(recover)},
    {.name = "vip_lease", .type = KEY_BOOL, INST(vip_lease)},
    /* announcements */
    {.name = "garp_master_delay", BURST_DELAY, INST(garp.master_delay)},
    {.name = "garp_master_repeat", ROUNDS(1), INST(garp.master_repeat)},
    {.name = "garp_master_refresh", PERIOD, INST(garp.master_refresh)},
    {.name = "garp_master_refresh_repeat", ROUNDS(1), INST(garp.master_refresh_repeat)},
    {.name = "garp_lower_prio_delay", BURST_DELAY, INST(garp.lower_prio_delay)},
    {.name = "garp_lower_prio_repeat", ROUNDS(0), INST(garp.lower_prio_repeat)},
    {.name = "garp_interval", FRAME_GAP, INST(garp.garp_interval)},
    {.name = "gna_interval", FRAME_GAP, INST(garp.gna_interval)},
    {.name = "garp_extra_if", .type = KEY_CUSTOM, .parse = conf_value_garp_extra_if},
    /* where adverts go to and come from */
    {.name = "unicast_peer",
     .type = KEY_CUSTOM,
     .flags = KEY_REPEAT,
     .parse = conf_value_peer,
     SEEN(peers)},
    {.name = "mcast_src_ip", .type = KEY_CUSTOM, .parse = conf_value_mcast_src, SEEN(mcast_src)},
    {.name = "unicast_src_ip",
     .type = KEY_CUSTOM,
     .parse = conf_value_unicast_src,
     SEEN(unicast_src)},
    {0},
};
