/*
 * test_vrrp_garp.c - when addresses are announced, and how fast frames may follow each other.
 */
#include "tests/unit/unit.h"

#include "vrrpd/garp_plan.h"
#include "vrrpd/garp_queue.h"

#define MS USEC_PER_MS
#define S  USEC_PER_SEC

static const struct garp_conf usual = {
    .master_delay = 5 * S,
    .master_repeat = 5,
    .master_refresh = 60 * S,
    .master_refresh_repeat = 1,
    .lower_prio_delay = 5 * S,
    .lower_prio_repeat = 5,
};

struct rig {
	struct garp_conf c;
	struct garp_plan p;
	usec_t began, now;
};

static struct rig
master_with(struct garp_conf c)
{
	struct rig r = {.c = c, .began = 1000 * S, .now = 1000 * S};

	garp_plan_init(&r.p);
	garp_plan_claim(&r.p, &r.c, r.now);
	return r;
}

/* The next round of that kind, as time since the beginning; -1: none within a day. */
static usec_t
next_round(struct rig *r, unsigned kind)
{
	for (int i = 0; i < 10000; i++) {
		usec_t at = garp_plan_deadline(&r->p);

		if (at == USEC_NEVER || at > r->began + 86400 * S)
			return -1;
		r->now = at > r->now ? at : r->now;
		if (garp_plan_due(&r->p, &r->c, r->now) & kind)
			return r->now - r->began;
	}
	return -1;
}

static void
assert_rounds(struct rig *r, const usec_t *expected, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(next_round(r, GARP_ROUND_ALL), expected[i]);
}

static void
claim_is_spread_over_a_second_and_said_again_after_the_delay(void **s)
{
	static const usec_t expected[] = {
	    0,      10 * MS,         50 * MS,         200 * MS,         1 * S,
	    5 * S,  5 * S + 10 * MS, 5 * S + 50 * MS, 5 * S + 200 * MS, 6 * S,
	    60 * S, 120 * S};
	struct rig r = master_with(usual);

	(void)s;
	assert_rounds(&r, expected, N_OF(expected));
}

static void
more_rounds_than_the_table_follow_each_second(void **s)
{
	static const usec_t expected[] = {0,     10 * MS, 50 * MS, 200 * MS,
					  1 * S, 2 * S,   3 * S,   4 * S};
	struct garp_conf c = {.master_repeat = 8};
	struct rig r = master_with(c);

	(void)s;
	assert_rounds(&r, expected, N_OF(expected));
	assert_int_equal(next_round(&r, GARP_ROUND_ALL), -1);
}

static void
one_round_and_nothing_else_when_so_configured(void **s)
{
	struct garp_conf c = {.master_repeat = 1};
	struct rig r = master_with(c);

	(void)s;
	assert_int_equal(next_round(&r, GARP_ROUND_ALL), 0);
	assert_int_equal(next_round(&r, GARP_ROUND_ALL), -1);
}

static void
refresh_may_have_several_rounds(void **s)
{
	static const usec_t expected[] = {0, 10 * S, 10 * S + 10 * MS, 20 * S, 20 * S + 10 * MS};
	struct garp_conf c = {
	    .master_repeat = 1, .master_refresh = 10 * S, .master_refresh_repeat = 2};
	struct rig r = master_with(c);

	(void)s;
	assert_rounds(&r, expected, N_OF(expected));
}

static void
late_loop_does_not_send_missed_rounds_back_to_back(void **s)
{
	struct rig r = master_with(usual);

	(void)s;
	r.now += 300 * MS;
	assert_int_equal(garp_plan_due(&r.p, &r.c, r.now), GARP_ROUND_ALL);
	assert_int_equal(garp_plan_due(&r.p, &r.c, r.now), 0);
	assert_int_equal(garp_plan_deadline(&r.p), r.now + 5 * MS);
}

static void
stopped_says_nothing_more(void **s)
{
	struct rig r = master_with(usual);

	(void)s;
	next_round(&r, GARP_ROUND_ALL);
	garp_plan_stop(&r.p);
	assert_true(garp_plan_deadline(&r.p) == USEC_NEVER);
	assert_int_equal(garp_plan_due(&r.p, &r.c, r.now + 100 * S), 0);
}

/* Rounds from now till the end while another master's advert comes in each interval. */
static int
rounds_beside_a_rival(struct rig *r, usec_t interval, usec_t end)
{
	usec_t advert = r->now;
	int n = 0;

	while (r->now < end) {
		usec_t at = garp_plan_deadline(&r->p);

		if (advert <= at) {
			r->now = advert;
			advert += interval;
			garp_plan_rival(&r->p, &r->c, r->now);
		} else {
			r->now = at;
			n += garp_plan_due(&r->p, &r->c, r->now) != 0;
		}
	}
	return n;
}

