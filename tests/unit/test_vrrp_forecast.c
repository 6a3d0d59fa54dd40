/*
 * test_vrrp_forecast.c - worst-case failover times against values computed by hand.
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "vrrpd/forecast.h"

static const struct track_params usual = {
    .interval = 200 * USEC_PER_MS, .timeout = 200 * USEC_PER_MS, .fall = 2, .rise = 2};

static struct instance_conf
pair_v2(void)
{
	return (struct instance_conf){.name = "VI_1",
				      .version = 2,
				      .priority = 100,
				      .advert_int = USEC_PER_SEC,
				      .vip_lease = true,
				      .down_timer_adverts = 3};
}

static struct instance_conf
pair_v3(void)
{
	struct instance_conf ic = pair_v2();

	ic.version = 3;
	ic.advert_int = 100 * USEC_PER_MS;
	return ic;
}

static struct forecast
forecast(struct instance_conf ic, int weight, uint8_t successor)
{
	struct track_conf t = {.name = "proxyd", .timing = usual, .weight = weight};
	struct track_use list[] = {{.track = &t, .weight = t.weight}};
	struct forecast f;

	ic.tracks = list;
	ic.n_tracks = 1;
	forecast_make(&ic, successor, &f);
	return f;
}

/* RFC 3768: 3 * 1 s + 156/256 s; priority 0 leaves the skew; 200 ms + 2 * 200 ms to find it hung */
static void
version_2_at_one_second(void **state)
{
	struct forecast f = forecast(pair_v2(), 0, 100);

	(void)state;
	assert_int_equal(f.without[FORECAST_HOST_LOST], 3609375);
	assert_int_equal(f.without[FORECAST_PROXY_KILLED], 609375);
	assert_int_equal(f.without[FORECAST_PROXY_HUNG], 1209375);
	assert_int_equal(f.without[FORECAST_SWITCHOVER], 0);
	assert_int_equal(f.switchover_done, 609375);
	assert_int_equal(f.without[FORECAST_VRRPD_KILLED], 0);
	assert_int_equal(f.second_holder, 5 * USEC_PER_SEC);
}

/* RFC 9568: the skew is 156/256 of the interval */
static void
version_3_at_a_tenth_of_a_second(void **state)
{
	struct forecast f = forecast(pair_v3(), 0, 100);

	(void)state;
	assert_int_equal(f.without[FORECAST_HOST_LOST], 360937);
	assert_int_equal(f.without[FORECAST_PROXY_KILLED], 60937);
	assert_int_equal(f.without[FORECAST_PROXY_HUNG], 660937);
	assert_int_equal(f.without[FORECAST_VRRPD_KILLED], 0);
	assert_int_equal(f.second_holder, 2 * USEC_PER_SEC);
}

/* tests/e2e/test_failover.py allows these, measured with a client; ours must be within them */
static void
within_what_the_failover_tests_allow(void **state)
{
	struct forecast f = forecast(pair_v2(), 0, 100);

	(void)state;
	assert_true(f.without[FORECAST_PROXY_KILLED] <= 650 * USEC_PER_MS);
	assert_true(f.without[FORECAST_PROXY_HUNG] <= 1600 * USEC_PER_MS);
	assert_true(f.without[FORECAST_HOST_LOST] <= 3700 * USEC_PER_MS);
	assert_true(f.second_holder <= 7 * USEC_PER_SEC);
}

static void
keys_that_change_the_protocols_times(void **state)
{
	struct instance_conf ic = pair_v3();
	struct forecast f;

	(void)state;
	ic.fast_takeover = true;
	ic.down_timer_adverts = 2;
	f = forecast(ic, 0, 100);
	assert_int_equal(f.without[FORECAST_PROXY_KILLED], 0);
	assert_int_equal(f.without[FORECAST_PROXY_HUNG], 600000);
	assert_int_equal(f.switchover_done, 0);
	assert_int_equal(f.without[FORECAST_HOST_LOST], 260937);
}

