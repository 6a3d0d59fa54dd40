/*
 * vrrp_fsm_rig.h - one router on a clock, for the tests of the election.
 */
#ifndef TESTS_UNIT_VRRP_FSM_RIG_H
#define TESTS_UNIT_VRRP_FSM_RIG_H

#include "tests/unit/unit.h"

#include "vrrpd/fsm.h"

#define FAULT(id) (1u << VRRP_FAULT_##id)
#define TAKE_OVER                                                                                  \
	(VRRP_ACT_LOG | VRRP_ACT_ADD_VIPS | VRRP_ACT_GARP | VRRP_ACT_SEND_ADVERT | VRRP_ACT_NOTIFY)

/* One router, 10.0.0.2, v3 with 1 s unless a test says otherwise. */
struct rig {
	struct vrrp_params p;
	struct vrrp_fsm f;
	struct vrrp_out out;
	usec_t now;
};

static inline struct addr
ip(const char *text)
{
	struct addr a;
	struct err e;

	assert_int_equal(addr_parse_ip(text, &a, &e), 0);
	return a;
}

static inline struct rig
rig_new(void)
{
	struct rig r = {.p = {.version = 3,
			      .interval = USEC_PER_SEC,
			      .down_adverts = 3,
			      .preempt = true,
			      .last_word = true,
			      .source = ip("10.0.0.2")},
			.now = 1000 * USEC_PER_SEC};

	vrrp_fsm_init(&r.f);
	return r;
}

static inline void
step(struct rig *r, struct vrrp_event ev)
{
	vrrp_fsm_step(&r->f, &r->p, &ev, r->now, &r->out);
}

static inline void
start(struct rig *r, uint8_t priority)
{
	step(r, (struct vrrp_event){.type = VRRP_EV_START, .priority = priority});
}

static inline void
advert_of(struct rig *r, const char *source, uint8_t priority, usec_t interval)
{
	step(r, (struct vrrp_event){
		    .type = VRRP_EV_ADVERT,
		    .advert = {.priority = priority, .interval = interval, .source = ip(source)}});
}

static inline void
advert(struct rig *r, uint8_t priority)
{
	advert_of(r, "10.0.0.1", priority, USEC_PER_SEC);
}

static inline void
event(struct rig *r, enum vrrp_event_type type)
{
	step(r, (struct vrrp_event){.type = type});
}

static inline void
faults(struct rig *r, unsigned set)
{
	step(r, (struct vrrp_event){.type = VRRP_EV_FAULTS, .faults = set});
}

/* Let time pass to the deadline and deliver it. */
static inline void
deadline(struct rig *r)
{
	assert_true(vrrp_fsm_deadline(&r->f) != USEC_NEVER);
	r->now = vrrp_fsm_deadline(&r->f);
	event(r, VRRP_EV_DEADLINE);
}

/* A leaving router hears its successor: the VIP stays for 20 ms, for connections just begun. */
static inline void
hears_successor(struct rig *r, uint8_t priority)
{
	usec_t at = r->now;

	advert(r, priority);
	assert_false(r->out.actions & VRRP_ACT_DEL_VIPS);
	assert_true(vrrp_fsm_holds_vips(&r->f));
	r->now += 10 * USEC_PER_MS;
	advert(r, priority); /* which does not prolong it */
	assert_int_equal(vrrp_fsm_deadline(&r->f), at + 20 * USEC_PER_MS);
	deadline(r);
}

static inline struct rig
backup(uint8_t priority)
{
	struct rig r = rig_new();

	start(&r, priority);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	return r;
}

static inline struct rig
master(uint8_t priority)
{
	struct rig r = backup(priority);

	deadline(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
	return r;
}

#endif
