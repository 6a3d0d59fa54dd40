/*
 * test_vrrp_packet.c - adverts as bytes: keepalived's own frames as golden vectors, then each rule
 * of RFC 9568 section 7.1 (and RFC 3768 section 7.1) kept and broken.
 */
#include "tests/unit/unit.h"

#include "vrrpd/checksum.h"
#include "vrrpd/packet.h"

static size_t
unhex(const char *hex, uint8_t *out)
{
	size_t n = 0;

	for (; *hex; hex += 2) {
		char byte[3] = {hex[0], hex[1], 0};

		out[n++] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return n;
}

static struct addr
ip(const char *text)
{
	struct addr a;
	struct err e;

	assert_int_equal(addr_parse_ip(text, &a, &e), 0);
	return a;
}

/* Captured from keepalived 2.2.7: IP header and message. */
#define V2_PASS                                                                                    \
	"45c0002c00010000ff70d02a0a630001e0000012"                                                 \
	"2133c8020101f5ed0a6300640a6300657365637233740000"
#define V3_A                                                                                       \
	"45c0002000010000ff70d0360a630001e0000012"                                                 \
	"3133c801003210df0a630064"

struct fixture {
	struct addr vips[2];
	struct addr peers[1];
	struct vrrp_wire wire;
	struct vrrp_meta meta;
	uint8_t msg[VRRP_PACKET_MAX];
	size_t len;
	struct vrrp_advert ad;
};

/* A receiver on 10.99.0.2 that is configured like the sender of the captured frames. */
static struct fixture
receiver(uint8_t version)
{
	struct fixture f = {
	    .vips = {ip("10.99.0.100"), ip("10.99.0.101")},
	    .peers = {ip("10.99.0.1")},
	    .wire = {.version = version,
		     .family = AF_INET,
		     .vrid = 0x33,
		     .auth_type = version == 2 ? VRRP_AUTH_PASS : VRRP_AUTH_NONE,
		     .interval = version == 2 ? USEC_PER_SEC : 500 * USEC_PER_MS,
		     .src = ip("10.99.0.2"),
		     .n_vips = version == 2 ? 2 : 1},
	    .meta = {.src = ip("10.99.0.1"), .dst = ip(VRRP_MCAST_IP4), .ttl = 255},
	};

	if (version == 2)
		memcpy(f.wire.auth_pass, "secr3t", 6);
	return f;
}

/* What such a sender would send. */
static void
fill(struct fixture *f, uint8_t priority, enum vrrp_csum csum)
{
	struct vrrp_wire sender = f->wire;

	f->wire.vips = sender.vips = f->vips;
	f->wire.peers = f->peers;
	sender.src = f->meta.src;
	f->len = vrrp_encode(&sender, priority, csum, &f->meta.dst, f->msg);
}

static enum vrrp_drop
decode(struct fixture *f)
{
	return vrrp_decode(&f->wire, &f->meta, f->msg, f->len, &f->ad);
}

/* After a change of the bytes that is not about the checksum. */
static void
seal(struct fixture *f)
{
	uint16_t sum;

	f->msg[6] = f->msg[7] = 0;
	sum = checksum_plain(f->msg, f->len);
	f->msg[6] = (uint8_t)(sum >> 8);
	f->msg[7] = (uint8_t)sum;
}

static void
sent_v2_pass_advert_equals_keepalived_bytes(void **state)
{
	uint8_t golden[64];
	struct fixture f = receiver(2);
	size_t len = unhex(V2_PASS, golden) - 20;

	(void)state;
	fill(&f, 200, VRRP_CSUM_PSEUDO);
	assert_int_equal(f.len, len);
	assert_memory_equal(f.msg, golden + 20, len);
}

static void
sent_v3_advert_equals_keepalived_bytes(void **state)
{
	uint8_t golden[64];
	struct fixture f = receiver(3);
	size_t len = unhex(V3_A, golden) - 20;

	(void)state;
	fill(&f, 200, VRRP_CSUM_PSEUDO);
	assert_int_equal(f.len, len);
	assert_memory_equal(f.msg, golden + 20, len);
}

static void
sent_v3_advert_of_1s_prio_100_has_both_known_checksums(void **state)
{
	struct fixture f = receiver(3);
	uint8_t golden[12];

	(void)state;
	f.wire.interval = USEC_PER_SEC;
	f.meta.src = ip("10.99.0.2");
	unhex("313364010064"
	      "74ac"
	      "0a630064",
	      golden);
	fill(&f, 100, VRRP_CSUM_PSEUDO);
	assert_memory_equal(f.msg, golden, 12);
	fill(&f, 100, VRRP_CSUM_PLAIN);
	assert_int_equal(f.msg[6] << 8 | f.msg[7], 0x5fa0);
}

static void
received_keepalived_v2_frame_is_accepted_with_all_its_fields(void **state)
{
	uint8_t frame[64];
	size_t len = unhex(V2_PASS, frame), msg_len;
	struct fixture f = receiver(2);
	const uint8_t *msg;

	(void)state;
	f.wire.vips = f.vips;
	assert_int_equal(vrrp_ip4_open(frame, len, &f.meta, &msg, &msg_len), VRRP_DROP_NONE);
	assert_int_equal(f.meta.ttl, 255);
	assert_true(addr_ip_equal(&f.meta.src, &f.peers[0]));
	assert_int_equal(vrrp_decode(&f.wire, &f.meta, msg, msg_len, &f.ad), VRRP_DROP_NONE);
	assert_int_equal(f.ad.version, 2);
	assert_int_equal(f.ad.vrid, 0x33);
	assert_int_equal(f.ad.priority, 200);
	assert_int_equal(f.ad.interval, USEC_PER_SEC);
	assert_int_equal(f.ad.auth_type, VRRP_AUTH_PASS);
	assert_int_equal(f.ad.n_addrs, 2);
	assert_false(f.ad.list_differs);
}

static void
received_keepalived_v3_frame_is_accepted_as_pseudo_header_form(void **state)
{
	uint8_t frame[64];
	size_t len = unhex(V3_A, frame), msg_len;
	struct fixture f = receiver(3);
	const uint8_t *msg;

	(void)state;
	f.wire.vips = f.vips;
	assert_int_equal(vrrp_ip4_open(frame, len, &f.meta, &msg, &msg_len), VRRP_DROP_NONE);
	assert_int_equal(vrrp_decode(&f.wire, &f.meta, msg, msg_len, &f.ad), VRRP_DROP_NONE);
	assert_int_equal(f.ad.interval, 500 * USEC_PER_MS);
	assert_int_equal(f.ad.csum, VRRP_CSUM_PSEUDO);
}

static void
v3_checksum_over_message_only_is_accepted_and_reported(void **state) /* RFC 9568 5.2.8 */
{
	struct fixture f = receiver(3);

	(void)state;
	fill(&f, 200, VRRP_CSUM_PLAIN);
	assert_int_equal(f.msg[6] << 8 | f.msg[7], 0xfbd1);
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
	assert_int_equal(f.ad.csum, VRRP_CSUM_PLAIN);
}

static void
ttl_below_255_is_dropped_for_multicast(void **state) /* 7.1 */
{
	struct fixture f = receiver(3);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PSEUDO);
	f.meta.ttl = 254;
	assert_int_equal(decode(&f), VRRP_DROP_TTL);
}

