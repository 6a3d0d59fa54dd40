/*
 * conf_track.c - [track NAME]: its keys, which of them belong to which kind, and their defaults.
 *
 * Exactly one key says the kind.  A key of another kind is refused, not ignored: who wrote it
 * expected it to do something.
 */
#include <string.h>

#include "vrrpd/conf_priv.h"

#define TRACK(f) .offset = offsetof(struct track_draft, tc.f)
#define DRAFT(f) .offset = offsetof(struct track_draft, f)
#define SEEN(f)  .seen_offset = offsetof(struct track_draft, line_##f) + 1
#define PERIOD   .min = 10 * USEC_PER_MS, .max = 3600 * USEC_PER_SEC
#define DELAY    .min = 0, .max = 3600 * USEC_PER_SEC

static const struct name param_matches[] = {
    {"initial", PARAMS_INITIAL}, {"partial", PARAMS_PARTIAL}, {0}};
static const struct name probes[] = {{"icmp", GATEWAY_ICMP}, {"arp", GATEWAY_ARP}, {0}};

const struct key track_keys[] = {
    /* what is watched: one of these */
    {.name = "socket", .type = KEY_CUSTOM, .parse = track_value_socket, SEEN(socket)},
    {.name = "script",
     .type = KEY_STR,
     TRACK(script),
     .min = 1,
     .max = INIFILE_LINE_MAX,
     SEEN(script)},
    {.name = "interface", .type = KEY_CUSTOM, .parse = track_value_interface, SEEN(interface)},
    {.name = "process", .type = KEY_CUSTOM, .parse = track_value_process, SEEN(process)},
    {.name = "file", .type = KEY_CUSTOM, .parse = track_value_file, SEEN(file)},
    {.name = "gateway",
     .type = KEY_CUSTOM,
     .flags = KEY_REPEAT,
     .parse = track_value_gateway,
     SEEN(gateway)},
    /* what it means */
    {.name = "weight", .type = KEY_CUSTOM, .parse = track_value_weight, SEEN(weight)},
    /* how often it is asked, and how often it must say so */
    {.name = "interval", .type = KEY_TIME, TRACK(timing.interval), PERIOD, SEEN(interval)},
    {.name = "timeout", .type = KEY_TIME, TRACK(timing.timeout), PERIOD, SEEN(timeout)},
    {.name = "fall", .type = KEY_INT, TRACK(timing.fall), .min = 1, .max = 255, SEEN(fall)},
    {.name = "rise", .type = KEY_INT, TRACK(timing.rise), .min = 1, .max = 255, SEEN(rise)},
    /* of one kind each */
    {.name = "backend", .type = KEY_STR, TRACK(backend), .min = 1, .max = 255, SEEN(backend)},
    {.name = "user", .type = KEY_STR, TRACK(user), .min = 1, .max = 255, SEEN(user)},
    {.name = "init_fail", .type = KEY_BOOL, TRACK(init_fail), SEEN(init_fail)},
    {.name = "full_command", .type = KEY_BOOL, TRACK(full_command), SEEN(full_command)},
    {.name = "param_match",
     .type = KEY_ENUM,
     TRACK(param_match),
     .names = param_matches,
     SEEN(param_match)},
    {.name = "quorum", .type = KEY_INT, TRACK(quorum), .min = 0, .max = 65535, SEEN(quorum)},
    {.name = "quorum_max",
     .type = KEY_INT,
     TRACK(quorum_max),
     .min = 0,
     .max = 65535,
     SEEN(quorum_max)},
    {.name = "delay", .type = KEY_TIME, DRAFT(delay), DELAY, SEEN(delay)},
    {.name = "fork_delay", .type = KEY_TIME, DRAFT(fork_delay), DELAY, SEEN(fork_delay)},
    {.name = "terminate_delay",
     .type = KEY_TIME,
     DRAFT(terminate_delay),
     DELAY,
     SEEN(terminate_delay)},
    {.name = "up_delay", .type = KEY_TIME, TRACK(up_delay), DELAY, SEEN(up_delay)},
    {.name = "down_delay", .type = KEY_TIME, TRACK(down_delay), DELAY, SEEN(down_delay)},
    {.name = "init_file",
     .type = KEY_CUSTOM,
     .flags = KEY_EMPTY_OK,
     .parse = track_value_init_file,
     SEEN(init_file)},
    {.name = "need", .type = KEY_INT, TRACK(need), .min = 1, .max = 16, SEEN(need)},
    {.name = "probe", .type = KEY_ENUM, TRACK(probe), .names = probes, SEEN(probe)},
    {0},
};

