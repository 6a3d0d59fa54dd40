/*
 * packet.c - VRRP advertisements as bytes: VRRPv2 (RFC 3768, RFC 2338), VRRPv3 (RFC 9568).
 *
 * Pure; every received byte is hostile until vrrp_decode() said VRRP_DROP_NONE.  The checks of
 * RFC 9568 section 7.1 come in an order that names the real mistake: what a wrong checksum would
 * hide (version, type, id) first, then the checksum, then what only a right checksum makes true.
 */
#include "vrrpd/packet.h"

#include <nettle/memops.h>
#include <string.h>

#include "vrrpd/ah.h"
#include "vrrpd/checksum.h"
#include "vrrpd/cursor.h"
#include "vrrpd/hmac.h"

#define HEADER_LEN         8
#define TYPE_ADVERTISEMENT 1
#define CSUM_OFFSET        6
#define USEC_PER_CS        (10 * USEC_PER_MS)
#define MAX_ADVER_CS       0x0fff

const char *
vrrp_drop_name(enum vrrp_drop d)
{
	static const char *const names[] = {
#define X(id, name, text) name,
	    VRRP_DROP_TABLE(X)
#undef X
	};

	return names[d];
}

const char *
vrrp_drop_text(enum vrrp_drop d)
{
	static const char *const texts[] = {
#define X(id, name, text) text,
	    VRRP_DROP_TABLE(X)
#undef X
	};

	return texts[d];
}

static void
set_ip4(struct addr *a, const uint8_t bytes[4])
{
	memset(a, 0, sizeof(*a));
	a->in.sin_family = AF_INET;
	memcpy(&a->in.sin_addr, bytes, 4);
	a->len = sizeof(a->in);
}

struct addr
vrrp_group(int family)
{
	static const uint8_t all_routers[16] = {0xff, 0x02, [15] = 0x12};
	static const uint8_t all_routers4[4] = {224, 0, 0, 18};
	struct addr a = {.len = 0};

	if (family != AF_INET6) {
		set_ip4(&a, all_routers4);
		return a;
	}
	a.in6.sin6_family = AF_INET6;
	memcpy(&a.in6.sin6_addr, all_routers, sizeof(all_routers));
	a.len = sizeof(a.in6);
	return a;
}

bool
vrrp_is_link_local(const struct addr *a)
{
	return addr_family(a) == AF_INET6 && a->in6.sin6_addr.s6_addr[0] == 0xfe &&
	       (a->in6.sin6_addr.s6_addr[1] & 0xc0) == 0x80;
}

bool
vrrp_is_multicast(const struct addr *a)
{
	if (addr_family(a) == AF_INET6)
		return a->in6.sin6_addr.s6_addr[0] == 0xff;
	return (ntohl(a->in.sin_addr.s_addr) >> 28) == 0xe;
}

static const void *
addr_bytes(const struct addr *a)
{
	return addr_family(a) == AF_INET6 ? (const void *)&a->in6.sin6_addr
					  : (const void *)&a->in.sin_addr;
}

enum vrrp_drop
vrrp_ip4_open(const uint8_t *packet, size_t len, struct vrrp_meta *meta, const uint8_t **msg,
	      size_t *msg_len)
{
	struct cursor c = {.at = packet, .left = len};
	uint8_t first = get_u8(&c);
	size_t header_len = (size_t)(first & 0x0f) * 4;
	uint16_t total, fragment;
	uint8_t protocol;
	const uint8_t *src, *dst;

	(void)get_u8(&c); /* type of service */
	total = get_u16(&c);
	(void)get_u16(&c); /* identification */
	fragment = get_u16(&c);
	meta->ttl = get_u8(&c);
	protocol = get_u8(&c);
	(void)get_u16(&c); /* the kernel has checked the header's checksum */
	src = get_bytes(&c, 4);
	dst = get_bytes(&c, 4);
	if (c.failed || first >> 4 != 4 || header_len < 20 || total < header_len || total > len)
		return VRRP_DROP_IP_HEADER;
	if (fragment & 0x3fff) /* more fragments, or an offset */
		return VRRP_DROP_IP_HEADER;
	set_ip4(&meta->src, src);
	set_ip4(&meta->dst, dst);
	*msg = packet + header_len;
	*msg_len = total - header_len;
	meta->packet = NULL;
	if (protocol == AH_IP_PROTO && ah_is_vrrp(*msg, *msg_len)) {
		meta->packet = packet;
		meta->packet_len = total;
		meta->ip_len = header_len;
		*msg += AH_LEN;
		*msg_len -= AH_LEN;
		return VRRP_DROP_NONE;
	}
	return protocol == VRRP_IP_PROTO ? VRRP_DROP_NONE : VRRP_DROP_PROTOCOL;
}

bool
vrrp_peek(const uint8_t *msg, size_t len, uint8_t *version, uint8_t *vrid)
{
	if (len < 2)
		return false;
	*version = msg[0] >> 4;
	*vrid = msg[1];
	return true;
}

