/*
 * test_vrrp_conf.c - vrrpd.conf: every key, every mistake, and what a reload sees.
 */
#include "tests/unit/unit.h"

#include "common/ctl_table.h"
#include "vrrpd/conf.h"

#define HEAD "[instance VI_1]\ninterface = eth0\nvirtual_router_id = 11\n"
#define VIP  "virtual_ipaddress = 10.0.0.100/24\n"
#define KEY  "ascii:0123456789abcdef0123456789abcdef"
#define GOOD HEAD VIP /* 4 lines: the next is line 5 */

static const char *
no_env(const char *name)
{
	(void)name;
	return NULL;
}

static struct vrrpd_conf *
parse(const char *text, struct errlist *el)
{
	errlist_init(el);
	return vrrpd_conf_parse("f", text, strlen(text), no_env, el);
}

static struct vrrpd_conf *
good(const char *text)
{
	struct errlist el;
	struct vrrpd_conf *c = parse(text, &el);

	for (size_t i = 0; i < el.n_lines; i++) {
		if (!strstr(el.lines[i], "warning: PASS")) /* see test_vrrp_conf_auth.c */
			fail_msg("%s", el.lines[i]);
	}
	assert_non_null(c);
	errlist_free(&el);
	return c;
}

/* Exactly one error, and this one. */
static void
refused(const char *text, const char *error)
{
	struct errlist el;
	struct vrrpd_conf *c = parse(text, &el);

	for (size_t i = 0; i < el.n_lines; i++)
		if (strcmp(el.lines[i], error) != 0 && !strstr(el.lines[i], "warning: PASS"))
			print_error("got: %s\n", el.lines[i]);
	assert_null(c);
	assert_int_equal(el.n_errors, 1);
	assert_string_equal(el.lines[0], error);
	errlist_free(&el);
}

static char *
slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 65536);

	assert_non_null(f);
	assert_non_null(text);
	*len = fread(text, 1, 65535, f);
	fclose(f);
	return text;
}

/* --- what may stand in the file --------------------------------------------------------------- */

static void
installed_sample_is_the_how_tos_configuration(void **s)
{
	size_t len;
	char *text = slurp(SAMPLE_CONF, &len);
	struct vrrpd_conf *c = good(text);
	const struct instance_conf *ic = vrrpd_conf_instance(c, "VI_1");

	(void)s;
	assert_string_equal(c->global.router_id, "px13");
	assert_string_equal(c->global.stats_socket, "/run/vrrpd/vrrpd.sock");
	assert_int_equal(c->global.stats_mode, 0660);
	assert_int_equal(c->global.n_logs, 1);
	assert_int_equal(c->n_tracks, 1);
	assert_string_equal(c->tracks[0].socket, "/run/proxyd/proxyd.sock");
	assert_int_equal(c->tracks[0].timing.interval, 200 * USEC_PER_MS);
	assert_non_null(ic);
	assert_false(ic->wants_master);
	assert_true(ic->nopreempt);
	assert_string_equal(ic->interface, "eth0");
	assert_int_equal(ic->virtual_router_id, 11);
	assert_int_equal(ic->priority, 130);
	assert_int_equal(ic->advert_int, USEC_PER_SEC);
	assert_int_equal(ic->version, 2);
	assert_int_equal(ic->auth_type, VRRP_AUTH_PASS);
	assert_memory_equal(ic->auth_pass, "asd\0\0\0\0\0", 8);
	assert_int_equal(ic->n_vips, 1);
	assert_int_equal(ic->vips[0].prefix_len, 24);
	assert_int_equal(ic->n_tracks, 1);
	assert_ptr_equal(ic->tracks[0].track, &c->tracks[0]);
	assert_string_equal(ic->notify_backup, "service proxyd restart");
	assert_string_equal(ic->notify_fault, "service proxyd stop");
	assert_string_equal(ic->recover, "service proxyd restart");
	vrrpd_conf_free(&c);
	assert_null(c);
	vrrpd_conf_free(&c); /* nothing to free is fine */
	free(text);
}

