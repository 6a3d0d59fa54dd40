/*
 * test_vrrp_auth_hmac.c - the HMAC trailer: the draft's own vectors, every bit changed, each mode,
 * the window and the marks of who sent what.
 */
#include "tests/unit/unit.h"

#include "vrrpd/auth.h"
#include "vrrpd/checksum.h"
#include "vrrpd/hmac.h"

/* Appendix of the draft: key 00..1f, id 1, virtual router 51, priority 200. */
#define VECTOR4                                                                                    \
	"3133c80100644402c0000264"                                                                 \
	"010100006800000080000000"                                                                 \
	"1b84bc4e8e43892dc6d98448f8ee2265"
#define VECTOR6                                                                                    \
	"3133c8010064a2e9fe800000000000000000000000000100"                                         \
	"010100006800000080000000"                                                                 \
	"c8c56146ebfd66ee10ec4d8186461b78"
#define VECTOR_SEQ 0x6800000080000000

#define NOW (0x68000000 * USEC_PER_SEC + USEC_PER_SEC / 2) /* the time of the vectors */
#define S   USEC_PER_SEC

static struct hmac_key keys[2];

static struct vrrp_hmac
hmac(int n_keys, int active)
{
	struct vrrp_hmac h = {.keys = keys,
			      .n_keys = (size_t)n_keys,
			      .active_key = active,
			      .window = 5 * USEC_PER_SEC};

	for (uint8_t k = 0; k < 2; k++) {
		keys[k] = (struct hmac_key){.id = (uint8_t)(k + 1), .len = 32};
		for (uint8_t i = 0; i < 32; i++)
			keys[k].bytes[i] = (uint8_t)(i + 64 * k);
	}
	return h;
}

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

/* A receiver of one of the two vectors, or its sender. */
struct fixture {
	struct vrrp_hmac hmac;
	struct addr vip, peer;
	struct vrrp_wire wire;
	struct vrrp_meta meta;
	struct vrrp_auth_state state;
	struct vrrp_advert ad;
	uint8_t msg[VRRP_PACKET_MAX];
	size_t len;
};

static void
setup(struct fixture *f, bool ip6)
{
	memset(f, 0, sizeof(*f));
	f->hmac = hmac(1, 1);
	f->vip = ip(ip6 ? "fe80::100" : "192.0.2.100");
	f->peer = ip(ip6 ? "fe80::10" : "198.51.100.10");
	f->wire = (struct vrrp_wire){.version = 3,
				     .family = ip6 ? AF_INET6 : AF_INET,
				     .vrid = 51,
				     .interval = USEC_PER_SEC,
				     .hmac = &f->hmac,
				     .src = ip(ip6 ? "fe80::20" : "198.51.100.20"),
				     .vips = &f->vip,
				     .n_vips = 1,
				     .peers = &f->peer,
				     .n_peers = ip6}; /* the vector of IPv6 was sent in unicast */
	f->meta = (struct vrrp_meta){
	    .src = f->peer, .dst = ip(ip6 ? "fe80::20" : VRRP_MCAST_IP4), .ttl = 255};
	f->len = unhex(ip6 ? VECTOR6 : VECTOR4, f->msg);
}

static enum vrrp_drop
decode(struct fixture *f)
{
	return vrrp_decode(&f->wire, &f->meta, f->msg, f->len, &f->ad);
}

/* What the peer sends with this receiver's settings, under that number. */
static void
fill(struct fixture *f, uint64_t seq)
{
	struct vrrp_wire sender = f->wire;

	sender.src = f->meta.src;
	f->len = vrrp_encode(&sender, 200, VRRP_CSUM_PLAIN, &f->meta.dst, f->msg);
	f->len = hmac_seal(&sender, seq, &f->meta.dst, f->msg, f->len);
}

/* A changed bit that the checksum does not see any more. */
static void
right_checksum(struct fixture *f)
{
	bool ip6 = f->wire.family == AF_INET6;
	uint16_t sum;

	f->msg[6] = f->msg[7] = 0;
	sum = ip6 ? checksum_pseudo(&f->meta.src, &f->meta.dst, f->msg, f->len)
		  : checksum_plain(f->msg, f->len - VRRP_TRAILER_LEN);
	f->msg[6] = (uint8_t)(sum >> 8);
	f->msg[7] = (uint8_t)sum;
}

/* --- bytes ------------------------------------------------------------------------------------ */

