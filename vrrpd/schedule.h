/*
 * schedule.h - a place before others on a busy host: real-time priority and locked memory.
 */
#ifndef VRRPD_SCHEDULE_H
#define VRRPD_SCHEDULE_H

#include "vrrpd/conf.h"

/* What the system refuses is said in a warning; vrrpd serves without it. */
void schedule_apply(const struct global_conf *g);

/* Around a fork: children are not bound to our processors (vrrp_cpu_affinity). */
void schedule_unbind(void);
void schedule_rebind(void);

#endif
