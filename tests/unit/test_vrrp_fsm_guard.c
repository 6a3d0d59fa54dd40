/*
 * test_vrrp_fsm_guard.c - a router that must not trust its own view: it slept, it was killed and
 * came back, it sees neither peer nor witness.
 */
#include "tests/unit/vrrp_fsm_rig.h"

/* --- asleep, as master ------------------------------------------------------------------------ */

static struct rig
sleeper(usec_t slept)
{
	struct rig r = master(200);

	r.p.preempt = false;
	r.now += slept;
	return r;
}

static void
master_that_overslept_obeys_the_new_master_in_its_socket(void **s)
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
master_that_overslept_and_heard_nothing_asks_who_is_master(void **s)
{
	static const bool preempt[] = {false, true};

	(void)s;
	for (size_t i = 0; i < 2; i++) {
		struct rig r = sleeper(10 * USEC_PER_SEC);

		r.p.preempt = preempt[i];
		event(&r, VRRP_EV_DEADLINE);
		assert_int_equal(r.f.state, VRRP_BACKUP);
		assert_int_equal(r.out.actions, VRRP_ACT_LOG | VRRP_ACT_SEND_ZERO);
		assert_int_equal(r.f.n_stalls, 1);
		assert_int_equal(r.f.longest_stall, 10 * USEC_PER_SEC);
		assert_true(vrrp_fsm_deadline(&r.f) >= r.now + r.p.interval);
		deadline(&r); /* nobody */
		assert_int_equal(r.f.state, VRRP_MASTER);
	}
}

static void
preempting_master_that_overslept_gives_the_vip_up_before_it_preempts(void **s)
{
	struct rig r = sleeper(10 * USEC_PER_SEC);
	usec_t woken = r.now;

	(void)s;
	r.p.preempt = true;
	advert(&r, 100);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_false(vrrp_fsm_holds_vips(&r.f));
	while (r.f.state == VRRP_BACKUP) {
		r.now += USEC_PER_SEC;
		advert(&r, 100);
		event(&r, VRRP_EV_DEADLINE);
	}
	assert_true(r.now - woken >= vrrp_down_interval(&r.p, r.p.interval, 200));
}

static void
sleep_shorter_than_any_backup_waits_is_no_reason_to_step_down(void **s)
{
	struct rig r = sleeper(3 * USEC_PER_SEC);

	(void)s;
	event(&r, VRRP_EV_DEADLINE);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_true(r.out.actions & VRRP_ACT_SEND_ADVERT);
	assert_int_equal(r.f.n_stalls, 0);
}

static void
shorter_interval_does_not_make_a_master_late(void **s)
{
	struct rig r = sleeper(900 * USEC_PER_MS);

	(void)s;
	r.p.interval = 100 * USEC_PER_MS;
	event(&r, VRRP_EV_CONFIG);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_true(r.out.actions & VRRP_ACT_SEND_ADVERT);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + r.p.interval);
	r.now += 900 * USEC_PER_MS;
	event(&r, VRRP_EV_DEADLINE);
	assert_int_equal(r.f.state, VRRP_BACKUP);
}

static void
longer_interval_does_not_excuse_a_master_that_is_late(void **s)
{
	struct rig r = sleeper(4 * USEC_PER_SEC);

	(void)s;
	r.p.interval = 10 * USEC_PER_SEC;
	event(&r, VRRP_EV_CONFIG);
	assert_int_equal(r.f.state, VRRP_BACKUP);
}

static void
silence_that_matters_is_the_quickest_backups(void **s)
{
	struct vrrp_params p = {.version = 3, .down_adverts = 3, .interval = USEC_PER_SEC};

	(void)s;
	assert_int_equal(vrrp_silence_max(&p), 3007812);
	p.down_adverts = 10; /* but theirs may be the usual 3 */
	assert_int_equal(vrrp_silence_max(&p), 3007812);
	p.down_adverts = 2;
	assert_int_equal(vrrp_silence_max(&p), 2007812);
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
leaving_router_that_sleeps_again_gives_the_vip_up(void **s)
{
	struct rig r = sleeper(10 * USEC_PER_SEC);

	(void)s;
	event(&r, VRRP_EV_DEADLINE);
	assert_true(r.f.leaving);
	r.now += 10 * USEC_PER_SEC;
	event(&r, VRRP_EV_DEADLINE);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_true(r.out.actions & VRRP_ACT_DEL_VIPS);
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
}

/* --- asleep, as backup ------------------------------------------------------------------------ */

static void
backup_woken_late_listens_for_an_interval_before_it_claims(void **s)
{
	struct rig r = backup(100);

	(void)s;
	advert(&r, 200);
	r.now = vrrp_fsm_deadline(&r.f) + 1100 * USEC_PER_MS;
	event(&r, VRRP_EV_DEADLINE);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_int_equal(r.out.actions, 0);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 1609375);
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
}

