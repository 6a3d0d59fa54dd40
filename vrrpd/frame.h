/*
 * frame.h - whole Ethernet frames that tell the LAN where a virtual address lives now.
 */
#ifndef VRRPD_FRAME_H
#define VRRPD_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

#define FRAME_ARP_LEN 42 /* 14 bytes of Ethernet, 28 of ARP; drivers pad to 60 */

enum frame_arp {
	FRAME_ARP_REQUEST, /* keepalived's form: target hardware address is broadcast */
	FRAME_ARP_REPLY,   /* for devices that learn from replies only */
};

/* Gratuitous ARP for an IPv4 address, from and about `mac`, to everybody. */
void frame_garp(enum frame_arp form, const uint8_t mac[6], const struct addr *vip,
		uint8_t out[FRAME_ARP_LEN]);

#endif
