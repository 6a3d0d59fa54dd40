/*
 * test_vrrp_fsm.c - the election of RFC 9568 section 6.4, rule by rule, and what ours adds to it.
 */
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

static struct addr
ip(const char *text)
{
	struct addr a;
	struct err e;

	assert_int_equal(addr_parse_ip(text, &a, &e), 0);
	return a;
}

static struct rig
rig_new(void)
{
	struct rig r = {.p = {.version = 3,
			      .interval = USEC_PER_SEC,
			      .preempt = true,
			      .garp_delay = 5 * USEC_PER_SEC,
			      .source = ip("10.0.0.2")},
			.now = 1000 * USEC_PER_SEC};

	vrrp_fsm_init(&r.f);
	return r;
}

static void
step(struct rig *r, struct vrrp_event ev)
{
	vrrp_fsm_step(&r->f, &r->p, &ev, r->now, &r->out);
}

static void
start(struct rig *r, uint8_t priority)
{
	step(r, (struct vrrp_event){.type = VRRP_EV_START, .priority = priority});
}

static void
advert_of(struct rig *r, const char *source, uint8_t priority, usec_t interval)
{
	step(r, (struct vrrp_event){
		    .type = VRRP_EV_ADVERT,
		    .advert = {.priority = priority, .interval = interval, .source = ip(source)}});
}

static void
advert(struct rig *r, uint8_t priority)
{
	advert_of(r, "10.0.0.1", priority, USEC_PER_SEC);
}

static void
event(struct rig *r, enum vrrp_event_type type)
{
	step(r, (struct vrrp_event){.type = type});
}

static void
faults(struct rig *r, unsigned set)
{
	step(r, (struct vrrp_event){.type = VRRP_EV_FAULTS, .faults = set});
}

/* Let time pass to the deadline and deliver it. */
static void
deadline(struct rig *r)
{
	assert_true(vrrp_fsm_deadline(&r->f) != USEC_NEVER);
	r->now = vrrp_fsm_deadline(&r->f);
	event(r, VRRP_EV_DEADLINE);
}

static struct rig
backup(uint8_t priority)
{
	struct rig r = rig_new();

	start(&r, priority);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	return r;
}

static struct rig
master(uint8_t priority)
{
	struct rig r = backup(priority);

	deadline(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
	return r;
}

/* --- 6.1, timers ------------------------------------------------------------------------------ */

static void
v3_skew_scales_with_the_interval_of_the_active_router(void **s) /* 6.1 */
{
	(void)s;
	assert_int_equal(vrrp_skew(3, USEC_PER_SEC, 100), 609375);
	assert_int_equal(vrrp_skew(3, 500 * USEC_PER_MS, 100), 304687);
	assert_int_equal(vrrp_down_interval(3, 500 * USEC_PER_MS, 100), 1804687);
	assert_int_equal(vrrp_down_interval(3, 10 * USEC_PER_MS, 100), 36093);
}

static void
v2_skew_counts_seconds_whatever_the_interval(void **s) /* RFC 3768 6.1 */
{
	(void)s;
	assert_int_equal(vrrp_skew(2, 5 * USEC_PER_SEC, 100), 609375);
	assert_int_equal(vrrp_down_interval(2, 5 * USEC_PER_SEC, 200), 15218750);
	assert_int_equal(vrrp_down_interval(2, USEC_PER_SEC, 254), 3007812);
}

static void
lease_outlives_the_down_interval_and_is_at_least_2_s(void **s)
{
	struct vrrp_params p = {.version = 3, .interval = 10 * USEC_PER_MS};

	(void)s;
	assert_int_equal(vrrp_lease_seconds(&p, 100), 2);
	p.interval = USEC_PER_SEC;
	assert_int_equal(vrrp_lease_seconds(&p, 100), 5);
	p.version = 2;
	assert_int_equal(vrrp_lease_seconds(&p, 254), 5);
}

/* --- 6.4.1, Initialize ------------------------------------------------------------------------ */

static void
start_goes_to_backup_and_waits_the_down_interval(void **s) /* 6.4.1 */
{
	struct rig r = rig_new();

	(void)s;
	start(&r, 100);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_int_equal(r.out.actions, VRRP_ACT_LOG | VRRP_ACT_NOTIFY);
	assert_int_equal(r.out.notify, VRRP_BACKUP);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 3609375);
}

static void
owner_becomes_master_at_once(void **s) /* 6.4.1 */
{
	struct rig r = rig_new();

	(void)s;
	start(&r, 255);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(r.out.actions, TAKE_OVER);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + USEC_PER_SEC);
}

static void
start_with_a_fault_goes_to_fault(void **s)
{
	struct rig r = rig_new();

	(void)s;
	step(&r,
	     (struct vrrp_event){.type = VRRP_EV_START, .priority = 255, .faults = FAULT(LINK)});
	assert_int_equal(r.f.state, VRRP_FAULT);
	assert_string_equal(r.out.reason, "interface down");
	assert_true(vrrp_fsm_deadline(&r.f) == USEC_NEVER);
}

