/*
 * test_vrrp_foreign.c - whose is a virtual address that is configured on this host?
 */
#include "tests/unit/unit.h"

#include "vrrpd/foreign.h"

static struct addr vip;

static int
set_up(void **s)
{
	struct err e;

	(void)s;
	return addr_parse_ip("10.0.0.100", &vip, &e);
}

static struct foreign_seen
on(int ifindex, uint8_t prefix_len)
{
	return (struct foreign_seen){.addr = &vip,
				     .ifindex = ifindex,
				     .prefix_len = prefix_len,
				     .as_ours = ifindex == 2 && prefix_len == 24};
}

static bool
look(struct foreign_list *f, struct foreign_seen seen, bool holds)
{
	return foreign_look(f, &seen, holds, 1000);
}

static void
address_without_our_mark_is_told_once(void **s)
{
	struct foreign_list f = {.n = 0};
	struct foreign gone;

	(void)s;
	for (int i = 0; i < 3; i++) {
		foreign_begin(&f);
		assert_int_equal(look(&f, on(2, 24), false), i == 0);
		assert_false(foreign_end(&f, &gone));
	}
	assert_true(foreign_has(&f, 2, &vip, 24));
	assert_false(foreign_has(&f, 2, &vip, 32));
	assert_false(foreign_has(&f, 3, &vip, 24));
	foreign_free(&f);
}

static void
our_mark_is_never_foreign(void **s)
{
	struct foreign_list f = {.n = 0};
	struct foreign_seen seen = on(2, 24);

	(void)s;
	seen.marked = true;
	foreign_begin(&f);
	assert_false(foreign_look(&f, &seen, false, 0));
	assert_int_equal(f.n, 0);
	foreign_free(&f);
}

static void
what_we_hold_is_ours_even_without_a_mark(void **s) /* kernels before 5.18 */
{
	struct foreign_list f = {.n = 0};

	(void)s;
	foreign_begin(&f);
	assert_false(look(&f, on(2, 24), true));
	assert_true(look(&f, on(3, 24), true)); /* not where we hold it */
	assert_true(look(&f, on(2, 32), true)); /* not as we hold it */
	foreign_free(&f);
}

static void
foreign_before_we_became_master_stays_foreign(void **s)
{
	struct foreign_list f = {.n = 0};
	struct foreign gone;

	(void)s;
	foreign_begin(&f);
	assert_true(look(&f, on(2, 24), false));
	foreign_begin(&f);
	assert_false(look(&f, on(2, 24), true));
	assert_false(foreign_end(&f, &gone));
	assert_true(foreign_has(&f, 2, &vip, 24));
	foreign_free(&f);
}

static void
what_went_away_is_told_and_forgotten(void **s)
{
	struct foreign_list f = {.n = 0};
	struct foreign gone;

	(void)s;
	foreign_begin(&f);
	look(&f, on(2, 24), false);
	look(&f, on(3, 24), false);
	look(&f, on(4, 24), false);
	foreign_begin(&f);
	look(&f, on(3, 24), false);
	assert_true(foreign_end(&f, &gone));
	assert_true(foreign_end(&f, &gone));
	assert_false(foreign_end(&f, &gone));
	assert_int_equal(f.n, 1);
	assert_int_equal(f.list[0].ifindex, 3);
	foreign_free(&f);
}

static void
none_is_left_out_however_many_there_are(void **s)
{
	struct foreign_list f = {.n = 0};
	struct foreign gone;
	int n = 0;

	(void)s;
	foreign_begin(&f);
	for (int i = 0; i < 1000; i++)
		assert_true(look(&f, on(10 + i, 24), false));
	foreign_begin(&f);
	for (int i = 0; i < 1000; i++)
		assert_false(look(&f, on(10 + i, 24), false));
	assert_false(foreign_end(&f, &gone));
	foreign_begin(&f);
	while (foreign_end(&f, &gone))
		n++;
	assert_int_equal(n, 1000);
	foreign_free(&f);
}

static void
left_over_is_known_by_its_mark_or_where_there_is_none_by_its_lifetime(void **s)
{
	(void)s;
	assert_true(foreign_is_left_over(true, true, true));
	assert_true(foreign_is_left_over(true, true, false));
	assert_false(foreign_is_left_over(false, true, false)); /* the host's own */
	assert_false(foreign_is_left_over(false, true, true));  /* the host's own by DHCP */
	assert_true(foreign_is_left_over(false, false, true));
	assert_false(foreign_is_left_over(false, false, false));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(address_without_our_mark_is_told_once),
    cmocka_unit_test(our_mark_is_never_foreign),
    cmocka_unit_test(what_we_hold_is_ours_even_without_a_mark),
    cmocka_unit_test(foreign_before_we_became_master_stays_foreign),
    cmocka_unit_test(what_went_away_is_told_and_forgotten),
    cmocka_unit_test(none_is_left_out_however_many_there_are),
    cmocka_unit_test(left_over_is_known_by_its_mark_or_where_there_is_none_by_its_lifetime),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, set_up, NULL);
}
