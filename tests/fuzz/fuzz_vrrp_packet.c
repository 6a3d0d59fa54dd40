/*
 * fuzz_vrrp_packet.c - any bytes as a packet: an IP header first, or a bare VRRP message.
 *
 * The first byte says how the receiver is configured, the rest is what it gets.  What is accepted
 * is written again and must come out as the same bytes.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "vrrpd/checksum.h"
#include "vrrpd/packet.h"

static struct addr
ip(const char *text)
{
	struct addr a;
	struct err e;

	FUZZ_ASSERT(addr_parse_ip(text, &a, &e) == 0);
	return a;
}

/* The message that says the same, written by ourselves. */
static void
write_again(const struct vrrp_wire *w, const struct vrrp_meta *meta, const struct vrrp_advert *ad,
	    const uint8_t *msg, size_t len)
{
	static struct addr addrs[VRRP_ADDRS_MAX];
	struct vrrp_wire sender = *w;
	uint8_t buf[VRRP_PACKET_MAX];

	for (size_t i = 0; i < ad->n_addrs; i++) {
		addrs[i] = meta->src;
		memcpy(w->family == AF_INET6 ? (void *)&addrs[i].in6.sin6_addr
					     : (void *)&addrs[i].in.sin_addr,
		       ad->addrs + i * ad->addr_len, ad->addr_len);
	}
	sender.src = meta->src;
	sender.interval = ad->interval;
	sender.vips = addrs;
	sender.n_vips = ad->n_addrs;
	FUZZ_ASSERT(vrrp_encode(&sender, ad->priority, ad->csum, &meta->dst, buf) == len);
	FUZZ_ASSERT(memcmp(buf, msg, 4) == 0);
	FUZZ_ASSERT(memcmp(buf + 8, msg + 8, ad->n_addrs * ad->addr_len) == 0);
	FUZZ_ASSERT(buf[5] == msg[5]);
}

/* Most random messages fail at the checksum: give them a right one. */
static void
seal(const struct vrrp_wire *w, const struct vrrp_meta *meta, uint8_t *msg, size_t len)
{
	uint16_t sum;

	if (len < 8)
		return;
	msg[6] = msg[7] = 0;
	sum = w->version == 3 ? checksum_pseudo(&meta->src, &meta->dst, msg, len)
			      : checksum_plain(msg, len);
	msg[6] = (uint8_t)(sum >> 8);
	msg[7] = (uint8_t)sum;
}

static void
receive(const struct vrrp_wire *w, const struct vrrp_meta *meta, const uint8_t *msg, size_t len)
{
	struct vrrp_advert ad;
	enum vrrp_drop drop = vrrp_decode(w, meta, msg, len, &ad);
	uint8_t version, vrid;

	FUZZ_ASSERT(drop < VRRP_N_DROPS);
	if (drop != VRRP_DROP_NONE)
		return;
	FUZZ_ASSERT(vrrp_peek(msg, len, &version, &vrid));
	FUZZ_ASSERT(version == w->version && vrid == w->vrid && ad.n_addrs > 0 && ad.interval > 0);
	FUZZ_ASSERT(ad.addrs >= msg && ad.addrs + ad.n_addrs * ad.addr_len <= msg + len);
	write_again(w, meta, &ad, msg, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t how = size > 0 ? data[0] : 0;
	bool ip6 = how & 1, sealed = how & 8;
	struct addr vip = ip(ip6 ? "fe80::52" : "10.99.0.100");
	struct addr peer = ip(ip6 ? "fe80::1" : "10.99.0.1");
	struct vrrp_meta meta = {
	    .src = peer, .dst = ip(ip6 ? "ff02::12" : VRRP_MCAST_IP4), .ttl = 255};
	struct vrrp_wire w = {.version = ip6 || how & 2 ? 3 : 2,
			      .family = ip6 ? AF_INET6 : AF_INET,
			      .vrid = 0x33,
			      .interval = USEC_PER_SEC,
			      .src = ip(ip6 ? "fe80::2" : "10.99.0.2"),
			      .vips = &vip,
			      .n_vips = 1};
	struct vrrp_meta opened;
	const uint8_t *msg;
	uint8_t *copy;
	size_t len = size > 0 ? size - 1 : 0, msg_len;

	if (w.version == 2 && how & 4) {
		w.auth_type = VRRP_AUTH_PASS;
		memcpy(w.auth_pass, "secr3t", 6);
	}
	copy =
	    malloc(len + 1); /* exactly as long as what was received: a sanitizer sees the rest */
	FUZZ_ASSERT(copy != NULL);
	memcpy(copy, data + (size > 0), len);
	if (vrrp_ip4_open(copy, len, &opened, &msg, &msg_len) == VRRP_DROP_NONE) {
		FUZZ_ASSERT(msg >= copy + 20 && msg + msg_len <= copy + len);
		receive(&w, &opened, msg, msg_len);
	}
	if (sealed)
		seal(&w, &meta, copy, len);
	receive(&w, &meta, copy, len);
	free(copy);
	return 0;
}
