/*
 * base.h - the event loop: timers to the microsecond, libevent's own complaints in our log.
 */
#ifndef VRRPD_BASE_H
#define VRRPD_BASE_H

struct event_base;

struct event_base *base_new(void); /* NULL: out of memory */

#endif