static void
nothing_moves_an_instance_that_is_not_started(void **s)
{
	struct rig r = rig_new();

	(void)s;
	advert(&r, 0);
	advert(&r, 1);
	event(&r, VRRP_EV_DEADLINE);
	event(&r, VRRP_EV_SWITCHOVER);
	event(&r, VRRP_EV_CONFIG);
	faults(&r, FAULT(LINK));
	step(&r, (struct vrrp_event){.type = VRRP_EV_PRIORITY, .priority = 9});
	assert_int_equal(r.out.actions, 0);
	assert_int_equal(r.f.state, VRRP_INIT);
	assert_true(vrrp_fsm_deadline(&r.f) == USEC_NEVER);
	event(&r, VRRP_EV_STOP);
	assert_int_equal(r.out.actions, VRRP_ACT_STOPPED);
}

/* --- 6.4.2, Backup ---------------------------------------------------------------------------- */

static void
backup_takes_over_when_the_down_timer_fires(void **s) /* 6.4.2 */
{
	struct rig r = backup(100);

	(void)s;
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(r.out.actions, TAKE_OVER);
	assert_int_equal(r.out.from, VRRP_BACKUP);
	assert_int_equal(r.out.to, VRRP_MASTER);
	assert_string_equal(r.out.reason, "master down timer");
	assert_int_equal(r.out.notify, VRRP_MASTER);
	assert_int_equal(r.f.adver_at, r.now + USEC_PER_SEC);
	assert_int_equal(r.f.n_become_master, 1);
}

static void
backup_ignores_an_early_deadline(void **s)
{
	struct rig r = backup(100);

	(void)s;
	r.now = vrrp_fsm_deadline(&r.f) - 1;
	event(&r, VRRP_EV_DEADLINE);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_int_equal(r.out.actions, 0);
}

static void
backup_with_zero_priority_advert_waits_only_skew_time(void **s) /* 6.4.2 */
{
	struct rig r = backup(100);

	(void)s;
	advert(&r, 200);
	advert(&r, 0);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 609375);
}

static void
backup_that_knows_no_master_obeys_any_zero_priority_advert(void **s) /* 6.4.2 */
{
	struct rig r = backup(100);

	(void)s;
	advert(&r, 0);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 609375);
}

static void
zero_priority_of_a_router_that_is_not_the_master_changes_nothing(void **s)
{
	struct rig r = backup(100);
	usec_t before;

	(void)s;
	advert(&r, 200);
	before = vrrp_fsm_deadline(&r.f);
	advert_of(&r, "10.0.0.9", 0, USEC_PER_SEC);
	assert_int_equal(vrrp_fsm_deadline(&r.f), before);
}

static void
backup_obeys_higher_and_equal_priority(void **s) /* 6.4.2 */
{
	static const uint8_t priorities[] = {100, 101, 254, 255};
	struct rig r = backup(100);

	(void)s;
	for (size_t i = 0; i < sizeof(priorities); i++) {
		r.now += USEC_PER_SEC;
		advert(&r, priorities[i]);
		assert_int_equal(r.f.state, VRRP_BACKUP);
		assert_int_equal(r.out.actions, 0);
		assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 3609375);
		assert_int_equal(r.f.active_priority, priorities[i]);
	}
}

static void
backup_has_no_tie_break_by_address(void **s) /* 6.4.2: equal priority keeps the master */
{
	struct rig r = backup(100);

	(void)s;
	advert_of(&r, "10.0.0.1", 100, USEC_PER_SEC); /* lower address than ours */
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 3609375);
}

static void
preempting_backup_lets_a_lower_master_time_out(void **s) /* 6.4.2 */
{
	struct rig r = backup(100);
	usec_t before = vrrp_fsm_deadline(&r.f);

	(void)s;
	r.now += USEC_PER_SEC;
	advert(&r, 99);
	assert_int_equal(vrrp_fsm_deadline(&r.f), before);
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
}

static void
nopreempt_backup_obeys_a_lower_master(void **s) /* 6.4.2 */
{
	struct rig r = backup(100);

	(void)s;
	r.p.preempt = false;
	r.now += USEC_PER_SEC;
	advert(&r, 1);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 3609375);
}

static void
owner_preempts_in_spite_of_nopreempt(void **s) /* 6.1, Preempt_Mode */
{
	struct rig r = rig_new();
	usec_t before;

	(void)s;
	r.p.preempt = false;
	step(&r, (struct vrrp_event){
		     .type = VRRP_EV_START, .priority = 255, .faults = FAULT(NOT_READY)});
	before = vrrp_fsm_deadline(&r.f);
	r.now += 1;
	advert(&r, 254);
	assert_int_equal(vrrp_fsm_deadline(&r.f), before);
}

static void
v3_backup_learns_the_interval_of_the_active_router(void **s) /* 6.4.2 */
{
	struct rig r = backup(100);

	(void)s;
	advert_of(&r, "10.0.0.1", 200, 500 * USEC_PER_MS);
	assert_int_equal(r.f.active_adver, 500 * USEC_PER_MS);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 1804687);
}

static void
v3_backup_does_not_learn_from_a_router_that_it_does_not_obey(void **s) /* 6.4.2 */
{
	struct rig r = backup(100);

	(void)s;
	advert_of(&r, "10.0.0.1", 50, 500 * USEC_PER_MS);
	assert_int_equal(r.f.active_adver, USEC_PER_SEC);
}