static void
defaults_are_as_documented(void **s)
{
	struct vrrpd_conf *c = good(GOOD "[track t]\nsocket = /t\ninterval = 1\n");
	const struct instance_conf *ic = &c->instances[0];

	(void)s;
	assert_null(c->global.router_id);
	assert_string_equal(c->global.stats_socket, VRRPD_SOCKET_DEFAULT);
	assert_int_equal(c->global.stats_mode, 0600);
	assert_int_equal(c->global.stats_level, CTL_ADMIN);
	assert_int_equal(c->global.n_logs, 0);
	assert_int_equal(c->global.notify_timeout, 30 * USEC_PER_SEC);
	assert_int_equal(c->global.rt_priority, 1);
	assert_true(c->global.no_swap);
	assert_false(ic->wants_master);
	assert_false(ic->nopreempt);
	assert_int_equal(ic->priority, 100);
	assert_int_equal(ic->advert_int, USEC_PER_SEC);
	assert_int_equal(ic->version, 3);
	assert_int_equal(ic->auth_type, VRRP_AUTH_NONE);
	assert_int_equal(ic->family, AF_INET);
	assert_true(ic->vip_lease);
	assert_int_equal(ic->garp.master_delay, 5 * USEC_PER_SEC);
	assert_int_equal(ic->garp.master_repeat, 5);
	assert_int_equal(ic->n_unicast_peers, 0);
	assert_int_equal(ic->source.len, 0);
	assert_int_equal(c->tracks[0].timing.timeout, USEC_PER_SEC); /* the interval */
	assert_int_equal(c->tracks[0].timing.fall, 2);
	assert_int_equal(c->tracks[0].timing.rise, 2);
	assert_int_equal(c->tracks[0].weight, 0);
	assert_null(vrrpd_conf_instance(c, "VI_2"));
	vrrpd_conf_free(&c);
}

static const char all_keys[] =
    "[global]\n"
    "router_id = r1\n"
    "stats_socket = /run/v.sock mode=0640 level=operator\n"
    "log = 127.0.0.1 local2 debug\n"
    "      stderr\n"
    "notify_timeout = 5s\n"
    "vrrp_rt_priority = 0\n"
    "vrrp_priority = -5\n"
    "vrrp_no_swap = no\n"
    "vrrp_garp_master_refresh = 30\n"
    "vrrp_garp_interval = 1ms\n"
    "vrrp_garp_extra_if = all 100\n"
    "[track a]\n"
    "socket = /a.sock\n"
    "interval = 100ms\n"
    "timeout = 50ms\n"
    "fall = 3\n"
    "rise = 4\n"
    "backend = mysql\n"
    "weight = -20\n"
    "[track b]\n"
    "socket = /b.sock\n"
    "[instance X]\n"
    "state = MASTER\n"
    "priority = 255\n"
    "interface = eth1\n"
    "virtual_router_id = 7\n"
    "advert_int = 0.25\n"
    "version = 3\n"
    "virtual_ipaddress = 10.0.0.1/24 dev eth2 label eth2:vip , 10.0.0.2\n"
    "                    10.0.0.3/32\n"
    "track = a, b\n"
    "notify_master = m, n\n"
    "notify_backup = b\n"
    "notify_fault = f\n"
    "notify_stop = s\n"
    "notify = n\n"
    "recover = r\n"
    "vip_lease = no\n"
    "garp_master_delay = 0\n"
    "garp_master_repeat = 1\n"
    "garp_lower_prio_repeat = 2\n"
    "garp_interval = 2ms\n"
    "unicast_peer = 10.0.0.8, 10.0.0.9\n"
    "unicast_src_ip = 10.0.0.7\n"
    "preempt_delay = 30\n";

