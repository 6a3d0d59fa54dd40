/*
 * forecast.c - how long a failover takes at most, computed from the configuration alone.  Pure.
 */
#include "vrrpd/forecast.h"

#include "vrrpd/weight.h"

/* instance_vips.c renews a lease with the first advertisement after this. */
#define RENEW_GAP (900 * USEC_PER_MS)

const char *
forecast_name(enum forecast_fault f)
{
	static const char *const names[] = {
#define X(id, name, text) name,
	    FORECAST_TABLE(X)
#undef X
	};

	return names[f];
}

/* --- priorities ------------------------------------------------------------------------------- */

/*
 * What it adds in the better of its two states, or in the other; a file's number may be anything
 * and is left out.
 */
static int
bonus(const struct track_use *use, bool is_better)
{
	struct weight_fact fact = {
	    .weight = use->weight,
	    .reverse = use->reverse,
	    .is = {.verdict = is_better != use->reverse ? TRACK_OK : TRACK_FAILING},
	};

	return use->track->kind == TRACK_FILE ? 0 : weight_share(&fact);
}

static uint8_t
clamp(const struct instance_conf *ic, int priority)
{
	if (ic->priority == VRRP_PRIORITY_OWNER)
		return VRRP_PRIORITY_OWNER;
	return (uint8_t)(priority < 1 ? 1 : priority > 254 ? 254 : priority);
}

/* The one at index `odd` differs from the rest. */
static uint8_t
effective(const struct instance_conf *ic, bool rest_good, size_t odd)
{
	int priority = ic->priority;

	for (size_t i = 0; i < ic->n_tracks; i++)
		priority += bonus(&ic->tracks[i], rest_good != (i == odd));
	return clamp(ic, priority);
}

void
forecast_track(const struct instance_conf *ic, size_t i, uint8_t *bad, uint8_t *good)
{
	*good = effective(ic, true, SIZE_MAX);
	*bad = effective(ic, true, i);
}

/* --- times ------------------------------------------------------------------------------------ */

static struct vrrp_params
params(const struct instance_conf *ic)
{
	const struct addr none = {.len = 0};
	struct vrrp_params p;

	instance_conf_params(ic, &none, &p);
	return p;
}

static usec_t
down_interval(const struct instance_conf *ic, uint8_t priority)
{
	struct vrrp_params p = params(ic);

	return vrrp_down_interval(&p, p.interval, priority);
}

/* A master that says goodbye is followed after this. */
static usec_t
handover(const struct instance_conf *ic, uint8_t successor)
{
	struct vrrp_params p = params(ic);

	return p.fast_takeover ? 0 : vrrp_skew(p.version, p.interval, successor);
}

/*
 * When this tracker has found proxyd's fault.  A killed program's connection ends at once; a hung
 * one is asked, and given its time `fall` times.  A process that hangs is still a process.
 */
static usec_t
detection(const struct track_conf *t, bool hung)
{
	switch (t->kind) {
	case TRACK_SOCKET:
		return hung ? t->timing.interval + t->timing.fall * t->timing.timeout : 0;
	case TRACK_SCRIPT:
		return t->timing.fall * t->timing.interval + (hung ? t->timing.timeout : 0);
	case TRACK_PROCESS:
		return hung ? USEC_NEVER : t->down_delay;
	case TRACK_INTERFACE:
	case TRACK_FILE:
	case TRACK_GATEWAY:
	case TRACK_N_KINDS:
		break;
	}
	return USEC_NEVER;
}

/* From a fault that this tracker finds `found` after it to the successor. */
static usec_t
by_tracker(const struct instance_conf *ic, size_t i, usec_t found, uint8_t successor)
{
	uint8_t bad, good;

	if (found == USEC_NEVER)
		return USEC_NEVER;
	if (ic->tracks[i].weight == 0)
		return found + handover(ic, successor);
	forecast_track(ic, i, &bad, &good);
	if (ic->nopreempt || successor <= bad || bad == good)
		return USEC_NEVER;
	/* it does not obey the lower priority: its timer runs since it last obeyed */
	return found + down_interval(ic, successor);
}

static usec_t
proxy_fault(const struct instance_conf *ic, bool hung, uint8_t successor)
{
	usec_t best = USEC_NEVER;

	for (size_t i = 0; i < ic->n_tracks; i++) {
		usec_t t = by_tracker(ic, i, detection(ic->tracks[i].track, hung), successor);

		best = t < best ? t : best;
	}
	return best;
}

static usec_t
lease(const struct instance_conf *ic)
{
	struct vrrp_params p = params(ic);

	return vrrp_lease_seconds(&p, (uint8_t)ic->priority) * USEC_PER_SEC;
}

/* The kernel ends the lease; a successor that is slower than that leaves a gap. */
static void
vrrpd_killed(const struct instance_conf *ic, uint8_t successor, struct forecast *f)
{
	usec_t renewed = ic->advert_int >= RENEW_GAP ? 0 : RENEW_GAP;
	usec_t gap;

	f->second_holder = USEC_NEVER;
	f->without[FORECAST_VRRPD_KILLED] = 0;
	if (!ic->vip_lease)
		return;
	f->second_holder = lease(ic);
	gap = down_interval(ic, successor) - (f->second_holder - renewed);
	f->without[FORECAST_VRRPD_KILLED] = gap > 0 ? gap : 0;
}

void
forecast_make(const struct instance_conf *ic, uint8_t successor, struct forecast *f)
{
	f->high = effective(ic, true, SIZE_MAX);
	f->low = effective(ic, false, SIZE_MAX);
	f->without[FORECAST_PROXY_KILLED] = proxy_fault(ic, false, successor);
	f->without[FORECAST_PROXY_HUNG] = proxy_fault(ic, true, successor);
	f->without[FORECAST_HOST_LOST] = down_interval(ic, successor);
	/* it keeps the address until the successor speaks */
	f->without[FORECAST_SWITCHOVER] = 0;
	f->switchover_done = handover(ic, successor);
	vrrpd_killed(ic, successor, f);
}
