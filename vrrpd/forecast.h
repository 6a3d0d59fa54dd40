/*
 * forecast.h - how long a failover takes at most, computed from the configuration alone.
 *
 * The figures are the protocol's and the trackers' own limits; what a loaded host or network adds
 * comes on top.  "Without service" is what a client sees: from the fault to the moment at which
 * the successor holds the addresses.
 */
#ifndef VRRPD_FORECAST_H
#define VRRPD_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/strbuf.h"
#include "common/usec.h"
#include "vrrpd/conf.h"

/* id, name for programs, for people */
#define FORECAST_TABLE(X)                                                                          \
	X(PROXY_KILLED, "proxyd_killed", "proxyd killed")                                          \
	X(PROXY_HUNG, "proxyd_hung", "proxyd hung")                                                \
	X(HOST_LOST, "host_lost", "host lost, link cut")                                           \
	X(SWITCHOVER, "switchover", "planned switchover")                                          \
	X(VRRPD_KILLED, "vrrpd_killed", "vrrpd killed")
enum forecast_fault {
#define X(id, name, text) FORECAST_##id,
	FORECAST_TABLE(X)
#undef X
	    FORECAST_N
};
const char *forecast_name(enum forecast_fault f);

struct forecast {
	usec_t without[FORECAST_N]; /* service; USEC_NEVER: there is no failover */
	usec_t switchover_done;     /* a switchover takes so long, with service all the while */
	usec_t second_holder;       /* vrrpd killed: the address stays there too; USEC_NEVER */
	uint8_t low, high;          /* the effective priority with all trackers bad, and good */
};

/* The successor's priority; it is configured like this router otherwise. */
void forecast_make(const struct instance_conf *ic, uint8_t successor, struct forecast *f);

/*
 * How far one tracker moves the effective priority while all others are good.  Equal: it moves
 * nothing.  A weight of 0 means FAULT, and moves nothing either.
 */
void forecast_track(const struct instance_conf *ic, size_t i, uint8_t *bad, uint8_t *good);

/* For `vrrpd -c`: figures, ranges and what is doubtful about them. */
void forecast_text(const struct instance_conf *ic, const struct global_conf *g, struct strbuf *b);

#endif