static void
last_words_of_a_losing_master_do_not_shorten_the_timer(void **s)
{
	struct rig r = backup(50);
	usec_t before;

	(void)s;
	advert_of(&r, "10.0.0.1", 200, USEC_PER_SEC);
	before = vrrp_fsm_deadline(&r.f);
	advert_of(&r, "10.0.0.3", 100, 100 * USEC_PER_MS);
	assert_int_equal(vrrp_fsm_deadline(&r.f), before);
	r.now += USEC_PER_SEC;
	advert_of(&r, "10.0.0.3", 100, 100 * USEC_PER_MS); /* it stays: so it is the master */
	assert_int_equal(vrrp_fsm_deadline(&r.f),
			 r.now + vrrp_down_interval(3, 100 * USEC_PER_MS, 50));
}

static void
v2_backup_keeps_its_own_interval(void **s) /* RFC 3768 */
{
	struct rig r = rig_new();

	(void)s;
	r.p.version = 2;
	start(&r, 100);
	advert_of(&r, "10.0.0.1", 200, 7 * USEC_PER_SEC);
	assert_int_equal(r.f.active_adver, USEC_PER_SEC);
}

static void
new_master_advertises_with_its_own_interval(void **s) /* 6.4.2: not the learned one */
{
	struct rig r = backup(100);

	(void)s;
	advert_of(&r, "10.0.0.1", 200, 500 * USEC_PER_MS);
	deadline(&r);
	assert_int_equal(r.f.adver_at, r.now + USEC_PER_SEC);
}

static void
stopped_backup_sends_nothing(void **s) /* 6.4.2 */
{
	struct rig r = backup(100);

	(void)s;
	event(&r, VRRP_EV_STOP);
	assert_int_equal(r.f.state, VRRP_INIT);
	assert_int_equal(r.out.actions, VRRP_ACT_LOG | VRRP_ACT_NOTIFY | VRRP_ACT_STOPPED);
	assert_true(vrrp_fsm_deadline(&r.f) == USEC_NEVER);
}

static void
priority_of_a_backup_moves_its_running_timer_by_the_skew(void **s)
{
	struct rig r = backup(100);
	usec_t before = vrrp_fsm_deadline(&r.f);

	(void)s;
	step(&r, (struct vrrp_event){.type = VRRP_EV_PRIORITY, .priority = 200});
	assert_int_equal(vrrp_fsm_deadline(&r.f), before - 609375 + 218750);
	assert_int_equal(r.out.actions, 0);
}

static void
preempt_delay_tolerates_a_lower_master_for_its_time(void **s)
{
	struct rig r = backup(100);

	(void)s;
	r.p.preempt_delay = 10 * USEC_PER_SEC;
	advert(&r, 50);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 3609375);
	r.now += 9 * USEC_PER_SEC;
	advert(&r, 50);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 3609375);
	r.now += 1 * USEC_PER_SEC;
	advert(&r, 50); /* over: not obeyed any more */
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now - USEC_PER_SEC + 3609375);
}

static void
reload_gives_a_backup_its_new_interval(void **s)
{
	struct rig r = backup(100);

	(void)s;
	r.p.interval = 2 * USEC_PER_SEC;
	event(&r, VRRP_EV_CONFIG);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 7218750);
	advert_of(&r, "10.0.0.1", 200, 500 * USEC_PER_MS);
	event(&r, VRRP_EV_CONFIG); /* v3: what was learned stays */
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 1804687);
}

static void
second_start_changes_nothing(void **s)
{
	struct rig r = backup(100);
	struct rig m = master(100);

	(void)s;
	start(&r, 255);
	assert_int_equal(r.out.actions, 0);
	start(&m, 1);
	assert_int_equal(m.out.actions, 0);
	assert_int_equal(m.f.priority, 100);
}

/* --- 6.4.3, Master ---------------------------------------------------------------------------- */

static void
master_advertises_every_interval_without_drift(void **s) /* 6.4.3 */
{
	struct rig r = master(100);
	usec_t first = vrrp_fsm_deadline(&r.f);

	(void)s;
	r.now = first + 3000; /* woken 3 ms late */
	event(&r, VRRP_EV_DEADLINE);
	assert_int_equal(r.out.actions, VRRP_ACT_SEND_ADVERT);
	assert_int_equal(vrrp_fsm_deadline(&r.f), first + USEC_PER_SEC);
}

static void
master_that_is_more_than_an_interval_late_sends_one_advert_only(void **s)
{
	struct rig r = master(100);

	(void)s;
	r.now += 2500 * USEC_PER_MS;
	event(&r, VRRP_EV_DEADLINE);
	assert_int_equal(r.out.actions, VRRP_ACT_SEND_ADVERT);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + USEC_PER_SEC);
}

static void
master_answers_priority_zero_with_an_advert(void **s) /* 6.4.3 */
{
	struct rig r = master(100);

	(void)s;
	r.now += 300 * USEC_PER_MS;
	advert(&r, 0);
	assert_int_equal(r.out.actions, VRRP_ACT_SEND_ADVERT);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + USEC_PER_SEC);
}

