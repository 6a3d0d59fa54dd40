/*
 * fuzz_vrrp_auth.c - any bytes at an instance that demands proof: AH, or a signed trailer.
 *
 * The first byte says how the receiver is configured and what is put right in the rest (checksum,
 * HMAC), since hardly a random packet gets behind a checksum.
 * Without the key nothing may be accepted; what we sign ourselves must be, once and not twice.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "vrrpd/ah.h"
#include "vrrpd/auth.h"
#include "vrrpd/checksum.h"

#define NOW (1795000000 * USEC_PER_SEC)

enum how {
	HOW_IP6 = 1,
	HOW_V3 = 2,
	HOW_AH = 4,
	HOW_PERMISSIVE = 8,
	HOW_MONOTONIC = 16,
	HOW_SIGN = 32,     /* give it a right HMAC */
	HOW_CHECKSUM = 64, /* give it a right checksum */
	HOW_UNICAST = 128,
};

static struct hmac_key keys[2] = {{.id = 1, .len = 32}, {.id = 2, .len = 64}};

static struct addr
ip(const char *text)
{
	struct addr a;
	struct err e;

	FUZZ_ASSERT(addr_parse_ip(text, &a, &e) == 0);
	return a;
}

struct rig {
	uint8_t how;
	struct vrrp_hmac hmac;
	struct addr vip, peer;
	struct vrrp_wire wire;
	struct vrrp_meta meta;
	struct vrrp_auth_state state;
};

static void
set_up(struct rig *r, uint8_t how)
{
	bool ip6 = how & HOW_IP6, ah = how & HOW_AH && !ip6;

	memset(r, 0, sizeof(*r));
	r->how = how;
	memset(keys[0].bytes, 0x11, 32);
	memset(keys[1].bytes, 0x22, 64);
	r->hmac =
	    (struct vrrp_hmac){.keys = keys,
			       .n_keys = 2,
			       .active_key = 1,
			       .mode = how & HOW_PERMISSIVE ? HMAC_PERMISSIVE : HMAC_ENFORCE,
			       .anti_replay = how & HOW_MONOTONIC ? HMAC_MONOTONIC : HMAC_TIME,
			       .window = 5 * USEC_PER_SEC};
	r->vip = ip(ip6 ? "fe80::52" : "10.99.0.100");
	r->peer = ip(ip6 ? "fe80::1" : "10.99.0.1");
	r->wire = (struct vrrp_wire){.version = ip6 || (how & HOW_V3 && !ah) ? 3 : 2,
				     .family = ip6 ? AF_INET6 : AF_INET,
				     .vrid = 0x33,
				     .auth_type = ah ? VRRP_AUTH_AH : VRRP_AUTH_NONE,
				     .hmac = ah ? NULL : &r->hmac,
				     .interval = USEC_PER_SEC,
				     .src = ip(ip6 ? "fe80::2" : "10.99.0.2"),
				     .vips = &r->vip,
				     .n_vips = 1,
				     .peers = &r->peer,
				     .n_peers = how & HOW_UNICAST ? 1 : 0};
	if (ah)
		memcpy(r->wire.auth_pass, "secr3t", 6);
	r->meta = (struct vrrp_meta){
	    .src = r->peer,
	    .dst = how & HOW_UNICAST ? r->wire.src : ip(ip6 ? "ff02::12" : VRRP_MCAST_IP4),
	    .ttl = 255};
}

static enum vrrp_drop
receive(struct rig *r, const struct vrrp_meta *meta, const uint8_t *msg, size_t len,
	struct vrrp_advert *ad)
{
	enum vrrp_drop drop = vrrp_decode(&r->wire, meta, msg, len, ad);

	return drop == VRRP_DROP_NONE ? vrrp_auth_admit(&r->state, &r->wire, ad, NOW) : drop;
}

static void
right_checksum(const struct rig *r, uint8_t *msg, size_t len)
{
	size_t covered = len;
	uint16_t sum;

	if (r->wire.family == AF_INET && len >= 8 + VRRP_TRAILER_LEN)
		covered -= VRRP_TRAILER_LEN;
	if (covered < 8)
		return;
	msg[6] = msg[7] = 0;
	sum = r->wire.version == 3 ? checksum_pseudo(&r->meta.src, &r->meta.dst, msg, covered)
				   : checksum_plain(msg, covered);
	msg[6] = (uint8_t)(sum >> 8);
	msg[7] = (uint8_t)sum;
}

/* Random bytes with perhaps a right checksum: nobody knows a key. */
static void
try_forged(struct rig *r, uint8_t *msg, size_t len)
{
	struct vrrp_advert ad;
	enum vrrp_drop drop;

	if (r->how & HOW_CHECKSUM)
		right_checksum(r, msg, len);
	drop = receive(r, &r->meta, msg, len, &ad);
	FUZZ_ASSERT(drop < VRRP_N_DROPS);
	FUZZ_ASSERT(ad.proof == VRRP_PROOF_NONE);
	if (!(r->how & HOW_PERMISSIVE) || r->wire.auth_type == VRRP_AUTH_AH)
		FUZZ_ASSERT(drop != VRRP_DROP_NONE);
}