static void
ttl_below_255_is_accepted_for_unicast_from_a_peer(void **state)
{
	struct fixture f = receiver(3);

	(void)state;
	f.meta.dst = f.wire.src;
	f.meta.ttl = 60;
	f.wire.n_peers = 1;
	fill(&f, 100, VRRP_CSUM_PSEUDO);
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
}

static void
ttl_of_a_peer_must_be_within_its_bounds(void **state)
{
	struct ttl_range bounds = {.min = 254, .max = 254};
	struct fixture f = receiver(3);

	(void)state;
	f.meta.dst = f.wire.src;
	f.wire.n_peers = 1;
	f.wire.peer_ttls = &bounds;
	fill(&f, 100, VRRP_CSUM_PSEUDO);
	for (f.meta.ttl = 253; f.meta.ttl <= 255; f.meta.ttl++)
		assert_int_equal(decode(&f), f.meta.ttl == 254 ? VRRP_DROP_NONE : VRRP_DROP_TTL);
}

static void
unicast_from_a_stranger_is_accepted_when_sources_do_not_count(void **state)
{
	struct ttl_range bounds = {.min = 0, .max = 255};
	struct fixture f = receiver(3);

	(void)state;
	f.meta.dst = f.wire.src;
	f.wire.n_peers = 1;
	f.wire.peer_ttls = &bounds;
	f.wire.any_peer = true;
	fill(&f, 100, VRRP_CSUM_PSEUDO);
	f.peers[0] = ip("10.99.0.9");
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
	f.meta.src = f.wire.src;
	assert_int_equal(decode(&f), VRRP_DROP_OWN_SOURCE);
}