const char *
track_kind_name(enum track_kind k)
{
	static const char *const names[TRACK_N_KINDS] = {"socket",  "script", "interface",
							 "process", "file",   "gateway"};

	return names[k];
}

/* --- which key belongs to which kind ---------------------------------------------------------- */

#define SOCKET    (1u << TRACK_SOCKET)
#define SCRIPT    (1u << TRACK_SCRIPT)
#define INTERFACE (1u << TRACK_INTERFACE)
#define PROCESS   (1u << TRACK_PROCESS)
#define FILE_     (1u << TRACK_FILE)
#define GATEWAY   (1u << TRACK_GATEWAY)

static const struct belonging {
	const char *key;
	size_t line_offset;
	unsigned kinds;
} belongings[] = {
#define BELONGS(f, kinds)                                                                          \
	{                                                                                          \
#f, offsetof(struct track_draft, line_##f), kinds                                  \
	}
    BELONGS(interval, SOCKET | SCRIPT | PROCESS | GATEWAY),
    BELONGS(timeout, SOCKET | SCRIPT | GATEWAY),
    BELONGS(fall, SOCKET | SCRIPT | GATEWAY),
    BELONGS(rise, SOCKET | SCRIPT | GATEWAY),
    BELONGS(backend, SOCKET),
    BELONGS(user, SCRIPT),
    BELONGS(init_fail, SCRIPT),
    BELONGS(full_command, PROCESS),
    BELONGS(param_match, PROCESS),
    BELONGS(quorum, PROCESS),
    BELONGS(quorum_max, PROCESS),
    BELONGS(delay, PROCESS | INTERFACE),
    BELONGS(fork_delay, PROCESS),
    BELONGS(terminate_delay, PROCESS),
    BELONGS(up_delay, INTERFACE),
    BELONGS(down_delay, INTERFACE),
    BELONGS(init_file, FILE_),
    BELONGS(need, GATEWAY),
    BELONGS(probe, GATEWAY),
};

static int
line_at(const struct track_draft *t, size_t offset)
{
	return *(const int *)((const char *)t + offset);
}

static void
check_belongings(struct key_ctx *kc, const struct track_draft *t)
{
	for (size_t i = 0; i < sizeof(belongings) / sizeof(belongings[0]); i++) {
		int line = line_at(t, belongings[i].line_offset);

		if (line && !(belongings[i].kinds & 1u << t->tc.kind))
			errlist_add(kc->el, kc->file, line, kc->section, belongings[i].key,
				    "does not belong to a track with %s",
				    track_kind_name(t->tc.kind));
	}
}

/* The one key that says it; the first one if there are more. */
static bool
find_kind(struct key_ctx *kc, const struct ini_section *sec, struct track_draft *t)
{
	const int lines[TRACK_N_KINDS] = {t->line_socket,  t->line_script, t->line_interface,
					  t->line_process, t->line_file,   t->line_gateway};
	int first = -1;

	for (int k = 0; k < TRACK_N_KINDS; k++) {
		if (!lines[k])
			continue;
		if (first >= 0)
			errlist_add(kc->el, kc->file, lines[k], kc->section,
				    track_kind_name((enum track_kind)k),
				    "contradicts %s (line %d), expected one of the two",
				    track_kind_name((enum track_kind)first), lines[first]);
		else
			first = k;
	}
	if (first < 0) {
		errlist_add(kc->el, kc->file, sec->line, kc->section, NULL,
			    "expected one of socket, script, interface, process, file or gateway");
		return false;
	}
	t->tc.kind = (enum track_kind)first;
	return true;
}

/* --- defaults of a kind ----------------------------------------------------------------------- */

static const struct kind_defaults {
	usec_t interval;
	int fall, rise, weight;
} defaults[TRACK_N_KINDS] = {
    [TRACK_SOCKET] = {200 * USEC_PER_MS, 2, 2, 0}, [TRACK_SCRIPT] = {USEC_PER_SEC, 1, 1, 0},
    [TRACK_INTERFACE] = {USEC_PER_SEC, 1, 1, 0},   [TRACK_PROCESS] = {USEC_PER_SEC, 1, 1, 0},
    [TRACK_FILE] = {USEC_PER_SEC, 1, 1, 1},        [TRACK_GATEWAY] = {USEC_PER_SEC, 3, 2, 0},
};

