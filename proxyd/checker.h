/*
 * checker.h - the health checks of all servers, on the control thread's event base.
 *
 * A TCP check connects, and is closed with RST (SO_LINGER 0) as soon as the connection stands:
 * database servers count a plain close before the login as an aborted connect of the proxy host
 * and lock it out after some; a reset mostly is not counted.
 * health.h decides what a result means; this file only makes sockets and timers.
 */
#ifndef PROXYD_CHECKER_H
#define PROXYD_CHECKER_H

#include "common/err.h"

struct backend;
struct checker;
struct event_base;
struct snapshot;

/* A server of this backend went up, down, or changed its weight: tell the workers. */
typedef void (*checker_changed_fn)(struct backend *b, void *arg);

/* Does not touch the workers itself; `changed` is called on the control thread. */
struct checker *checker_new(struct event_base *base, checker_changed_fn changed, void *arg);
/*
 * Check exactly the servers of this generation.  Kept servers keep their timers and a check that
 * is under way; new ones get their first check within 100 ms, spread.  Takes a reference.
 */
int checker_apply(struct checker *ck, struct snapshot *snap, struct err *e)
    __attribute__((warn_unused_result));
/* Ends running checks without a verdict. */
void checker_free(struct checker **ck);

#endif
