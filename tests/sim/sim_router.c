/*
 * sim_router.c - a vrrpd without an operating system: carries out what the election wishes.
 *
 * A paused router keeps its VIP until the kernel's lease is over, and its socket keeps what
 * arrives; on waking it reads the socket before it looks at its timer, as the daemon does.
 */
#include "tests/sim/sim.h"

#include <string.h>

static void
send_to(struct sim *s, struct router *r, uint8_t priority, const struct addr *dst)
{
	struct message m = {.src = r->wire.src, .dst = *dst};
	uint8_t buf[VRRP_PACKET_MAX];

	m.len = vrrp_encode(&r->wire, priority, r->csum, dst, buf);
	memcpy(m.bytes, buf, m.len);
	lan_send(s, r->id, &m);
}

static void
advertise(struct sim *s, struct router *r, uint8_t priority)
{
	if (r->faults & 1u << VRRP_FAULT_LINK)
		return;
	if (!s->unicast)
		send_to(s, r, priority, &s->group);
	for (size_t i = 0; i < r->wire.n_peers; i++)
		send_to(s, r, priority, &r->wire.peers[i]);
}

static void
renew_lease(struct sim *s, struct router *r)
{
	r->has_vip = true;
	r->lease_until = s->now + vrrp_lease_seconds(&r->params, r->base_priority) * USEC_PER_SEC;
}

static void
perform(struct sim *s, struct router *r, const struct vrrp_out *out)
{
	if (out->actions & VRRP_ACT_LOG)
		sim_trace(s, "router %d (%d): %s -> %s (%s)", r->id, r->fsm.priority,
			  vrrp_state_name(out->from), vrrp_state_name(out->to), out->reason);
	if (out->actions & VRRP_ACT_SEND_ZERO) {
		advertise(s, r, 0);
		advertise(s, r, 0);
	}
	if (out->actions & VRRP_ACT_DEL_VIPS) {
		sim_trace(s, "router %d: VIP deleted", r->id);
		r->has_vip = false;
	}
	if (out->actions & VRRP_ACT_ADD_VIPS)
		renew_lease(s, r);
	if (out->actions & VRRP_ACT_GARP) {
		sim_trace(s, "router %d: gratuitous ARP", r->id);
		s->arp_owner = r->id;
	}
	if (out->actions & VRRP_ACT_SEND_ADVERT) {
		if (vrrp_fsm_holds_vips(&r->fsm))
			renew_lease(s, r);
		advertise(s, r, r->fsm.priority);
	}
	if (out->actions & VRRP_ACT_STOPPED)
		r->running = false;
}

void
router_event(struct sim *s, struct router *r, const struct vrrp_event *ev)
{
	struct vrrp_fsm before = r->fsm;
	struct vrrp_out out;

	s->n_steps++;
	vrrp_fsm_step(&r->fsm, &r->params, ev, s->now, &out);
	perform(s, r, &out);
	check_step(s, r, &out);
	check_rfc(s, r, &before, ev, &out);
}

static void
decode(struct sim *s, struct router *r, const struct message *m)
{
	struct vrrp_meta meta = {.src = m->src, .dst = m->dst, .ttl = VRRP_TTL};
	struct vrrp_event ev = {.type = VRRP_EV_ADVERT};
	struct vrrp_advert ad;
	enum vrrp_drop drop = vrrp_decode(&r->wire, &meta, m->bytes, m->len, &ad);

	r->drops[drop]++;
	if (drop != VRRP_DROP_NONE)
		return;
	if (ad.version == 3)
		r->csum = ad.csum;
	ev.advert.priority = ad.priority;
	ev.advert.interval = ad.interval;
	ev.advert.source = ad.src;
	ev.advert.at = m->at;
	router_event(s, r, &ev);
}

void
router_receive(struct sim *s, struct router *r, const struct message *m)
{
	if (!r->running || r->faults & 1u << VRRP_FAULT_LINK)
		return;
	if (!r->paused)
		decode(s, r, m);
	else if (r->n_inbox < INBOX_MAX)
		r->inbox[r->n_inbox++] = *m;
}