static void
vectors_of_the_draft_are_accepted(void **state)
{
	struct fixture f;

	(void)state;
	for (int ip6 = 0; ip6 < 2; ip6++) {
		setup(&f, ip6);
		assert_int_equal(decode(&f), VRRP_DROP_NONE);
		assert_int_equal(f.ad.proof, VRRP_PROOF_HMAC);
		assert_true(f.ad.seq == VECTOR_SEQ);
		assert_int_equal(f.ad.key_id, 1);
		assert_int_equal(f.ad.n_addrs, 1);
	}
}

static void
sent_trailer_equals_the_vectors_of_the_draft(void **state)
{
	struct fixture f;
	uint8_t expected[64];

	(void)state;
	for (int ip6 = 0; ip6 < 2; ip6++) {
		setup(&f, ip6);
		memcpy(expected, f.msg, f.len);
		fill(&f, VECTOR_SEQ);
		assert_int_equal(f.len, ip6 ? 52 : 40);
		assert_memory_equal(f.msg, expected, f.len);
	}
}

static void
ip4_checksum_excludes_the_trailer_and_ip6_covers_it(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, false);
	assert_int_equal(checksum_plain(f.msg, f.len - VRRP_TRAILER_LEN), 0);
	setup(&f, true);
	assert_int_equal(checksum_pseudo(&f.meta.src, &f.meta.dst, f.msg, f.len), 0);
}

static void
every_flipped_bit_of_message_and_trailer_is_dropped(void **state)
{
	struct fixture f;

	(void)state;
	for (int ip6 = 0; ip6 < 2; ip6++) {
		setup(&f, ip6);
		for (size_t bit = 0; bit < 8 * f.len; bit++) {
			enum vrrp_drop drop;

			setup(&f, ip6);
			f.msg[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
			if (bit / 8 != 6 && bit / 8 != 7)
				right_checksum(&f);
			drop = decode(&f);
			assert_int_not_equal(drop, VRRP_DROP_NONE);
			if (bit / 8 == 2 || bit / 8 == 5) /* priority, interval */
				assert_int_equal(drop, VRRP_DROP_EXT_INVALID_HMAC);
			if (bit / 8 >= 8 && bit / 8 < f.len - VRRP_TRAILER_LEN) /* address */
				assert_int_equal(drop, VRRP_DROP_EXT_INVALID_HMAC);
		}
	}
}

static void
each_field_of_the_trailer_has_its_reason(void **state)
{
	static const struct {
		size_t from, to;
		enum vrrp_drop drop;
	} fields[] = {
	    {0, 1, VRRP_DROP_EXT_MALFORMED},     /* scheme */
	    {1, 2, VRRP_DROP_EXT_UNKNOWN_KEY},   /* key id */
	    {2, 4, VRRP_DROP_EXT_MALFORMED},     /* reserved */
	    {4, 28, VRRP_DROP_EXT_INVALID_HMAC}, /* number, HMAC */
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		for (size_t bit = 8 * fields[i].from; bit < 8 * fields[i].to; bit++) {
			setup(&f, true);
			f.msg[f.len - VRRP_TRAILER_LEN + bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
			right_checksum(&f);
			assert_int_equal(decode(&f), fields[i].drop);
		}
	}
}

static void
source_router_and_version_are_bound_into_the_hmac(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, false);
	f.meta.src = ip("198.51.100.11");
	assert_int_equal(decode(&f), VRRP_DROP_EXT_INVALID_HMAC);
	setup(&f, false);
	f.msg[1] = f.wire.vrid = 52; /* another virtual router with the same key */
	right_checksum(&f);
	assert_int_equal(decode(&f), VRRP_DROP_EXT_INVALID_HMAC);
}

static void
version_2_carries_the_trailer_behind_its_authentication_field(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, false);
	f.wire.version = 2;
	fill(&f, VECTOR_SEQ);
	assert_int_equal(f.len, 8 + 4 + 8 + VRRP_TRAILER_LEN);
	assert_int_equal(checksum_plain(f.msg, 20), 0);
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
	f.msg[3 + 12] ^= 1; /* the authentication field is covered as well */
	right_checksum(&f);
	assert_int_equal(decode(&f), VRRP_DROP_EXT_INVALID_HMAC);
}

