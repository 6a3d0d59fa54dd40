/*
 * intake.h - what the kernel settles about a packet before vrrpd reads it: whether it may pass at
 * all, and when it came.
 *
 * Pure: a filter is built here and attached in rawsock.c, the clocks are read there.
 */
#ifndef VRRPD_INTAKE_H
#define VRRPD_INTAKE_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include "common/usec.h"

#define INTAKE_FILTER_MAX (11 + 255)

/*
 * Classic BPF for a raw socket: only messages whose virtual router id is one of the list (each
 * once, at most 255) reach us, so that a busy LAN full of others costs no wake-up.  Messages too
 * short to have an id pass: they are counted and named.  offset: length of an authentication header
 * in front of the message, which must say so (IPsec of others is no business of ours).  Returns the
 * number of instructions; n 0 lets everything pass.
 */
size_t intake_filter(int family, unsigned offset, const uint8_t *vrids, size_t n,
		     struct sock_filter out[INTAKE_FILTER_MAX]);
/* A filter that nothing passes: for a socket that is still being set up. */
size_t intake_filter_none(struct sock_filter out[INTAKE_FILTER_MAX]);

/*
 * The kernel stamps with the time of day; the election counts CLOCK_BOOTTIME.  All three instants
 * are read together with the packet, `empty` is when the socket was last seen empty: whatever the
 * time of day did meanwhile, the packet came after that and before now.
 */
usec_t intake_arrival(usec_t stamp, usec_t day_now, usec_t now, usec_t empty);

#endif
