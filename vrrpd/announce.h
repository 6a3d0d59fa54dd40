/*
 * announce.h - bursts of gratuitous ARP: where the virtual addresses live now.
 */
#ifndef VRRPD_ANNOUNCE_H
#define VRRPD_ANNOUNCE_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/err.h"

struct announce;
struct event_base;

struct announce_target {
	int ifindex;
	uint8_t mac[6];
	struct addr vip;
};

/* A packet socket that sends on every interface and receives nothing; -1 on failure. */
int announce_socket(struct err *e);

/* fd stays the caller's. */
struct announce *announce_new(struct event_base *base, int fd);
void announce_free(struct announce **a);
/*
 * `repeat` frames for each target: the first at once, the others spread over the next tenths of a
 * second, so that one lossy moment does not swallow them all.  Replaces a burst that is running.
 */
void announce_burst(struct announce *a, const struct announce_target *targets, size_t n,
		    int repeat);
void announce_stop(struct announce *a);
uint64_t announce_sent(const struct announce *a); /* frames */

#endif