static void
unicast_from_a_stranger_is_dropped(void **state)
{
	struct fixture f = receiver(3);

	(void)state;
	f.meta.dst = f.wire.src;
	f.wire.n_peers = 1;
	fill(&f, 100, VRRP_CSUM_PSEUDO);
	f.peers[0] = ip("10.99.0.9");
	assert_int_equal(decode(&f), VRRP_DROP_UNKNOWN_PEER);
}

static void
multicast_and_unicast_do_not_mix(void **state)
{
	struct fixture f = receiver(3);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PSEUDO);
	f.wire.n_peers = 1;
	assert_int_equal(decode(&f), VRRP_DROP_CAST);
	f.wire.n_peers = 0;
	f.meta.dst = f.wire.src;
	assert_int_equal(decode(&f), VRRP_DROP_CAST);
}

static void
advert_from_our_own_address_is_dropped(void **state)
{
	struct fixture f = receiver(3);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PSEUDO);
	f.meta.src = f.wire.src;
	assert_int_equal(decode(&f), VRRP_DROP_OWN_SOURCE);
}

static void
other_version_is_dropped(void **state) /* 7.1 */
{
	struct fixture f = receiver(3);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PLAIN);
	for (int version = 0; version < 16; version++) {
		f.msg[0] = (uint8_t)(version << 4 | 1);
		seal(&f);
		assert_int_equal(decode(&f), version == 3 ? VRRP_DROP_NONE : VRRP_DROP_VERSION);
	}
}

static void
other_type_than_advertisement_is_dropped(void **state) /* 5.2.2 */
{
	struct fixture f = receiver(3);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PLAIN);
	for (int type = 0; type < 16; type++) {
		f.msg[0] = (uint8_t)(0x30 | type);
		seal(&f);
		assert_int_equal(decode(&f), type == 1 ? VRRP_DROP_NONE : VRRP_DROP_TYPE);
	}
}

static void
other_vrid_is_dropped(void **state) /* 7.1 */
{
	struct fixture f = receiver(3);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PLAIN);
	f.msg[1] = 0x34;
	seal(&f);
	assert_int_equal(decode(&f), VRRP_DROP_VRID);
}

static void
every_truncation_and_any_trailing_byte_is_dropped(void **state) /* 7.1 */
{
	for (uint8_t version = 2; version <= 3; version++) {
		struct fixture f = receiver(version);
		size_t full;

		(void)state;
		fill(&f, 100, VRRP_CSUM_PLAIN);
		full = f.len;
		for (f.len = 0; f.len < full; f.len++) {
			/* a copy of exactly that size, so that a sanitizer sees each byte too many
			 */
			uint8_t *tight = malloc(f.len + 1);

			memcpy(tight, f.msg, f.len);
			assert_int_equal(vrrp_decode(&f.wire, &f.meta, tight, f.len, &f.ad),
					 VRRP_DROP_LENGTH);
			free(tight);
		}
		f.len = full + 1;
		f.msg[full] = 0;
		assert_int_equal(decode(&f), VRRP_DROP_LENGTH);
	}
}

static void
count_that_does_not_fit_the_length_is_dropped(void **state) /* 5.2.5 */
{
	struct fixture f = receiver(3);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PLAIN);
	for (int count = 2; count < 256; count++) {
		f.msg[3] = (uint8_t)count;
		seal(&f);
		assert_int_equal(decode(&f), VRRP_DROP_LENGTH);
	}
}

static void
count_zero_is_dropped(void **state) /* 5.2.5 */
{
	for (uint8_t version = 2; version <= 3; version++) {
		struct fixture f = receiver(version);

		(void)state;
		f.wire.n_vips = 0;
		fill(&f, 100, VRRP_CSUM_PLAIN);
		assert_int_equal(decode(&f), VRRP_DROP_COUNT);
	}
}

