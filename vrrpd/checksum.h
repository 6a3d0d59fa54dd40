/*
 * checksum.h - the Internet checksum (RFC 1071), with and without a pseudo header.
 */
#ifndef VRRPD_CHECKSUM_H
#define VRRPD_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

/* Over the message alone.  A message that holds its right checksum yields 0. */
uint16_t checksum_plain(const uint8_t *msg, size_t len);
/* With the pseudo header of IPv4 or IPv6 (RFC 8200 section 8.1) for protocol 112. */
uint16_t checksum_pseudo(const struct addr *src, const struct addr *dst, const uint8_t *msg,
			 size_t len);
/* The same for ICMPv6. */
uint16_t checksum_icmp6(const struct addr *src, const struct addr *dst, const uint8_t *msg,
			size_t len);

#endif
