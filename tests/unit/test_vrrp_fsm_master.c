/*
 * test_vrrp_fsm_master.c - the master of RFC 9568 section 6.4.3, rule by rule.
 */
#include "tests/unit/vrrp_fsm_rig.h"

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

/* Whoever is on the LAN can send them: 20 seconds of 10,000 per second. */
static void
flood_of_losing_adverts_is_not_answered_by_a_flood(void **s)
{
	struct rig r = master(100);
	usec_t sent = r.now, longest = 0;
	int n = 0;

	(void)s;
	for (int i = 0; i < 200000; i++) {
		r.now += 100;
		if (vrrp_fsm_deadline(&r.f) <= r.now)
			deadline(&r);
		else
			advert(&r, i % 2 ? 99 : 0);
		if (!(r.out.actions & VRRP_ACT_SEND_ADVERT))
			continue;
		n++;
		longest = r.now - sent > longest ? r.now - sent : longest;
		sent = r.now;
	}
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_in_range(n, 3900, 4000); /* every 5 ms */
	assert_true(longest <= 5200);
}

static void
losing_advert_just_after_our_own_is_answered_within_5_ms(void **s)
{
	struct rig r = master(100);
	usec_t sent = r.now;

	(void)s;
	r.now += 100;
	advert(&r, 99);
	assert_false(r.out.actions & VRRP_ACT_SEND_ADVERT);
	assert_int_equal(r.f.adver_at, sent + 5 * USEC_PER_MS);
	deadline(&r);
	assert_true(r.out.actions & VRRP_ACT_SEND_ADVERT);
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
a_master_announces_itself_once_the_rest_is_the_announcers(void **s)
{
	struct rig r = backup(100);
	usec_t end;

	(void)s;
	deadline(&r);
	assert_true(r.out.actions & VRRP_ACT_GARP);
	end = r.now + 20 * USEC_PER_SEC;
	while (r.now < end) {
		deadline(&r);
		assert_false(r.out.actions & VRRP_ACT_GARP);
	}
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
    cmocka_unit_test(master_advertises_every_interval_without_drift),
    cmocka_unit_test(master_that_is_more_than_an_interval_late_sends_one_advert_only),
    cmocka_unit_test(master_answers_priority_zero_with_an_advert),
    cmocka_unit_test(master_yields_to_higher_priority),
    cmocka_unit_test(tie_between_masters_goes_to_the_higher_address),
    cmocka_unit_test(tie_is_decided_by_unsigned_bytes_in_network_order),
    cmocka_unit_test(tie_with_the_other_family_is_not_decided_against_us),
    cmocka_unit_test(losing_advert_is_answered_at_once),
    cmocka_unit_test(flood_of_losing_adverts_is_not_answered_by_a_flood),
    cmocka_unit_test(losing_advert_just_after_our_own_is_answered_within_5_ms),
    cmocka_unit_test(losing_advert_makes_the_master_announce_itself_once_a_second),
    cmocka_unit_test(nopreempt_does_not_matter_between_two_masters),
    cmocka_unit_test(a_master_announces_itself_once_the_rest_is_the_announcers),
    cmocka_unit_test(master_reload_advertises_at_once),
    cmocka_unit_test(master_priority_changes_with_the_next_advert),
    cmocka_unit_test(names_are_keepaliveds),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