static void
all_keys_of_global_and_track_are_taken(void **s)
{
	struct vrrpd_conf *c = good(all_keys);
	const struct global_conf *g = &c->global;
	const struct track_conf *t = &c->tracks[0];

	(void)s;
	assert_string_equal(g->router_id, "r1");
	assert_string_equal(g->stats_socket, "/run/v.sock");
	assert_int_equal(g->stats_mode, 0640);
	assert_int_equal(g->stats_level, CTL_OPERATOR);
	assert_int_equal(g->n_logs, 2);
	assert_int_equal(addr_port(&g->logs[0].addr), 514);
	assert_int_equal(g->logs[0].facility, LOG_LOCAL2);
	assert_int_equal(g->logs[0].max_level, LOG_DEBUG);
	assert_int_equal(g->logs[1].addr.len, 0);
	assert_int_equal(g->notify_timeout, 5 * USEC_PER_SEC);
	assert_int_equal(g->rt_priority, 0);
	assert_int_equal(g->nice, -5);
	assert_false(g->no_swap);
	assert_string_equal(t->name, "a");
	assert_string_equal(t->socket, "/a.sock");
	assert_int_equal(t->timing.interval, 100 * USEC_PER_MS);
	assert_int_equal(t->timing.timeout, 50 * USEC_PER_MS);
	assert_int_equal(t->timing.fall, 3);
	assert_int_equal(t->timing.rise, 4);
	assert_string_equal(t->backend, "mysql");
	assert_int_equal(t->weight, -20);
	vrrpd_conf_free(&c);
}

static void
all_keys_of_an_instance_are_taken(void **s)
{
	struct vrrpd_conf *c = good(all_keys);
	const struct instance_conf *ic = &c->instances[0];

	(void)s;
	assert_true(ic->wants_master);
	assert_int_equal(ic->priority, 255);
	assert_string_equal(ic->interface, "eth1");
	assert_int_equal(ic->virtual_router_id, 7);
	assert_int_equal(ic->advert_int, 250 * USEC_PER_MS);
	assert_int_equal(ic->n_vips, 3);
	assert_string_equal(ic->vips[0].dev, "eth2");
	assert_string_equal(ic->vips[0].label, "eth2:vip");
	assert_int_equal(ic->vips[1].prefix_len, 32);
	assert_true(addr_ip_equal(&ic->vip_addrs[2], &ic->vips[2].addr));
	assert_int_equal(ic->n_tracks, 2);
	assert_string_equal(ic->tracks[1].track->name, "b");
	assert_string_equal(ic->notify_master, "m, n");
	assert_string_equal(ic->notify_backup, "b");
	assert_string_equal(ic->notify_fault, "f");
	assert_string_equal(ic->notify_stop, "s");
	assert_string_equal(ic->notify, "n");
	assert_string_equal(ic->recover, "r");
	assert_false(ic->vip_lease);
	assert_int_equal(ic->garp.master_delay, 0);
	assert_int_equal(ic->garp.master_repeat, 1);
	assert_int_equal(ic->n_unicast_peers, 2);
	assert_int_equal(ic->source.len, sizeof(struct sockaddr_in));
	assert_int_equal(ic->preempt_delay, 30 * USEC_PER_SEC);
	vrrpd_conf_free(&c);
}

static void
instance_yields_params_and_wire(void **s)
{
	struct vrrpd_conf *c = good(GOOD "nopreempt = yes\nversion = 2\nauth_type = PASS\n"
					 "auth_pass = 12345678\nmcast_src_ip = 10.0.0.5\n");
	struct vrrp_params p;
	struct vrrp_wire w;
	struct addr found;
	struct err e;

	(void)s;
	assert_int_equal(addr_parse_ip("10.0.0.6", &found, &e), 0);
	instance_conf_params(&c->instances[0], &found, &p);
	instance_conf_wire(&c->instances[0], &found, &w);
	assert_false(p.preempt);
	assert_int_equal(p.version, 2);
	assert_false(addr_ip_equal(&p.source, &found)); /* the configured one */
	assert_true(addr_ip_equal(&p.source, &w.src));
	assert_int_equal(w.vrid, 11);
	assert_int_equal(w.n_vips, 1);
	assert_memory_equal(w.auth_pass, "12345678", 8);
	assert_int_equal(w.n_peers, 0);
	vrrpd_conf_free(&c);
	c = good(GOOD);
	instance_conf_params(&c->instances[0], &found, &p);
	assert_true(addr_ip_equal(&p.source, &found));
	vrrpd_conf_free(&c);
}

