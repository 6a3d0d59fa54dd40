/*
 * test_vrrp_weight.c - trackers to effective priority and faults.
 */
#include "tests/unit/unit.h"

#include "vrrpd/fsm.h"
#include "vrrpd/weight.h"

static struct weight_result
weigh(uint8_t base, int weight, enum track_verdict v, bool in_grace)
{
	struct weight_fact fact = {.weight = weight, .is = {.verdict = v, .in_grace = in_grace}};

	return weight_apply(base, &fact, 1);
}

static void
weight_zero_failing_is_a_fault_of_its_kind(void **state)
{
	(void)state;
	assert_int_equal(weigh(100, 0, TRACK_OK, false).faults, 0);
	assert_int_equal(weigh(100, 0, TRACK_FAILING, false).faults, 1u << VRRP_FAULT_TRACK);
	assert_int_equal(weigh(100, 0, TRACK_DEAD, false).faults, 1u << VRRP_FAULT_TRACK_DEAD);
	assert_int_equal(weigh(100, 0, TRACK_DEAD, false).priority, 100);
}

static void
weight_zero_not_known_or_restarting_holds_without_fault(void **state)
{
	(void)state;
	assert_int_equal(weigh(100, 0, TRACK_WAITING, false).faults, 1u << VRRP_FAULT_NOT_READY);
	assert_int_equal(weigh(100, 0, TRACK_OK, true).faults, 1u << VRRP_FAULT_NOT_READY);
	assert_int_equal(weigh(100, 0, TRACK_DEAD, true).faults, 1u << VRRP_FAULT_TRACK_DEAD);
}

static void
positive_weight_is_earned_by_being_good(void **state)
{
	(void)state;
	assert_int_equal(weigh(100, 20, TRACK_OK, false).priority, 120);
	assert_int_equal(weigh(100, 20, TRACK_OK, true).priority, 120);
	assert_int_equal(weigh(100, 20, TRACK_WAITING, false).priority, 100);
	assert_int_equal(weigh(100, 20, TRACK_FAILING, false).priority, 100);
	assert_int_equal(weigh(100, 20, TRACK_DEAD, false).faults, 0);
}

static void
negative_weight_is_paid_by_failing(void **state)
{
	(void)state;
	assert_int_equal(weigh(100, -20, TRACK_OK, false).priority, 100);
	assert_int_equal(weigh(100, -20, TRACK_WAITING, false).priority, 100);
	assert_int_equal(weigh(100, -20, TRACK_FAILING, false).priority, 80);
	assert_int_equal(weigh(100, -20, TRACK_DEAD, false).priority, 80);
}

static void
effective_priority_stays_within_1_and_254(void **state)
{
	(void)state;
	assert_int_equal(weigh(100, -253, TRACK_DEAD, false).priority, 1);
	assert_int_equal(weigh(100, 253, TRACK_OK, false).priority, 254);
}

static void
owner_keeps_255_but_not_in_spite_of_a_fault(void **state)
{
	(void)state;
	assert_int_equal(weigh(255, -20, TRACK_DEAD, false).priority, 255);
	assert_int_equal(weigh(255, 0, TRACK_DEAD, false).faults, 1u << VRRP_FAULT_TRACK_DEAD);
}

static void
several_trackers_add_up_before_the_clamp(void **state)
{
	static const struct weight_fact facts[] = {{.weight = 200, .is = {.verdict = TRACK_OK}},
						   {.weight = -100, .is = {.verdict = TRACK_DEAD}},
						   {.weight = 0, .is = {.verdict = TRACK_FAILING}},
						   {.weight = 0, .is = {.verdict = TRACK_DEAD}}};
	struct weight_result r = weight_apply(100, facts, 4);

	(void)state;
	assert_int_equal(r.priority, 200);
	assert_int_equal(r.faults, 1u << VRRP_FAULT_TRACK | 1u << VRRP_FAULT_TRACK_DEAD);
}

