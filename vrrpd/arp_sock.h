/*
 * arp_sock.h - a packet socket for ARP questions on one interface, kept between them.
 *
 * close() of a packet socket waits until every processor has passed a quiet moment
 * (synchronize_net): tens of milliseconds in which the event loop stands still.
 */
#ifndef VRRPD_ARP_SOCK_H
#define VRRPD_ARP_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

struct arp_sock {
	int fd; /* -1: none */
	int ifindex;
};

/* Ready for a question: what it heard before is forgotten, and it stands for that interface. */
bool arp_sock_open(struct arp_sock *s, int ifindex);
void arp_sock_address(const struct arp_sock *s, const char *dev, struct addr *out);
bool arp_sock_send(const struct arp_sock *s, const uint8_t *frame, size_t len); /* to everybody */
void arp_sock_close(struct arp_sock *s);

#endif
