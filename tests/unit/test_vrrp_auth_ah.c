/*
 * test_vrrp_auth_ah.c - VRRPv2 with the authentication header of RFC 2338: keepalived's own packet
 * as a golden vector, each covered and uncovered bit, and the one number of the group.
 */
#include "tests/unit/unit.h"

#include "vrrpd/ah.h"
#include "vrrpd/auth.h"

/* Captured from keepalived 2.2.7, password "secr3t": the whole IP packet. */
#define GOLDEN                                                                                     \
	"45c0004000010000ff33d0530a630001e0000012"                                                 \
	"700400000a630001000000018ffdeb4a82f2cd42c2bb10a0"                                         \
	"2133c80102010a030a6300640000000000000000"
#define GOLDEN_LEN 64

static struct addr vip;

static struct addr
ip(const char *text)
{
	struct addr a;
	struct err e;

	assert_int_equal(addr_parse_ip(text, &a, &e), 0);
	return a;
}

static void
golden(uint8_t out[GOLDEN_LEN])
{
	for (int i = 0; i < GOLDEN_LEN; i++) {
		char byte[3] = {GOLDEN[2 * i], GOLDEN[2 * i + 1], 0};

		out[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
}

static struct vrrp_wire
wire(const char *src, const char *password)
{
	struct vrrp_wire w = {.version = 2,
			      .family = AF_INET,
			      .vrid = 0x33,
			      .auth_type = VRRP_AUTH_AH,
			      .interval = USEC_PER_SEC,
			      .src = ip(src),
			      .vips = &vip,
			      .n_vips = 1};

	vip = ip("10.99.0.100");
	memcpy(w.auth_pass, password, strlen(password));
	return w;
}

/* As the shell does it with a packet from the socket. */
static enum vrrp_drop
receive(const struct vrrp_wire *w, const uint8_t *packet, size_t len, struct vrrp_advert *ad)
{
	struct vrrp_meta meta;
	const uint8_t *msg;
	size_t msg_len;
	enum vrrp_drop drop = vrrp_ip4_open(packet, len, &meta, &msg, &msg_len);

	memset(ad, 0, sizeof(*ad));
	return drop == VRRP_DROP_NONE ? vrrp_decode(w, &meta, msg, msg_len, ad) : drop;
}

static size_t
send_to(const struct vrrp_wire *w, uint32_t seq, const char *dst, uint8_t *packet)
{
	struct addr to = ip(dst);
	uint8_t msg[VRRP_PACKET_MAX];
	size_t len = vrrp_encode(w, 200, VRRP_CSUM_PSEUDO, &to, msg);

	return ah_packet(w, seq, &to, msg, len, packet);
}

static void
received_keepalived_ah_packet_is_accepted(void **state) /* RFC 2338 5.3.6.3 */
{
	struct vrrp_wire w = wire("10.99.0.2", "secr3t");
	uint8_t packet[GOLDEN_LEN];
	struct vrrp_advert ad;

	(void)state;
	golden(packet);
	assert_int_equal(receive(&w, packet, sizeof(packet), &ad), VRRP_DROP_NONE);
	assert_int_equal(ad.auth_type, VRRP_AUTH_AH);
	assert_int_equal(ad.seq, 1);
	assert_int_equal(ad.priority, 200);
	assert_int_equal(ad.n_addrs, 1);
}

static void
sent_ah_packet_equals_keepalived_bytes_but_for_the_kernels_checksum(void **state)
{
	struct vrrp_wire w = wire("10.99.0.1", "secr3t");
	uint8_t expected[GOLDEN_LEN], packet[AH_PACKET_MAX];

	(void)state;
	golden(expected);
	assert_int_equal(send_to(&w, 1, VRRP_MCAST_IP4, packet), GOLDEN_LEN);
	assert_int_equal(packet[10] | packet[11], 0);
	memcpy(packet + 10, expected + 10, 2);
	assert_memory_equal(packet, expected, GOLDEN_LEN);
}

static void
wrong_password_is_dropped(void **state)
{
	static const char *const others[] = {"secr3", "secr3t\1", "Secr3t", "secr3tXX", ""};
	uint8_t packet[GOLDEN_LEN];
	struct vrrp_advert ad;

	(void)state;
	golden(packet);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct vrrp_wire w = wire("10.99.0.2", others[i]);

		assert_int_equal(receive(&w, packet, sizeof(packet), &ad), VRRP_DROP_AUTH_FAILURE);
	}
}

/* What may change on the way: type of service, flags and fragment offset, the header's checksum. */
static bool
may_change(size_t at)
{
	return at == 1 || at == 6 || at == 10 || at == 11;
}

static void
every_flipped_bit_but_those_that_change_on_the_way_is_dropped(void **state)
{
	struct vrrp_wire w = wire("10.99.0.2", "secr3t");
	uint8_t packet[GOLDEN_LEN];
	struct vrrp_advert ad;

	(void)state;
	for (size_t bit = 0; bit < 8 * GOLDEN_LEN; bit++) {
		bool fragmented = bit / 8 == 6 && (0x80 >> bit % 8 & 0x3f);

		golden(packet);
		packet[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		if (bit / 8 == 7 || fragmented) /* a fragment is no message */
			assert_int_equal(receive(&w, packet, sizeof(packet), &ad),
					 VRRP_DROP_IP_HEADER);
		else if (may_change(bit / 8))
			assert_int_equal(receive(&w, packet, sizeof(packet), &ad), VRRP_DROP_NONE);
		else
			assert_int_not_equal(receive(&w, packet, sizeof(packet), &ad),
					     VRRP_DROP_NONE);
	}
}

static void
another_address_as_spi_is_dropped_though_the_key_is_right(void **state)
{
	struct vrrp_wire w = wire("10.99.0.1", "secr3t");
	struct vrrp_wire receiver = wire("10.99.0.2", "secr3t");
	uint8_t packet[AH_PACKET_MAX], other[AH_PACKET_MAX];
	size_t len = send_to(&w, 7, VRRP_MCAST_IP4, packet);
	struct vrrp_advert ad;

	(void)state;
	w.src = ip("10.99.0.9");
	send_to(&w, 7, VRRP_MCAST_IP4, other);
	assert_int_equal(receive(&receiver, packet, len, &ad), VRRP_DROP_NONE);
	assert_int_equal(receive(&receiver, other, len, &ad), VRRP_DROP_NONE);
	memcpy(packet + 20, other + 20, AH_LEN); /* header of the other, address of the one */
	assert_int_equal(receive(&receiver, packet, len, &ad), VRRP_DROP_AUTH_FAILURE);
}

static void
every_truncation_is_dropped(void **state)
{
	struct vrrp_wire w = wire("10.99.0.2", "secr3t");
	uint8_t packet[GOLDEN_LEN];
	struct vrrp_advert ad;

	(void)state;
	for (size_t len = 0; len < GOLDEN_LEN; len++) {
		golden(packet);
		assert_int_not_equal(receive(&w, packet, len, &ad), VRRP_DROP_NONE);
		packet[2] = 0;
		packet[3] = (uint8_t)len; /* the IP header says so as well */
		assert_int_not_equal(receive(&w, packet, len, &ad), VRRP_DROP_NONE);
	}
}

static void
ttl_counts_in_multicast_and_not_in_unicast(void **state)
{
	struct vrrp_wire w = wire("10.99.0.1", "secr3t");
	struct vrrp_wire receiver = wire("10.99.0.2", "secr3t");
	struct addr peer = ip("10.99.0.1");
	uint8_t packet[AH_PACKET_MAX];
	struct vrrp_advert ad;
	size_t len;

	(void)state;
	receiver.peers = &peer;
	receiver.n_peers = 1;
	len = send_to(&w, 1, "10.99.0.2", packet);
	packet[8] = 60;
	assert_int_equal(receive(&receiver, packet, len, &ad), VRRP_DROP_NONE);
	packet[19] = 3; /* but the destination does */
	assert_int_equal(receive(&receiver, packet, len, &ad), VRRP_DROP_AUTH_FAILURE);
}

static void
without_the_header_where_it_is_demanded_is_a_mismatch_and_the_reverse(void **state)
{
	struct vrrp_wire w = wire("10.99.0.2", "secr3t"), plain = w;
	uint8_t packet[GOLDEN_LEN];
	struct vrrp_advert ad;

	(void)state;
	golden(packet);
	plain.auth_type = VRRP_AUTH_NONE;
	assert_int_equal(receive(&plain, packet, sizeof(packet), &ad), VRRP_DROP_AUTH_MISMATCH);
	plain.auth_type = VRRP_AUTH_PASS;
	assert_int_equal(receive(&plain, packet, sizeof(packet), &ad), VRRP_DROP_AUTH_MISMATCH);
	memmove(packet + 20, packet + 44, 20); /* the message claims AH, the header is gone */
	packet[3] = 40;
	packet[9] = VRRP_IP_PROTO;
	assert_int_equal(receive(&w, packet, 40, &ad), VRRP_DROP_AUTH_MISMATCH);
}

static void
ipsec_of_others_is_none_of_ours(void **state)
{
	struct vrrp_wire w = wire("10.99.0.2", "secr3t");
	uint8_t packet[GOLDEN_LEN];
	struct vrrp_advert ad;

	(void)state;
	golden(packet);
	packet[20] = 6; /* TCP */
	assert_int_equal(receive(&w, packet, sizeof(packet), &ad), VRRP_DROP_PROTOCOL);
	golden(packet);
	packet[21] = 5; /* a longer check value */
	assert_int_equal(receive(&w, packet, sizeof(packet), &ad), VRRP_DROP_PROTOCOL);
}

/* --- the number ------------------------------------------------------------------------------- */

static enum vrrp_drop
hear(struct vrrp_auth_state *s, uint32_t seq)
{
	struct vrrp_advert ad = {.auth_type = VRRP_AUTH_AH, .proof = VRRP_PROOF_AH, .seq = seq};
	struct vrrp_wire w = wire("10.99.0.2", "secr3t");

	return vrrp_auth_admit(s, &w, &ad, 0);
}

static void
only_a_higher_number_is_taken(void **state)
{
	struct vrrp_auth_state s = {0};

	(void)state;
	assert_int_equal(hear(&s, 5), VRRP_DROP_NONE);
	assert_int_equal(hear(&s, 5), VRRP_DROP_AH_REPLAY);
	assert_int_equal(hear(&s, 4), VRRP_DROP_AH_REPLAY);
	assert_int_equal(hear(&s, 6), VRRP_DROP_NONE);
	assert_int_equal(hear(&s, 0x80000006), VRRP_DROP_NONE); /* no serial arithmetic here */
	assert_int_equal(hear(&s, 7), VRRP_DROP_AH_REPLAY);
}

static void
backup_continues_from_its_masters_number(void **state)
{
	struct vrrp_wire w = wire("10.99.0.2", "secr3t");
	struct vrrp_auth_state s = {0};

	(void)state;
	assert_int_equal(hear(&s, 4000), VRRP_DROP_NONE);
	assert_int_equal(vrrp_auth_next(&s, &w, 0), 4001);
	assert_int_equal(vrrp_auth_next(&s, &w, 0), 4002);
	assert_int_equal(hear(&s, 4001), VRRP_DROP_AH_REPLAY); /* our own, sent back to us */
}

static void
number_follows_the_clock_so_that_a_restart_is_no_replay(void **state)
{
	struct vrrp_wire w = wire("10.99.0.2", "secr3t");
	usec_t now = 1795000000 * USEC_PER_SEC;
	struct vrrp_auth_state before = {0}, after = {0}, peer = {0};

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(
		    hear(&peer, (uint32_t)vrrp_auth_next(&before, &w, now + i * USEC_PER_SEC)),
		    VRRP_DROP_NONE);
	assert_int_equal(hear(&peer, (uint32_t)vrrp_auth_next(&after, &w, now + 11 * USEC_PER_SEC)),
			 VRRP_DROP_NONE);
	/* the clock was set back meanwhile: until the peer is heard, as with keepalived */
	memset(&after, 0, sizeof(after));
	assert_int_equal(hear(&peer, (uint32_t)vrrp_auth_next(&after, &w, now)),
			 VRRP_DROP_AH_REPLAY);
	assert_int_equal(hear(&after, (uint32_t)vrrp_auth_next(&peer, &w, now)), VRRP_DROP_NONE);
	assert_int_equal(hear(&peer, (uint32_t)vrrp_auth_next(&after, &w, now)), VRRP_DROP_NONE);
}

static void
clock_that_is_wrong_does_not_use_the_numbers_up(void **state)
{
	struct vrrp_wire w = wire("10.99.0.2", "secr3t");
	struct vrrp_auth_state s = {0};

	(void)state;
	assert_int_equal(vrrp_auth_next(&s, &w, 0), 1);
	assert_int_equal(vrrp_auth_next(&s, &w, 9000000000 * USEC_PER_SEC), 2);
}

static void
number_begins_anew_at_its_end_on_both_sides(void **state)
{
	struct vrrp_wire w = wire("10.99.0.2", "secr3t");
	struct vrrp_auth_state s = {.ah_seq = 0xfffffffc}, peer = s;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(hear(&peer, (uint32_t)vrrp_auth_next(&s, &w, 0)), VRRP_DROP_NONE);
	assert_int_equal(s.ah_seq, 4);
}

static void
adverts_without_ah_have_no_number(void **state)
{
	struct vrrp_auth_state s = {0};
	struct vrrp_wire w = wire("10.99.0.2", "secr3t");
	struct vrrp_advert ad = {.auth_type = VRRP_AUTH_PASS};

	(void)state;
	w.auth_type = VRRP_AUTH_PASS;
	assert_int_equal(vrrp_auth_next(&s, &w, 0), 0);
	assert_int_equal(vrrp_auth_admit(&s, &w, &ad, 0), VRRP_DROP_NONE);
	assert_int_equal(vrrp_auth_admit(&s, &w, &ad, 0), VRRP_DROP_NONE);
	assert_int_equal(s.ah_seq, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(received_keepalived_ah_packet_is_accepted),
    cmocka_unit_test(sent_ah_packet_equals_keepalived_bytes_but_for_the_kernels_checksum),
    cmocka_unit_test(wrong_password_is_dropped),
    cmocka_unit_test(every_flipped_bit_but_those_that_change_on_the_way_is_dropped),
    cmocka_unit_test(another_address_as_spi_is_dropped_though_the_key_is_right),
    cmocka_unit_test(every_truncation_is_dropped),
    cmocka_unit_test(ttl_counts_in_multicast_and_not_in_unicast),
    cmocka_unit_test(without_the_header_where_it_is_demanded_is_a_mismatch_and_the_reverse),
    cmocka_unit_test(ipsec_of_others_is_none_of_ours),
    cmocka_unit_test(only_a_higher_number_is_taken),
    cmocka_unit_test(backup_continues_from_its_masters_number),
    cmocka_unit_test(number_follows_the_clock_so_that_a_restart_is_no_replay),
    cmocka_unit_test(clock_that_is_wrong_does_not_use_the_numbers_up),
    cmocka_unit_test(number_begins_anew_at_its_end_on_both_sides),
    cmocka_unit_test(adverts_without_ah_have_no_number),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