/* --- mistakes --------------------------------------------------------------------------------- */

struct mistake {
	const char *text;
	const char *error;
};

static void
each_mistake_is_told_with_its_line_and_what_was_expected(void **s)
{
	static const struct mistake mistakes[] = {
#include "tests/unit/vrrp_mistakes.inc"
	};

	(void)s;
	for (size_t i = 0; i < N_OF(mistakes); i++)
		refused(mistakes[i].text, mistakes[i].error);
}

static void
all_mistakes_are_told_in_one_run(void **s)
{
	struct errlist el;
	struct vrrpd_conf *c = parse("[global]\nrooter_id = x\n"
				     "[instance VI_1]\ninterface = eth0\nvirtual_router_id = 0\n"
				     "priority = 0\nauth_pass = 123456789\n"
				     "virtual_ipaddress = ff00::1/64\ntrack = nowhere\n",
				     &el);

	(void)s;
	assert_null(c);
	assert_int_equal(el.n_errors, 7);
	errlist_free(&el);
}

static void
first_ipv6_address_that_is_not_link_local_is_a_warning(void **s) /* 5.2.9 */
{
	struct errlist el;
	struct vrrpd_conf *c = parse(HEAD "virtual_ipaddress = fd00::1/64, fe80::1/64\n", &el);

	(void)s;
	assert_non_null(c);
	assert_int_equal(c->instances[0].family, AF_INET6);
	assert_int_equal(el.n_errors, 0);
	assert_int_equal(el.n_lines, 1);
	assert_non_null(strstr(el.lines[0], "f:4:"));
	errlist_free(&el);
	vrrpd_conf_free(&c);
}

static void
both_families_may_share_a_virtual_router_id(void **s)
{
	struct vrrpd_conf *c = good(GOOD "[instance VI_6]\ninterface = eth0\n"
					 "virtual_router_id = 11\nunicast_peer = fd00::3\n"
					 "virtual_ipaddress = fe80::100/64, fd00::100/64\n");
	struct addr found;
	struct vrrp_wire w;
	struct err e;

	(void)s;
	assert_int_equal(addr_parse_ip("fe80::6", &found, &e), 0);
	instance_conf_wire(&c->instances[1], &found, &w);
	assert_int_equal(w.family, AF_INET6);
	assert_int_equal(w.n_vips, 2);
	assert_int_equal(addr_family(&w.group), AF_INET6);
	instance_conf_wire(&c->instances[0], &found, &w);
	assert_int_equal(addr_family(&w.group), AF_INET);
	vrrpd_conf_free(&c);
}

static void
wire_follows_the_instance_then_global_then_the_rfc(void **s)
{
	struct vrrpd_conf *c =
	    good("[global]\nvrrp_mcast_group4 = 224.0.0.99\nv3_checksum_as_v2 = yes\n"
		 "vrrp_skip_check_adv_addr = yes\nlog_unknown_vrids = yes\n" GOOD
		 "[instance B]\ninterface = eth1\nvirtual_router_id = 1\n"
		 "virtual_ipaddress = 10.0.0.9\nmcast_dst_ip = 224.0.0.98\n"
		 "v3_checksum_as_v2 = auto\nskip_check_adv_addr = no\nkernel_rx_buf_size = 64k\n"
		 "[instance C]\ninterface = eth1\nvirtual_router_id = 2\n"
		 "virtual_ipaddress = fe80::9/64\n");
	const struct wire_conf *a = &c->instances[0].wire, *b = &c->instances[1].wire;
	char text[ADDR_STRLEN];

	(void)s;
	assert_true(c->global.log_unknown_vrids);
	assert_string_equal(addr_format_ip(&a->group, text), "224.0.0.99");
	assert_string_equal(addr_format_ip(&b->group, text), "224.0.0.98");
	assert_string_equal(addr_format_ip(&c->instances[2].wire.group, text), VRRP_MCAST_IP6);
	assert_int_equal(a->checksum, CHECKSUM_AS_V2);
	assert_int_equal(b->checksum, CHECKSUM_AUTO);
	assert_true(a->skip_check_adv_addr);
	assert_false(b->skip_check_adv_addr);
	assert_int_equal(a->rx_buffer, 1 << 20);
	assert_int_equal(b->rx_buffer, 64 << 10);
	vrrpd_conf_free(&c);
}

