/*
 * queue.c - who waits for a place at a server and who gets the one that is free.
 *
 * Every function runs under backend.lock (queue_delivered: by the slot's owner, lock held as well).
 */
#include "proxyd/queue.h"

void
queue_enter(struct backend *b, struct queue_slot *slot, const struct backend_view *view,
	    uint64_t tried, unsigned worker, usec_t now)
{
	slot->state = QUEUE_WAITING;
	slot->view = view;
	slot->tried = tried;
	slot->worker = worker;
	slot->at_entered = now;
	slot->n_ahead = atomic_load_explicit(&b->n_queued, memory_order_relaxed);
	slot->server = 0;
	TAILQ_INSERT_TAIL(&b->queue, slot, link);
	gauge_inc(&b->n_queued, &b->n_queued_max);
}

static void
take_off(struct backend *b, struct queue_slot *slot)
{
	TAILQ_REMOVE(&b->queue, slot, link);
	gauge_dec(&b->n_queued);
}

bool
queue_leave(struct backend *b, struct queue_slot *slot)
{
	if (slot->state == QUEUE_GRANTED)
		return false;
	if (slot->state == QUEUE_WAITING) {
		take_off(b, slot);
		slot->state = QUEUE_IDLE;
	}
	return true;
}

/* Take a place for it if there is one. */
static bool
grant_one(struct backend *b, struct queue_slot *slot)
{
	size_t picked;

	if (lb_pick(slot->view, slot->tried, &picked) != LB_SERVER)
		return false;
	server_take(slot->view->servers[picked].server);
	take_off(b, slot);
	slot->state = QUEUE_GRANTED;
	slot->server = picked;
	return true;
}

/* Behind a slot of an old generation, which may have lost its servers, newer ones may wait. */
static bool
nobody_else_waits(struct backend *b, const struct queue_slot *slot)
{
	return slot->view == TAILQ_LAST(&b->queue, queue_head)->view;
}

unsigned
queue_grant(struct backend *b, queue_deliver_fn deliver, void *arg)
{
	struct queue_slot *slot = TAILQ_FIRST(&b->queue);
	const struct backend_view *full = NULL;
	unsigned n = 0;

	for (struct queue_slot *next; slot != NULL; slot = next) {
		next = TAILQ_NEXT(slot, link);
		if (slot->tried == 0 && slot->view == full)
			continue;
		if (grant_one(b, slot)) {
			n++;
			deliver(slot, arg);
		} else if (slot->tried == 0) {
			if (nobody_else_waits(b, slot))
				break;
			full = slot->view;
		}
	}
	return n;
}

struct server *
queue_delivered(struct queue_slot *slot)
{
	slot->state = QUEUE_IDLE;
	return slot->view->servers[slot->server].server;
}

unsigned
queue_give_back(struct backend *b, struct server *s, queue_deliver_fn deliver, void *arg)
{
	server_release(s);
	return queue_grant(b, deliver, arg);
}

bool
queue_repin(struct queue_slot *slot, const struct backend_view *view)
{
	if (slot->state != QUEUE_WAITING)
		return false;
	slot->view = view;
	return true;
}