static void
both_checksum_forms_of_version_3_may_carry_it(void **state)
{
	struct fixture f;
	struct vrrp_wire sender;

	(void)state;
	setup(&f, false);
	sender = f.wire;
	sender.src = f.meta.src;
	f.len = vrrp_encode(&sender, 200, VRRP_CSUM_PSEUDO, &f.meta.dst, f.msg);
	f.len = hmac_seal(&sender, VECTOR_SEQ, &f.meta.dst, f.msg, f.len);
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
	assert_int_equal(f.ad.csum, VRRP_CSUM_PSEUDO);
}

static void
every_truncation_and_any_trailing_byte_is_dropped(void **state)
{
	struct fixture f;
	size_t len;

	(void)state;
	setup(&f, false);
	len = f.len;
	for (f.len = 0; f.len < len; f.len++)
		assert_int_equal(decode(&f), f.len == len - VRRP_TRAILER_LEN ? VRRP_DROP_EXT_MISSING
									     : VRRP_DROP_LENGTH);
	f.len = len + 1;
	assert_int_equal(decode(&f), VRRP_DROP_LENGTH);
}

static void
another_key_of_the_same_id_is_dropped(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, false);
	keys[0].bytes[31] ^= 1;
	assert_int_equal(decode(&f), VRRP_DROP_EXT_INVALID_HMAC);
}

static void
longest_message_with_trailer_fits_the_promised_size(void **state)
{
	static struct addr many[VRRP_ADDRS_MAX];
	struct fixture f;

	(void)state;
	setup(&f, true);
	for (size_t i = 0; i < VRRP_ADDRS_MAX; i++)
		many[i] = f.vip;
	f.wire.vips = many;
	f.wire.n_vips = VRRP_ADDRS_MAX;
	fill(&f, 1);
	assert_true(f.len <= VRRP_PACKET_MAX);
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
	assert_int_equal(f.ad.n_addrs, VRRP_ADDRS_MAX);
}

static void
without_keys_there_is_no_trailer_and_one_is_too_long(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, false);
	f.wire.hmac = NULL;
	assert_int_equal(decode(&f), VRRP_DROP_LENGTH);
	fill(&f, VECTOR_SEQ);
	assert_int_equal(f.len, 12);
	assert_int_equal(decode(&f), VRRP_DROP_NONE);
	assert_int_equal(f.ad.proof, VRRP_PROOF_NONE);
}

static void
modes_decide_about_adverts_without_a_trailer_and_about_signing(void **state)
{
	static const struct {
		int mode;
		enum vrrp_drop without;
		size_t len;
	} modes[] = {
	    {HMAC_ENFORCE, VRRP_DROP_EXT_MISSING, 40},
	    {HMAC_PERMISSIVE, VRRP_DROP_NONE, 40},
	    {HMAC_RECEIVE_ONLY, VRRP_DROP_NONE, 12},
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		setup(&f, false);
		f.hmac.mode = modes[i].mode;
		assert_int_equal(decode(&f), VRRP_DROP_NONE);
		f.len = 12;
		assert_int_equal(decode(&f), modes[i].without);
		fill(&f, VECTOR_SEQ);
		assert_int_equal(f.len, modes[i].len);
		/* but a wrong trailer is wrong in each of them */
		setup(&f, false);
		f.hmac.mode = modes[i].mode;
		f.msg[39] ^= 1;
		assert_int_equal(decode(&f), VRRP_DROP_EXT_INVALID_HMAC);
	}
}

