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

static unsigned
csums_after(struct peers *p, unsigned sent, bool is_master, int host, enum vrrp_csum csum,
	    usec_t at)
{
	struct vrrp_advert ad = advert_from(host, 100);

	ad.csum = csum;
	peers_note(p, &ad, at);
	return peers_csums_to_send(p, sent, is_master);
}

#define PSEUDO (1u << VRRP_CSUM_PSEUDO)
#define PLAIN  (1u << VRRP_CSUM_PLAIN)

static void
a_backup_takes_the_forms_of_those_whom_it_heard(void **state)
{
	struct peers p = {0};

	(void)state;
	assert_int_equal(peers_csums_to_send(&p, PLAIN, false), PSEUDO); /* nobody yet */
	assert_int_equal(csums_after(&p, PSEUDO, false, 1, VRRP_CSUM_PLAIN, 5), PLAIN);
	assert_int_equal(csums_after(&p, PLAIN, false, 2, VRRP_CSUM_PSEUDO, 6), PLAIN | PSEUDO);
}

static void
a_master_adds_a_form_and_drops_none(void **state) /* keepalived backups are silent */
{
	struct peers p = {0};

	(void)state;
	assert_int_equal(csums_after(&p, PSEUDO, true, 1, VRRP_CSUM_PLAIN, 5), PLAIN | PSEUDO);
	assert_int_equal(peers_csums_to_send(&p, PLAIN | PSEUDO, true), PLAIN | PSEUDO);
	assert_int_equal(peers_csums_to_send(&p, PLAIN | PSEUDO, false), PLAIN);
}

static void
who_speaks_both_forms_needs_neither(void **state)
{
	struct peers p = {0};
	usec_t later = 5 + 61 * USEC_PER_SEC;

	(void)state;
	csums_after(&p, PSEUDO, false, 1, VRRP_CSUM_PLAIN, 5);
	assert_int_equal(csums_after(&p, PLAIN, false, 1, VRRP_CSUM_PSEUDO, 6), PSEUDO);
	/* unless the other form is long ago: it was configured anew */
	assert_int_equal(csums_after(&p, PLAIN, false, 1, VRRP_CSUM_PLAIN, 7), PSEUDO);
	assert_int_equal(csums_after(&p, PSEUDO, false, 1, VRRP_CSUM_PLAIN, later), PLAIN);
}

static void
version_2_knows_one_form(void **state)
{
	struct vrrp_advert ad = advert_from(1, 100);
	struct peers p = {0};

	(void)state;
	ad.version = 2;
	ad.csum = VRRP_CSUM_PLAIN;
	peers_note(&p, &ad, 5);
	assert_int_equal(peers_csums_to_send(&p, PSEUDO, true), PSEUDO);
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
    cmocka_unit_test(a_backup_takes_the_forms_of_those_whom_it_heard),
    cmocka_unit_test(a_master_adds_a_form_and_drops_none),
    cmocka_unit_test(who_speaks_both_forms_needs_neither),
    cmocka_unit_test(version_2_knows_one_form),
    cmocka_unit_test(peak_keeps_the_maximum_and_forgets_the_recent),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
