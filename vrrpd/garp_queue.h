/*
 * garp_queue.h - frames that wait for their turn: a pace for each interface and family.  Pure.
 *
 * However many instances and addresses speak at once: a frame that already waits is not queued
 * again, the first GARP_BURST frames of a quiet interface go at once, and from then on one each
 * GARP_FRAME_GAP - or, where an interval is configured, each frame after that pause.
 */
#ifndef VRRPD_GARP_QUEUE_H
#define VRRPD_GARP_QUEUE_H

#include <stddef.h>
#include <sys/queue.h>

#include "common/usec.h"

#define GARP_FRAME_GAP (USEC_PER_MS / 2) /* 2000 frames per second and interface */
#define GARP_BURST     512

/* What is to be said of an address, bits; each one is a frame, sent in this order. */
enum garp_form {
	GARP_REQUEST = 1 << 0, /* IPv6: the unsolicited neighbour advertisement */
	GARP_REPLY = 1 << 1,
	GARP_PROBE = 1 << 2, /* does somebody else have it? */
};

/* One address on one interface; the owner's memory. */
struct garp_item {
	TAILQ_ENTRY(garp_item) link;
	int ifindex;
	int family;
	usec_t gap;       /* after each frame; 0: GARP_FRAME_GAP with bursts */
	unsigned waiting; /* enum garp_form; 0: not queued */
};

struct garp_lane;

struct garp_queue {
	struct garp_lane **lanes;
	size_t n_lanes;
	size_t turn; /* whose it is */
};

void garp_queue_free(struct garp_queue *q); /* items stay the owners' */
/* Without memory nothing is queued: the next round says it again. */
void garp_queue_put(struct garp_queue *q, struct garp_item *item, unsigned forms, usec_t now);
void garp_queue_drop(struct garp_queue *q, struct garp_item *item);
/* Who may speak now, and what; NULL: nobody. */
struct garp_item *garp_queue_take(struct garp_queue *q, usec_t now, enum garp_form *form);
usec_t garp_queue_deadline(const struct garp_queue *q); /* USEC_NEVER: nobody waits */

#endif
