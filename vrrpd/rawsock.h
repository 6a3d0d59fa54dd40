/*
 * rawsock.h - the raw VRRP socket of one interface, shared by its instances.
 */
#ifndef VRRPD_RAWSOCK_H
#define VRRPD_RAWSOCK_H

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

struct rawsock *rawsock_new(struct event_base *base, int ifindex, const char *ifname, rawsock_fn fn,
			    void *arg, struct err *e);
void rawsock_free(struct rawsock **rs);
int rawsock_ifindex(const struct rawsock *rs);
/*
 * Hear packets with an authentication header (protocol 51) as well, and send them with
 * rawsock_send_packet().  Open already: nothing.
 */
int rawsock_open_ah(struct rawsock *rs, struct err *e);
void rawsock_close_ah(struct rawsock *rs);
/* Read and deliver everything that waits (with a bound), before a deadline is acted upon. */
void rawsock_drain(struct rawsock *rs);
/* -1 with errno. */
int rawsock_send(struct rawsock *rs, const struct addr *src, const struct addr *dst,
		 const uint8_t *msg, size_t len);
/* The same with a packet that has its IP header already; -1 with errno. */
int rawsock_send_packet(struct rawsock *rs, const struct addr *dst, const uint8_t *packet,
			size_t len);

#endif