static void
every_flipped_bit_of_a_v2_message_is_dropped(void **state) /* 7.1 */
{
	struct fixture f = receiver(2);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PLAIN);
	for (size_t bit = 0; bit < f.len * 8; bit++) {
		f.msg[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(decode(&f), VRRP_DROP_NONE);
		f.msg[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
}

static void
wrong_v3_checksum_is_dropped(void **state) /* 7.1 */
{
	struct fixture f = receiver(3);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PSEUDO);
	f.msg[2]++; /* the priority */
	assert_int_equal(decode(&f), VRRP_DROP_CHECKSUM);
}

static void
wrong_password_is_dropped(void **state)
{
	struct fixture f = receiver(2);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PLAIN);
	f.wire.auth_pass[7] = 'x';
	assert_int_equal(decode(&f), VRRP_DROP_AUTH_FAILURE);
}

static void
other_authentication_type_is_dropped(void **state)
{
	struct fixture f = receiver(2);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PLAIN);
	f.wire.auth_type = VRRP_AUTH_NONE;
	assert_int_equal(decode(&f), VRRP_DROP_AUTH_MISMATCH);
	f.msg[4] = 3;
	seal(&f);
	assert_int_equal(decode(&f), VRRP_DROP_AUTH_INVALID);
}

static void
authentication_bytes_do_not_count_without_authentication(void **state)
{
	struct fixture f = receiver(2);

	(void)state;
	f.wire.auth_type = VRRP_AUTH_NONE;
	fill(&f, 100, VRRP_CSUM_PLAIN);
	f.msg[f.len - 1] = 'x';
	seal(&f);
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
}

static void
v2_interval_other_than_ours_is_dropped(void **state) /* RFC 3768 7.1 */
{
	struct fixture f = receiver(2);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PLAIN);
	f.wire.interval = 2 * USEC_PER_SEC;
	assert_int_equal(decode(&f), VRRP_DROP_INTERVAL);
}

static void
v3_interval_other_than_ours_is_learned(void **state) /* 5.2.7 */
{
	struct fixture f = receiver(3);

	(void)state;
	f.wire.interval = 40950 * USEC_PER_MS;
	fill(&f, 100, VRRP_CSUM_PLAIN);
	f.wire.interval = 10 * USEC_PER_MS;
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
	assert_int_equal(f.ad.interval, 40950 * USEC_PER_MS);
}

static void
v3_interval_zero_is_dropped(void **state) /* erratum 8301, folded into 9568 */
{
	struct fixture f = receiver(3);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PLAIN);
	f.msg[4] = f.msg[5] = 0;
	seal(&f);
	assert_int_equal(decode(&f), VRRP_DROP_INTERVAL);
}

static void
v3_reserved_bits_are_sent_zero_and_ignored(void **state) /* 5.2.6 */
{
	struct fixture f = receiver(3);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PLAIN);
	assert_int_equal(f.msg[4] >> 4, 0);
	f.msg[4] |= 0xf0;
	seal(&f);
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
	assert_int_equal(f.ad.interval, 500 * USEC_PER_MS);
}

static void
other_address_list_is_reported_not_dropped(void **state) /* 7.1: MAY */
{
	struct fixture f = receiver(3);

	(void)state;
	fill(&f, 100, VRRP_CSUM_PLAIN);
	f.vips[0] = ip("10.99.0.200");
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
	assert_true(f.ad.list_differs);
	f.wire.n_vips = 2;
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
	assert_true(f.ad.list_differs);
}

static void
address_list_in_other_order_is_the_same(void **state)
{
	struct fixture f = receiver(2);
	struct addr first = f.vips[0];

	(void)state;
	fill(&f, 100, VRRP_CSUM_PLAIN);
	f.vips[0] = f.vips[1];
	f.vips[1] = first;
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
	assert_false(f.ad.list_differs);
}

static void
ipv6_message_of_keepalived_is_understood_and_written_alike(void **state)
{
	struct addr vips[2] = {ip("fe80::52"), ip("fd00:99::100")};
	struct addr src = ip("fe80::34f9:27ff:fe11:272a"), dst = ip("ff02::12");
	struct vrrp_wire w = {.version = 3,
			      .family = AF_INET6,
			      .vrid = 0x34,
			      .interval = 500 * USEC_PER_MS,
			      .src = src,
			      .vips = vips,
			      .n_vips = 2};
	struct vrrp_meta meta = {.src = src, .dst = dst, .ttl = 255};
	uint8_t golden[64], buf[VRRP_PACKET_MAX];
	size_t len = unhex("3134c802003288c7fe800000000000000000000000000052"
			   "fd000099000000000000000000000100",
			   golden);
	struct vrrp_advert ad;

	(void)state;
	assert_int_equal(vrrp_encode(&w, 200, VRRP_CSUM_PLAIN, &dst, buf), len);
	assert_memory_equal(buf, golden, len);
	w.src = ip("fe80::1");
	assert_int_equal(vrrp_decode(&w, &meta, golden, len, &ad), VRRP_DROP_NONE);
	assert_false(ad.list_differs);
	golden[len - 1] ^= 1;
	assert_int_equal(vrrp_decode(&w, &meta, golden, len, &ad), VRRP_DROP_CHECKSUM);
}

