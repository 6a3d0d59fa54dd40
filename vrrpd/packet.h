/*
 * packet.h - VRRP advertisements as bytes: VRRPv2 (RFC 3768, PASS and AH of RFC 2338) and VRRPv3
 * (RFC 9568).
 *
 * Pure.  The sender's IP header is the kernel's work (raw socket, TTL 255, TOS 0xc0), except with
 * AH (ah.h); a received IPv4 packet comes with its header, which vrrp_ip4_open() takes off, an IPv6
 * one without.  A decoded advert points into the caller's buffer.  It says what was proved, and
 * under which number; whether that number was there already is auth.h's to judge.
 */
#ifndef VRRPD_PACKET_H
#define VRRPD_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/usec.h"
#include "vrrpd/wire_conf.h"

#define VRRP_IP_PROTO       112
#define VRRP_TTL            255
#define VRRP_IP_TOS         0xc0
#define VRRP_MCAST_IP4      "224.0.0.18"
#define VRRP_MCAST_IP6      "ff02::12"
#define VRRP_AUTH_LEN       8
#define VRRP_ADDRS_MAX      255
#define VRRP_PRIORITY_OWNER 255
#define VRRP_TRAILER_LEN    28 /* see hmac.h */
/*
 * The longest message: 8 bytes of header, 255 addresses of 16 bytes, 8 bytes of authentication, a
 * trailer.
 */
#define VRRP_PACKET_MAX     (8 + VRRP_ADDRS_MAX * 16 + VRRP_AUTH_LEN + VRRP_TRAILER_LEN)

enum vrrp_auth { VRRP_AUTH_NONE = 0, VRRP_AUTH_PASS = 1, VRRP_AUTH_AH = 2 };

/* What proves that a holder of the secret sent it, and under which number. */
enum vrrp_proof { VRRP_PROOF_NONE, VRRP_PROOF_AH, VRRP_PROOF_HMAC };

/*
 * What a VRRPv3 checksum over IPv4 covers.  keepalived and Wireshark: a pseudo header too;
 * RFC 9568, Cisco and Juniper: the message only.  Both are accepted; an instance sends
 * VRRP_CSUM_PSEUDO until it accepted a v3 advert, then the form of the last one accepted.
 */
enum vrrp_csum { VRRP_CSUM_PSEUDO, VRRP_CSUM_PLAIN, VRRP_N_CSUMS };

/* id, counter name (keepalived's where it has one), what is wrong */
#define VRRP_DROP_TABLE(X)                                                                         \
	X(NONE, "accepted", "accepted")                                                            \
	X(IP_HEADER, "ip_header_err", "malformed IP header")                                       \
	X(PROTOCOL, "ip_protocol_err", "IP protocol is not 112, nor 51 with it inside")            \
	X(TTL, "ip_ttl_err", "TTL is not 255 (unicast: not within the peer's bounds)")             \
	X(CAST, "cast_err", "multicast where unicast is configured, or the reverse")               \
	X(GROUP, "mcast_group_err", "sent to another multicast group than the configured one")     \
	X(OWN_SOURCE, "own_source_err", "comes from our own address")                              \
	X(UNKNOWN_PEER, "unknown_peer_err", "unicast from a router that is no configured peer")    \
	X(LENGTH, "packet_len_err", "length does not fit version and address count")               \
	X(VERSION, "version_err", "version is not the configured one")                             \
	X(TYPE, "invalid_type_rcvd", "type is not ADVERTISEMENT")                                  \
	X(VRID, "vrid_err", "virtual router id is not ours")                                       \
	X(CHECKSUM, "checksum_err", "wrong checksum")                                              \
	X(AUTH_INVALID, "invalid_authtype", "unknown authentication type")                         \
	X(AUTH_MISMATCH, "authtype_mismatch", "authentication type is not the configured one")     \
	X(AUTH_FAILURE, "auth_failure", "wrong password")                                          \
	X(AH_REPLAY, "ah_sequence_err", "sequence number is not higher than the last one heard")   \
	X(EXT_MISSING, "auth_ext_missing", "authentication trailer is missing")                    \
	X(EXT_MALFORMED, "auth_ext_malformed", "malformed authentication trailer")                 \
	X(EXT_UNKNOWN_KEY, "auth_ext_unknown_key", "key id is not configured here")                \
	X(EXT_INVALID_HMAC, "auth_ext_invalid_hmac", "wrong HMAC: another key, or forged")         \
	X(EXT_STALE, "auth_ext_stale", "sender's time is out of the window")                       \
	X(EXT_REPLAY, "auth_ext_replay", "sent again: its number was there already")               \
	X(INTERVAL, "advert_interval_err",                                                         \
	  "advertisement interval is zero or not the configured one")                              \
	X(COUNT, "addr_count_err", "no address in the advertisement")