/* The same bytes as a message of a peer that has the key: signed, they are heard once. */
static void
try_signed(struct rig *r, const uint8_t *bytes, size_t len)
{
	struct vrrp_wire sender = r->wire;
	uint8_t msg[VRRP_PACKET_MAX];
	struct vrrp_advert ad;
	enum vrrp_drop drop;
	uint64_t seq = vrrp_auth_next(&r->state, &r->wire, NOW) + 1;

	if (len < 8 || len > VRRP_PACKET_MAX - VRRP_TRAILER_LEN)
		return;
	memcpy(msg, bytes, len);
	sender.src = r->meta.src;
	if (r->wire.family == AF_INET) {
		uint16_t sum;

		msg[6] = msg[7] = 0;
		sum = checksum_plain(msg, len);
		msg[6] = (uint8_t)(sum >> 8);
		msg[7] = (uint8_t)sum;
	}
	len = hmac_seal(&sender, seq, &r->meta.dst, msg, len);
	drop = receive(r, &r->meta, msg, len, &ad);
	if (drop != VRRP_DROP_NONE)
		return; /* the message itself is wrong */
	if (r->how & HOW_PERMISSIVE && ad.proof == VRRP_PROOF_NONE)
		return; /* its count took the trailer for addresses, and the sum came out right */
	FUZZ_ASSERT(ad.proof == VRRP_PROOF_HMAC && ad.seq == seq && ad.key_id == 1);
	FUZZ_ASSERT(receive(r, &r->meta, msg, len, &ad) == VRRP_DROP_EXT_REPLAY);
	msg[len - 1] ^= 1;
	FUZZ_ASSERT(receive(r, &r->meta, msg, len, &ad) != VRRP_DROP_NONE);
}

/* As a whole IP packet: what the socket of protocol 51 hands over. */
static void
try_packet(struct rig *r, const uint8_t *bytes, size_t len)
{
	struct vrrp_meta meta;
	const uint8_t *msg;
	struct vrrp_advert ad;
	size_t msg_len;

	if (vrrp_ip4_open(bytes, len, &meta, &msg, &msg_len) != VRRP_DROP_NONE)
		return;
	FUZZ_ASSERT(msg >= bytes + 20 && msg + msg_len <= bytes + len);
	if (meta.packet)
		FUZZ_ASSERT(meta.packet + meta.ip_len + AH_LEN == msg);
	if (receive(r, &meta, msg, msg_len, &ad) != VRRP_DROP_NONE || ad.proof != VRRP_PROOF_AH)
		return;
	/* one of the corpus, with the password: a second time it is a replay */
	FUZZ_ASSERT(receive(r, &meta, msg, msg_len, &ad) == VRRP_DROP_AH_REPLAY);
}

static void
try_ah(struct rig *r, const uint8_t *bytes, size_t len)
{
	struct vrrp_wire sender = r->wire;
	uint8_t packet[AH_PACKET_MAX];
	struct vrrp_meta meta;
	struct vrrp_advert ad;
	const uint8_t *msg;
	size_t msg_len;

	if (len > VRRP_PACKET_MAX)
		return;
	sender.src = r->meta.src;
	len = ah_packet(&sender, 7, &r->meta.dst, bytes, len, packet);
	FUZZ_ASSERT(vrrp_ip4_open(packet, len, &meta, &msg, &msg_len) == VRRP_DROP_NONE);
	FUZZ_ASSERT(msg_len == len - 20 - AH_LEN && memcmp(msg, bytes, msg_len) == 0);
	memset(&r->state, 0, sizeof(r->state));
	if (receive(r, &meta, msg, msg_len, &ad) == VRRP_DROP_NONE)
		FUZZ_ASSERT(ad.proof == VRRP_PROOF_AH && ad.seq == 7 && r->state.ah_seq == 7);
	packet[len - 1] ^= 0x40;
	FUZZ_ASSERT(receive(r, &meta, msg, msg_len, &ad) != VRRP_DROP_NONE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig r;
	size_t len = size > 0 ? size - 1 : 0;
	uint8_t *copy;

	set_up(&r, size > 0 ? data[0] : 0);
	copy = malloc(len + 1); /* exactly what was received: a sanitizer sees the rest */
	FUZZ_ASSERT(copy != NULL);
	memcpy(copy, data + (size > 0), len);
	try_packet(&r, copy, len);
	if (r.wire.auth_type == VRRP_AUTH_AH)
		try_ah(&r, copy, len);
	else if (r.how & HOW_SIGN)
		try_signed(&r, copy, len);
	try_forged(&r, copy, len);
	free(copy);
	return 0;
}
