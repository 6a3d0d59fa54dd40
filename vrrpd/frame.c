/*
 * frame.c - gratuitous ARP as bytes (RFC 826; RFC 9568 section 8.1.2 asks for it).  Pure.
 */
#include "vrrpd/frame.h"

#include <string.h>

#include "vrrpd/cursor.h"

#define ETHERTYPE_ARP_BYTES  0x0806
#define ETHERTYPE_IPV4_BYTES 0x0800
#define ARP_ETHERNET         1
#define ARP_OP_REQUEST       1
#define ARP_OP_REPLY         2

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
