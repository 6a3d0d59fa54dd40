/*
 * record.h - what outlives an instance when a reload begins it anew: its history, and whether the
 * operator took it out.  Found by the instance's name.
 */
#ifndef VRRPD_RECORD_H
#define VRRPD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/addr.h"
#include "vrrpd/fsm.h"

#define RECORD_HISTORY_MAX 100
#define RECORD_CAUSE_MAX   64
#define RECORD_PEER_MAX    46 /* an IPv6 address as text */

struct transition {
	int64_t wall; /* microseconds since the epoch */
	enum vrrp_state from, to;
	uint8_t priority;             /* effective, after it */
	char cause[RECORD_CAUSE_MAX]; /* cut when longer */
	char peer[RECORD_PEER_MAX];   /* the other router that it was about; "": none */
};

struct record {
	LIST_ENTRY(record) link;
	char *name;
	int refs;
	bool disabled;        /* by the operator: it stays out until enabled */
	size_t n_transitions; /* of all times */
	struct transition ring[RECORD_HISTORY_MAX];
};

LIST_HEAD(record_list, record);

/* The record of that name, made when there is none; NULL: out of memory.  Given back by
 * record_unref(). */
struct record *record_ref(struct record_list *l, const char *name);
/* With nobody looking at it any more it is forgotten, unless it says "disabled". */
void record_unref(struct record **r);
void record_list_free(struct record_list *l); /* those that nobody refers to */

void record_transition(struct record *r, const struct transition *t);
size_t record_n_kept(const struct record *r);
/* i 0: the oldest kept. */
const struct transition *record_kept(const struct record *r, size_t i);

#endif