enum vrrp_drop {
#define X(id, name, text) VRRP_DROP_##id,
	VRRP_DROP_TABLE(X)
#undef X
	    VRRP_N_DROPS
};
const char *vrrp_drop_name(enum vrrp_drop d); /* counter name */
const char *vrrp_drop_text(enum vrrp_drop d);

struct vrrp_hmac;

/* What the IP layer says about a message (ports are 0). */
struct vrrp_meta {
	struct addr src;
	struct addr dst;
	int ttl;   /* or IPv6 hop limit */
	usec_t at; /* when the kernel received it, CLOCK_BOOTTIME */
	/* With an authentication header, which covers all of it: the packet; NULL without. */
	const uint8_t *packet;
	size_t packet_len;
	size_t ip_len; /* of its IP header */
};

/* What an instance sends and accepts.  Built from the configuration and the interface's address. */
struct vrrp_wire {
	uint8_t version; /* 2 or 3 */
	int family;      /* of the virtual addresses and of the packets */
	uint8_t vrid;
	enum vrrp_auth auth_type;         /* v3: VRRP_AUTH_NONE */
	uint8_t auth_pass[VRRP_AUTH_LEN]; /* zero padded */
	const struct vrrp_hmac *hmac;     /* hmac.h; NULL: no trailer */
	usec_t interval;                  /* v2: whole seconds; v3: whole centiseconds */
	struct addr src;                  /* our address: source of what we send */
	const struct addr *vips;          /* in configuration order, as sent */
	size_t n_vips;                    /* at most VRRP_ADDRS_MAX */
	struct addr group;                /* where multicast goes to, and must have gone to */
	const struct addr *peers;         /* unicast; n_peers 0: multicast */
	size_t n_peers;
	const struct ttl_range *peer_ttls; /* what each of them may have left; NULL: any */
	bool any_peer;                     /* unicast from others is accepted as well */
	uint8_t unicast_ttl;               /* sent; multicast always goes with VRRP_TTL */
};

struct vrrp_advert {
	uint8_t version;
	uint8_t vrid;
	uint8_t priority;
	usec_t interval;
	enum vrrp_auth auth_type;
	enum vrrp_proof proof;
	uint64_t seq;         /* with a proof: the sender's number, to be judged by auth.h */
	uint8_t key_id;       /* with VRRP_PROOF_HMAC */
	enum vrrp_csum csum;  /* the form that was right (v3 over IPv4; else VRRP_CSUM_PLAIN) */
	const uint8_t *addrs; /* n_addrs * addr_len bytes in the caller's buffer */
	size_t n_addrs;
	size_t addr_len; /* 4 or 16 */
	struct addr src;
	bool list_differs; /* other addresses than ours: worth a log line, never a drop */
};

bool vrrp_is_multicast(const struct addr *a);
/* The group that the RFC names for the family. */
struct addr vrrp_group(int family);
bool vrrp_is_link_local(const struct addr *a); /* fe80::/10 */
/*
 * The headers of a raw IPv4 packet, IP's and perhaps the authentication header: addresses and TTL
 * to meta, the rest is the message.
 */
enum vrrp_drop vrrp_ip4_open(const uint8_t *packet, size_t len, struct vrrp_meta *meta,
			     const uint8_t **msg, size_t *msg_len);
/* Version and id of a message, to find the instance; false when it is too short for both. */
bool vrrp_peek(const uint8_t *msg, size_t len, uint8_t *version, uint8_t *vrid);
/*
 * Everything is checked before the advert may be used: TTL (multicast), casting, source, length,
 * version, type, id, checksum, authentication, count, interval.
 */
enum vrrp_drop vrrp_decode(const struct vrrp_wire *w, const struct vrrp_meta *meta,
			   const uint8_t *msg, size_t len, struct vrrp_advert *out);
/*
 * One message with this priority to dst.  Returns its length; buf must hold VRRP_PACKET_MAX.
 * dst matters for the pseudo header only.
 */
size_t vrrp_encode(const struct vrrp_wire *w, uint8_t priority, enum vrrp_csum csum,
		   const struct addr *dst, uint8_t *buf);

#endif