static struct weight_result
weigh_reverse(int weight, enum track_verdict v)
{
	struct weight_fact fact = {.weight = weight, .reverse = true, .is = {.verdict = v}};

	return weight_apply(100, &fact, 1);
}

static void
reverse_is_the_other_way_round(void **state)
{
	(void)state;
	assert_int_equal(weigh_reverse(0, TRACK_OK).faults, 1u << VRRP_FAULT_TRACK);
	assert_int_equal(weigh_reverse(0, TRACK_FAILING).faults, 0);
	assert_int_equal(weigh_reverse(0, TRACK_DEAD).faults, 0);
	assert_int_equal(weigh_reverse(0, TRACK_WAITING).faults, 1u << VRRP_FAULT_NOT_READY);
	assert_int_equal(weigh_reverse(20, TRACK_OK).priority, 80);
	assert_int_equal(weigh_reverse(20, TRACK_FAILING).priority, 100);
	assert_int_equal(weigh_reverse(-20, TRACK_FAILING).priority, 120);
	assert_int_equal(weigh_reverse(-20, TRACK_OK).priority, 100);
}

static struct weight_result
weigh_value(int weight, bool reverse, int value)
{
	struct weight_fact fact = {.weight = weight,
				   .reverse = reverse,
				   .is = {TRACK_OK, "", .has_value = true, .value = value}};

	return weight_apply(100, &fact, 1);
}

static void
value_of_a_file_is_multiplied_by_the_weight(void **state)
{
	(void)state;
	assert_int_equal(weigh_value(1, false, 5).priority, 105);
	assert_int_equal(weigh_value(-2, false, 5).priority, 90);
	assert_int_equal(weigh_value(2, true, 5).priority, 90);
	assert_int_equal(weigh_value(1, false, 0).priority, 100);
	assert_int_equal(weigh_value(2147483647, false, 2147483647).priority, 254);
}

static void
value_below_minus_253_is_a_fault(void **state)
{
	(void)state;
	assert_int_equal(weigh_value(1, false, -253).faults, 0);
	assert_int_equal(weigh_value(1, false, -253).priority, 1);
	assert_int_equal(weigh_value(1, false, -254).faults, 1u << VRRP_FAULT_TRACK);
	assert_int_equal(weigh_value(1, false, -254).priority, 100);
	assert_int_equal(weigh_value(2147483647, true, 2147483647).faults, 1u << VRRP_FAULT_TRACK);
}

static void
weight_zero_makes_any_value_but_zero_a_fault(void **state)
{
	struct weight_fact unread = {.weight = 0, .is = {TRACK_WAITING, "", .has_value = true}};

	(void)state;
	assert_int_equal(weigh_value(0, false, 0).faults, 0);
	assert_int_equal(weigh_value(0, false, -1).faults, 1u << VRRP_FAULT_TRACK);
	assert_int_equal(weigh_value(0, true, 0).faults, 1u << VRRP_FAULT_TRACK);
	assert_int_equal(weigh_value(0, true, 7).faults, 0);
	assert_int_equal(weight_apply(100, &unread, 1).faults, 1u << VRRP_FAULT_NOT_READY);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(weight_zero_failing_is_a_fault_of_its_kind),
    cmocka_unit_test(weight_zero_not_known_or_restarting_holds_without_fault),
    cmocka_unit_test(positive_weight_is_earned_by_being_good),
    cmocka_unit_test(negative_weight_is_paid_by_failing),
    cmocka_unit_test(effective_priority_stays_within_1_and_254),
    cmocka_unit_test(owner_keeps_255_but_not_in_spite_of_a_fault),
    cmocka_unit_test(several_trackers_add_up_before_the_clamp),
    cmocka_unit_test(reverse_is_the_other_way_round),
    cmocka_unit_test(value_of_a_file_is_multiplied_by_the_weight),
    cmocka_unit_test(value_below_minus_253_is_a_fault),
    cmocka_unit_test(weight_zero_makes_any_value_but_zero_a_fault),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
