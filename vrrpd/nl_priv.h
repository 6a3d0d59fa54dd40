/*
 * nl_priv.h - between nl.c, which has the sockets, and nl_route.c.
 */
#ifndef VRRPD_NL_PRIV_H
#define VRRPD_NL_PRIV_H

#include "vrrpd/nl.h"

struct nl_msg;
struct nlmsghdr;

/* Frees the message (NULL: out of memory); 0 or libnl's error. */
int nl_command(struct nl *n, struct nl_msg *msg);
/* Is it ours, and gone?  Then the listener wants to hear of it. */
bool nl_route_is_gone(struct nlmsghdr *hdr, uint8_t *proto);
struct nl_sock *nl_command_socket(struct nl *n);

#endif