static void
set_defaults(struct track_draft *t)
{
	const struct kind_defaults *d = &defaults[t->tc.kind];
	struct track_conf *tc = &t->tc;

	if (!t->line_interval)
		tc->timing.interval = d->interval;
	if (!t->line_timeout)
		tc->timing.timeout = tc->timing.interval;
	if (!t->line_fall)
		tc->timing.fall = d->fall;
	if (!t->line_rise)
		tc->timing.rise = d->rise;
	if (!t->line_weight)
		tc->weight = d->weight;
	if (!t->line_quorum_max)
		tc->quorum_max = TRACK_PROCESS_UNBOUNDED;
	if (t->line_delay)
		tc->up_delay = tc->down_delay = t->delay;
	if (t->line_fork_delay)
		tc->up_delay = t->fork_delay;
	if (t->line_terminate_delay)
		tc->down_delay = t->terminate_delay;
	if (!t->line_param_match && tc->n_process > 1)
		tc->param_match = PARAMS_EXACT;
}

/* --- what must fit together ------------------------------------------------------------------- */

#define wrong(kc, line, key, ...)                                                                  \
	errlist_add((kc)->el, (kc)->file, line, (kc)->section, key, __VA_ARGS__)

static void
check_delays(struct key_ctx *kc, const struct track_draft *t)
{
	static const size_t others[] = {
	    offsetof(struct track_draft, line_fork_delay),
	    offsetof(struct track_draft, line_terminate_delay),
	    offsetof(struct track_draft, line_up_delay),
	    offsetof(struct track_draft, line_down_delay),
	};

	for (size_t i = 0; t->line_delay && i < sizeof(others) / sizeof(others[0]); i++)
		if (line_at(t, others[i])) {
			wrong(kc, t->line_delay, "delay",
			      "contradicts the one on line %d, expected one of the two",
			      line_at(t, others[i]));
			return;
		}
}

static void
check_gateways(struct key_ctx *kc, const struct track_draft *t)
{
	const struct track_conf *tc = &t->tc;

	if (tc->n_gateways > 0 && (size_t)tc->need > tc->n_gateways)
		wrong(kc, t->line_need, "need", "%d of %zu addresses can never answer", tc->need,
		      tc->n_gateways);
	for (size_t i = 0; i < tc->n_gateways; i++) {
		const struct gateway_conf *g = &tc->gateways[i];
		bool is_local = addr_family(&g->addr) == AF_INET6 &&
				IN6_IS_ADDR_LINKLOCAL(&g->addr.in6.sin6_addr);
		char text[ADDR_STRLEN];

		if (tc->probe == GATEWAY_ARP && !g->dev)
			wrong(kc, t->line_gateway, "gateway",
			      "probe = arp asks on a link, expected '%s dev IF'",
			      addr_format_ip(&g->addr, text));
		else if (is_local && !g->dev)
			wrong(kc, t->line_gateway, "gateway",
			      "a link-local address needs its link, expected '%s dev IF'",
			      addr_format_ip(&g->addr, text));
	}
}

static void
check_fit(struct key_ctx *kc, const struct track_draft *t)
{
	const struct track_conf *tc = &t->tc;

	check_belongings(kc, t);
	if (tc->kind != TRACK_FILE &&
	    (tc->weight > TRACK_WEIGHT_MAX || tc->weight < -TRACK_WEIGHT_MAX))
		wrong(kc, t->line_weight, "weight", "'%d' is not a number from %d to %d",
		      tc->weight, -TRACK_WEIGHT_MAX, TRACK_WEIGHT_MAX);
	if (tc->kind == TRACK_PROCESS && tc->quorum > tc->quorum_max)
		wrong(kc, t->line_quorum_max, "quorum_max",
		      "%d is less than quorum, which is %d: never fulfilled", tc->quorum_max,
		      tc->quorum);
	if (tc->kind == TRACK_GATEWAY && tc->timing.timeout > tc->timing.interval)
		wrong(kc, t->line_timeout, "timeout",
		      "a gateway is asked again after interval, expected at most that");
	check_delays(kc, t);
	check_gateways(kc, t);
}

void
conf_track_read(struct key_ctx *kc, const struct ini_section *sec, struct conf_draft *d)
{
	struct vrrpd_conf *c = d->conf;
	struct track_draft t = {
	    .tc = {.name = sec->name, .line = sec->line, .quorum = 1, .need = 1}};

	for (size_t i = 0; i < c->n_tracks; i++)
		if (strcmp(c->tracks[i].name, sec->name) == 0)
			errlist_add(kc->el, kc->file, sec->line, sec->title, NULL,
				    "stands twice, first on line %d", c->tracks[i].line);
	keytab_apply(track_keys, kc, sec, &t);
	if (find_kind(kc, sec, &t)) {
		set_defaults(&t);
		check_fit(kc, &t);
	}
	if (!conf_name_fits(kc, sec))
		return;
	c->tracks = arena_grow(kc->arena, c->tracks, c->n_tracks, sizeof(t.tc));
	c->tracks[c->n_tracks++] = t.tc;
}
