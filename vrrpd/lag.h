/*
 * lag.h - how late this process acts: the worst delay of its own timers, and its stalls.
 *
 * Measured against CLOCK_BOOTTIME, so a host that was suspended counts as one that slept.
 */
#ifndef VRRPD_LAG_H
#define VRRPD_LAG_H

#include <stdint.h>

#include "common/err.h"
#include "common/strbuf.h"
#include "common/usec.h"

struct event_base;
struct lag;

struct lag *lag_new(struct event_base *base, struct err *e);
void lag_free(struct lag **l);
/*
 * interval: the shortest advert_int, how often the clock is looked at (but not more than 10 times
 * a second); stall: being later than this may have cost a master its role.
 */
void lag_set(struct lag *l, usec_t interval, usec_t stall);
/* A timer that was due at at_due is served now. */
void lag_note(struct lag *l, usec_t at_due);
usec_t lag_max(const struct lag *l);
usec_t lag_recent(const struct lag *l); /* the largest of the last half to one minute */
uint64_t lag_stalls(const struct lag *l);
void lag_text(const struct lag *l, struct strbuf *b);
void lag_json(const struct lag *l, struct strbuf *b); /* "loop":{...} */

#endif