static void
master_yields_to_higher_priority(void **s) /* 6.4.3 */
{
	struct rig r = master(100);

	(void)s;
	advert_of(&r, "10.0.0.1", 101, 500 * USEC_PER_MS);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	/* and sends one more advert, so that the winner announces itself */
	assert_int_equal(r.out.actions,
			 VRRP_ACT_LOG | VRRP_ACT_DEL_VIPS | VRRP_ACT_SEND_ADVERT | VRRP_ACT_NOTIFY);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 1804687);
	assert_false(vrrp_fsm_holds_vips(&r.f));
	assert_int_equal(r.f.n_release_master, 1);
}

static void
tie_between_masters_goes_to_the_higher_address(void **s) /* 6.4.3 */
{
	struct rig r = master(100);

	(void)s;
	advert_of(&r, "10.0.0.1", 100, USEC_PER_SEC);
	assert_int_equal(r.f.state, VRRP_MASTER);
	advert_of(&r, "10.0.0.3", 100, USEC_PER_SEC);
	assert_int_equal(r.f.state, VRRP_BACKUP);
}

static void
tie_is_decided_by_unsigned_bytes_in_network_order(void **s) /* 6.4.3 */
{
	struct rig r = master(100);

	(void)s;
	advert_of(&r, "9.255.255.255", 100, USEC_PER_SEC);
	assert_int_equal(r.f.state, VRRP_MASTER);
	advert_of(&r, "200.0.0.1", 100, USEC_PER_SEC);
	assert_int_equal(r.f.state, VRRP_BACKUP);
}

static void
tie_with_the_other_family_is_not_decided_against_us(void **s)
{
	struct rig r = master(100);

	(void)s;
	advert_of(&r, "fe80::9", 100, USEC_PER_SEC);
	assert_int_equal(r.f.state, VRRP_MASTER);
}

static void
losing_advert_is_answered_at_once(void **s) /* RFC 9568 6.4.3 */
{
	struct rig r = master(100);

	(void)s;
	r.now += 300 * USEC_PER_MS;
	advert(&r, 99);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_true(r.out.actions & VRRP_ACT_SEND_ADVERT);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 700 * USEC_PER_MS); /* garp, see below */
	assert_int_equal(r.f.adver_at, r.now + USEC_PER_SEC);
}

static void
losing_advert_makes_the_master_announce_itself_once_a_second(void **s)
{
	struct rig r = master(100);
	usec_t burst = r.now;

	(void)s;
	r.now += 300 * USEC_PER_MS;
	advert(&r, 99);
	assert_false(r.out.actions & VRRP_ACT_GARP);
	assert_int_equal(r.f.garp_at, burst + USEC_PER_SEC);
	deadline(&r);
	assert_int_equal(r.out.actions, VRRP_ACT_GARP);
	r.now += USEC_PER_SEC;
	advert(&r, 99);
	assert_true(r.out.actions & VRRP_ACT_GARP);
}

static void
nopreempt_does_not_matter_between_two_masters(void **s) /* 6.4.3 */
{
	struct rig r = master(100);

	(void)s;
	r.p.preempt = false;
	advert(&r, 101);
	assert_int_equal(r.f.state, VRRP_BACKUP);
}

static void
second_burst_of_gratuitous_arp_comes_after_the_delay_and_only_once(void **s)
{
	struct rig r = master(100);
	usec_t burst = r.now;
	int n = 0;

	(void)s;
	while (r.now < burst + 20 * USEC_PER_SEC) {
		deadline(&r);
		if (!(r.out.actions & VRRP_ACT_GARP))
			continue;
		n++;
		assert_int_equal(r.now, burst + 5 * USEC_PER_SEC);
	}
	assert_int_equal(n, 1);
}

static void
garp_delay_zero_means_one_burst(void **s)
{
	struct rig r = backup(100);

	(void)s;
	r.p.garp_delay = 0;
	deadline(&r);
	assert_true(r.out.actions & VRRP_ACT_GARP);
	assert_true(r.f.garp_at == USEC_NEVER);
}

static void
master_reload_advertises_at_once(void **s)
{
	struct rig r = master(100);

	(void)s;
	r.p.interval = 200 * USEC_PER_MS;
	event(&r, VRRP_EV_CONFIG);
	assert_int_equal(r.out.actions, VRRP_ACT_SEND_ADVERT);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 200 * USEC_PER_MS);
}

static void
master_priority_changes_with_the_next_advert(void **s)
{
	struct rig r = master(100);

	(void)s;
	step(&r, (struct vrrp_event){.type = VRRP_EV_PRIORITY, .priority = 50});
	assert_int_equal(r.out.actions, 0);
	advert(&r, 60);
	assert_int_equal(r.f.state, VRRP_BACKUP);
}

/* --- leaving ---------------------------------------------------------------------------------- */

static void
stopping_master_sends_priority_zero_and_keeps_the_vip(void **s) /* 6.4.3 */
{
	struct rig r = master(100);

	(void)s;
	event(&r, VRRP_EV_STOP);
	assert_int_equal(r.f.state, VRRP_INIT);
	assert_int_equal(r.out.actions, VRRP_ACT_LOG | VRRP_ACT_SEND_ZERO);
	assert_true(vrrp_fsm_holds_vips(&r.f));
}

