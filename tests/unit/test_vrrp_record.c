/*
 * test_vrrp_record.c - what outlives an instance, whom it heard, how late the loop was.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "vrrpd/peak.h"
#include "vrrpd/packet.h"
#include "vrrpd/peers.h"
#include "vrrpd/record.h"

static void
the_last_hundred_transitions_are_kept_in_order(void **state)
{
	struct record_list l = LIST_HEAD_INITIALIZER(l);
	struct record *r = record_ref(&l, "VI_1");

	(void)state;
	assert_int_equal(record_n_kept(r), 0);
	for (int i = 0; i < 250; i++) {
		struct transition t = {.wall = i, .from = VRRP_BACKUP, .to = VRRP_MASTER};

		record_transition(r, &t);
		assert_int_equal(record_kept(r, record_n_kept(r) - 1)->wall, i);
	}
	assert_int_equal(record_n_kept(r), 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(record_kept(r, (size_t)i)->wall, 150 + i);
	record_unref(&r);
	assert_null(LIST_FIRST(&l));
}

static void
a_record_lives_as_long_as_one_of_that_name_looks_at_it(void **state)
{
	struct record_list l = LIST_HEAD_INITIALIZER(l);
	struct record *first = record_ref(&l, "VI_1"), *second = record_ref(&l, "VI_1");
	struct record *other = record_ref(&l, "VI_2");

	(void)state;
	assert_ptr_equal(first, second);
	assert_ptr_not_equal(first, other);
	record_unref(&first);
	assert_null(first);
	assert_ptr_equal(record_ref(&l, "VI_1"), second);
	second->refs--;
	record_unref(&second);
	record_unref(&other);
	assert_null(LIST_FIRST(&l));
}

static void
disabled_is_remembered_without_an_instance(void **state)
{
	struct record_list l = LIST_HEAD_INITIALIZER(l);
	struct record *r = record_ref(&l, "VI_1");

	(void)state;
	r->disabled = true;
	record_unref(&r);
	r = record_ref(&l, "VI_1");
	assert_true(r->disabled);
	record_unref(&r);
	record_list_free(&l);
	assert_null(LIST_FIRST(&l));
}

static struct vrrp_advert
advert_from(int host, uint8_t priority)
{
	struct vrrp_advert ad = {.version = 3, .priority = priority, .interval = 100 * USEC_PER_MS};
	char text[32];
	struct err e;

	snprintf(text, sizeof(text), "10.0.0.%d", host);
	assert_int_equal(addr_parse_ip(text, &ad.src, &e), 0);
	return ad;
}

static void
a_peer_is_what_it_said_last(void **state)
{
	struct vrrp_advert ad = advert_from(1, 100);
	struct peers p = {0};

	(void)state;
	peers_note(&p, &ad, 5);
	ad.priority = 120;
	peers_note(&p, &ad, 7);
	assert_int_equal(p.n, 1);
	assert_int_equal(p.list[0].priority, 120);
	assert_int_equal(p.list[0].at, 7);
	assert_int_equal(p.list[0].n_adverts, 2);
	assert_int_equal(p.list[0].interval, 100 * USEC_PER_MS);
	ad.priority = 0;
	peers_note(&p, &ad, 9);
	assert_int_equal(p.list[0].priority, 120);
	assert_true(p.list[0].leaving);
}

static void
the_most_silent_peer_makes_room(void **state)
{
	struct peers p = {0};
	struct vrrp_advert ad;

	(void)state;
	for (int i = 0; i < PEERS_MAX; i++) {
		ad = advert_from(i + 1, 100);
		peers_note(&p, &ad, 100 + i);
	}
	ad = advert_from(1, 100);
	peers_note(&p, &ad, 200); /* now 10.0.0.2 is it */
	ad = advert_from(99, 50);
	peers_note(&p, &ad, 201);
	assert_int_equal(p.n, PEERS_MAX);
	assert_int_equal(p.list[1].priority, 50);
	assert_int_equal(p.list[1].n_adverts, 1);
	assert_true(addr_ip_equal(&p.list[1].addr, &ad.src));
}

static void
peak_keeps_the_maximum_and_forgets_the_recent(void **state)
{
	struct peak l = {0};
	usec_t now = 1000 * USEC_PER_SEC;

	(void)state;
	assert_int_equal(peak_recent(&l, now), 0);
	peak_note(&l, -5, now);
	peak_note(&l, 700, now);
	peak_note(&l, 300, now + 1);
	assert_int_equal(l.max, 700);
	assert_int_equal(peak_recent(&l, now + 1), 700);
	peak_note(&l, 200, now + PEAK_WINDOW);
	assert_int_equal(peak_recent(&l, now + PEAK_WINDOW), 700);
	peak_note(&l, 100, now + 2 * PEAK_WINDOW);
	assert_int_equal(peak_recent(&l, now + 2 * PEAK_WINDOW), 200);
	assert_int_equal(peak_recent(&l, now + 9 * PEAK_WINDOW), 0);
	peak_note(&l, 50, now + 9 * PEAK_WINDOW);
	assert_int_equal(peak_recent(&l, now + 9 * PEAK_WINDOW), 50);
	assert_int_equal(l.max, 700);
	assert_int_equal(l.max_at, now);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_last_hundred_transitions_are_kept_in_order),
    cmocka_unit_test(a_record_lives_as_long_as_one_of_that_name_looks_at_it),
    cmocka_unit_test(disabled_is_remembered_without_an_instance),
    cmocka_unit_test(a_peer_is_what_it_said_last),
    cmocka_unit_test(the_most_silent_peer_makes_room),
    cmocka_unit_test(peak_keeps_the_maximum_and_forgets_the_recent),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