static void
rival_heard_once_means_one_burst_and_a_second(void **s)
{
	static const usec_t expected[] = {
	    0,     10 * MS,         50 * MS,         200 * MS,         1 * S,
	    5 * S, 5 * S + 10 * MS, 5 * S + 50 * MS, 5 * S + 200 * MS, 6 * S};
	struct garp_conf c = usual;
	struct rig r;

	(void)s;
	c.master_refresh = 0;
	r = master_with(c);
	while (next_round(&r, GARP_ROUND_ALL) >= 0)
		;
	r.now = r.began = r.now + 100 * S;
	garp_plan_rival(&r.p, &r.c, r.now);
	assert_rounds(&r, expected, N_OF(expected));
	assert_int_equal(next_round(&r, GARP_ROUND_ALL), -1);
}

static void
rival_that_goes_on_causes_no_storm(void **s)
{
	struct rig r = master_with(usual);
	int n;

	(void)s;
	r.now += 100 * S;
	n = rounds_beside_a_rival(&r, 10 * MS, r.now + 30 * S);
	assert_in_range(n, 30, 50); /* two bursts and one a second, not 3000 */
}

static void
rival_is_answered_within_a_second_as_long_as_it_speaks(void **s)
{
	struct rig r = master_with(usual);
	usec_t end;

	(void)s;
	r.now += 100 * S;
	end = r.now + 20 * S;
	while (r.now < end) {
		usec_t heard = r.now;

		garp_plan_rival(&r.p, &r.c, r.now);
		next_round(&r, GARP_ROUND_ALL);
		assert_in_range(r.now - heard, 0, S);
		r.now = heard + 700 * MS > r.now ? heard + 700 * MS : r.now;
	}
}

static void
rival_after_silence_is_a_new_episode(void **s)
{
	struct garp_conf c = usual;
	struct rig r;

	(void)s;
	c.master_refresh = 0;
	r = master_with(c);
	while (next_round(&r, GARP_ROUND_ALL) >= 0)
		;
	for (int i = 0; i < 3; i++) {
		garp_plan_rival(&r.p, &r.c, r.now);
		r.began = r.now;
		for (int k = 0; k < 10; k++)
			assert_in_range(next_round(&r, GARP_ROUND_ALL), 0, 6 * S);
		assert_int_equal(next_round(&r, GARP_ROUND_ALL), -1);
		r.now = r.began + 11 * S;
	}
}

static void
lower_prio_repeat_zero_means_silence_about_rivals(void **s)
{
	struct garp_conf c = {.master_repeat = 1};
	struct rig r = master_with(c);

	(void)s;
	next_round(&r, GARP_ROUND_ALL);
	r.now += 100 * S;
	garp_plan_rival(&r.p, &r.c, r.now);
	assert_true(garp_plan_deadline(&r.p) == USEC_NEVER);
}

static void
extra_interfaces_have_a_rhythm_of_their_own(void **s)
{
	struct garp_conf c = {.master_repeat = 1, .extra_if = 7 * S};
	struct rig r = master_with(c);

	(void)s;
	assert_int_equal(next_round(&r, GARP_ROUND_EXTRA), 7 * S);
	assert_int_equal(next_round(&r, GARP_ROUND_EXTRA), 14 * S);
	r.c.extra_if = 2 * S;
	garp_plan_change(&r.p, &r.c, r.now);
	assert_int_equal(next_round(&r, GARP_ROUND_EXTRA), 16 * S);
}

/* --- the queue -------------------------------------------------------------------------------- */

static struct garp_item
item_on(int ifindex)
{
	return (struct garp_item){.ifindex = ifindex, .family = 2};
}

/* How many frames may go now. */
static int
drain(struct garp_queue *q, usec_t now)
{
	enum garp_form form;
	int n = 0;

	while (garp_queue_take(q, now, &form))
		n++;
	return n;
}

static void
all_requests_come_before_all_replies(void **s)
{
	struct garp_queue q = {0};
	struct garp_item items[3] = {item_on(1), item_on(1), item_on(1)};
	enum garp_form form;

	(void)s;
	for (int i = 0; i < 3; i++)
		garp_queue_put(&q, &items[i], GARP_REQUEST | GARP_REPLY | GARP_PROBE, 0);
	for (int i = 0; i < 9; i++) {
		assert_ptr_equal(garp_queue_take(&q, 0, &form), &items[i % 3]);
		assert_int_equal(form, 1 << i / 3);
	}
	assert_null(garp_queue_take(&q, 0, &form));
	assert_true(garp_queue_deadline(&q) == USEC_NEVER);
	garp_queue_free(&q);
}

