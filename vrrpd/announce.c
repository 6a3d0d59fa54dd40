/*
 * announce.c - frames onto the wire when garp_plan.c says what and garp_queue.c says when.
 *
 * A wake-up sends at most SLICE frames, so that hundreds of addresses delay no advertisement.
 */
#include "vrrpd/announce.h"

#include <event2/event.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/daemon.h"
#include "vrrpd/conflict.h"
#include "vrrpd/frame.h"

#define SLICE 64

struct announcer {
	int fd;
	struct event_base *base;
	struct event *timer;
	struct garp_queue queue;
};

struct target {
	struct garp_item item; /* first: the queue gives it back */
	struct announce_target is;
	struct announce *owner;
};

struct announce {
	struct announcer *announcer;
	struct garp_conf conf;
	struct event *timer;
	struct garp_plan plan;
	struct target *targets;
	size_t n_targets;
	bool claimed;
	uint64_t n_sent;
};

static void
arm(struct event *timer, usec_t at)
{
	usec_t d = at - clock_boot();
	struct timeval tv;

	if (at == USEC_NEVER) {
		evtimer_del(timer);
		return;
	}
	if (d < 0)
		d = 0;
	tv = (struct timeval){.tv_sec = d / USEC_PER_SEC, .tv_usec = d % USEC_PER_SEC};
	evtimer_add(timer, &tv);
}

/* --- frames ----------------------------------------------------------------------------------- */

static size_t
build_frame(const struct announce_target *t, enum garp_form form, uint8_t frame[FRAME_NA_LEN])
{
	_Static_assert(CONFLICT_PROBE_MAX <= FRAME_NA_LEN, "each frame fits");
	if (form == GARP_PROBE)
		return conflict_probe(t->mac, &t->vip, frame);
	if (addr_family(&t->vip) == AF_INET6) {
		frame_na(t->mac, &t->vip, t->is_router, frame);
		return FRAME_NA_LEN;
	}
	frame_garp(form == GARP_REPLY ? FRAME_ARP_REPLY : FRAME_ARP_REQUEST, t->mac, &t->vip,
		   frame);
	return FRAME_ARP_LEN;
}

static void
send_frame(struct announcer *an, struct target *t, enum garp_form form)
{
	uint8_t frame[FRAME_NA_LEN];
	size_t len = build_frame(&t->is, form, frame);
	struct sockaddr_ll to = {
	    .sll_family = AF_PACKET,
	    .sll_ifindex = t->is.ifindex,
	    .sll_halen = ETH_ALEN,
	};

	memcpy(&to.sll_addr, frame, ETH_ALEN);
	memcpy(&to.sll_protocol, frame + (size_t)2 * ETH_ALEN, sizeof(to.sll_protocol));
	/* an interface that is down cannot carry it, and needs no word about it from here */
	if (sendto(an->fd, frame, len, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) > 0)
		t->owner->n_sent++;
}

/* Until `urgent` frames of `who` are out, or a slice of whoever's turn it is. */
static void
send_waiting(struct announcer *an, const struct announce *who, size_t urgent)
{
	enum garp_form form;

	for (size_t i = 0; i < SLICE || urgent > 0; i++) {
		struct garp_item *item = garp_queue_take(&an->queue, clock_boot(), &form);
		struct target *t = (struct target *)item;

		if (!item)
			break;
		send_frame(an, t, form);
		if (who && t->owner == who && --urgent == 0)
			break;
	}
	arm(an->timer, garp_queue_deadline(&an->queue));
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	send_waiting(arg, NULL, 0);
}

/* --- the announcer ---------------------------------------------------------------------------- */

struct announcer *
announcer_new(struct event_base *base, struct err *e)
{
	struct announcer *an = calloc(1, sizeof(*an));

	if (!an) {
		err_set(e, "announcements: out of memory");
		return NULL;
	}
	an->base = base;
	/* protocol 0: no frame is ever queued here */
	an->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	an->timer = evtimer_new(base, on_turn, an);
	if (an->fd < 0)
		err_sys(e, "packet socket for announcements");
	else if (!an->timer)
		err_set(e, "announcements: out of memory");
	else
		return an;
	announcer_free(&an);
	return NULL;
}

void
announcer_free(struct announcer **an)
{
	if (!*an)
		return;
	if ((*an)->timer)
		event_free((*an)->timer);
	if ((*an)->fd >= 0)
		close((*an)->fd);
	garp_queue_free(&(*an)->queue);
	free(*an);
	*an = NULL;
}

/* --- one instance ----------------------------------------------------------------------------- */