static void
backup_a_little_late_claims_at_once(void **s)
{
	struct rig r = backup(100);

	(void)s;
	advert(&r, 200);
	r.now = vrrp_fsm_deadline(&r.f) + 900 * USEC_PER_MS;
	event(&r, VRRP_EV_DEADLINE);
	assert_int_equal(r.f.state, VRRP_MASTER);
}

static void
backup_that_is_late_again_claims_in_the_end(void **s)
{
	struct rig r = backup(100);

	(void)s;
	r.now = vrrp_fsm_deadline(&r.f) + 2 * USEC_PER_SEC;
	event(&r, VRRP_EV_DEADLINE);
	r.now = vrrp_fsm_deadline(&r.f) + 2 * USEC_PER_SEC;
	event(&r, VRRP_EV_DEADLINE);
	assert_int_equal(r.f.state, VRRP_MASTER);
}

static void
advert_counts_from_the_moment_when_the_kernel_received_it(void **s)
{
	struct rig r = backup(100);
	struct vrrp_event ev = {
	    .type = VRRP_EV_ADVERT,
	    .advert = {.priority = 200, .interval = USEC_PER_SEC, .source = ip("10.0.0.1")}};

	(void)s;
	ev.advert.at = r.now + USEC_PER_SEC;
	r.now += 3 * USEC_PER_SEC; /* it waited in the socket for 2 s */
	step(&r, ev);
	assert_int_equal(vrrp_fsm_deadline(&r.f), ev.advert.at + 3609375);
	ev.advert.at = r.now + 5; /* a clock that was set: not later than now */
	step(&r, ev);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + 3609375);
}

/* --- killed, and back ------------------------------------------------------------------------- */

static void
resumed_master_goes_on_at_once_and_runs_no_command(void **s)
{
	struct rig r = rig_new();

	(void)s;
	step(&r, (struct vrrp_event){.type = VRRP_EV_START,
				     .priority = 100,
				     .resume = true,
				     .faults = FAULT(NOT_READY)});
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(r.out.actions,
			 VRRP_ACT_LOG | VRRP_ACT_ADD_VIPS | VRRP_ACT_GARP | VRRP_ACT_SEND_ADVERT);
	assert_int_equal(vrrp_fsm_deadline(&r.f), r.now + USEC_PER_SEC);
	event(&r, VRRP_EV_STOP);
	assert_int_equal(r.out.actions, VRRP_ACT_LOG | VRRP_ACT_SEND_ZERO);
}

static void
resumed_with_a_fault_the_vip_goes(void **s)
{
	struct rig r = rig_new();

	(void)s;
	step(&r,
	     (struct vrrp_event){
		 .type = VRRP_EV_START, .priority = 100, .resume = true, .faults = FAULT(LINK)});
	assert_int_equal(r.f.state, VRRP_FAULT);
	assert_int_equal(r.out.actions, VRRP_ACT_LOG | VRRP_ACT_DEL_VIPS | VRRP_ACT_NOTIFY);
}

/* --- alone ------------------------------------------------------------------------------------ */

static void
witness(struct rig *r, enum vrrp_witness w, bool peer_seen)
{
	step(r, (struct vrrp_event){.type = VRRP_EV_WITNESS, .witness = w, .peer_seen = peer_seen});
}

static void
router_without_peer_and_witness_does_not_claim(void **s)
{
	struct rig r = backup(100);

	(void)s;
	advert(&r, 200);
	witness(&r, VRRP_WITNESS_LOST, false);
	assert_int_equal(r.f.state, VRRP_BACKUP); /* it hears its peer */
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_FAULT);
	assert_string_equal(r.out.reason, "neither peer nor witness in sight");
	assert_false(r.out.actions & VRRP_ACT_ADD_VIPS);
	assert_true(vrrp_fsm_deadline(&r.f) == USEC_NEVER);
	witness(&r, VRRP_WITNESS_OK, false);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
}

