/*
 * frame.c - gratuitous ARP (RFC 826) and unsolicited Neighbour Advertisements (RFC 4861) as bytes;
 * RFC 9568 sections 8.1.2 and 8.2.2 ask for them.  Pure.
 */
#include "vrrpd/frame.h"

#include <string.h>

#include "vrrpd/checksum.h"
#include "vrrpd/cursor.h"

#define ETHERTYPE_ARP_BYTES  0x0806
#define ETHERTYPE_IPV4_BYTES 0x0800
#define ARP_ETHERNET         1
#define ARP_OP_REQUEST       1
#define ARP_OP_REPLY         2
#define ETHERTYPE_IPV6_BYTES 0x86dd
#define IPV6_VERSION_CLASS   0x6000 /* no traffic class, as the kernel's own */
#define ICMP6_LEN            32
#define ICMP6_CSUM_OFFSET    2
#define NA_TYPE              136
#define NA_ROUTER            0x8000
#define NA_OVERRIDE          0x2000
#define NA_OPTION_TARGET_MAC 2

void
frame_garp(enum frame_arp form, const uint8_t mac[6], const struct addr *vip,
	   uint8_t out[FRAME_ARP_LEN])
{
	static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	bool reply = form == FRAME_ARP_REPLY;
	uint8_t *at = out;

	at = put_bytes(at, everybody, 6);
	at = put_bytes(at, mac, 6);
	at = put_u16(at, ETHERTYPE_ARP_BYTES);
	at = put_u16(at, ARP_ETHERNET);
	at = put_u16(at, ETHERTYPE_IPV4_BYTES);
	at = put_u8(at, 6);
	at = put_u8(at, 4);
	at = put_u16(at, reply ? ARP_OP_REPLY : ARP_OP_REQUEST);
	at = put_bytes(at, mac, 6);
	at = put_bytes(at, &vip->in.sin_addr, 4);
	at = put_bytes(at, reply ? mac : everybody, 6);
	put_bytes(at, &vip->in.sin_addr, 4);
}

void
frame_na(const uint8_t mac[6], const struct addr *vip, bool is_router, uint8_t out[FRAME_NA_LEN])
{
	static const uint8_t everybody[6] = {0x33, 0x33, 0, 0, 0, 1};
	struct addr all_nodes = {.in6 = {.sin6_family = AF_INET6}, .len = sizeof(all_nodes.in6)};
	uint8_t *at = out, *icmp;

	all_nodes.in6.sin6_addr.s6_addr[0] = 0xff;
	all_nodes.in6.sin6_addr.s6_addr[1] = 0x02;
	all_nodes.in6.sin6_addr.s6_addr[15] = 0x01;
	at = put_bytes(at, everybody, 6);
	at = put_bytes(at, mac, 6);
	at = put_u16(at, ETHERTYPE_IPV6_BYTES);
	at = put_u16(at, IPV6_VERSION_CLASS);
	at = put_u16(at, 0); /* flow label */
	at = put_u16(at, ICMP6_LEN);
	at = put_u8(at, IPPROTO_ICMPV6);
	at = put_u8(at, 255);
	at = put_bytes(at, &vip->in6.sin6_addr, 16);
	at = put_bytes(at, &all_nodes.in6.sin6_addr, 16);
	icmp = at;
	at = put_u8(at, NA_TYPE);
	at = put_u8(at, 0);
	at = put_u16(at, 0); /* the checksum */
	at = put_u16(at, is_router ? NA_ROUTER | NA_OVERRIDE : NA_OVERRIDE);
	at = put_u16(at, 0);
	at = put_bytes(at, &vip->in6.sin6_addr, 16);
	at = put_u8(at, NA_OPTION_TARGET_MAC);
	at = put_u8(at, 1); /* of 8 bytes */
	put_bytes(at, mac, 6);
	put_u16(icmp + ICMP6_CSUM_OFFSET, checksum_icmp6(vip, &all_nodes, icmp, ICMP6_LEN));
}