static void
stopping_master_goes_when_the_new_master_is_heard(void **s)
{
	struct rig r = master(100);

	(void)s;
	event(&r, VRRP_EV_STOP);
	r.now += 300 * USEC_PER_MS;
	advert(&r, 0); /* somebody else leaves too: that is no successor */
	assert_int_equal(r.out.actions, 0);
	advert(&r, 50);
	assert_int_equal(r.out.actions, VRRP_ACT_DEL_VIPS | VRRP_ACT_NOTIFY | VRRP_ACT_STOPPED);
	assert_int_equal(r.out.notify, VRRP_INIT);
	assert_false(vrrp_fsm_holds_vips(&r.f));
}

static void
stopping_master_waits_longer_than_the_slowest_backup_and_no_longer(void **s)
{
	static const struct {
		uint8_t version;
		usec_t interval;
		usec_t patience;
	} cases[] = {{2, USEC_PER_SEC, 1096093},
		     {2, 20 * USEC_PER_SEC, 1096093},
		     {3, 100 * USEC_PER_MS, USEC_PER_SEC},
		     {3, 4 * USEC_PER_SEC, 4084375}};

	(void)s;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig r = rig_new();

		r.p.version = cases[i].version;
		r.p.interval = cases[i].interval;
		start(&r, 255);
		event(&r, VRRP_EV_STOP);
		assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + cases[i].patience);
		assert_true(cases[i].patience > vrrp_skew(r.p.version, r.p.interval, 1));
		r.now = vrrp_fsm_deadline(&r.f) - 1;
		event(&r, VRRP_EV_DEADLINE);
		assert_int_equal(r.out.actions, 0);
		deadline(&r);
		assert_int_equal(r.out.actions,
				 VRRP_ACT_DEL_VIPS | VRRP_ACT_NOTIFY | VRRP_ACT_STOPPED);
	}
}

static void
second_stop_gives_the_vip_up_at_once(void **s)
{
	struct rig r = master(100);

	(void)s;
	event(&r, VRRP_EV_STOP);
	event(&r, VRRP_EV_STOP);
	assert_int_equal(r.out.actions, VRRP_ACT_DEL_VIPS | VRRP_ACT_NOTIFY | VRRP_ACT_STOPPED);
}

static void
stopping_master_whose_proxy_dies_gives_the_vip_up_at_once(void **s)
{
	struct rig r = master(100);

	(void)s;
	event(&r, VRRP_EV_STOP);
	faults(&r, FAULT(TRACK_DEAD));
	assert_true(r.out.actions & VRRP_ACT_DEL_VIPS);
}

static void
start_while_stopping_goes_on_with_the_vip(void **s)
{
	struct rig r = master(100);

	(void)s;
	event(&r, VRRP_EV_STOP);
	start(&r, 100);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_false(r.out.actions & VRRP_ACT_DEL_VIPS);
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
}

static void
start_while_stopping_with_a_dead_proxy_gives_the_vip_up(void **s)
{
	struct rig r = master(100);

	(void)s;
	event(&r, VRRP_EV_STOP);
	step(&r, (struct vrrp_event){
		     .type = VRRP_EV_START, .priority = 100, .faults = FAULT(TRACK_DEAD)});
	assert_int_equal(r.f.state, VRRP_FAULT);
	assert_true(r.out.actions & VRRP_ACT_DEL_VIPS);
}

static void
switchover_keeps_the_vip_until_the_taker_speaks(void **s)
{
	struct rig r = master(200);

	(void)s;
	event(&r, VRRP_EV_SWITCHOVER);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	/* notify_backup may restart the proxy, which serves still */
	assert_int_equal(r.out.actions, VRRP_ACT_LOG | VRRP_ACT_SEND_ZERO);
	r.now += 600 * USEC_PER_MS;
	advert(&r, 100);
	assert_int_equal(r.out.actions, VRRP_ACT_DEL_VIPS | VRRP_ACT_NOTIFY);
	assert_int_equal(r.out.notify, VRRP_BACKUP);
}

static void
switchover_does_not_win_back_from_the_taker(void **s)
{
	struct rig r = master(200);

	(void)s;
	event(&r, VRRP_EV_SWITCHOVER);
	r.now += 600 * USEC_PER_MS;
	for (int i = 0; i < 10; i++) {
		advert(&r, 100); /* lower, and we preempt: yet obeyed */
		r.now += USEC_PER_SEC;
		event(&r, VRRP_EV_DEADLINE);
		assert_int_equal(r.f.state, VRRP_BACKUP);
	}
}

static void
switchover_forgets_its_promise_when_the_taker_is_gone(void **s)
{
	struct rig r = master(200);

	(void)s;
	event(&r, VRRP_EV_SWITCHOVER);
	advert(&r, 100);
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_false(r.f.yielded);
}

static void
switchover_without_a_taker_resumes_without_a_gap(void **s)
{
	struct rig r = master(200);

	(void)s;
	event(&r, VRRP_EV_SWITCHOVER);
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_string_equal(r.out.reason, "nobody took over");
	/* nobody was told of a state that did not come to be */
	assert_int_equal(r.out.actions,
			 VRRP_ACT_LOG | VRRP_ACT_ADD_VIPS | VRRP_ACT_GARP | VRRP_ACT_SEND_ADVERT);
}

