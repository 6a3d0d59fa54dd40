/*
 * test_vrrp_fsm_options.c - what the keys of an instance change about the election.
 */
#include "tests/unit/vrrp_fsm_rig.h"

/* --- down_timer_adverts ----------------------------------------------------------------------- */

static void
down_interval_counts_the_configured_adverts(void **s)
{
	struct rig r = rig_new();

	(void)s;
	r.p.down_adverts = 7;
	start(&r, 100);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 7609375);
	advert_of(&r, "10.0.0.1", 200, 500 * USEC_PER_MS);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 3500 * USEC_PER_MS + 304687);
}

/* --- what a master says to others ------------------------------------------------------------- */

static void
lower_prio_no_advert_leaves_a_losing_advert_unanswered(void **s) /* RFC 3768 6.4.3 */
{
	struct rig r = master(100);

	(void)s;
	r.p.no_answer = true;
	r.now += 100 * USEC_PER_MS;
	advert(&r, 99);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(r.out.actions, 0);
	advert(&r, 0); /* but this is a question */
	assert_int_equal(r.out.actions, VRRP_ACT_SEND_ADVERT);
}

static void
higher_prio_send_advert_no_yields_without_a_word(void **s)
{
	struct rig r = master(100);

	(void)s;
	r.p.last_word = false;
	advert(&r, 101);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_false(r.out.actions & VRRP_ACT_SEND_ADVERT);
}

/* --- owners ----------------------------------------------------------------------------------- */

static struct rig
owner(void)
{
	struct rig r = rig_new();

	start(&r, 255);
	assert_int_equal(r.f.state, VRRP_MASTER);
	return r;
}

static void
owner_that_ignores_adverts_stays_whoever_speaks(void **s)
{
	struct rig r = owner();

	(void)s;
	r.p.owner_ignores = true;
	advert_of(&r, "10.0.0.3", 255, USEC_PER_SEC);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(r.out.actions, 0);
	event(&r, VRRP_EV_STOP);
	hears_successor(&r, 100); /* but it waits for its successor */
	assert_true(r.out.actions & VRRP_ACT_STOPPED);
}

static void
only_the_owner_may_ignore_adverts(void **s)
{
	struct rig r = master(100);

	(void)s;
	r.p.owner_ignores = true;
	advert(&r, 101);
	assert_int_equal(r.f.state, VRRP_BACKUP);
}

static void
of_two_owners_the_lower_address_becomes_254_as_long_as_the_other_is_there(void **s)
{
	struct rig r = owner();

	(void)s;
	advert_of(&r, "10.0.0.1", 255, USEC_PER_SEC); /* the lower one: it has to go */
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(r.f.priority, 255);
	advert_of(&r, "10.0.0.3", 255, USEC_PER_SEC);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_int_equal(r.f.priority, 254);
	assert_string_equal(r.out.reason, "another owner (255), own priority lowered to 254");
	step(&r, (struct vrrp_event){.type = VRRP_EV_PRIORITY, .priority = 255});
	assert_int_equal(r.f.priority, 254);
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(r.f.priority, 255);
}

/* --- fast_takeover ---------------------------------------------------------------------------- */

static struct rig
successor(void)
{
	struct rig r = backup(100);

	r.p.fast_takeover = true;
	advert(&r, 200);
	return r;
}

static void
successor_takes_over_at_once_when_its_master_leaves(void **s)
{
	struct rig r = successor();

	(void)s;
	advert(&r, 0);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(r.out.actions, TAKE_OVER);
	advert(&r, 0); /* said twice: the second is answered, but not in the same moment */
	assert_int_equal(r.out.actions, 0);
	deadline(&r);
	assert_int_equal(r.out.actions, VRRP_ACT_SEND_ADVERT);
}

static void
successor_waits_its_skew_when_somebody_else_leaves_or_nobody_is_known(void **s)
{
	struct rig r = successor();
	struct rig fresh = backup(100);
	usec_t before = vrrp_fsm_deadline(&r.f);

	(void)s;
	advert_of(&r, "10.0.0.9", 0, USEC_PER_SEC);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_int_equal(vrrp_fsm_deadline(&r.f), before);
	fresh.p.fast_takeover = true;
	advert(&fresh, 0);
	assert_int_equal(fresh.f.state, VRRP_BACKUP);
	assert_int_equal(vrrp_fsm_deadline(&fresh.f), fresh.now + 609375);
}

static void
successor_that_is_not_ready_waits_till_it_is(void **s)
{
	struct rig r = successor();

	(void)s;
	faults(&r, FAULT(NOT_READY));
	advert(&r, 0);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	faults(&r, 0);
	assert_int_equal(r.f.state, VRRP_MASTER);
}

/* --- vrrp_startup_delay ----------------------------------------------------------------------- */

static void
startup_delay_hears_but_does_not_claim(void **s)
{
	struct rig r = rig_new();

	(void)s;
	step(&r,
	     (struct vrrp_event){.type = VRRP_EV_START, .priority = 255, .faults = FAULT(STARTUP)});
	assert_int_equal(r.f.state, VRRP_BACKUP);
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	faults(&r, 0);
	assert_int_equal(r.f.state, VRRP_MASTER);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(down_interval_counts_the_configured_adverts),
    cmocka_unit_test(lower_prio_no_advert_leaves_a_losing_advert_unanswered),
    cmocka_unit_test(higher_prio_send_advert_no_yields_without_a_word),
    cmocka_unit_test(owner_that_ignores_adverts_stays_whoever_speaks),
    cmocka_unit_test(only_the_owner_may_ignore_adverts),
    cmocka_unit_test(of_two_owners_the_lower_address_becomes_254_as_long_as_the_other_is_there),
    cmocka_unit_test(successor_takes_over_at_once_when_its_master_leaves),
    cmocka_unit_test(successor_waits_its_skew_when_somebody_else_leaves_or_nobody_is_known),
    cmocka_unit_test(successor_that_is_not_ready_waits_till_it_is),
    cmocka_unit_test(startup_delay_hears_but_does_not_claim),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