static void
peers_with_bounds_of_ttl_reach_the_wire(void **s)
{
	struct vrrpd_conf *c =
	    good(GOOD "unicast_peer = 10.0.0.2 min_ttl 254 max_ttl 255, 10.0.0.3\n"
		      "    10.0.0.4 max_ttl 9\nunicast_ttl = 64\n");
	struct addr found = {.len = 0};
	struct vrrp_wire w;

	(void)s;
	instance_conf_wire(&c->instances[0], &found, &w);
	assert_int_equal(w.n_peers, 3);
	assert_int_equal(w.unicast_ttl, 64);
	assert_false(w.any_peer);
	assert_int_equal(w.peer_ttls[0].min, 254);
	assert_int_equal(w.peer_ttls[1].min, 0);
	assert_int_equal(w.peer_ttls[1].max, 255);
	assert_int_equal(w.peer_ttls[2].max, 9);
	vrrpd_conf_free(&c);
}

static void
weight_with_nopreempt_is_a_warning(void **s)
{
	struct errlist el;
	struct vrrpd_conf *c =
	    parse(GOOD "nopreempt = yes\ntrack = t\n[track t]\nsocket = /t\nweight = 5\n", &el);

	(void)s;
	assert_non_null(c);
	assert_int_equal(el.n_errors, 0);
	assert_int_equal(el.n_lines, 1);
	assert_non_null(strstr(el.lines[0], "f:6:"));
	errlist_free(&el);
	vrrpd_conf_free(&c);
}

static void
too_many_addresses_are_refused(void **s)
{
	char text[16384] = HEAD;
	struct errlist el;

	(void)s;
	for (int i = 0; i < 256; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "virtual_ipaddress = 10.1.%d.%d\n",
			 i / 200, i % 200 + 1);
	}
	assert_null(parse(text, &el));
	assert_string_equal(el.lines[0], "f:259: [instance VI_1] virtual_ipaddress: 256 addresses, "
					 "expected at most 255");
	errlist_free(&el);
}

/* --- reload ----------------------------------------------------------------------------------- */

struct reload {
	struct vrrpd_conf *before, *after;
	struct arena *arena;
	struct conf_diff d;
};

static struct reload
reload(const char *before, const char *after)
{
	struct reload r = {.before = good(before), .after = good(after), .arena = arena_new()};

	conf_diff(r.arena, r.before, r.after, &r.d);
	return r;
}

static void
reload_free(struct reload *r)
{
	vrrpd_conf_free(&r->before);
	vrrpd_conf_free(&r->after);
	arena_free(&r->arena);
}

static void
same_file_again_keeps_everything(void **s)
{
	size_t len;
	char *text = slurp(SAMPLE_CONF, &len);
	struct reload r = reload(text, text);

	(void)s;
	assert_int_equal(r.d.n_instances, 1);
	assert_int_equal(r.d.instances[0].change, CONF_KEEP);
	assert_int_equal(r.d.n_tracks, 1);
	assert_int_equal(r.d.tracks[0].change, CONF_KEEP);
	assert_false(r.d.stats_socket || r.d.logs || r.d.scheduling);
	reload_free(&r);
	free(text);
}

