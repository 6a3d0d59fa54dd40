/*
 * fuzz_vrrpd_conf.c - any bytes as vrrpd.conf: refused with a reason, or sound enough to run.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "vrrpd/conf.h"

static const char *
environment(const char *name)
{
	return strcmp(name, "SET") == 0 ? "10.0.0.1" : NULL;
}

/* What the probers rely on. */
static void
check_track(const struct track_conf *tc)
{
	const void *const subject[TRACK_N_KINDS] = {
	    [TRACK_SOCKET] = tc->socket,   [TRACK_SCRIPT] = tc->script,
	    [TRACK_PROCESS] = tc->process, [TRACK_INTERFACE] = tc->interface,
	    [TRACK_FILE] = tc->file,       [TRACK_GATEWAY] = tc->gateways,
	};

	FUZZ_ASSERT(tc->timing.interval > 0 && tc->timing.timeout > 0);
	FUZZ_ASSERT(tc->timing.rise > 0 && tc->timing.fall > 0);
	for (int k = 0; k < TRACK_N_KINDS; k++)
		FUZZ_ASSERT((subject[k] != NULL) == (k == (int)tc->kind));
	if (tc->kind == TRACK_GATEWAY)
		FUZZ_ASSERT(tc->need > 0 && (size_t)tc->need <= tc->n_gateways);
	if (tc->kind == TRACK_PROCESS)
		FUZZ_ASSERT(tc->n_process > 0 && tc->quorum <= tc->quorum_max);
}

/* What the shell and the election rely on. */
static void
check_instance(const struct instance_conf *ic)
{
	struct addr source = {.in = {.sin_family = AF_INET}, .len = sizeof(source.in)};
	uint8_t buf[VRRP_PACKET_MAX];
	struct vrrp_params p;
	struct vrrp_wire w;

	instance_conf_params(ic, &source, &p);
	instance_conf_wire(ic, &source, &w);
	FUZZ_ASSERT(ic->name && ic->interface && w.n_vips > 0 && w.n_vips <= VRRP_ADDRS_MAX);
	FUZZ_ASSERT(ic->priority > 0 && ic->priority < (ic->wants_master ? 256 : 255));
	FUZZ_ASSERT(w.vrid > 0 && p.interval > 0 && vrrp_lease_seconds(&p, 1) >= 2);
	FUZZ_ASSERT(vrrp_encode(&w, 1, VRRP_CSUM_PSEUDO, &source, buf) <= sizeof(buf));
	FUZZ_ASSERT((buf[4] || buf[5]) && buf[3] == (uint8_t)w.n_vips);
	for (size_t i = 0; i < ic->n_tracks; i++)
		check_track(ic->tracks[i].track);
	FUZZ_ASSERT(ic->witness.n == 0 ||
		    (ic->witness.need > 0 && (size_t)ic->witness.need <= ic->witness.n &&
		     ic->witness.timing.timeout > 0 && ic->witness.timing.fall > 0));
}

static void
check_same(const struct vrrpd_conf *a, const struct vrrpd_conf *b)
{
	struct arena *arena = arena_new();
	struct conf_diff d;

	conf_diff(arena, a, b, &d);
	FUZZ_ASSERT(d.n_instances == a->n_instances && d.n_tracks == a->n_tracks);
	for (size_t i = 0; i < d.n_instances; i++)
		FUZZ_ASSERT(d.instances[i].change == CONF_KEEP);
	for (size_t i = 0; i < d.n_tracks; i++)
		FUZZ_ASSERT(d.tracks[i].change == CONF_KEEP);
	FUZZ_ASSERT(!d.stats_socket && !d.logs && !d.scheduling);
	arena_free(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct errlist el;
	struct vrrpd_conf *a, *b;

	errlist_init(&el);
	a = vrrpd_conf_parse("f", (const char *)data, size, environment, &el);
	FUZZ_ASSERT((a == NULL) == (el.n_errors > 0));
	for (size_t i = 0; i < el.n_lines; i++)
		FUZZ_ASSERT(!strpbrk(el.lines[i], "\r\n\t\x1b"));
	if (a) {
		FUZZ_ASSERT(a->n_instances > 0);
		for (size_t i = 0; i < a->n_instances; i++)
			check_instance(&a->instances[i]);
		b = vrrpd_conf_parse("f", (const char *)data, size, environment, &el);
		check_same(a, b);
		vrrpd_conf_free(&b);
	}
	vrrpd_conf_free(&a);
	errlist_free(&el);
	return 0;
}