static void
frame_that_waits_is_not_queued_twice(void **s)
{
	struct garp_queue q = {0};
	struct garp_item item = item_on(1);

	(void)s;
	for (int i = 0; i < 100; i++)
		garp_queue_put(&q, &item, GARP_REQUEST, 0);
	assert_int_equal(drain(&q, 0), 1);
	garp_queue_free(&q);
}

static void
flood_is_cut_to_the_rate_of_each_interface(void **s)
{
	enum { N = 3000 };
	static struct garp_item items[2][N];
	struct garp_queue q = {0};
	usec_t now = 50 * S;

	(void)s;
	for (int i = 0; i < N; i++) {
		items[0][i] = item_on(1);
		items[1][i] = item_on(2);
		garp_queue_put(&q, &items[0][i], GARP_REQUEST, now);
		garp_queue_put(&q, &items[1][i], GARP_REQUEST, now);
	}
	assert_in_range(drain(&q, now), 2 * GARP_BURST, 2 * GARP_BURST + 2);
	assert_int_equal(garp_queue_deadline(&q), now + GARP_FRAME_GAP);
	assert_in_range(drain(&q, now + 100 * MS), 2 * 199, 2 * 201);
	for (int i = 0; i < N; i++) {
		garp_queue_drop(&q, &items[0][i]);
		garp_queue_drop(&q, &items[1][i]);
	}
	assert_int_equal(drain(&q, now + 100 * S), 0);
	garp_queue_free(&q);
}

static void
configured_interval_is_kept_between_all_frames_of_the_interface(void **s)
{
	struct garp_queue q = {0};
	struct garp_item slow[4];
	usec_t now = 50 * S;

	(void)s;
	for (int i = 0; i < 4; i++) {
		slow[i] = item_on(1);
		slow[i].gap = 3 * MS;
		garp_queue_put(&q, &slow[i], GARP_REQUEST, now);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(drain(&q, now), 1);
		assert_int_equal(drain(&q, now + 3 * MS - 1), 0);
		now += 3 * MS;
	}
	garp_queue_free(&q);
}

static void
one_interface_does_not_wait_for_another(void **s)
{
	struct garp_queue q = {0};
	struct garp_item slow[2] = {item_on(1), item_on(1)}, other = item_on(2);
	enum garp_form form;

	(void)s;
	slow[0].gap = slow[1].gap = S;
	garp_queue_put(&q, &slow[0], GARP_REQUEST, 0);
	garp_queue_put(&q, &slow[1], GARP_REQUEST, 0);
	assert_ptr_equal(garp_queue_take(&q, 0, &form), &slow[0]);
	garp_queue_put(&q, &other, GARP_REQUEST, 0);
	assert_ptr_equal(garp_queue_take(&q, 0, &form), &other);
	assert_null(garp_queue_take(&q, 0, &form));
	garp_queue_drop(&q, &slow[1]);
	garp_queue_drop(&q, &slow[1]); /* once is enough, twice no harm */
	assert_int_equal(slow[1].waiting, 0);
	garp_queue_free(&q);
}

static void
interfaces_that_come_and_go_leave_nothing_behind(void **s)
{
	struct garp_queue q = {0};

	(void)s;
	for (int i = 1; i <= 1000; i++) {
		struct garp_item item = item_on(i);

		garp_queue_put(&q, &item, GARP_REQUEST, i * S);
		assert_int_equal(drain(&q, i * S), 1);
	}
	assert_int_equal(q.n_lanes, 1);
	garp_queue_free(&q);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(claim_is_spread_over_a_second_and_said_again_after_the_delay),
    cmocka_unit_test(more_rounds_than_the_table_follow_each_second),
    cmocka_unit_test(one_round_and_nothing_else_when_so_configured),
    cmocka_unit_test(refresh_may_have_several_rounds),
    cmocka_unit_test(late_loop_does_not_send_missed_rounds_back_to_back),
    cmocka_unit_test(stopped_says_nothing_more),
    cmocka_unit_test(rival_heard_once_means_one_burst_and_a_second),
    cmocka_unit_test(rival_that_goes_on_causes_no_storm),
    cmocka_unit_test(rival_is_answered_within_a_second_as_long_as_it_speaks),
    cmocka_unit_test(rival_after_silence_is_a_new_episode),
    cmocka_unit_test(lower_prio_repeat_zero_means_silence_about_rivals),
    cmocka_unit_test(extra_interfaces_have_a_rhythm_of_their_own),
    cmocka_unit_test(all_requests_come_before_all_replies),
    cmocka_unit_test(frame_that_waits_is_not_queued_twice),
    cmocka_unit_test(flood_is_cut_to_the_rate_of_each_interface),
    cmocka_unit_test(configured_interval_is_kept_between_all_frames_of_the_interface),
    cmocka_unit_test(one_interface_does_not_wait_for_another),
    cmocka_unit_test(interfaces_that_come_and_go_leave_nothing_behind),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
