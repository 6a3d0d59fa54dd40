/*
 * test_vrrp_fsm_backup.c - the backup of RFC 9568 section 6.4.2, rule by rule.
 */
#include "tests/unit/vrrp_fsm_rig.h"

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
			 r.now + vrrp_down_interval(&r.p, 100 * USEC_PER_MS, 50));
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

static const struct CMUnitTest tests[] = {
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
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