static void
switchover_is_for_masters(void **s)
{
	struct rig r = backup(100);

	(void)s;
	event(&r, VRRP_EV_SWITCHOVER);
	assert_int_equal(r.out.actions, 0);
	assert_false(r.f.yielded);
}

/* --- FAULT ------------------------------------------------------------------------------------ */

static void
dead_proxy_takes_the_vip_away_at_once(void **s)
{
	static const unsigned sets[] = {FAULT(TRACK_DEAD), FAULT(LINK), FAULT(NO_SOURCE),
					FAULT(TRACK) | FAULT(TRACK_DEAD)};

	(void)s;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct rig r = master(100);

		faults(&r, sets[i]);
		assert_int_equal(r.f.state, VRRP_FAULT);
		assert_int_equal(r.out.actions, VRRP_ACT_LOG | VRRP_ACT_SEND_ZERO |
						    VRRP_ACT_DEL_VIPS | VRRP_ACT_NOTIFY);
		assert_int_equal(r.out.notify, VRRP_FAULT);
		assert_true(vrrp_fsm_deadline(&r.f) == USEC_NEVER);
	}
}

static void
failing_tracker_of_a_serving_proxy_keeps_the_vip_for_the_successor(void **s)
{
	struct rig r = master(100);

	(void)s;
	faults(&r, FAULT(TRACK));
	assert_int_equal(r.f.state, VRRP_FAULT);
	assert_int_equal(r.out.actions, VRRP_ACT_LOG | VRRP_ACT_SEND_ZERO);
	advert(&r, 50);
	assert_int_equal(r.out.actions, VRRP_ACT_DEL_VIPS | VRRP_ACT_NOTIFY);
	assert_int_equal(r.out.notify, VRRP_FAULT);
}

static void
failing_tracker_without_a_successor_gives_the_vip_up_in_the_end(void **s)
{
	struct rig r = master(100);

	(void)s;
	faults(&r, FAULT(TRACK));
	deadline(&r);
	assert_int_equal(r.out.actions, VRRP_ACT_DEL_VIPS | VRRP_ACT_NOTIFY);
	assert_int_equal(r.f.state, VRRP_FAULT);
}

static void
vip_that_waits_for_a_successor_goes_when_the_proxy_dies_meanwhile(void **s)
{
	struct rig r = master(100);
	struct rig b = master(100);

	(void)s;
	faults(&r, FAULT(TRACK));
	faults(&r, FAULT(TRACK) | FAULT(TRACK_DEAD));
	assert_int_equal(r.out.actions, VRRP_ACT_DEL_VIPS | VRRP_ACT_NOTIFY);
	event(&b, VRRP_EV_SWITCHOVER);
	faults(&b, FAULT(TRACK_DEAD));
	assert_int_equal(b.out.actions, VRRP_ACT_LOG | VRRP_ACT_DEL_VIPS | VRRP_ACT_NOTIFY);
	assert_int_equal(b.f.state, VRRP_FAULT);
}

static void
tracker_that_recovers_before_anybody_took_over_resumes(void **s)
{
	struct rig r = master(100);

	(void)s;
	faults(&r, FAULT(TRACK));
	faults(&r, 0);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_true(vrrp_fsm_holds_vips(&r.f));
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
}

static void
fault_over_goes_to_backup_and_never_straight_to_master(void **s)
{
	struct rig r = rig_new();

	(void)s;
	step(&r,
	     (struct vrrp_event){.type = VRRP_EV_START, .priority = 255, .faults = FAULT(LINK)});
	faults(&r, 0);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_string_equal(r.out.reason, "recovered");
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 3003906);
}

static void
fault_stays_while_one_of_several_causes_stays(void **s)
{
	struct rig r = backup(100);

	(void)s;
	faults(&r, FAULT(LINK) | FAULT(TRACK));
	assert_string_equal(r.out.reason, "interface down");
	faults(&r, FAULT(TRACK));
	assert_int_equal(r.f.state, VRRP_FAULT);
	assert_int_equal(r.out.actions, 0);
	faults(&r, FAULT(NOT_READY));
	assert_int_equal(r.f.state, VRRP_BACKUP);
}

static void
router_in_fault_watches_and_does_not_take_part(void **s)
{
	struct rig r = backup(100);

	(void)s;
	faults(&r, FAULT(LINK));
	advert(&r, 0);
	advert(&r, 1);
	assert_int_equal(r.f.active_priority, 1);
	step(&r, (struct vrrp_event){.type = VRRP_EV_PRIORITY, .priority = 254});
	event(&r, VRRP_EV_SWITCHOVER);
	event(&r, VRRP_EV_DEADLINE);
	assert_int_equal(r.f.state, VRRP_FAULT);
	assert_int_equal(r.out.actions, 0);
	event(&r, VRRP_EV_STOP);
	assert_int_equal(r.out.actions, VRRP_ACT_LOG | VRRP_ACT_NOTIFY | VRRP_ACT_STOPPED);
}

static void
same_faults_again_change_nothing(void **s)
{
	struct rig r = master(100);

	(void)s;
	faults(&r, 0);
	assert_int_equal(r.out.actions, 0);
	faults(&r, FAULT(NOT_READY)); /* holds back who wants to become master, not who is */
	assert_int_equal(r.out.actions, 0);
	assert_int_equal(r.f.state, VRRP_MASTER);
}