/* A receiver of IPv6 adverts, and such an advert. */
struct fixture6 {
	struct addr vips[2];
	struct vrrp_wire wire;
	struct vrrp_meta meta;
	uint8_t msg[VRRP_PACKET_MAX];
	size_t len;
	struct vrrp_advert ad;
};

static void
fill6(struct fixture6 *f)
{
	struct vrrp_wire sender;

	memset(f, 0, sizeof(*f));
	f->vips[0] = ip("fe80::52");
	f->vips[1] = ip("fd00:99::100");
	f->wire = (struct vrrp_wire){.version = 3,
				     .family = AF_INET6,
				     .vrid = 0x34,
				     .interval = USEC_PER_SEC,
				     .src = ip("fe80::1"),
				     .group = vrrp_group(AF_INET6),
				     .vips = f->vips,
				     .n_vips = 2};
	f->meta = (struct vrrp_meta){.src = ip("fe80::2"), .dst = ip(VRRP_MCAST_IP6), .ttl = 255};
	sender = f->wire;
	sender.src = f->meta.src;
	f->len = vrrp_encode(&sender, 100, VRRP_CSUM_PSEUDO, &f->meta.dst, f->msg);
}

static enum vrrp_drop
decode6(struct fixture6 *f)
{
	return vrrp_decode(&f->wire, &f->meta, f->msg, f->len, &f->ad);
}

static void
groups_are_those_of_the_rfc(void **state) /* 5.1.1.2, 5.1.2.2 */
{
	struct addr four = vrrp_group(AF_INET), six = vrrp_group(AF_INET6);
	struct addr named4 = ip(VRRP_MCAST_IP4), named6 = ip(VRRP_MCAST_IP6);

	(void)state;
	assert_true(addr_ip_equal(&four, &named4));
	assert_true(addr_ip_equal(&six, &named6));
}

static void
advert_to_another_group_is_dropped(void **state) /* 5.1.2.2 */
{
	struct fixture f4 = receiver(3);
	struct fixture6 f;

	(void)state;
	fill6(&f);
	assert_int_equal(decode6(&f), VRRP_DROP_NONE);
	f.meta.dst = ip("ff02::1");
	assert_int_equal(decode6(&f), VRRP_DROP_GROUP);
	fill(&f4, 100, VRRP_CSUM_PLAIN);
	f4.wire.group = vrrp_group(AF_INET);
	assert_int_equal(decode(&f4), VRRP_DROP_NONE);
	f4.meta.dst = ip("224.0.0.1");
	assert_int_equal(decode(&f4), VRRP_DROP_GROUP);
}

static void
hop_limit_below_255_is_dropped(void **state) /* 5.1.2.3, 7.1 */
{
	struct fixture6 f;

	(void)state;
	for (int hops = 0; hops <= 255; hops++) {
		fill6(&f);
		f.meta.ttl = hops;
		assert_int_equal(decode6(&f), hops == 255 ? VRRP_DROP_NONE : VRRP_DROP_TTL);
	}
}

static void
ipv6_checksum_without_pseudo_header_is_dropped(void **state) /* 5.2.8 */
{
	struct fixture6 f;
	uint16_t sum;

	(void)state;
	fill6(&f);
	f.msg[6] = f.msg[7] = 0;
	sum = checksum_plain(f.msg, f.len);
	f.msg[6] = (uint8_t)(sum >> 8);
	f.msg[7] = (uint8_t)sum;
	assert_int_equal(decode6(&f), VRRP_DROP_CHECKSUM);
}