static void
two_keys_are_changed_without_a_lost_advert(void **state)
{
	struct vrrp_hmac old = hmac(1, 1), both = hmac(2, 1), both_new = hmac(2, 2);
	struct vrrp_hmac new = {.keys = &keys[1], .n_keys = 1, .active_key = 2, .window = 5 * S};
	const struct vrrp_hmac *const steps[] = {&old, &both, &both_new, &new};
	struct fixture f;

	(void)state;
	/* each router is at most one step ahead of the other */
	for (size_t sends = 0; sends < 4; sends++) {
		for (size_t hears = 0; hears < 4; hears++) {
			bool apart = sends > hears ? sends - hears > 1 : hears - sends > 1;

			setup(&f, false);
			f.wire.hmac = steps[sends];
			fill(&f, VECTOR_SEQ);
			f.wire.hmac = steps[hears];
			if (!apart)
				assert_int_equal(decode(&f), VRRP_DROP_NONE);
		}
	}
	setup(&f, false);
	f.wire.hmac = &old;
	fill(&f, VECTOR_SEQ);
	f.wire.hmac = &new;
	assert_int_equal(decode(&f), VRRP_DROP_EXT_UNKNOWN_KEY);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static enum vrrp_drop
hear(struct fixture *f, const char *src, uint64_t seq, usec_t now)
{
	f->ad =
	    (struct vrrp_advert){.proof = VRRP_PROOF_HMAC, .src = ip(src), .seq = seq, .key_id = 1};
	return vrrp_auth_admit(&f->state, &f->wire, &f->ad, now);
}

static uint64_t
at(usec_t when)
{
	struct vrrp_auth_state s = {0};
	struct vrrp_hmac h = hmac(1, 1);
	struct vrrp_wire w = {.hmac = &h};

	return vrrp_auth_next(&s, &w, when);
}

static void
number_is_the_time_in_seconds_and_fractions_of_two_to_the_sixteenth(void **state)
{
	(void)state;
	assert_true(at(NOW) == VECTOR_SEQ);
	assert_true(at(NOW + S / 4) == VECTOR_SEQ + 0x40000000);
	assert_true(at(NOW + S / 2) == 0x6800000100000000);
}

static void
number_grows_when_the_clock_does_not(void **state)
{
	struct fixture f;
	uint64_t first;

	(void)state;
	setup(&f, false);
	first = vrrp_auth_next(&f.state, &f.wire, NOW);
	assert_true(vrrp_auth_next(&f.state, &f.wire, NOW) == first + 1);
	assert_true(vrrp_auth_next(&f.state, &f.wire, NOW - 2 * S) == first + 2);
	assert_true(vrrp_auth_next(&f.state, &f.wire, NOW + S) == at(NOW + S));
	/* set back beyond the window: what we said before is stale for everybody */
	assert_true(vrrp_auth_next(&f.state, &f.wire, NOW - 60 * S) == at(NOW - 60 * S));
	f.hmac.anti_replay = HMAC_MONOTONIC; /* there nothing but growth counts */
	assert_true(vrrp_auth_next(&f.state, &f.wire, NOW - 90 * S) == at(NOW - 60 * S) + 1);
}

static void
time_out_of_the_window_is_stale_on_both_sides(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, false);
	assert_int_equal(hear(&f, "10.0.0.1", at(NOW - 6 * S), NOW), VRRP_DROP_EXT_STALE);
	assert_int_equal(f.state.skew_s, 6);
	assert_int_equal(hear(&f, "10.0.0.1", at(NOW + 6 * S), NOW), VRRP_DROP_EXT_STALE);
	assert_int_equal(f.state.skew_s, -6);
	assert_int_equal(hear(&f, "10.0.0.1", at(NOW - 5 * S), NOW), VRRP_DROP_NONE);
	assert_true(vrrp_auth_drifts(&f.state, &f.wire));
	assert_int_equal(hear(&f, "10.0.0.1", at(NOW + 5 * S), NOW), VRRP_DROP_NONE);
	assert_true(vrrp_auth_drifts(&f.state, &f.wire));
	assert_int_equal(hear(&f, "10.0.0.2", at(NOW), NOW), VRRP_DROP_NONE);
	assert_false(vrrp_auth_drifts(&f.state, &f.wire));
	f.hmac.anti_replay = HMAC_MONOTONIC;
	assert_int_equal(hear(&f, "10.0.0.2", at(NOW + 9999 * S), NOW), VRRP_DROP_NONE);
	assert_false(vrrp_auth_drifts(&f.state, &f.wire));
}

static void
number_that_was_there_is_a_replay_of_that_sender_only(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, false);
	assert_int_equal(hear(&f, "10.0.0.1", at(NOW), NOW), VRRP_DROP_NONE);
	assert_int_equal(hear(&f, "10.0.0.1", at(NOW), NOW), VRRP_DROP_EXT_REPLAY);
	assert_int_equal(hear(&f, "10.0.0.1", at(NOW) - 1, NOW), VRRP_DROP_EXT_REPLAY);
	assert_int_equal(hear(&f, "10.0.0.2", at(NOW), NOW), VRRP_DROP_NONE);
	assert_int_equal(hear(&f, "10.0.0.1", at(NOW) + 1, NOW), VRRP_DROP_NONE);
}