static void
master_without_peer_and_witness_gives_the_vip_up(void **s)
{
	struct rig r = master(100);

	(void)s;
	witness(&r, VRRP_WITNESS_OK, false);
	assert_int_equal(r.f.state, VRRP_MASTER);
	witness(&r, VRRP_WITNESS_LOST, false);
	assert_int_equal(r.f.state, VRRP_FAULT);
	assert_int_equal(r.out.actions,
			 VRRP_ACT_LOG | VRRP_ACT_SEND_ZERO | VRRP_ACT_DEL_VIPS | VRRP_ACT_NOTIFY);
	faults(&r, 0); /* the others' faults come and go beside it */
	assert_int_equal(r.f.state, VRRP_FAULT);
	advert(&r, 50);
	assert_int_equal(r.f.state, VRRP_BACKUP);
}

static void
master_that_lost_the_witness_but_sees_its_peer_stays(void **s)
{
	struct rig r = master(100);

	(void)s;
	witness(&r, VRRP_WITNESS_LOST, true);
	assert_int_equal(r.f.state, VRRP_MASTER);
	witness(&r, VRRP_WITNESS_LOST, false);
	assert_int_equal(r.f.state, VRRP_FAULT);
}

static void
adverts_are_a_sign_of_the_peer_for_a_down_interval(void **s)
{
	struct rig r = master(100);

	(void)s;
	advert(&r, 50);
	witness(&r, VRRP_WITNESS_LOST, false);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(r.f.alone_at, r.now + 3609375);
	while (r.f.state == VRRP_MASTER)
		deadline(&r);
	assert_int_equal(r.f.state, VRRP_FAULT);
}

static void
before_the_witnesses_have_answered_nobody_claims(void **s)
{
	struct rig r = rig_new();

	(void)s;
	witness(&r, VRRP_WITNESS_WAITING, false);
	start(&r, 100);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	deadline(&r);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	witness(&r, VRRP_WITNESS_OK, false);
	assert_int_equal(r.f.state, VRRP_MASTER);
	witness(&r, VRRP_WITNESS_WAITING, false); /* asked anew after a reload: no reason to go */
	assert_int_equal(r.f.state, VRRP_MASTER);
}

static void
lost_witness_before_the_start_means_fault_at_the_start(void **s)
{
	struct rig r = rig_new();

	(void)s;
	witness(&r, VRRP_WITNESS_LOST, false);
	assert_int_equal(r.out.actions, 0);
	start(&r, 100);
	assert_int_equal(r.f.state, VRRP_FAULT);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(master_that_overslept_obeys_the_new_master_in_its_socket),
    cmocka_unit_test(master_that_overslept_and_heard_nothing_asks_who_is_master),
    cmocka_unit_test(preempting_master_that_overslept_gives_the_vip_up_before_it_preempts),
    cmocka_unit_test(sleep_shorter_than_any_backup_waits_is_no_reason_to_step_down),
    cmocka_unit_test(shorter_interval_does_not_make_a_master_late),
    cmocka_unit_test(longer_interval_does_not_excuse_a_master_that_is_late),
    cmocka_unit_test(silence_that_matters_is_the_quickest_backups),
    cmocka_unit_test(overslept_master_that_is_stopped_leaves_once),
    cmocka_unit_test(leaving_router_that_sleeps_again_gives_the_vip_up),
    cmocka_unit_test(backup_woken_late_listens_for_an_interval_before_it_claims),
    cmocka_unit_test(backup_a_little_late_claims_at_once),
    cmocka_unit_test(backup_that_is_late_again_claims_in_the_end),
    cmocka_unit_test(advert_counts_from_the_moment_when_the_kernel_received_it),
    cmocka_unit_test(resumed_master_goes_on_at_once_and_runs_no_command),
    cmocka_unit_test(resumed_with_a_fault_the_vip_goes),
    cmocka_unit_test(router_without_peer_and_witness_does_not_claim),
    cmocka_unit_test(master_without_peer_and_witness_gives_the_vip_up),
    cmocka_unit_test(master_that_lost_the_witness_but_sees_its_peer_stays),
    cmocka_unit_test(adverts_are_a_sign_of_the_peer_for_a_down_interval),
    cmocka_unit_test(before_the_witnesses_have_answered_nobody_claims),
    cmocka_unit_test(lost_witness_before_the_start_means_fault_at_the_start),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