static void
the_successors_priority_counts_not_ours(void **state)
{
	(void)state;
	assert_int_equal(forecast(pair_v2(), 0, 254).without[FORECAST_HOST_LOST], 3007812);
	assert_int_equal(forecast(pair_v2(), 0, 1).without[FORECAST_HOST_LOST], 3996093);
}

/* the successor's timer runs since the last advertisement that it obeyed */
static void
a_weight_costs_a_whole_down_interval(void **state)
{
	struct forecast f = forecast(pair_v2(), -30, 100);

	(void)state;
	assert_int_equal(f.without[FORECAST_PROXY_KILLED], 3609375);
	assert_int_equal(f.without[FORECAST_PROXY_HUNG], 600000 + 3609375);
	assert_int_equal(f.low, 70);
	assert_int_equal(f.high, 100);
}

static void
a_weight_that_cannot_cross_the_peer_is_no_failover(void **state)
{
	struct instance_conf nopreempt = pair_v2();

	(void)state;
	assert_int_equal(forecast(pair_v2(), -30, 70).without[FORECAST_PROXY_KILLED], USEC_NEVER);
	assert_true(forecast(pair_v2(), -30, 71).without[FORECAST_PROXY_KILLED] != USEC_NEVER);
	nopreempt.nopreempt = true;
	assert_int_equal(forecast(nopreempt, -30, 71).without[FORECAST_PROXY_KILLED], USEC_NEVER);
	assert_int_equal(forecast(nopreempt, 0, 1).without[FORECAST_PROXY_KILLED], 996093);
}

static void
nothing_tracked_is_no_failover_for_the_proxy(void **state)
{
	struct instance_conf ic = pair_v2();
	struct forecast f;

	(void)state;
	forecast_make(&ic, 100, &f);
	assert_int_equal(f.without[FORECAST_PROXY_KILLED], USEC_NEVER);
	assert_int_equal(f.without[FORECAST_PROXY_HUNG], USEC_NEVER);
	assert_int_equal(f.without[FORECAST_HOST_LOST], 3609375);
}

/* 10 s, own priority 254: lease 32 s; a successor of priority 1 waits 30 s + 255/256 * 10 s */
static void
a_slow_successor_leaves_a_gap_behind_the_lease(void **state)
{
	struct instance_conf ic = pair_v3();

	(void)state;
	ic.advert_int = 10 * USEC_PER_SEC;
	ic.priority = 254;
	assert_int_equal(forecast(ic, 0, 254).without[FORECAST_VRRPD_KILLED], 0);
	assert_int_equal(forecast(ic, 0, 1).without[FORECAST_VRRPD_KILLED], 39960937 - 32000000);
	ic.vip_lease = false;
	assert_int_equal(forecast(ic, 0, 1).without[FORECAST_VRRPD_KILLED], 0);
	assert_int_equal(forecast(ic, 0, 1).second_holder, USEC_NEVER);
}

static void
priorities_add_up_within_their_limits(void **state)
{
	struct track_conf up = {.name = "up", .timing = usual, .weight = 200};
	struct track_conf down = {.name = "down", .timing = usual, .weight = -99};
	struct track_use list[] = {{.track = &up, .weight = 200}, {.track = &down, .weight = -99}};
	struct instance_conf ic = pair_v2();
	uint8_t bad, good;
	struct forecast f;

	(void)state;
	ic.tracks = list;
	ic.n_tracks = 2;
	forecast_make(&ic, 100, &f);
	assert_int_equal(f.low, 1);
	assert_int_equal(f.high, 254);
	forecast_track(&ic, 0, &bad, &good);
	assert_int_equal(bad, 100);
	assert_int_equal(good, 254);
	forecast_track(&ic, 1, &bad, &good); /* 300 - 99 */
	assert_int_equal(bad, 201);
	ic.priority = 255;
	forecast_track(&ic, 0, &bad, &good);
	assert_int_equal(bad, 255);
	assert_int_equal(good, 255);
}