static void
numbers_compare_as_serial_numbers_over_the_wrap_of_2106(void **state) /* RFC 1982 */
{
	const usec_t wrap = ((usec_t)1 << 32) * S;
	struct fixture f;

	(void)state;
	setup(&f, false);
	assert_int_equal(hear(&f, "10.0.0.1", at(wrap - S), wrap - S), VRRP_DROP_NONE);
	assert_true(at(wrap) >> 32 == 0);
	assert_int_equal(hear(&f, "10.0.0.1", at(wrap), wrap), VRRP_DROP_NONE);
	assert_int_equal(hear(&f, "10.0.0.1", at(wrap - S), wrap), VRRP_DROP_EXT_REPLAY);
	vrrp_auth_next(&f.state, &f.wire, wrap - S);
	assert_true(vrrp_auth_next(&f.state, &f.wire, wrap + S) == at(wrap + S));
}

static void
first_number_is_the_clock_after_2038_too(void **state)
{
	struct fixture f;
	const usec_t late = ((usec_t)1 << 31) * S + 5 * S;

	(void)state;
	setup(&f, false);
	f.hmac.anti_replay = HMAC_MONOTONIC;
	assert_true(vrrp_auth_next(&f.state, &f.wire, late) == at(late));
}

static void
multicast_remembers_the_four_senders_heard_last(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, false);
	f.hmac.anti_replay = HMAC_MONOTONIC;
	for (int i = 1; i <= 4; i++) {
		char src[16];

		snprintf(src, sizeof(src), "10.0.0.%d", i);
		assert_int_equal(hear(&f, src, 100, NOW), VRRP_DROP_NONE);
	}
	assert_int_equal(hear(&f, "10.0.0.1", 101, NOW), VRRP_DROP_NONE); /* now .2 is the oldest */
	assert_int_equal(hear(&f, "10.0.0.5", 100, NOW), VRRP_DROP_NONE);
	assert_int_equal(hear(&f, "10.0.0.1", 101, NOW), VRRP_DROP_EXT_REPLAY);
	assert_int_equal(hear(&f, "10.0.0.3", 100, NOW), VRRP_DROP_EXT_REPLAY);
	assert_int_equal(hear(&f, "10.0.0.4", 100, NOW), VRRP_DROP_EXT_REPLAY);
	assert_int_equal(hear(&f, "10.0.0.5", 100, NOW), VRRP_DROP_EXT_REPLAY);
	assert_int_equal(hear(&f, "10.0.0.2", 100, NOW), VRRP_DROP_NONE); /* was forgotten */
}

static void
unicast_remembers_every_peer(void **state)
{
	struct fixture f;
	char src[16];

	(void)state;
	setup(&f, false);
	f.wire.n_peers = HMAC_PEERS_MAX;
	for (int round = 0; round < 2; round++) {
		for (int i = 1; i <= HMAC_PEERS_MAX; i++) {
			snprintf(src, sizeof(src), "10.0.0.%d", i);
			assert_int_equal(hear(&f, src, at(NOW), NOW),
					 round ? VRRP_DROP_EXT_REPLAY : VRRP_DROP_NONE);
		}
	}
}

static void
restart_is_no_replay_while_the_clock_goes_on(void **state)
{
	struct fixture f, after;

	(void)state;
	setup(&f, false);
	setup(&after, false);
	assert_int_equal(hear(&f, "10.0.0.1", vrrp_auth_next(&after.state, &f.wire, NOW), NOW),
			 VRRP_DROP_NONE);
	memset(&after.state, 0, sizeof(after.state));
	assert_int_equal(
	    hear(&f, "10.0.0.1", vrrp_auth_next(&after.state, &f.wire, NOW + 1000), NOW + 1000),
	    VRRP_DROP_NONE);
}

static void
clock_set_back_locks_nobody_out_by_time(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, false);
	/* the sender's clock was an hour ahead, as ours was; both are put right */
	assert_int_equal(hear(&f, "10.0.0.1", at(NOW + 3600 * S), NOW + 3600 * S), VRRP_DROP_NONE);
	assert_int_equal(hear(&f, "10.0.0.1", at(NOW), NOW), VRRP_DROP_NONE);
	assert_int_equal(hear(&f, "10.0.0.1", at(NOW), NOW), VRRP_DROP_EXT_REPLAY);
}

