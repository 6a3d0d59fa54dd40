/*
 * rawsock.h - the raw VRRP socket of one interface and family, shared by its instances.
 */
#ifndef VRRPD_RAWSOCK_H
#define VRRPD_RAWSOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/err.h"
#include "vrrpd/packet.h"

struct event_base;
struct rawsock;

/* One message without its IP header; drop is the IP layer's judgement, msg NULL unless NONE. */
typedef void (*rawsock_fn)(struct rawsock *rs, enum vrrp_drop drop, const struct vrrp_meta *meta,
			   const uint8_t *msg, size_t len, void *arg);

/* What a socket is told of the instances that share it. */
struct rawsock_users {
	uint8_t vrids[255]; /* whose messages the kernel lets pass; n_vrids 0: all */
	size_t n_vrids;
	struct addr *groups; /* besides the family's own */
	size_t n_groups;
	bool with_ah; /* IPv4: packets with an authentication header (protocol 51) as well */
	int buffer;   /* bytes for what waits to be read */
};

/* It hears nothing until rawsock_set_users(). */
struct rawsock *rawsock_new(struct event_base *base, int family, int ifindex, const char *ifname,
			    rawsock_fn fn, void *arg, struct err *e);
void rawsock_free(struct rawsock **rs);
int rawsock_ifindex(const struct rawsock *rs);
int rawsock_family(const struct rawsock *rs);
const char *rawsock_ifname(const struct rawsock *rs);
/* -1: a group could not be joined; the rest is done nevertheless. */
int rawsock_set_users(struct rawsock *rs, const struct rawsock_users *u, struct err *e);
/* Read and deliver everything that came before now, before a deadline is acted upon. */
void rawsock_drain(struct rawsock *rs);
/* -1 with errno. */
int rawsock_send(struct rawsock *rs, const struct vrrp_meta *meta, const uint8_t *msg, size_t len);
/* The same with a packet that has its IP header already, through the port of AH; -1 with errno. */
int rawsock_send_packet(struct rawsock *rs, const struct addr *dst, const uint8_t *packet,
			size_t len);

#endif