static const struct {
	const char *before, *after;
	unsigned what;
} changes[] = {
    {"", "priority = 101\n", DIFF_PRIORITY},
    {"state = MASTER\npriority = 255\n", "state = MASTER\npriority = 101\n",
     DIFF_IDENTITY | DIFF_PRIORITY},
    {"", "advert_int = 2s\n", DIFF_PARAMS},
    {"", "nopreempt = yes\n", DIFF_PARAMS},
    {"", "preempt_delay = 2\n", DIFF_PARAMS},
    {"", "garp_master_delay = 2\n", DIFF_ANNOUNCE},
    {"", "mcast_src_ip = 10.0.0.5\n", DIFF_PARAMS | DIFF_WIRE},
    {"mcast_src_ip = 10.0.0.6\n", "mcast_src_ip = 10.0.0.5\n", DIFF_PARAMS | DIFF_WIRE},
    {"", "version = 2\n", DIFF_IDENTITY},
    {"", "virtual_ipaddress = 10.0.0.101/24\n", DIFF_VIPS},
    {"virtual_ipaddress = 10.0.0.7/24\n", "virtual_ipaddress = 10.0.0.7/25\n", DIFF_VIPS},
    {"virtual_ipaddress = 10.0.0.7 dev a\n", "virtual_ipaddress = 10.0.0.7 dev b\n", DIFF_VIPS},
    {"", "virtual_ipaddress_excluded = fd00::1/64\n", DIFF_EXCLUDED},
    {"virtual_ipaddress_excluded = fd00::1/64\n",
     "virtual_ipaddress_excluded = fd00::1/64 -nodad\n", DIFF_EXCLUDED},
    {"", "dont_track_primary = yes\n", DIFF_FAULTS},
    {"", "virtual_routes = default via 10.0.0.1\n", DIFF_ROUTES},
    {"virtual_routes = default via 10.0.0.1\n", "virtual_routes = default via 10.0.0.1 no_track\n",
     DIFF_ROUTES},
    {"virtual_rules = table 5 priority 5\n", "virtual_rules = table 6 priority 5\n", DIFF_ROUTES},
    {"mcast_src_ip = 10.0.0.5\n", "mcast_src_ip = 10.0.0.5\ntrack_src_ip = no\n", DIFF_FAULTS},
    {"", "promote_secondaries = no\n", DIFF_ANNOUNCE},
    {"track = a\n", "track = a, b\n", DIFF_TRACKS},
    {"track = a\n", "track = b\n", DIFF_TRACKS},
    {"", "notify_backup = x\n", DIFF_NOTIFY},
    {"notify = y\n", "notify = x\n", DIFF_NOTIFY},
    {"", "vip_lease = no\n", DIFF_ANNOUNCE},
    {"", "garp_master_repeat = 1\n", DIFF_ANNOUNCE},
    {"", "garp_master_refresh = 1\n", DIFF_ANNOUNCE},
    {"", "garp_lower_prio_repeat = 0\n", DIFF_ANNOUNCE},
    {"", "gna_interval = 1ms\n", DIFF_ANNOUNCE},
    {"garp_extra_if = 5\n", "garp_extra_if = all 5\n", DIFF_ANNOUNCE},
    {"", "unicast_peer = 10.0.0.9\n", DIFF_IDENTITY | DIFF_WIRE},
    {"unicast_peer = 10.0.0.9\n", "unicast_peer = 10.0.0.8\n", DIFF_WIRE},
    {"unicast_peer = 10.0.0.9\n", "unicast_peer = 10.0.0.9 min_ttl 255\n", DIFF_WIRE},
    {"unicast_peer = 10.0.0.9\n", "unicast_peer = 10.0.0.9\nunicast_ttl = 64\n", DIFF_WIRE},
    {"unicast_peer = 10.0.0.9\n", "unicast_peer = 10.0.0.9\ncheck_unicast_src = no\n", DIFF_WIRE},
    {"", "mcast_dst_ip = 224.0.0.19\n", DIFF_WIRE},
    {"", "v3_checksum_as_v2 = yes\n", DIFF_WIRE},
    {"", "skip_check_adv_addr = yes\n", DIFF_WIRE},
    {"version = 2\nauth_type = PASS\nauth_pass = a\n",
     "version = 2\nauth_type = PASS\nauth_pass = b\n", DIFF_WIRE},
    {"version = 2\nauth_type = PASS\nauth_pass = a\n",
     "version = 2\nauth_type = AH\nauth_pass = a\n", DIFF_WIRE},
    {"", "auth_hmac_key = 1 " KEY "\n", DIFF_WIRE},
    {"auth_hmac_key = 1 " KEY "\n", "auth_hmac_key = 2 " KEY "\n", DIFF_WIRE},
    {"auth_hmac_key = 1 " KEY "\n", "auth_hmac_key = 1 " KEY "g\n", DIFF_WIRE},
    {"auth_hmac_key = 1 " KEY "\n", "auth_hmac_key = 1 " KEY "\nauth_hmac_mode = permissive\n",
     DIFF_WIRE},
    {"auth_hmac_key = 1 " KEY "\n",
     "auth_hmac_key = 1 " KEY "\nauth_hmac_anti_replay = monotonic\n", DIFF_WIRE},
    {"auth_hmac_key = 1 " KEY "\n", "auth_hmac_key = 1 " KEY "\nauth_hmac_time_window = 30\n",
     DIFF_WIRE},
    {"auth_hmac_key = 1 " KEY "\n 2 " KEY "\nauth_hmac_active_key = 1\n",
     "auth_hmac_key = 1 " KEY "\n 2 " KEY "\nauth_hmac_active_key = 2\n", DIFF_WIRE},
};