void
router_probe(struct sim *s, struct router *r)
{
	struct vrrp_event ev = {.type = VRRP_EV_WITNESS, .witness = VRRP_WITNESS_OK};
	bool link = !(r->faults & FAULT(LINK));

	if (!r->running || r->paused)
		return;
	if (s->lan.witness_cut[r->id] || !link)
		ev.witness = VRRP_WITNESS_LOST;
	for (int i = 0; i < s->n_routers && link; i++) {
		const struct router *peer = &s->routers[i];

		ev.peer_seen |= i != r->id && peer->running && !(peer->faults & FAULT(LINK)) &&
				!s->lan.cut[r->id][i] && !s->lan.cut[i][r->id];
	}
	if (ev.witness == r->witness && ev.peer_seen == r->peer_seen)
		return;
	r->witness = ev.witness;
	r->peer_seen = ev.peer_seen;
	sim_trace(s, "router %d: witness %s, peer %s", r->id,
		  ev.witness == VRRP_WITNESS_OK ? "seen" : "lost", ev.peer_seen ? "seen" : "lost");
	router_event(s, r, &ev);
}

/* The state file tells of a life as master that ended a moment ago. */
static bool
may_resume(const struct sim *s, const struct router *r)
{
	return r->saved && vrrp_may_resume(&r->params, r->fsm.at_sent, s->now);
}

void
router_start(struct sim *s, struct router *r)
{
	struct vrrp_event asked = {.type = VRRP_EV_WITNESS, .witness = VRRP_WITNESS_WAITING};
	struct vrrp_event ev = {.type = VRRP_EV_START,
				.priority = r->base_priority,
				.faults = r->faults,
				.resume = may_resume(s, r)};

	if (r->running)
		return;
	sim_trace(s, "router %d: start%s", r->id, ev.resume ? " with its state file" : "");
	r->saved = false;
	vrrp_fsm_init(&r->fsm);
	r->running = true;
	r->paused = false;
	r->stopping = false;
	r->has_vip &= ev.resume; /* left-over VIPs are removed at start */
	r->peer_seen = false;
	r->witness = s->witnessed ? VRRP_WITNESS_WAITING : VRRP_WITNESS_NONE;
	r->csum = VRRP_CSUM_PSEUDO;
	r->n_inbox = 0;
	if (s->witnessed)
		vrrp_fsm_step(&r->fsm, &r->params, &asked, s->now, &(struct vrrp_out){0});
	router_event(s, r, &ev);
}

void
router_stop(struct sim *s, struct router *r)
{
	static const struct vrrp_event ev = {.type = VRRP_EV_STOP};

	if (!r->running || r->paused)
		return;
	sim_trace(s, "router %d: stop", r->id);
	r->stopping = true;
	router_event(s, r, &ev);
}

void
router_crash(struct sim *s, struct router *r)
{
	sim_trace(s, "router %d: crash", r->id);
	if (r->running)
		r->saved = r->fsm.state == VRRP_MASTER && sim_percent(s, 70);
	r->running = false;
	r->paused = false;
	r->n_inbox = 0;
}

void
router_pause(struct sim *s, struct router *r)
{
	if (!r->running)
		return;
	sim_trace(s, "router %d: pause", r->id);
	r->paused = true;
}

void
router_resume(struct sim *s, struct router *r)
{
	static const struct vrrp_event deadline = {.type = VRRP_EV_DEADLINE};

	if (!r->paused)
		return;
	sim_trace(s, "router %d: resume, %zu messages waiting", r->id, r->n_inbox);
	r->paused = false;
	for (size_t i = 0; i < r->n_inbox; i++)
		decode(s, r, &r->inbox[i]);
	r->n_inbox = 0;
	if (router_deadline(r) <= s->now)
		router_event(s, r, &deadline);
}

void
router_set_faults(struct sim *s, struct router *r, unsigned faults)
{
	struct vrrp_event ev = {.type = VRRP_EV_FAULTS, .faults = faults};

	if (r->paused || faults == r->faults)
		return;
	sim_trace(s, "router %d: faults now '%s'", r->id, vrrp_fault_text(faults));
	r->faults = faults;
	if (r->running)
		router_event(s, r, &ev);
}

usec_t
router_deadline(const struct router *r)
{
	return r->running && !r->paused ? vrrp_fsm_deadline(&r->fsm) : USEC_NEVER;
}

bool
router_holds(const struct sim *s, const struct router *r)
{
	return r->has_vip && s->now < r->lease_until && !(r->faults & 1u << VRRP_FAULT_LINK);
}

bool
router_fit(const struct router *r)
{
	return r->running && !r->paused && !r->stopping && !r->cut_off && r->faults == 0;
}
