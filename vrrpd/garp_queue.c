/*
 * garp_queue.c - one lane per interface and family, each with its pace.
 *
 * The pace is a "theoretical arrival time": each frame moves it on by its price, and a frame may go
 * while it is not more than the lane's tolerance ahead of the clock.
 */
#include "vrrpd/garp_queue.h"

#include <stdbool.h>
#include <stdlib.h>

#define TOLERANCE (GARP_BURST * GARP_FRAME_GAP)

struct garp_lane {
	TAILQ_HEAD(garp_item_list, garp_item) items;
	int ifindex;
	int family;
	usec_t paid_until;
};

static struct garp_lane *
find_lane(const struct garp_queue *q, const struct garp_item *item)
{
	for (size_t i = 0; i < q->n_lanes; i++)
		if (q->lanes[i]->ifindex == item->ifindex && q->lanes[i]->family == item->family)
			return q->lanes[i];
	return NULL;
}

/* Interfaces come and go with new numbers: a lane that is quiet is taken for another one. */
static struct garp_lane *
quiet_lane(const struct garp_queue *q, usec_t now)
{
	for (size_t i = 0; i < q->n_lanes; i++)
		if (TAILQ_EMPTY(&q->lanes[i]->items) && q->lanes[i]->paid_until <= now)
			return q->lanes[i];
	return NULL;
}

static struct garp_lane *
new_lane(struct garp_queue *q)
{
	struct garp_lane **more = realloc(q->lanes, (q->n_lanes + 1) * sizeof(struct garp_lane *));
	struct garp_lane *lane = calloc(1, sizeof(*lane));

	if (more)
		q->lanes = more;
	if (!more || !lane) {
		free(lane);
		return NULL;
	}
	TAILQ_INIT(&lane->items);
	q->lanes[q->n_lanes++] = lane;
	return lane;
}

static struct garp_lane *
lane_of(struct garp_queue *q, const struct garp_item *item, usec_t now)
{
	struct garp_lane *lane = find_lane(q, item);

	if (lane)
		return lane;
	lane = quiet_lane(q, now);
	if (!lane)
		lane = new_lane(q);
	if (!lane)
		return NULL;
	lane->ifindex = item->ifindex;
	lane->family = item->family;
	lane->paid_until = now;
	return lane;
}

void
garp_queue_free(struct garp_queue *q)
{
	for (size_t i = 0; i < q->n_lanes; i++)
		free(q->lanes[i]);
	free(q->lanes);
	*q = (struct garp_queue){0};
}

void
garp_queue_put(struct garp_queue *q, struct garp_item *item, unsigned forms, usec_t now)
{
	struct garp_lane *lane;

	if (item->waiting == 0 && forms != 0) {
		lane = lane_of(q, item, now);
		if (!lane)
			return;
		TAILQ_INSERT_TAIL(&lane->items, item, link);
	}
	item->waiting |= forms;
}

void
garp_queue_drop(struct garp_queue *q, struct garp_item *item)
{
	struct garp_lane *lane = find_lane(q, item);

	if (item->waiting && lane)
		TAILQ_REMOVE(&lane->items, item, link);
	item->waiting = 0;
}

/* When the first of the lane may go. */
static usec_t
lane_at(const struct garp_lane *lane)
{
	const struct garp_item *first = TAILQ_FIRST(&lane->items);

	if (!first)
		return USEC_NEVER;
	return first->gap > 0 ? lane->paid_until : lane->paid_until - TOLERANCE;
}

/* The lowest form goes first, and what else is to be said of it stands at the lane's end. */
static enum garp_form
take_form(struct garp_lane *lane, struct garp_item *item)
{
	unsigned form = item->waiting & (~item->waiting + 1);

	item->waiting &= ~form;
	TAILQ_REMOVE(&lane->items, item, link);
	if (item->waiting)
		TAILQ_INSERT_TAIL(&lane->items, item, link);
	return (enum garp_form)form;
}

struct garp_item *
garp_queue_take(struct garp_queue *q, usec_t now, enum garp_form *form)
{
	for (size_t i = 0; i < q->n_lanes; i++) {
		struct garp_lane *lane = q->lanes[q->turn++ % q->n_lanes];
		struct garp_item *item = TAILQ_FIRST(&lane->items);

		if (!item || lane_at(lane) > now)
			continue;
		if (lane->paid_until < now)
			lane->paid_until = now;
		lane->paid_until += item->gap > 0 ? item->gap : GARP_FRAME_GAP;
		*form = take_form(lane, item);
		return item;
	}
	return NULL;
}

usec_t
garp_queue_deadline(const struct garp_queue *q)
{
	usec_t at = USEC_NEVER;

	for (size_t i = 0; i < q->n_lanes; i++)
		if (lane_at(q->lanes[i]) < at)
			at = lane_at(q->lanes[i]);
	return at;
}
