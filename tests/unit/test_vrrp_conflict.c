/*
 * test_vrrp_conflict.c - who else answers for our addresses: the bytes, the times, the alarms.
 */
#include "tests/unit/unit.h"

#include "vrrpd/conflict.h"

#define S USEC_PER_SEC

static const uint8_t ours[6] = {2, 0, 0, 0, 0, 1}, theirs[6] = {2, 0, 0, 0, 0, 2};

static struct addr
ip(const char *text)
{
	struct addr a;
	struct err e;

	assert_int_equal(addr_parse_ip(text, &a, &e), 0);
	return a;
}

static void
arp_probe_has_no_sender_address(void **s) /* RFC 5227 section 2.1.1 */
{
	static const uint8_t golden[42] = {
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0,  6, 4, 0,
	    1,    2,    0,    0,    0,    0,    1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 9};
	uint8_t frame[CONFLICT_PROBE_MAX];
	struct addr vip = ip("10.0.0.9");

	(void)s;
	assert_int_equal(conflict_probe(ours, &vip, frame), sizeof(golden));
	assert_memory_equal(frame, golden, sizeof(golden));
}

static void
solicitation_comes_from_nobody_to_the_solicited_group(void **s) /* RFC 4862 section 5.4.2 */
{
	uint8_t frame[CONFLICT_PROBE_MAX];
	struct addr vip = ip("fd00::12:3456");
	static const uint8_t start[14] = {0x33, 0x33, 0xff, 0x12, 0x34, 0x56, 2,
					  0,    0,    0,    0,    1,    0x86, 0xdd};
	static const uint8_t group[16] = {0xff, 2, 0, 0, 0,    0,    0,    0,
					  0,    0, 0, 1, 0xff, 0x12, 0x34, 0x56};
	static const uint8_t nobody[16];

	(void)s;
	assert_int_equal(conflict_probe(ours, &vip, frame), CONFLICT_PROBE_MAX);
	assert_memory_equal(frame, start, sizeof(start));
	assert_int_equal(frame[21], 255);
	assert_memory_equal(frame + 22, nobody, 16);
	assert_memory_equal(frame + 38, group, 16);
	assert_int_equal(frame[54], 135);
	assert_memory_equal(frame + 62, &vip.in6.sin6_addr, 16);
}

static size_t
arp_reply(uint8_t frame[CONFLICT_PROBE_MAX], const char *sender)
{
	struct addr a = ip(sender), target = ip("10.0.0.1");
	size_t len = conflict_probe(theirs, &target, frame);

	frame[21] = 2;
	memcpy(frame + 28, &a.in.sin_addr, 4);
	return len;
}

static void
arp_with_a_sender_is_a_claim(void **s)
{
	struct addr vip = ip("10.0.0.9");
	struct conflict_claim claim;
	uint8_t frame[CONFLICT_PROBE_MAX];
	size_t len = arp_reply(frame, "10.0.0.9");

	(void)s;
	assert_true(conflict_read(frame, len, &claim));
	assert_true(addr_ip_equal(&claim.addr, &vip));
	assert_memory_equal(claim.mac, theirs, 6);
	assert_false(conflict_read(frame, arp_reply(frame, "0.0.0.0"), &claim)); /* a probe */
	len = arp_reply(frame, "10.0.0.9");
	frame[18] = 8; /* no Ethernet address */
	assert_false(conflict_read(frame, len, &claim));
}

static void
neighbour_advertisement_is_a_claim(void **s)
{
	struct addr vip = ip("fd00::9");
	struct conflict_claim claim;
	uint8_t frame[CONFLICT_PROBE_MAX + 8] = {0};
	size_t len = conflict_probe(ours, &vip, frame);

	(void)s;
	assert_false(conflict_read(frame, len, &claim)); /* a solicitation asks */
	frame[54] = 136;
	assert_true(conflict_read(frame, len, &claim));
	assert_true(addr_ip_equal(&claim.addr, &vip));
	assert_memory_equal(claim.mac, ours, 6); /* the frame's */
	frame[len] = 2;
	frame[len + 1] = 1;
	memcpy(frame + len + 2, theirs, 6);
	assert_true(conflict_read(frame, len + 8, &claim));
	assert_memory_equal(claim.mac, theirs, 6); /* the option's */
	frame[21] = 64;                            /* came over a router */
	assert_false(conflict_read(frame, len, &claim));
}