static void
forget_targets(struct announce *a)
{
	for (size_t i = 0; i < a->n_targets; i++)
		garp_queue_drop(&a->announcer->queue, &a->targets[i].item);
	free(a->targets);
	a->targets = NULL;
	a->n_targets = 0;
}

static usec_t
gap_of(const struct announce *a, int family)
{
	return family == AF_INET ? a->conf.garp_interval : a->conf.gna_interval;
}

static void
set_targets(struct announce *a, const struct announce_target *targets, size_t n)
{
	struct target *list = calloc(n + 1, sizeof(*list));

	if (!list)
		return;
	forget_targets(a);
	a->targets = list;
	a->n_targets = n;
	for (size_t i = 0; i < n; i++) {
		list[i].is = targets[i];
		list[i].owner = a;
		list[i].item.ifindex = targets[i].ifindex;
		list[i].item.family = addr_family(&targets[i].vip);
		list[i].item.gap = gap_of(a, list[i].item.family);
	}
}

static void
queue_target(struct announce *a, struct target *t, usec_t now)
{
	bool v4 = t->item.family == AF_INET;

	garp_queue_put(&a->announcer->queue, &t->item,
		       v4 ? GARP_REQUEST | GARP_REPLY : GARP_REQUEST, now);
}

static void
queue_rounds(struct announce *a, unsigned rounds, usec_t now)
{
	for (size_t i = 0; i < a->n_targets; i++) {
		const struct announce_target *t = &a->targets[i].is;

		if ((rounds & GARP_ROUND_ALL) ||
		    ((rounds & GARP_ROUND_EXTRA) && t->extra && !t->silent))
			queue_target(a, &a->targets[i], now);
	}
}

static void
run_plan(struct announce *a, size_t urgent)
{
	usec_t now = clock_boot();
	unsigned rounds = garp_plan_due(&a->plan, &a->conf, now);

	arm(a->timer, garp_plan_deadline(&a->plan));
	if (!rounds)
		return;
	queue_rounds(a, rounds, now);
	send_waiting(a->announcer, urgent ? a : NULL, urgent);
}

static void
on_plan(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	run_plan(arg, 0);
}

struct announce *
announce_new(struct announcer *an, const struct garp_conf *conf)
{
	struct announce *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->announcer = an;
	a->conf = *conf;
	garp_plan_init(&a->plan);
	a->timer = evtimer_new(an->base, on_plan, a);
	if (!a->timer)
		announce_free(&a);
	return a;
}

void
announce_free(struct announce **a)
{
	if (!*a)
		return;
	forget_targets(*a);
	if ((*a)->timer)
		event_free((*a)->timer);
	free(*a);
	*a = NULL;
}

void
announce_set_conf(struct announce *a, const struct garp_conf *conf)
{
	bool other_periods =
	    conf->master_refresh != a->conf.master_refresh || conf->extra_if != a->conf.extra_if;

	a->conf = *conf;
	for (size_t i = 0; i < a->n_targets; i++)
		a->targets[i].item.gap = gap_of(a, a->targets[i].item.family);
	if (!a->claimed || !other_periods)
		return;
	garp_plan_change(&a->plan, &a->conf, clock_boot());
	arm(a->timer, garp_plan_deadline(&a->plan));
}

void
announce_claim(struct announce *a, const struct announce_target *targets, size_t n)
{
	set_targets(a, targets, n);
	a->claimed = true;
	garp_plan_claim(&a->plan, &a->conf, clock_boot());
	run_plan(a, n);
}

void
announce_again(struct announce *a, const struct announce_target *targets, size_t n)
{
	set_targets(a, targets, n);
	garp_plan_again(&a->plan, &a->conf, clock_boot());
	arm(a->timer, garp_plan_deadline(&a->plan));
}

void
announce_rival(struct announce *a)
{
	garp_plan_rival(&a->plan, &a->conf, clock_boot());
	arm(a->timer, garp_plan_deadline(&a->plan));
}

void
announce_probe(struct announce *a)
{
	usec_t now = clock_boot();

	for (size_t i = 0; i < a->n_targets; i++)
		garp_queue_put(&a->announcer->queue, &a->targets[i].item, GARP_PROBE, now);
	arm(a->announcer->timer, garp_queue_deadline(&a->announcer->queue));
}

void
announce_stop(struct announce *a)
{
	a->claimed = false;
	garp_plan_stop(&a->plan);
	evtimer_del(a->timer);
	forget_targets(a);
}

uint64_t
announce_sent(const struct announce *a)
{
	return a->n_sent;
}
