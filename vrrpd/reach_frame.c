/*
 * reach_frame.c - the bytes that ask an address whether it is there, and those that answer.
 */
#include "vrrpd/reach_frame.h"

#include <string.h>

#include "vrrpd/checksum.h"

#define ECHO_LEN      16
#define ARP_LEN       28
#define SOLICIT_LEN   32
#define ARP_REQUEST   1
#define ARP_REPLY     2
#define ECHO_REQUEST  8
#define ECHO_REPLY    0
#define ECHO6_REQUEST 128
#define ECHO6_REPLY   129
#define ND_SOLICIT    135
#define ND_ADVERT     136

static void
put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static unsigned
get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

size_t
reach_echo(int family, uint16_t ident, uint16_t seq, uint8_t out[REACH_FRAME_MAX])
{
	memset(out, 0, ECHO_LEN);
	out[0] = family == AF_INET ? ECHO_REQUEST : ECHO6_REQUEST;
	put16(out + 4, ident);
	put16(out + 6, seq);
	if (family == AF_INET)
		put16(out + 2, checksum_plain(out, ECHO_LEN));
	return ECHO_LEN;
}

bool
reach_is_echo(int family, const uint8_t *buf, size_t len, uint16_t ident, uint16_t seq)
{
	size_t skip = 0;

	if (family == AF_INET) {
		if (len < 20)
			return false;
		skip = (size_t)(buf[0] & 15) * 4;
		if (skip < 20)
			return false;
	}
	if (skip > len || len - skip < 8)
		return false;
	buf += skip;
	return buf[0] == (family == AF_INET ? ECHO_REPLY : ECHO6_REPLY) && buf[1] == 0 &&
	       get16(buf + 4) == ident && get16(buf + 6) == seq;
}

size_t
reach_arp(const uint8_t mac[6], const struct addr *from, const struct addr *target,
	  uint8_t out[REACH_FRAME_MAX])
{
	memset(out, 0, ARP_LEN);
	put16(out, 1);          /* Ethernet */
	put16(out + 2, 0x0800); /* IPv4 */
	out[4] = 6;
	out[5] = 4;
	put16(out + 6, ARP_REQUEST);
	memcpy(out + 8, mac, 6);
	if (from->len > 0)
		memcpy(out + 14, &from->in.sin_addr, 4);
	memcpy(out + 24, &target->in.sin_addr, 4);
	return ARP_LEN;
}

bool
reach_is_arp(const uint8_t *buf, size_t len, const struct addr *target)
{
	return len >= ARP_LEN && get16(buf + 2) == 0x0800 && buf[5] == 4 &&
	       get16(buf + 6) == ARP_REPLY && memcmp(buf + 14, &target->in.sin_addr, 4) == 0;
}

size_t
reach_solicit(const uint8_t mac[6], const struct addr *target, uint8_t out[REACH_FRAME_MAX])
{
	memset(out, 0, SOLICIT_LEN);
	out[0] = ND_SOLICIT;
	memcpy(out + 8, &target->in6.sin6_addr, 16);
	out[24] = 1; /* source link-layer address */
	out[25] = 1; /* in units of 8 bytes */
	memcpy(out + 26, mac, 6);
	return SOLICIT_LEN;
}

bool
reach_is_advert(const uint8_t *buf, size_t len, const struct addr *target)
{
	return len >= 24 && buf[0] == ND_ADVERT && buf[1] == 0 &&
	       memcmp(buf + 8, &target->in6.sin6_addr, 16) == 0;
}