/* --- held until the proxy is ready ------------------------------------------------------------ */

static void
held_backup_does_not_take_over_and_asks_for_no_more_deadlines(void **s)
{
	struct rig r = backup(100);

	(void)s;
	faults(&r, FAULT(NOT_READY));
	assert_int_equal(r.f.state, VRRP_BACKUP);
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_true(vrrp_fsm_deadline(&r.f) == USEC_NEVER);
}

static void
held_backup_takes_over_as_soon_as_it_is_ready(void **s)
{
	struct rig r = backup(100);

	(void)s;
	faults(&r, FAULT(NOT_READY));
	deadline(&r);
	event(&r, VRRP_EV_CONFIG);
	step(&r, (struct vrrp_event){.type = VRRP_EV_PRIORITY, .priority = 120});
	r.now += USEC_PER_SEC;
	faults(&r, 0);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(r.out.actions, TAKE_OVER);
}

static void
held_backup_follows_a_master_that_came_meanwhile(void **s)
{
	struct rig r = backup(100);

	(void)s;
	faults(&r, FAULT(NOT_READY));
	deadline(&r);
	advert(&r, 150);
	faults(&r, 0);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 3609375);
}

static void
held_owner_waits(void **s)
{
	struct rig r = rig_new();

	(void)s;
	step(&r, (struct vrrp_event){
		     .type = VRRP_EV_START, .priority = 255, .faults = FAULT(NOT_READY)});
	assert_int_equal(r.f.state, VRRP_BACKUP);
}

/* --- starvation ------------------------------------------------------------------------------- */

static struct rig
sleeper(usec_t slept)
{
	struct rig r = master(200);

	r.p.preempt = false;
	r.now += slept;
	return r;
}

static void
nopreempt_master_that_overslept_obeys_the_new_master_in_its_socket(void **s)
{
	struct rig r = sleeper(10 * USEC_PER_SEC);

	(void)s;
	advert(&r, 100);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_string_equal(r.out.reason, "woke up too late");
	assert_int_equal(r.out.actions, VRRP_ACT_LOG | VRRP_ACT_DEL_VIPS | VRRP_ACT_NOTIFY);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 3218750);
}

static void
nopreempt_master_that_overslept_and_heard_nothing_asks_who_is_master(void **s)
{
	struct rig r = sleeper(10 * USEC_PER_SEC);

	(void)s;
	event(&r, VRRP_EV_DEADLINE);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_int_equal(r.out.actions, VRRP_ACT_LOG | VRRP_ACT_SEND_ZERO);
	deadline(&r); /* nobody */
	assert_int_equal(r.f.state, VRRP_MASTER);
}

static void
sleep_shorter_than_any_backup_waits_is_no_reason_to_step_down(void **s)
{
	struct rig r = sleeper(3 * USEC_PER_SEC);

	(void)s;
	event(&r, VRRP_EV_DEADLINE);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_true(r.out.actions & VRRP_ACT_SEND_ADVERT);
}

static void
preempting_master_goes_on_after_a_sleep(void **s)
{
	struct rig r = sleeper(10 * USEC_PER_SEC);

	(void)s;
	r.p.preempt = true;
	event(&r, VRRP_EV_DEADLINE);
	assert_int_equal(r.f.state, VRRP_MASTER);
}

static void
overslept_master_that_is_stopped_leaves_once(void **s)
{
	struct rig r = sleeper(10 * USEC_PER_SEC);

	(void)s;
	event(&r, VRRP_EV_STOP);
	assert_int_equal(r.f.state, VRRP_INIT);
	assert_int_equal(r.out.from, VRRP_MASTER);
	assert_int_equal(r.out.to, VRRP_INIT);
	assert_int_equal(r.out.actions, VRRP_ACT_LOG | VRRP_ACT_SEND_ZERO);
}

