/*
 * lb.h - which server gets the next connection: pure, the caller holds backend.lock.
 *
 * Candidates are the usable non-backup servers; when there is none, the first usable backup (all
 * usable backups with option_allbackups).  A candidate at its maxconn is skipped.
 */
#ifndef PROXYD_LB_H
#define PROXYD_LB_H

#include <stdint.h>

#include "proxyd/snapshot.h"

enum lb_verdict {
	LB_SERVER, /* *picked is set; call server_take() under the same lock */
	LB_QUEUE,  /* every candidate is at its maxconn: wait in the backend's queue */
	LB_NONE,   /* no usable server */
};

/*
 * `tried`: bit i set = server i (of bv->servers) failed for this connection; it is avoided as long
 * as another candidate is usable.  Servers from index 64 on are never remembered as tried.
 */
enum lb_verdict lb_pick(const struct backend_view *bv, uint64_t tried, size_t *picked)
    __attribute__((warn_unused_result));
/* Is there room at this server right now?  (usable and below maxconn; lock held) */
bool lb_has_room(const struct server *s);

static inline uint64_t
lb_tried_bit(size_t index)
{
	return index < 64 ? UINT64_C(1) << index : 0;
}

#endif