static void
every_flipped_bit_of_an_ipv6_message_is_dropped(void **state) /* 7.1 */
{
	struct fixture6 f;

	(void)state;
	fill6(&f);
	for (size_t bit = 0; bit < f.len * 8; bit++) {
		f.msg[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(decode6(&f), VRRP_DROP_NONE);
		f.msg[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(decode6(&f), VRRP_DROP_NONE);
}

static void
every_truncation_of_an_ipv6_message_is_dropped(void **state) /* 5.2.9, 7.1 */
{
	struct fixture6 f;
	size_t full;

	(void)state;
	fill6(&f);
	full = f.len;
	for (f.len = 0; f.len < full; f.len++)
		assert_int_equal(decode6(&f), VRRP_DROP_LENGTH);
	f.len = full + 1;
	assert_int_equal(decode6(&f), VRRP_DROP_LENGTH);
}

static void
link_local_addresses_are_fe80_to_febf(void **state)
{
	struct addr inside[] = {ip("fe80::1"), ip("febf::1")};
	struct addr outside[] = {ip("fec0::1"), ip("fd00::1"), ip("169.254.0.1"), ip("ff02::1")};

	(void)state;
	for (size_t i = 0; i < N_OF(inside); i++)
		assert_true(vrrp_is_link_local(&inside[i]));
	for (size_t i = 0; i < N_OF(outside); i++)
		assert_false(vrrp_is_link_local(&outside[i]));
}

static void
longest_message_fits_the_promised_size(void **state)
{
	static struct addr many[VRRP_ADDRS_MAX];
	struct fixture f = receiver(2);

	(void)state;
	for (size_t i = 0; i < VRRP_ADDRS_MAX; i++)
		many[i] = ip("10.99.0.100");
	f.wire.vips = many;
	f.wire.n_vips = VRRP_ADDRS_MAX;
	f.len = vrrp_encode(&f.wire, 1, VRRP_CSUM_PLAIN, &f.meta.dst, f.msg);
	assert_int_equal(f.len, 8 + 4 * VRRP_ADDRS_MAX + 8);
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
	assert_int_equal(f.ad.n_addrs, VRRP_ADDRS_MAX);
}

static void
malformed_ip_headers_are_dropped(void **state)
{
	static const struct {
		int at;
		uint8_t value;
		enum vrrp_drop drop;
	} cases[] = {
	    {0, 0x65, VRRP_DROP_IP_HEADER}, /* version 6 */
	    {0, 0x44, VRRP_DROP_IP_HEADER}, /* header of 16 bytes */
	    {0, 0x4f, VRRP_DROP_IP_HEADER}, /* header longer than the packet */
	    {3, 0xff, VRRP_DROP_IP_HEADER}, /* longer than received */
	    {3, 0x10, VRRP_DROP_IP_HEADER}, /* shorter than its header */
	    {6, 0x20, VRRP_DROP_IP_HEADER}, /* more fragments */
	    {7, 0x01, VRRP_DROP_IP_HEADER}, /* a later fragment */
	    {9, 51, VRRP_DROP_PROTOCOL},    /* AH */
	    {6, 0x40, VRRP_DROP_NONE},      /* don't fragment */
	};
	struct vrrp_meta meta;
	const uint8_t *msg;
	size_t msg_len;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t frame[64];
		size_t len = unhex(V3_A, frame);

		frame[cases[i].at] = cases[i].value;
		assert_int_equal(vrrp_ip4_open(frame, len, &meta, &msg, &msg_len), cases[i].drop);
	}
	for (size_t len = 0; len < 20; len++) {
		uint8_t frame[64];

		unhex(V3_A, frame);
		assert_int_equal(vrrp_ip4_open(frame, len, &meta, &msg, &msg_len),
				 VRRP_DROP_IP_HEADER);
	}
}

static void
ethernet_padding_behind_the_ip_length_is_cut_off(void **state)
{
	uint8_t frame[64] = {0};
	struct vrrp_meta meta;
	const uint8_t *msg;
	size_t msg_len;

	(void)state;
	unhex(V3_A, frame);
	assert_int_equal(vrrp_ip4_open(frame, 46, &meta, &msg, &msg_len), VRRP_DROP_NONE);
	assert_int_equal(msg_len, 12);
}

static void
peek_needs_two_bytes(void **state)
{
	uint8_t version, vrid;

	(void)state;
	assert_false(vrrp_peek((const uint8_t *)"\x31", 1, &version, &vrid));
	assert_true(vrrp_peek((const uint8_t *)"\x31\x0b", 2, &version, &vrid));
	assert_int_equal(version, 3);
	assert_int_equal(vrid, 11);
}

static void
every_drop_reason_has_a_counter_name_of_its_own_and_a_text(void **state)
{
	(void)state;
	for (int i = 0; i < VRRP_N_DROPS; i++) {
		assert_true(*vrrp_drop_text((enum vrrp_drop)i) != '\0');
		for (int k = 0; k < i; k++)
			assert_string_not_equal(vrrp_drop_name((enum vrrp_drop)i),
						vrrp_drop_name((enum vrrp_drop)k));
	}
}

static void
checksum_of_odd_length_pads_with_zero(void **state) /* RFC 1071 */
{
	static const uint8_t odd[] = {0x12, 0x34, 0x56}, even[] = {0x12, 0x34, 0x56, 0};

	(void)state;
	assert_int_equal(checksum_plain(odd, 3), checksum_plain(even, 4));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(sent_v2_pass_advert_equals_keepalived_bytes),
    cmocka_unit_test(sent_v3_advert_equals_keepalived_bytes),
    cmocka_unit_test(sent_v3_advert_of_1s_prio_100_has_both_known_checksums),
    cmocka_unit_test(received_keepalived_v2_frame_is_accepted_with_all_its_fields),
    cmocka_unit_test(received_keepalived_v3_frame_is_accepted_as_pseudo_header_form),
    cmocka_unit_test(v3_checksum_over_message_only_is_accepted_and_reported),
    cmocka_unit_test(ttl_below_255_is_dropped_for_multicast),
    cmocka_unit_test(ttl_below_255_is_accepted_for_unicast_from_a_peer),
    cmocka_unit_test(ttl_of_a_peer_must_be_within_its_bounds),
    cmocka_unit_test(unicast_from_a_stranger_is_accepted_when_sources_do_not_count),
    cmocka_unit_test(unicast_from_a_stranger_is_dropped),
    cmocka_unit_test(multicast_and_unicast_do_not_mix),
    cmocka_unit_test(advert_from_our_own_address_is_dropped),
    cmocka_unit_test(other_version_is_dropped),
    cmocka_unit_test(other_type_than_advertisement_is_dropped),
    cmocka_unit_test(other_vrid_is_dropped),
    cmocka_unit_test(every_truncation_and_any_trailing_byte_is_dropped),
    cmocka_unit_test(count_that_does_not_fit_the_length_is_dropped),
    cmocka_unit_test(count_zero_is_dropped),
    cmocka_unit_test(every_flipped_bit_of_a_v2_message_is_dropped),
    cmocka_unit_test(wrong_v3_checksum_is_dropped),
    cmocka_unit_test(wrong_password_is_dropped),
    cmocka_unit_test(other_authentication_type_is_dropped),
    cmocka_unit_test(authentication_bytes_do_not_count_without_authentication),
    cmocka_unit_test(v2_interval_other_than_ours_is_dropped),
    cmocka_unit_test(v3_interval_other_than_ours_is_learned),
    cmocka_unit_test(v3_interval_zero_is_dropped),
    cmocka_unit_test(v3_reserved_bits_are_sent_zero_and_ignored),
    cmocka_unit_test(other_address_list_is_reported_not_dropped),
    cmocka_unit_test(address_list_in_other_order_is_the_same),
    cmocka_unit_test(ipv6_message_of_keepalived_is_understood_and_written_alike),
    cmocka_unit_test(groups_are_those_of_the_rfc),
    cmocka_unit_test(advert_to_another_group_is_dropped),
    cmocka_unit_test(hop_limit_below_255_is_dropped),
    cmocka_unit_test(ipv6_checksum_without_pseudo_header_is_dropped),
    cmocka_unit_test(every_flipped_bit_of_an_ipv6_message_is_dropped),
    cmocka_unit_test(every_truncation_of_an_ipv6_message_is_dropped),
    cmocka_unit_test(link_local_addresses_are_fe80_to_febf),
    cmocka_unit_test(longest_message_fits_the_promised_size),
    cmocka_unit_test(malformed_ip_headers_are_dropped),
    cmocka_unit_test(ethernet_padding_behind_the_ip_length_is_cut_off),
    cmocka_unit_test(peek_needs_two_bytes),
    cmocka_unit_test(every_drop_reason_has_a_counter_name_of_its_own_and_a_text),
    cmocka_unit_test(checksum_of_odd_length_pads_with_zero),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
