/*
 * checksum.c - the Internet checksum (RFC 1071), with and without a pseudo header.  Pure.
 */
#include "vrrpd/checksum.h"

#include "vrrpd/cursor.h"
#include "vrrpd/packet.h"

static uint32_t
sum_words(uint32_t sum, const uint8_t *bytes, size_t len)
{
	for (; len > 1; bytes += 2, len -= 2)
		sum += (uint32_t)(bytes[0] << 8 | bytes[1]);
	if (len > 0)
		sum += (uint32_t)bytes[0] << 8;
	return sum;
}

static uint16_t
fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint16_t
checksum_plain(const uint8_t *msg, size_t len)
{
	return fold(sum_words(0, msg, len));
}

static uint16_t
sum_pseudo(const struct addr *src, const struct addr *dst, uint8_t protocol, const uint8_t *msg,
	   size_t len)
{
	uint8_t pseudo[40] = {0};
	uint8_t *at = pseudo;

	if (addr_family(src) == AF_INET6) {
		at = put_bytes(at, &src->in6.sin6_addr, 16);
		at = put_bytes(at, &dst->in6.sin6_addr, 16);
		at = put_u16(at + 2, (uint16_t)len);
		at = put_u8(at + 3, protocol);
	} else {
		at = put_bytes(at, &src->in.sin_addr, 4);
		at = put_bytes(at, &dst->in.sin_addr, 4);
		at = put_u8(at + 1, protocol);
		at = put_u16(at, (uint16_t)len);
	}
	return fold(sum_words(sum_words(0, pseudo, (size_t)(at - pseudo)), msg, len));
}

uint16_t
checksum_pseudo(const struct addr *src, const struct addr *dst, const uint8_t *msg, size_t len)
{
	return sum_pseudo(src, dst, VRRP_IP_PROTO, msg, len);
}

uint16_t
checksum_icmp6(const struct addr *src, const struct addr *dst, const uint8_t *msg, size_t len)
{
	return sum_pseudo(src, dst, IPPROTO_ICMPV6, msg, len);
}
