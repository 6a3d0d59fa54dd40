/*
 * ah.c - the authentication header of RFC 2402 as VRRPv2 uses it (RFC 2338 section 5.3.6.3).
 *
 * Byte for byte as keepalived does it, which is not quite RFC 2402: of the header's mutable fields
 * the type of service, the fragment offset and the checksum count as zero, the TTL only in unicast;
 * a multicast must arrive with 255 anyway.
 */
#include "vrrpd/ah.h"

#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <string.h>

#include "vrrpd/cursor.h"

#define IP_LEN         20 /* without options */
#define IP_LEN_MAX     60
#define AH_PAYLOAD_LEN (AH_LEN / 4 - 2)
#define ICV_OFFSET     12
#define ICV_LEN        12

enum ip_offset { IP_TOS_AT = 1, IP_FRAGMENT_AT = 6, IP_TTL_AT = 8, IP_CHECKSUM_AT = 10 };

bool
ah_is_vrrp(const uint8_t *header, size_t len)
{
	struct cursor c = {.at = header, .left = len};
	uint8_t next = get_u8(&c), payload_len = get_u8(&c);

	return len >= AH_LEN && next == VRRP_IP_PROTO && payload_len == AH_PAYLOAD_LEN;
}

/* Over the packet, with the fields as zero that may change on the way; 12 of MD5's 16 bytes. */
static void
compute_icv(const uint8_t key[VRRP_AUTH_LEN], bool multicast, const uint8_t *packet, size_t ip_len,
	    size_t len, uint8_t icv[ICV_LEN])
{
	static const uint8_t zero[ICV_LEN];
	uint8_t ip[IP_LEN_MAX];
	struct hmac_md5_ctx ctx;

	memcpy(ip, packet, ip_len);
	ip[IP_TOS_AT] = 0;
	memset(ip + IP_FRAGMENT_AT, 0, 2);
	memset(ip + IP_CHECKSUM_AT, 0, 2);
	if (!multicast)
		ip[IP_TTL_AT] = 0;
	hmac_md5_set_key(&ctx, VRRP_AUTH_LEN, key);
	hmac_md5_update(&ctx, ip_len, ip);
	hmac_md5_update(&ctx, ICV_OFFSET, packet + ip_len);
	hmac_md5_update(&ctx, ICV_LEN, zero);
	hmac_md5_update(&ctx, len - ip_len - AH_LEN, packet + ip_len + AH_LEN);
	hmac_md5_digest(&ctx, ICV_LEN, icv);
	explicit_bzero(&ctx, sizeof(ctx)); /* it was made from the key */
}

enum vrrp_drop
ah_verify(const uint8_t key[VRRP_AUTH_LEN], const struct vrrp_meta *meta, uint32_t *seq)
{
	const uint8_t *ah = meta->packet + meta->ip_len;
	struct cursor c = {.at = ah + 4, .left = AH_LEN - 4};
	const uint8_t *spi = get_bytes(&c, 4);
	uint8_t icv[ICV_LEN];

	*seq = (uint32_t)get_u16(&c) << 16;
	*seq |= get_u16(&c);
	compute_icv(key, vrrp_is_multicast(&meta->dst), meta->packet, meta->ip_len,
		    meta->packet_len, icv);
	if (!memeql_sec(icv, ah + ICV_OFFSET, ICV_LEN))
		return VRRP_DROP_AUTH_FAILURE;
	return memcmp(spi, &meta->src.in.sin_addr, 4) == 0 ? VRRP_DROP_NONE
							   : VRRP_DROP_AUTH_FAILURE;
}

size_t
ah_packet(const struct vrrp_wire *w, uint32_t seq, const struct addr *dst, const uint8_t *msg,
	  size_t len, uint8_t *buf)
{
	size_t total = IP_LEN + AH_LEN + len;
	uint8_t *at = buf, *icv;

	at = put_u8(at, 0x45); /* version 4, five words */
	at = put_u8(at, VRRP_IP_TOS);
	at = put_u16(at, (uint16_t)total);
	at = put_u16(at,
		     (uint16_t)((seq - 1) % 0xffff + 1)); /* for 0 the kernel would set its own */
	at = put_u16(at, 0);
	at = put_u8(at, vrrp_is_multicast(dst) ? VRRP_TTL : w->unicast_ttl);
	at = put_u8(at, AH_IP_PROTO);
	at = put_u16(at, 0); /* the kernel computes it */
	at = put_bytes(at, &w->src.in.sin_addr, 4);
	at = put_bytes(at, &dst->in.sin_addr, 4);
	at = put_u8(at, VRRP_IP_PROTO);
	at = put_u8(at, AH_PAYLOAD_LEN);
	at = put_u16(at, 0);
	at = put_bytes(at, &w->src.in.sin_addr, 4);
	at = put_u16(at, (uint16_t)(seq >> 16));
	at = put_u16(at, (uint16_t)seq);
	icv = at;
	put_bytes(at + ICV_LEN, msg, len);
	compute_icv(w->auth_pass, vrrp_is_multicast(dst), buf, IP_LEN, total, icv);
	return total;
}
