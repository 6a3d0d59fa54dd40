/*
 * test_vrrp_fsm.c - the start of the election (RFC 9568 section 6.4.1), its timers (6.1), and who
 * is held back.
 */
#include "tests/unit/vrrp_fsm_rig.h"

/* --- 6.1, timers ------------------------------------------------------------------------------ */

static void
v3_skew_scales_with_the_interval_of_the_active_router(void **s) /* 6.1 */
{
	const struct vrrp_params p = {.version = 3, .down_adverts = 3};

	(void)s;
	assert_int_equal(vrrp_skew(3, USEC_PER_SEC, 100), 609375);
	assert_int_equal(vrrp_skew(3, 500 * USEC_PER_MS, 100), 304687);
	assert_int_equal(vrrp_down_interval(&p, 500 * USEC_PER_MS, 100), 1804687);
	assert_int_equal(vrrp_down_interval(&p, 10 * USEC_PER_MS, 100), 36093);
}

static void
v2_skew_counts_seconds_whatever_the_interval(void **s) /* RFC 3768 6.1 */
{
	const struct vrrp_params p = {.version = 2, .down_adverts = 3};

	(void)s;
	assert_int_equal(vrrp_skew(2, 5 * USEC_PER_SEC, 100), 609375);
	assert_int_equal(vrrp_down_interval(&p, 5 * USEC_PER_SEC, 200), 15218750);
	assert_int_equal(vrrp_down_interval(&p, USEC_PER_SEC, 254), 3007812);
}

static void
lease_outlives_the_down_interval_and_is_at_least_2_s(void **s)
{
	struct vrrp_params p = {.version = 3, .down_adverts = 3, .interval = 10 * USEC_PER_MS};

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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(v3_skew_scales_with_the_interval_of_the_active_router),
    cmocka_unit_test(v2_skew_counts_seconds_whatever_the_interval),
    cmocka_unit_test(lease_outlives_the_down_interval_and_is_at_least_2_s),
    cmocka_unit_test(start_goes_to_backup_and_waits_the_down_interval),
    cmocka_unit_test(owner_becomes_master_at_once),
    cmocka_unit_test(start_with_a_fault_goes_to_fault),
    cmocka_unit_test(nothing_moves_an_instance_that_is_not_started),
    cmocka_unit_test(held_backup_does_not_take_over_and_asks_for_no_more_deadlines),
    cmocka_unit_test(held_backup_takes_over_as_soon_as_it_is_ready),
    cmocka_unit_test(held_backup_follows_a_master_that_came_meanwhile),
    cmocka_unit_test(held_owner_waits),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
