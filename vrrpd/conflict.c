/*
 * conflict.c - probes for our own addresses, and what the answers mean.
 */
#include "vrrpd/conflict.h"

#include <string.h>

#include "vrrpd/checksum.h"
#include "vrrpd/cursor.h"
#include "vrrpd/reach_frame.h"

#define ETHERTYPE_ARP_BYTES  0x0806
#define ETHERTYPE_IPV4_BYTES 0x0800
#define ETHERTYPE_IPV6_BYTES 0x86dd
#define ETHERNET_LEN         14
#define IPV6_LEN             40
#define ND_LEN               24
#define ND_SOLICIT           135
#define ND_ADVERT            136
#define OPTION_TARGET_MAC    2

#define PERIOD       (30 * USEC_PER_SEC)
#define PERIOD_ALARM (5 * USEC_PER_SEC)
#define SILENCE      (12 * USEC_PER_SEC) /* two probes without an answer, and a bit */
#define EPISODE      (10 * USEC_PER_SEC) /* silence after which a rival is another one */

static size_t
arp_probe(const uint8_t mac[6], const struct addr *vip, uint8_t *out)
{
	static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	const struct addr nobody = {.len = 0};
	uint8_t message[REACH_FRAME_MAX], *at = out;
	size_t len = reach_arp(mac, &nobody, vip, message);

	at = put_bytes(at, everybody, 6);
	at = put_bytes(at, mac, 6);
	at = put_u16(at, ETHERTYPE_ARP_BYTES);
	put_bytes(at, message, len);
	return ETHERNET_LEN + len;
}

/* RFC 4861 section 4.3: from :: to the solicited-node group, without an option. */
static size_t
nd_probe(const uint8_t mac[6], const struct addr *vip, uint8_t *out)
{
	struct addr group = {.in6 = {.sin6_family = AF_INET6}, .len = sizeof(group.in6)};
	struct addr from = group;
	const uint8_t *target = vip->in6.sin6_addr.s6_addr;
	uint8_t *to = group.in6.sin6_addr.s6_addr;
	uint8_t *at = out, *icmp;

	memcpy(to, (const uint8_t[]){0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff}, 13);
	memcpy(to + 13, target + 13, 3);
	at = put_u16(at, 0x3333);
	at = put_bytes(at, to + 12, 4);
	at = put_bytes(at, mac, 6);
	at = put_u16(at, ETHERTYPE_IPV6_BYTES);
	at = put_u16(at, 0x6000);
	at = put_u16(at, 0);
	at = put_u16(at, ND_LEN);
	at = put_u8(at, IPPROTO_ICMPV6);
	at = put_u8(at, 255);
	at = put_bytes(at, from.in6.sin6_addr.s6_addr, 16);
	at = put_bytes(at, to, 16);
	icmp = at;
	memset(icmp, 0, ND_LEN);
	icmp[0] = ND_SOLICIT;
	memcpy(icmp + 8, target, 16);
	put_u16(icmp + 2, checksum_icmp6(&from, &group, icmp, ND_LEN));
	return ETHERNET_LEN + IPV6_LEN + ND_LEN;
}

size_t
conflict_probe(const uint8_t mac[6], const struct addr *vip, uint8_t out[CONFLICT_PROBE_MAX])
{
	return addr_family(vip) == AF_INET6 ? nd_probe(mac, vip, out) : arp_probe(mac, vip, out);
}

static bool
read_arp(struct cursor *c, struct conflict_claim *claim)
{
	const uint8_t *head = get_bytes(c, 8), *mac = get_bytes(c, 6), *ip = get_bytes(c, 4);

	if (c->failed || (head[2] << 8 | head[3]) != ETHERTYPE_IPV4_BYTES || head[4] != 6 ||
	    head[5] != 4)
		return false;
	claim->addr = (struct addr){.in = {.sin_family = AF_INET}, .len = sizeof(claim->addr.in)};
	memcpy(&claim->addr.in.sin_addr, ip, 4);
	memcpy(claim->mac, mac, 6);
	return !addr_is_any(&claim->addr); /* a probe asks, it does not claim */
}

/* A neighbour advertisement; the MAC is its option's, else the frame's. */
static bool
read_nd(struct cursor *c, const uint8_t *from, struct conflict_claim *claim)
{
	const uint8_t *ip = get_bytes(c, IPV6_LEN), *icmp = get_bytes(c, ND_LEN);
	const uint8_t *option;

	if (c->failed || ip[6] != IPPROTO_ICMPV6 || ip[7] != 255 || icmp[0] != ND_ADVERT ||
	    icmp[1] != 0)
		return false;
	claim->addr =
	    (struct addr){.in6 = {.sin6_family = AF_INET6}, .len = sizeof(claim->addr.in6)};
	memcpy(&claim->addr.in6.sin6_addr, icmp + 8, 16);
	option = get_bytes(c, 8);
	memcpy(claim->mac,
	       option && option[0] == OPTION_TARGET_MAC && option[1] == 1 ? option + 2 : from, 6);
	return true;
}

bool
conflict_read(const uint8_t *frame, size_t len, struct conflict_claim *claim)
{
	struct cursor c = {.at = frame, .left = len};
	const uint8_t *ethernet = get_bytes(&c, 12);
	uint16_t type = get_u16(&c);

	if (c.failed)
		return false;
	if (type == ETHERTYPE_ARP_BYTES)
		return read_arp(&c, claim);
	return type == ETHERTYPE_IPV6_BYTES && read_nd(&c, ethernet + 6, claim);
}

/* --- when to ask ------------------------------------------------------------------------------ */

void
conflict_begin(struct conflict_watch *w, usec_t grace, usec_t now)
{
	w->probe_at = now;
	w->grace_until = now + grace;
	w->rival_at = -USEC_NEVER / 2;
	w->asked_after_grace = false;
}

void
conflict_rival(struct conflict_watch *w, usec_t grace, usec_t now)
{
	bool same_episode = now - w->rival_at < EPISODE;

	w->rival_at = now;
	if (same_episode || w->probe_at == USEC_NEVER)
		return;
	w->grace_until = now + grace;
	w->asked_after_grace = false;
	w->probe_at = w->grace_until;
}

void
conflict_end(struct conflict_watch *w)
{
	w->probe_at = USEC_NEVER;
}

bool
conflict_due(struct conflict_watch *w, bool in_conflict, usec_t now)
{
	if (now < w->probe_at)
		return false;
	w->asked_after_grace |= now >= w->grace_until;
	if (!w->asked_after_grace)
		w->probe_at = w->grace_until;
	else
		w->probe_at = now + (in_conflict ? PERIOD_ALARM : PERIOD);
	return true;
}

/* --- one address ------------------------------------------------------------------------------ */

bool
conflict_heard(struct conflict *c, const struct conflict_watch *w, const uint8_t mac[6], usec_t now)
{
	bool known = c->standing && memcmp(c->mac, mac, 6) == 0;

	if (w->probe_at == USEC_NEVER || now < w->grace_until)
		return false;
	c->last = now;
	if (known)
		return false;
	if (!c->standing)
		c->since = now;
	c->standing = true;
	memcpy(c->mac, mac, 6);
	return true;
}

bool
conflict_over(struct conflict *c, usec_t now)
{
	if (!c->standing || now - c->last < SILENCE)
		return false;
	c->standing = false;
	return true;
}