static void
names_are_keepaliveds(void **s)
{
	(void)s;
	assert_string_equal(vrrp_state_name(VRRP_INIT), "INIT");
	assert_string_equal(vrrp_state_name(VRRP_BACKUP), "BACKUP");
	assert_string_equal(vrrp_state_name(VRRP_MASTER), "MASTER");
	assert_string_equal(vrrp_state_name(VRRP_FAULT), "FAULT");
	assert_string_equal(vrrp_fault_text(0), "");
	assert_string_equal(vrrp_fault_text(FAULT(TRACK) | FAULT(TRACK_DEAD)), "proxyd is dead");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(v3_skew_scales_with_the_interval_of_the_active_router),
    cmocka_unit_test(v2_skew_counts_seconds_whatever_the_interval),
    cmocka_unit_test(lease_outlives_the_down_interval_and_is_at_least_2_s),
    cmocka_unit_test(start_goes_to_backup_and_waits_the_down_interval),
    cmocka_unit_test(owner_becomes_master_at_once),
    cmocka_unit_test(start_with_a_fault_goes_to_fault),
    cmocka_unit_test(nothing_moves_an_instance_that_is_not_started),
    cmocka_unit_test(backup_takes_over_when_the_down_timer_fires),
    cmocka_unit_test(backup_ignores_an_early_deadline),
    cmocka_unit_test(backup_with_zero_priority_advert_waits_only_skew_time),
    cmocka_unit_test(backup_that_knows_no_master_obeys_any_zero_priority_advert),
    cmocka_unit_test(zero_priority_of_a_router_that_is_not_the_master_changes_nothing),
    cmocka_unit_test(backup_obeys_higher_and_equal_priority),
    cmocka_unit_test(backup_has_no_tie_break_by_address),
    cmocka_unit_test(preempting_backup_lets_a_lower_master_time_out),
    cmocka_unit_test(nopreempt_backup_obeys_a_lower_master),
    cmocka_unit_test(owner_preempts_in_spite_of_nopreempt),
    cmocka_unit_test(v3_backup_learns_the_interval_of_the_active_router),
    cmocka_unit_test(v3_backup_does_not_learn_from_a_router_that_it_does_not_obey),
    cmocka_unit_test(last_words_of_a_losing_master_do_not_shorten_the_timer),
    cmocka_unit_test(v2_backup_keeps_its_own_interval),
    cmocka_unit_test(new_master_advertises_with_its_own_interval),
    cmocka_unit_test(stopped_backup_sends_nothing),
    cmocka_unit_test(priority_of_a_backup_moves_its_running_timer_by_the_skew),
    cmocka_unit_test(preempt_delay_tolerates_a_lower_master_for_its_time),
    cmocka_unit_test(reload_gives_a_backup_its_new_interval),
    cmocka_unit_test(second_start_changes_nothing),
    cmocka_unit_test(master_advertises_every_interval_without_drift),
    cmocka_unit_test(master_that_is_more_than_an_interval_late_sends_one_advert_only),
    cmocka_unit_test(master_answers_priority_zero_with_an_advert),
    cmocka_unit_test(master_yields_to_higher_priority),
    cmocka_unit_test(tie_between_masters_goes_to_the_higher_address),
    cmocka_unit_test(tie_is_decided_by_unsigned_bytes_in_network_order),
    cmocka_unit_test(tie_with_the_other_family_is_not_decided_against_us),
    cmocka_unit_test(losing_advert_is_answered_at_once),
    cmocka_unit_test(losing_advert_makes_the_master_announce_itself_once_a_second),
    cmocka_unit_test(nopreempt_does_not_matter_between_two_masters),
    cmocka_unit_test(second_burst_of_gratuitous_arp_comes_after_the_delay_and_only_once),
    cmocka_unit_test(garp_delay_zero_means_one_burst),
    cmocka_unit_test(master_reload_advertises_at_once),
    cmocka_unit_test(master_priority_changes_with_the_next_advert),
    cmocka_unit_test(stopping_master_sends_priority_zero_and_keeps_the_vip),
    cmocka_unit_test(stopping_master_goes_when_the_new_master_is_heard),
    cmocka_unit_test(stopping_master_waits_longer_than_the_slowest_backup_and_no_longer),
    cmocka_unit_test(second_stop_gives_the_vip_up_at_once),
    cmocka_unit_test(stopping_master_whose_proxy_dies_gives_the_vip_up_at_once),
    cmocka_unit_test(start_while_stopping_goes_on_with_the_vip),
    cmocka_unit_test(start_while_stopping_with_a_dead_proxy_gives_the_vip_up),
    cmocka_unit_test(switchover_keeps_the_vip_until_the_taker_speaks),
    cmocka_unit_test(switchover_does_not_win_back_from_the_taker),
    cmocka_unit_test(switchover_forgets_its_promise_when_the_taker_is_gone),
    cmocka_unit_test(switchover_without_a_taker_resumes_without_a_gap),
    cmocka_unit_test(switchover_is_for_masters),
    cmocka_unit_test(dead_proxy_takes_the_vip_away_at_once),
    cmocka_unit_test(failing_tracker_of_a_serving_proxy_keeps_the_vip_for_the_successor),
    cmocka_unit_test(failing_tracker_without_a_successor_gives_the_vip_up_in_the_end),
    cmocka_unit_test(vip_that_waits_for_a_successor_goes_when_the_proxy_dies_meanwhile),
    cmocka_unit_test(tracker_that_recovers_before_anybody_took_over_resumes),
    cmocka_unit_test(fault_over_goes_to_backup_and_never_straight_to_master),
    cmocka_unit_test(fault_stays_while_one_of_several_causes_stays),
    cmocka_unit_test(router_in_fault_watches_and_does_not_take_part),
    cmocka_unit_test(same_faults_again_change_nothing),
    cmocka_unit_test(held_backup_does_not_take_over_and_asks_for_no_more_deadlines),
    cmocka_unit_test(held_backup_takes_over_as_soon_as_it_is_ready),
    cmocka_unit_test(held_backup_follows_a_master_that_came_meanwhile),
    cmocka_unit_test(held_owner_waits),
    cmocka_unit_test(nopreempt_master_that_overslept_obeys_the_new_master_in_its_socket),
    cmocka_unit_test(nopreempt_master_that_overslept_and_heard_nothing_asks_who_is_master),
    cmocka_unit_test(sleep_shorter_than_any_backup_waits_is_no_reason_to_step_down),
    cmocka_unit_test(preempting_master_goes_on_after_a_sleep),
    cmocka_unit_test(overslept_master_that_is_stopped_leaves_once),
    cmocka_unit_test(names_are_keepaliveds),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
