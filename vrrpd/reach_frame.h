/*
 * reach_frame.h - the bytes that ask an address whether it is there, and those that answer.
 *
 * ICMP echo (RFC 792, RFC 4443), ARP requests (RFC 826) and neighbour solicitations (RFC 4861).
 * ICMPv6 checksums are the kernel's, on its raw sockets.  Answers may be any bytes.
 */
#ifndef VRRPD_REACH_FRAME_H
#define VRRPD_REACH_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

#define REACH_FRAME_MAX 64

/* Each returns the length. */
size_t reach_echo(int family, uint16_t ident, uint16_t seq, uint8_t out[REACH_FRAME_MAX]);
/* from: len 0 asks as one who has no address yet. */
size_t reach_arp(const uint8_t mac[6], const struct addr *from, const struct addr *target,
		 uint8_t out[REACH_FRAME_MAX]);
size_t reach_solicit(const uint8_t mac[6], const struct addr *target, uint8_t out[REACH_FRAME_MAX]);

/* IPv4: with the IP header in front, as raw sockets deliver it. */
bool reach_is_echo(int family, const uint8_t *buf, size_t len, uint16_t ident, uint16_t seq);
bool reach_is_arp(const uint8_t *buf, size_t len, const struct addr *target);
bool reach_is_advert(const uint8_t *buf, size_t len, const struct addr *target);

#endif