static void
each_change_is_named_as_what_it_is(void **s)
{
	static const char tracks[] = "[track a]\nsocket = /a\n[track b]\nsocket = /b\n";

	(void)s;
	for (size_t i = 0; i < N_OF(changes); i++) {
		char before[512], after[512];
		struct reload r;

		snprintf(before, sizeof(before), "%s%s%s", GOOD, changes[i].before, tracks);
		snprintf(after, sizeof(after), "%s%s%s", GOOD, changes[i].after, tracks);
		r = reload(before, after);
		assert_int_equal(r.d.instances[0].change, CONF_CHANGED);
		assert_int_equal(r.d.instances[0].what, changes[i].what);
		assert_int_equal(r.d.tracks[0].change, CONF_KEEP);
		reload_free(&r);
	}
}

static void
dropped_instances_come_before_new_ones(void **s)
{
	struct reload r =
	    reload(GOOD, "[instance VI_2]\ninterface = eth0\nvirtual_router_id = 12\n" VIP);

	(void)s;
	assert_int_equal(r.d.n_instances, 2);
	assert_int_equal(r.d.instances[0].change, CONF_DROP);
	assert_string_equal(r.d.instances[0].before->name, "VI_1");
	assert_null(r.d.instances[0].after);
	assert_int_equal(r.d.instances[1].change, CONF_NEW);
	assert_string_equal(r.d.instances[1].after->name, "VI_2");
	assert_null(r.d.instances[1].before);
	reload_free(&r);
}

static void
tracks_and_globals_are_compared_too(void **s)
{
	struct reload r =
	    reload("[global]\nlog = stderr\n[track a]\nsocket = /a\n[track b]\nsocket = /b\n"
		   "[track c]\nsocket = /c\n" GOOD,
		   "[global]\nlog = /dev/log\nstats_socket = /x\nvrrp_no_swap = no\n"
		   "[track b]\nsocket = /b\nfall = 9\n[track c]\nsocket = /c\n"
		   "weight = 1\n[track d]\nsocket = /d\n" GOOD);

	(void)s;
	assert_int_equal(r.d.n_tracks, 4);
	assert_int_equal(r.d.tracks[0].change, CONF_DROP);
	assert_int_equal(r.d.tracks[1].change, CONF_CHANGED);
	assert_int_equal(r.d.tracks[2].change, CONF_KEEP); /* its weight is the instance's matter */
	assert_int_equal(r.d.tracks[3].change, CONF_NEW);
	assert_true(r.d.stats_socket && r.d.logs && r.d.scheduling);
	assert_int_equal(r.d.instances[0].change, CONF_KEEP);
	reload_free(&r);
	r = reload("[global]\nlog = stderr\n" GOOD, GOOD);
	assert_true(r.d.logs);
	reload_free(&r);
}

