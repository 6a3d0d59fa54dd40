/*
 * queue.h - connections waiting for a place at a server, one queue per backend, oldest first.
 *
 * A slot is part of its connection and owned by that worker; everything in it changes only under
 * backend.lock.  Life: IDLE -> queue_enter -> WAITING -> GRANTED (a place was taken for it) or
 * IDLE again (queue_leave).  GRANTED and not yet delivered means a message is on its way to the
 * owner: the connection may die, but its memory must stay until the message has come.
 *
 * Worker's rules:
 *  - lb_pick() said LB_QUEUE: queue_enter() under the same lock, start the queue timer.
 *  - GRANT message: queue_delivered(); connect to slot->server, or queue_give_back() if the client
 *    has left meanwhile.
 *  - client left or timeout_queue over: queue_leave() true: free at once.  false: a grant is on
 *    its way, mark the connection dead and wait for it.
 *  - a place was given back (server_release), or KICK_QUEUE: queue_grant(), same lock.
 *  - switching to a new snapshot: queue_repin() each own waiting slot to the new view (the
 *    connection pins the new snapshot instead), then queue_grant(); when the backend is gone,
 *    end the connection.
 */
#ifndef PROXYD_QUEUE_H
#define PROXYD_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "proxyd/lb.h"

enum queue_state { QUEUE_IDLE, QUEUE_WAITING, QUEUE_GRANTED };

struct queue_slot {
	TAILQ_ENTRY(queue_slot) link;
	enum queue_state state;
	const struct backend_view *view; /* of the snapshot that the connection pins */
	uint64_t tried;
	unsigned worker;  /* owner: who gets the GRANT */
	unsigned n_ahead; /* slots before it when it entered: %bq of the log line */
	size_t server;    /* GRANTED: index into view->servers; the place is already taken */
	usec_t at_entered;
};

void queue_enter(struct backend *b, struct queue_slot *slot, const struct backend_view *view,
		 uint64_t tried, unsigned worker, usec_t now);
/* Leave a queue: true when the slot is IDLE now, false when a grant is on its way. */
bool queue_leave(struct backend *b, struct queue_slot *slot) __attribute__((warn_unused_result));
/*
 * Give every free place to the oldest slot that can use it.  `deliver` is called under the lock
 * for each: it posts the GRANT message to slot->worker and must not touch the queue.
 * Returns how many were granted.  First come, first served: it stops at the first slot that finds
 * no place, passing over only slots that wait for another server than the one they have tried,
 * and those of another generation (their servers may be gone).
 */
typedef void (*queue_deliver_fn)(struct queue_slot *slot, void *arg);
unsigned queue_grant(struct backend *b, queue_deliver_fn deliver, void *arg);
/* The owner has received the GRANT: the slot is IDLE, the place is the connection's. */
struct server *queue_delivered(struct queue_slot *slot);
/* The place is not wanted any more: release it and pass it on. */
unsigned queue_give_back(struct backend *b, struct server *s, queue_deliver_fn deliver, void *arg);
/* Follow the connection to another generation of the same backend; false: not waiting. */
bool queue_repin(struct queue_slot *slot, const struct backend_view *view);

#endif
