/*
 * test_vrrp_fsm_leave.c - how a master goes: on purpose, with its VIP kept for the next, or in
 * FAULT.
 */
#include "tests/unit/vrrp_fsm_rig.h"

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
	hears_successor(&r, 50);
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
	hears_successor(&r, 100);
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
	hears_successor(&r, 100);
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
	hears_successor(&r, 50);
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

static const struct CMUnitTest tests[] = {
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
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