static void
short_frames_claim_nothing(void **s)
{
	struct addr vip = ip("fd00::9");
	struct conflict_claim claim;
	uint8_t frame[CONFLICT_PROBE_MAX];
	size_t len = arp_reply(frame, "10.0.0.9");

	(void)s;
	for (size_t n = 0; n < 32; n++)
		assert_false(conflict_read(frame, n, &claim));
	len = conflict_probe(ours, &vip, frame);
	frame[54] = 136;
	for (size_t n = 0; n < len; n++)
		assert_false(conflict_read(frame, n, &claim));
}

static void
asked_at_once_then_when_the_predecessor_must_be_gone_then_now_and_then(void **s)
{
	static const usec_t expected[] = {0, 6 * S, 36 * S, 66 * S};
	struct conflict_watch w;

	(void)s;
	conflict_begin(&w, 6 * S, 100 * S);
	for (size_t i = 0; i < N_OF(expected); i++) {
		assert_int_equal(w.probe_at, 100 * S + expected[i]);
		assert_true(conflict_due(&w, false, w.probe_at));
	}
	assert_true(conflict_due(&w, true, w.probe_at));
	assert_int_equal(w.probe_at, 100 * S + 96 * S + 5 * S); /* more often in a conflict */
	conflict_end(&w);
	assert_false(conflict_due(&w, false, 1000 * S));
}

static void
predecessor_is_no_conflict(void **s)
{
	struct conflict c = {.standing = false};
	struct conflict_watch w;

	(void)s;
	conflict_begin(&w, 6 * S, 100 * S);
	assert_false(conflict_heard(&c, &w, theirs, 105 * S));
	assert_false(c.standing);
	assert_true(conflict_heard(&c, &w, theirs, 106 * S));
	assert_false(conflict_heard(&c, &w, theirs, 107 * S)); /* told once */
	assert_true(conflict_heard(&c, &w, ours, 108 * S));    /* a third one */
	assert_int_equal(c.since, 106 * S);
}

static void
loser_of_an_election_is_no_conflict_but_one_that_stays_is(void **s)
{
	struct conflict c = {.standing = false};
	struct conflict_watch w;

	(void)s;
	conflict_begin(&w, 6 * S, 100 * S);
	for (usec_t now = 200 * S; now < 206 * S; now += S) {
		conflict_rival(&w, 6 * S, now);
		assert_false(conflict_heard(&c, &w, theirs, now));
	}
	conflict_rival(&w, 6 * S, 206 * S);
	assert_true(conflict_heard(&c, &w, theirs, 206 * S));
}

static void
conflict_is_over_after_silence(void **s)
{
	struct conflict c = {.standing = false};
	struct conflict_watch w;

	(void)s;
	conflict_begin(&w, 0, 100 * S);
	assert_true(conflict_heard(&c, &w, theirs, 100 * S));
	assert_false(conflict_over(&c, 111 * S));
	assert_true(conflict_over(&c, 112 * S));
	assert_false(conflict_over(&c, 113 * S));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(arp_probe_has_no_sender_address),
    cmocka_unit_test(solicitation_comes_from_nobody_to_the_solicited_group),
    cmocka_unit_test(arp_with_a_sender_is_a_claim),
    cmocka_unit_test(neighbour_advertisement_is_a_claim),
    cmocka_unit_test(short_frames_claim_nothing),
    cmocka_unit_test(asked_at_once_then_when_the_predecessor_must_be_gone_then_now_and_then),
    cmocka_unit_test(predecessor_is_no_conflict),
    cmocka_unit_test(loser_of_an_election_is_no_conflict_but_one_that_stays_is),
    cmocka_unit_test(conflict_is_over_after_silence),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