static void
trackers_have_the_defaults_of_their_kind(void **s)
{
	struct vrrpd_conf *c =
	    good(GOOD "track = a weight -7 reverse, b, c\nwitness = 10.0.0.1, 10.0.0.2:80\n"
		      "[track a]\nscript = x\nuser = nobody nogroup\n"
		      "[track b]\nfile = /f\ninit_file = 3 overwrite\n"
		      "[track c]\ngateway = 10.0.0.3, fd00::1 dev eth0\nneed = 2\n"
		      "[track d]\nprocess = p -x\nparam_match = partial\ndelay = 2\n"
		      "[track e]\ninterface = eth1\nup_delay = 5\n");
	const struct instance_conf *ic = &c->instances[0];
	const struct track_conf *t = c->tracks;

	(void)s;
	assert_int_equal(ic->tracks[0].weight, -7);
	assert_true(ic->tracks[0].reverse);
	assert_int_equal(ic->tracks[1].weight, 1);
	assert_int_equal(ic->witness.n, 2);
	assert_int_equal(addr_port(&ic->witness.list[0]), 0);
	assert_int_equal(addr_port(&ic->witness.list[1]), 80);
	assert_int_equal(ic->witness.timing.timeout, 200 * USEC_PER_MS);
	assert_int_equal(t[0].kind, TRACK_SCRIPT);
	assert_int_equal(t[0].timing.interval, USEC_PER_SEC);
	assert_int_equal(t[0].timing.timeout, USEC_PER_SEC);
	assert_int_equal(t[0].timing.rise, 1);
	assert_true(t[1].has_init_file && t[1].init_overwrite && t[1].init_value == 3);
	assert_int_equal(t[2].n_gateways, 2);
	assert_string_equal(t[2].gateways[1].dev, "eth0");
	assert_int_equal(t[2].timing.fall, 3);
	assert_int_equal(t[3].n_process, 2);
	assert_int_equal(t[3].param_match, PARAMS_PARTIAL);
	assert_int_equal(t[3].up_delay, 2 * USEC_PER_SEC);
	assert_int_equal(t[3].down_delay, 2 * USEC_PER_SEC);
	assert_int_equal(t[4].up_delay, 5 * USEC_PER_SEC);
	assert_int_equal(t[4].down_delay, 0);
	vrrpd_conf_free(&c);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(trackers_have_the_defaults_of_their_kind),
    cmocka_unit_test(installed_sample_is_the_how_tos_configuration),
    cmocka_unit_test(defaults_are_as_documented),
    cmocka_unit_test(all_keys_of_global_and_track_are_taken),
    cmocka_unit_test(all_keys_of_an_instance_are_taken),
    cmocka_unit_test(instance_yields_params_and_wire),
    cmocka_unit_test(each_mistake_is_told_with_its_line_and_what_was_expected),
    cmocka_unit_test(all_mistakes_are_told_in_one_run),
    cmocka_unit_test(wire_follows_the_instance_then_global_then_the_rfc),
    cmocka_unit_test(peers_with_bounds_of_ttl_reach_the_wire),
    cmocka_unit_test(weight_with_nopreempt_is_a_warning),
    cmocka_unit_test(first_ipv6_address_that_is_not_link_local_is_a_warning),
    cmocka_unit_test(both_families_may_share_a_virtual_router_id),
    cmocka_unit_test(too_many_addresses_are_refused),
    cmocka_unit_test(same_file_again_keeps_everything),
    cmocka_unit_test(each_change_is_named_as_what_it_is),
    cmocka_unit_test(dropped_instances_come_before_new_ones),
    cmocka_unit_test(tracks_and_globals_are_compared_too),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