static enum vrrp_drop
check_peer(const struct vrrp_wire *w, const struct vrrp_meta *meta)
{
	for (size_t i = 0; i < w->n_peers; i++) {
		const struct ttl_range *ttl = w->peer_ttls ? &w->peer_ttls[i] : NULL;

		if (!addr_ip_equal(&meta->src, &w->peers[i]))
			continue;
		return !ttl || (meta->ttl >= ttl->min && meta->ttl <= ttl->max) ? VRRP_DROP_NONE
										: VRRP_DROP_TTL;
	}
	return w->any_peer ? VRRP_DROP_NONE : VRRP_DROP_UNKNOWN_PEER;
}

/* What the IP layer gives away: how it came, how far, from whom. */
static enum vrrp_drop
check_meta(const struct vrrp_wire *w, const struct vrrp_meta *meta)
{
	bool multicast = vrrp_is_multicast(&meta->dst);

	if (multicast != (w->n_peers == 0))
		return VRRP_DROP_CAST;
	if (multicast && w->group.len > 0 && !addr_ip_equal(&meta->dst, &w->group))
		return VRRP_DROP_GROUP;
	if (multicast && meta->ttl != VRRP_TTL)
		return VRRP_DROP_TTL;
	if (w->src.len > 0 && addr_ip_equal(&meta->src, &w->src))
		return VRRP_DROP_OWN_SOURCE;
	return multicast ? VRRP_DROP_NONE : check_peer(w, meta);
}

/* v3 over IPv4 may come in two forms; v3 over IPv6 always has the pseudo header, v2 never. */
static bool
checksum_right(const struct vrrp_wire *w, const struct vrrp_meta *meta, const uint8_t *msg,
	       size_t len, enum vrrp_csum *form)
{
	*form = VRRP_CSUM_PLAIN;
	if (w->version == 2)
		return checksum_plain(msg, len) == 0;
	if (checksum_pseudo(&meta->src, &meta->dst, msg, len) == 0) {
		*form = VRRP_CSUM_PSEUDO;
		return true;
	}
	return w->family == AF_INET && checksum_plain(msg, len) == 0;
}

static enum vrrp_drop
check_auth(const struct vrrp_wire *w, const struct vrrp_meta *meta, uint8_t type,
	   const uint8_t *data, struct vrrp_advert *out)
{
	enum vrrp_drop drop = VRRP_DROP_NONE;
	uint32_t seq = 0;

	if (type > VRRP_AUTH_AH)
		return VRRP_DROP_AUTH_INVALID;
	if (type != w->auth_type)
		return VRRP_DROP_AUTH_MISMATCH;
	if (type == VRRP_AUTH_AH)
		drop = ah_verify(w->auth_pass, meta, &seq);
	else if (type == VRRP_AUTH_PASS && !memeql_sec(data, w->auth_pass, VRRP_AUTH_LEN))
		drop = VRRP_DROP_AUTH_FAILURE;
	out->auth_type = w->auth_type;
	out->proof = type == VRRP_AUTH_AH ? VRRP_PROOF_AH : VRRP_PROOF_NONE;
	out->seq = seq;
	return drop;
}

static enum vrrp_drop
check_trailer(const struct vrrp_wire *w, const struct vrrp_meta *meta, const uint8_t *msg,
	      size_t len, bool is_there, struct vrrp_advert *out)
{
	if (is_there)
		return hmac_verify(w, meta, msg, len, out);
	return w->hmac && w->hmac->mode == HMAC_ENFORCE ? VRRP_DROP_EXT_MISSING : VRRP_DROP_NONE;
}

/* Order does not count; keepalived 2.2 would drop such an advert, which splits the group. */
static bool
list_differs(const struct vrrp_wire *w, const struct vrrp_advert *ad)
{
	if (ad->n_addrs != w->n_vips)
		return true;
	for (size_t i = 0; i < w->n_vips; i++) {
		const void *ours = addr_bytes(&w->vips[i]);
		size_t k = 0;

		while (k < ad->n_addrs &&
		       memcmp(ad->addrs + k * ad->addr_len, ours, ad->addr_len) != 0)
			k++;
		if (k == ad->n_addrs)
			return true;
	}
	return false;
}

/* Interval bytes: v2 authentication type and seconds; v3 four reserved bits and centiseconds. */
static enum vrrp_drop
decode_interval(const struct vrrp_wire *w, uint16_t field, struct vrrp_advert *out)
{
	if (w->version == 2) {
		out->interval = (field & 0xff) * USEC_PER_SEC;
		/* RFC 3768 7.1: both ends must be configured alike. */
		return out->interval == w->interval ? VRRP_DROP_NONE : VRRP_DROP_INTERVAL;
	}
	out->interval = (field & MAX_ADVER_CS) * USEC_PER_CS;
	return out->interval > 0 ? VRRP_DROP_NONE : VRRP_DROP_INTERVAL;
}

