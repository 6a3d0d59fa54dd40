/*
 * rawsock_priv.h - between rawsock.c (life and options) and rawsock_io.c (packets).
 */
#ifndef VRRPD_RAWSOCK_PRIV_H
#define VRRPD_RAWSOCK_PRIV_H

#include "vrrpd/rawsock.h"

#define RAWSOCK_READ_MAX 64 /* packets per wake-up: a flood must not stop the timers */

struct event;

/* One descriptor; fd -1: closed. */
struct port {
	struct rawsock *rs;
	int fd;
	struct event *event;
	usec_t at_empty; /* when nothing waited last; see intake_arrival() */
};

struct rawsock {
	struct event_base *base;
	int family;
	int ifindex;
	char *ifname;
	struct port plain;
	struct port ah; /* AH covers the IP header: this one takes packets that have theirs */
	struct addr *groups;
	size_t n_groups;
	rawsock_fn fn;
	void *arg;
};

/* At most RAWSOCK_READ_MAX packets. */
void rawsock_read(struct port *p);

#endif
