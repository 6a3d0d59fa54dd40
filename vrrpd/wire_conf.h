/*
 * wire_conf.h - how an instance's advertisements travel: groups, peers, hops, forms.
 */
#ifndef VRRPD_WIRE_CONF_H
#define VRRPD_WIRE_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"

/* The form of v3 checksums over IPv4 that is sent; both are always accepted. */
enum checksum_form {
	CHECKSUM_NOT_GIVEN,
	CHECKSUM_AUTO, /* that of the last accepted advert, at first the pseudo header */
	CHECKSUM_PSEUDO,
	CHECKSUM_AS_V2, /* the message alone, RFC 9568 */
};

/* What unicast from a peer may have left; 0 to 255 means any. */
struct ttl_range {
	uint8_t min, max;
};

struct wire_conf {
	int unicast_ttl;             /* sent to peers; default 255 */
	bool check_unicast_src;      /* only from peers; default yes */
	struct ttl_range *peer_ttls; /* one for each of unicast_peers */
	struct addr group;           /* multicast; resolved, of the instance's family */
	enum checksum_form checksum; /* v3_checksum_as_v2; resolved */
	bool skip_check_adv_addr;    /* the list only of a sender that was not the last one */
	int64_t rx_buffer;           /* kernel_rx_buf_size, bytes */
};

#endif