static void
monotonic_router_without_a_clock_goes_on_from_what_it_hears(void **state)
{
	struct fixture a, b;
	uint64_t seq;

	(void)state;
	setup(&a, false);
	setup(&b, false);
	a.hmac.anti_replay = b.hmac.anti_replay = HMAC_MONOTONIC;
	assert_int_equal(hear(&b, "10.0.0.1", vrrp_auth_next(&a.state, &a.wire, NOW), NOW),
			 VRRP_DROP_NONE);
	memset(&a.state, 0, sizeof(a.state)); /* a begins again, in 1970 */
	seq = vrrp_auth_next(&a.state, &a.wire, 60 * S);
	assert_int_equal(hear(&b, "10.0.0.1", seq, NOW), VRRP_DROP_EXT_REPLAY);
	seq = vrrp_auth_next(&b.state, &b.wire, NOW + 3 * S); /* so b became master */
	assert_int_equal(hear(&a, "10.0.0.2", seq, 63 * S), VRRP_DROP_NONE);
	seq = vrrp_auth_next(&a.state, &a.wire, 63 * S);
	assert_int_equal(hear(&b, "10.0.0.1", seq, NOW), VRRP_DROP_NONE);
}

/* --- keys ------------------------------------------------------------------------------------- */

static void
keys_are_hex_or_text_of_32_to_64_bytes(void **state)
{
	static const char digits[] =
	    "hex:000102030405060708090A0B0C0D0E0F101112131415161718191a1b1c1d1e1f";
	char text[80] = "";
	struct hmac_key key;
	struct err e;

	(void)state;
	assert_int_equal(hmac_key_parse(digits, &key, &e), 0);
	assert_int_equal(key.len, 32);
	for (uint8_t i = 0; i < 32; i++)
		assert_int_equal(key.bytes[i], i);
	for (size_t n = 1; n <= 70; n++) {
		memset(text, 'x', n);
		assert_int_equal(hmac_key_parse(text, &key, &e) == 0, n >= 32 && n <= 64);
		if (n >= 32 && n <= 64)
			assert_int_equal(key.len, n);
	}
	memcpy(text, digits, sizeof(digits));
	text[20] = 'g';
	assert_int_equal(hmac_key_parse(text, &key, &e), -1);
	assert_string_equal(e.text, "something else than hexadecimal digits behind 'hex:'");
	text[sizeof(digits) - 2] = '\0';
	assert_int_equal(hmac_key_parse(text, &key, &e), -1);
	assert_string_equal(e.text, "an odd number of digits behind 'hex:'");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(vectors_of_the_draft_are_accepted),
    cmocka_unit_test(sent_trailer_equals_the_vectors_of_the_draft),
    cmocka_unit_test(ip4_checksum_excludes_the_trailer_and_ip6_covers_it),
    cmocka_unit_test(every_flipped_bit_of_message_and_trailer_is_dropped),
    cmocka_unit_test(each_field_of_the_trailer_has_its_reason),
    cmocka_unit_test(source_router_and_version_are_bound_into_the_hmac),
    cmocka_unit_test(version_2_carries_the_trailer_behind_its_authentication_field),
    cmocka_unit_test(both_checksum_forms_of_version_3_may_carry_it),
    cmocka_unit_test(every_truncation_and_any_trailing_byte_is_dropped),
    cmocka_unit_test(another_key_of_the_same_id_is_dropped),
    cmocka_unit_test(longest_message_with_trailer_fits_the_promised_size),
    cmocka_unit_test(without_keys_there_is_no_trailer_and_one_is_too_long),
    cmocka_unit_test(modes_decide_about_adverts_without_a_trailer_and_about_signing),
    cmocka_unit_test(two_keys_are_changed_without_a_lost_advert),
    cmocka_unit_test(number_is_the_time_in_seconds_and_fractions_of_two_to_the_sixteenth),
    cmocka_unit_test(number_grows_when_the_clock_does_not),
    cmocka_unit_test(time_out_of_the_window_is_stale_on_both_sides),
    cmocka_unit_test(number_that_was_there_is_a_replay_of_that_sender_only),
    cmocka_unit_test(numbers_compare_as_serial_numbers_over_the_wrap_of_2106),
    cmocka_unit_test(first_number_is_the_clock_after_2038_too),
    cmocka_unit_test(multicast_remembers_the_four_senders_heard_last),
    cmocka_unit_test(unicast_remembers_every_peer),
    cmocka_unit_test(restart_is_no_replay_while_the_clock_goes_on),
    cmocka_unit_test(clock_set_back_locks_nobody_out_by_time),
    cmocka_unit_test(monotonic_router_without_a_clock_goes_on_from_what_it_hears),
    cmocka_unit_test(keys_are_hex_or_text_of_32_to_64_bytes),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
