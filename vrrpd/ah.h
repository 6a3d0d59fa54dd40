/*
 * ah.h - the authentication header of RFC 2402 as VRRPv2 uses it (RFC 2338 section 5.3.6.3).
 *
 * Pure.  Between the IPv4 header and the message stand 24 bytes: next header, length, the sender's
 * address as SPI, a sequence number and 12 bytes of HMAC-MD5 over all that does not change on the
 * way.  The IP header belongs to what is authenticated, so we write it ourselves.
 */
#ifndef VRRPD_AH_H
#define VRRPD_AH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vrrpd/packet.h"

#define AH_IP_PROTO   51
#define AH_LEN        24
#define AH_PACKET_MAX (20 + AH_LEN + VRRP_PACKET_MAX)

/* Behind the IP header of packet: is this an authentication header of VRRP?  All or nothing. */
bool ah_is_vrrp(const uint8_t *header, size_t len);
/* What meta->ah points at: address, key and bytes agree.  Its number goes to *seq. */
enum vrrp_drop ah_verify(const uint8_t key[VRRP_AUTH_LEN], const struct vrrp_meta *meta,
			 uint32_t *seq);
/*
 * The message as a whole IPv4 packet to dst, for a socket that takes it with its header; the
 * kernel fills in the header's checksum.  Returns its length; buf must hold AH_PACKET_MAX.
 */
size_t ah_packet(const struct vrrp_wire *w, uint32_t seq, const struct addr *dst,
		 const uint8_t *msg, size_t len, uint8_t *buf);

#endif
