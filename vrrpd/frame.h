/*
 * frame.h - whole Ethernet frames that tell the LAN where a virtual address lives now.
 */
#ifndef VRRPD_FRAME_H
#define VRRPD_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

#define FRAME_ARP_LEN 42 /* 14 bytes of Ethernet, 28 of ARP; drivers pad to 60 */
#define FRAME_NA_LEN  86 /* 14 of Ethernet, 40 of IPv6, 24 of ICMPv6, 8 of its option */

enum frame_arp {
	FRAME_ARP_REQUEST, /* keepalived's form: target hardware address is broadcast */
	FRAME_ARP_REPLY,   /* for devices that learn from replies only */
};

/* Gratuitous ARP for an IPv4 address, from and about `mac`, to everybody. */
void frame_garp(enum frame_arp form, const uint8_t mac[6], const struct addr *vip,
		uint8_t out[FRAME_ARP_LEN]);
/*
 * Unsolicited Neighbour Advertisement for an IPv6 address (RFC 4861 section 4.4): from the address
 * itself to all nodes, overriding what they knew.  is_router: does this host forward?
 */
void frame_na(const uint8_t mac[6], const struct addr *vip, bool is_router,
	      uint8_t out[FRAME_NA_LEN]);

#endif