/* The fixed part, up to what says how long the rest must be.  field: see decode_interval(). */
static enum vrrp_drop
decode_header(const struct vrrp_wire *w, struct cursor *c, struct vrrp_advert *out, uint16_t *field)
{
	uint8_t first = get_u8(c);

	out->version = first >> 4;
	out->vrid = get_u8(c);
	out->priority = get_u8(c);
	out->n_addrs = get_u8(c);
	*field = get_u16(c);
	(void)get_u16(c); /* the checksum, verified over the whole */
	if (c->failed)
		return VRRP_DROP_LENGTH;
	if (out->version != w->version)
		return VRRP_DROP_VERSION;
	if ((first & 0x0f) != TYPE_ADVERTISEMENT)
		return VRRP_DROP_TYPE;
	return out->vrid == w->vrid ? VRRP_DROP_NONE : VRRP_DROP_VRID;
}

/* All that proves who sent it; auth: the last bytes of a v2 message. */
static enum vrrp_drop
check_proof(const struct vrrp_wire *w, const struct vrrp_meta *meta, uint8_t type,
	    const uint8_t *auth, struct vrrp_advert *out)
{
	if ((w->auth_type == VRRP_AUTH_AH) != (meta->packet != NULL))
		return VRRP_DROP_AUTH_MISMATCH;
	return w->version == 2 ? check_auth(w, meta, type, auth, out) : VRRP_DROP_NONE;
}

enum vrrp_drop
vrrp_decode(const struct vrrp_wire *w, const struct vrrp_meta *meta, const uint8_t *msg, size_t len,
	    struct vrrp_advert *out)
{
	struct cursor c = {.at = msg, .left = len};
	enum vrrp_drop drop = check_meta(w, meta);
	const uint8_t *auth = NULL;
	bool has_trailer;
	uint16_t field;

	memset(out, 0, sizeof(*out));
	out->addr_len = w->family == AF_INET6 ? 16 : 4;
	out->src = meta->src;
	if (drop == VRRP_DROP_NONE)
		drop = decode_header(w, &c, out, &field);
	if (drop != VRRP_DROP_NONE)
		return drop;
	out->addrs = get_bytes(&c, out->n_addrs * out->addr_len);
	if (w->version == 2)
		auth = get_bytes(&c, VRRP_AUTH_LEN);
	has_trailer = w->hmac && c.left == VRRP_TRAILER_LEN;
	if (c.failed || (c.left > 0 && !has_trailer))
		return VRRP_DROP_LENGTH;
	/* the trailer stands behind what IPv4's checksum covers, and within what IPv6's does */
	if (!checksum_right(w, meta, msg, w->family == AF_INET6 ? len : len - c.left, &out->csum))
		return VRRP_DROP_CHECKSUM;
	drop = check_proof(w, meta, (uint8_t)(field >> 8), auth, out);
	if (drop == VRRP_DROP_NONE)
		drop = check_trailer(w, meta, msg, len - c.left, has_trailer, out);
	if (drop != VRRP_DROP_NONE)
		return drop;
	if (out->n_addrs == 0)
		return VRRP_DROP_COUNT;
	out->list_differs = list_differs(w, out);
	return decode_interval(w, field, out);
}

size_t
vrrp_encode(const struct vrrp_wire *w, uint8_t priority, enum vrrp_csum csum,
	    const struct addr *dst, uint8_t *buf)
{
	static const uint8_t no_auth[VRRP_AUTH_LEN];
	size_t addr_len = w->family == AF_INET6 ? 16 : 4;
	uint8_t *at = buf;
	size_t len;
	uint16_t sum;

	at = put_u8(at, (uint8_t)(w->version << 4 | TYPE_ADVERTISEMENT));
	at = put_u8(at, w->vrid);
	at = put_u8(at, priority);
	at = put_u8(at, (uint8_t)w->n_vips);
	if (w->version == 2) {
		at = put_u8(at, (uint8_t)w->auth_type);
		at = put_u8(at, (uint8_t)(w->interval / USEC_PER_SEC));
	} else {
		at = put_u16(at, (uint16_t)(w->interval / USEC_PER_CS & MAX_ADVER_CS));
	}
	at = put_u16(at, 0);
	for (size_t i = 0; i < w->n_vips; i++)
		at = put_bytes(at, addr_bytes(&w->vips[i]), addr_len);
	if (w->version == 2) /* the field is there even without authentication */
		at = put_bytes(at, w->auth_type == VRRP_AUTH_PASS ? w->auth_pass : no_auth,
			       VRRP_AUTH_LEN);
	len = (size_t)(at - buf);
	if (w->version == 2 || (w->family == AF_INET && csum == VRRP_CSUM_PLAIN))
		sum = checksum_plain(buf, len);
	else
		sum = checksum_pseudo(&w->src, dst, buf, len);
	put_u16(buf + CSUM_OFFSET, sum);
	return len;
}