static void
assert_says(const struct instance_conf *ic, const char *words, bool yes)
{
	struct global_conf g = {.rt_priority = 0};
	struct strbuf b;

	strbuf_init(&b);
	forecast_text(ic, &g, &b);
	if ((strstr(strbuf_str(&b), words) != NULL) != yes)
		fail_msg("%s'%s' in:\n%s", yes ? "no " : "", words, strbuf_str(&b));
	strbuf_free(&b);
}

static void
what_is_doubtful_is_said(void **state)
{
	struct track_conf t = {.name = "proxyd", .timing = usual, .weight = 20};
	struct track_use list[] = {{.track = &t, .weight = t.weight}};
	struct instance_conf ic = pair_v3();

	(void)state;
	assert_says(&ic, "nothing is tracked", true);
	ic.tracks = list;
	ic.n_tracks = 1;
	assert_says(&ic, "nothing is tracked", false);
	assert_says(&ic, "warning", false);
	assert_says(&ic, "weight 20: failing, it gives way to priorities 101 to 254", true);
	assert_says(&ic, "100 to 120", true);
	ic.nopreempt = true;
	assert_says(&ic, "track proxyd can never cause a failover: a weight moves nothing", true);
	ic.nopreempt = false;
	ic.priority = 254;
	assert_says(&ic, "track proxyd can never cause a failover: weight 20 leaves", true);
	ic.priority = 100;
	ic.vip_lease = false;
	assert_says(&ic, "vip_lease = no", true);
	ic.advert_int = 10 * USEC_PER_MS;
	assert_says(&ic, "advert_int 10ms with vrrp_rt_priority = 0", true);
}

static void
only_trackers_that_see_the_proxy_find_its_fault(void **state)
{
	static const struct {
		enum track_kind kind;
		usec_t killed, hung;
	} cases[] = {{TRACK_SOCKET, 0, 600},    {TRACK_SCRIPT, 400, 600}, {TRACK_PROCESS, 0, -1},
		     {TRACK_INTERFACE, -1, -1}, {TRACK_FILE, -1, -1},     {TRACK_GATEWAY, -1, -1}};
	struct instance_conf ic = pair_v3();
	usec_t skew = forecast(ic, 0, 100).without[FORECAST_PROXY_KILLED];

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct track_conf t = {.name = "t", .kind = cases[i].kind, .timing = usual};
		struct track_use use = {.track = &t};
		struct forecast f;

		ic.tracks = &use;
		ic.n_tracks = 1;
		forecast_make(&ic, 100, &f);
		assert_true(
		    f.without[FORECAST_PROXY_KILLED] ==
		    (cases[i].killed < 0 ? USEC_NEVER : skew + cases[i].killed * USEC_PER_MS));
		assert_true(f.without[FORECAST_PROXY_HUNG] ==
			    (cases[i].hung < 0 ? USEC_NEVER : skew + cases[i].hung * USEC_PER_MS));
	}
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(version_2_at_one_second),
    cmocka_unit_test(version_3_at_a_tenth_of_a_second),
    cmocka_unit_test(within_what_the_failover_tests_allow),
    cmocka_unit_test(keys_that_change_the_protocols_times),
    cmocka_unit_test(the_successors_priority_counts_not_ours),
    cmocka_unit_test(a_weight_costs_a_whole_down_interval),
    cmocka_unit_test(a_weight_that_cannot_cross_the_peer_is_no_failover),
    cmocka_unit_test(nothing_tracked_is_no_failover_for_the_proxy),
    cmocka_unit_test(a_slow_successor_leaves_a_gap_behind_the_lease),
    cmocka_unit_test(priorities_add_up_within_their_limits),
    cmocka_unit_test(only_trackers_that_see_the_proxy_find_its_fault),
    cmocka_unit_test(what_is_doubtful_is_said),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
