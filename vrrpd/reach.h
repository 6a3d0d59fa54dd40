/*
 * reach.h - asks addresses whether they are there, each interval, by echo, ARP, neighbour
 * discovery or TCP; reach_core.c judges.
 */
#ifndef VRRPD_REACH_H
#define VRRPD_REACH_H

#include <stdint.h>

#include "common/strbuf.h"
#include "vrrpd/reach_core.h"

struct event_base;
struct links;
struct reach;

enum reach_how { REACH_ECHO, REACH_LINK, REACH_TCP }; /* LINK: ARP, or neighbour discovery */

struct reach_target {
	struct addr addr; /* REACH_TCP: with its port */
	const char *dev;  /* NULL: as the host routes; REACH_LINK needs it */
	enum reach_how how;
};

/* The verdict changed. */
typedef void (*reach_fn)(void *arg);

/* Targets are copied; at most TRACK_TARGETS_MAX.  NULL: out of memory. */
struct reach *reach_new(struct event_base *base, const struct links *links,
			const struct reach_target *targets, size_t n, reach_fn fn, void *arg);
void reach_free(struct reach **r);
/* Begins at once; afterwards it may change how it is judged. */
void reach_start(struct reach *r, const struct track_params *p, int need);
void reach_set_params(struct reach *r, const struct track_params *p, int need);
const struct reach_state *reach_now(const struct reach *r);
/* "192.0.2.1 ok, 192.0.2.2 failing" and ["..."] with one object each. */
void reach_text(const struct reach *r, struct strbuf *b);
void reach_json(const struct reach *r, struct strbuf *b);

#endif
