/*
 * route.h - routes and rules that a master holds, as `ip route` and `ip rule` say them.
 */
#ifndef VRRPD_ROUTE_H
#define VRRPD_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"

/* Written into our routes and rules: the protocol number of VRRP, and nobody else's. */
#define ROUTE_PROTO_VRRP   112
/* Into those that do not move, see static_conf.h; and into their addresses. */
#define ROUTE_PROTO_STATIC 113
#define RULE_PRIORITY_MAX  32765 /* behind it are the kernel's own */

struct prefix {
	struct addr addr; /* len 0: all of the family */
	uint8_t len;
};

struct route_conf {
	const char *text; /* as it is written */
	int line;
	int family;
	uint8_t type; /* RTN_* */
	struct prefix to;
	struct addr via;    /* len 0: none */
	struct addr source; /* as well */
	const char *dev;    /* NULL: none */
	uint32_t table;
	uint32_t metric;
	uint32_t mtu;  /* 0: the interface's */
	uint8_t scope; /* RT_SCOPE_* */
	uint8_t proto; /* RTPROT_* */
	bool onlink;
	bool no_track; /* not put back when somebody removes it */
};

struct rule_conf {
	const char *text;
	int line;
	int family;
	uint8_t proto;  /* its mark: one of ours */
	uint8_t action; /* FR_ACT_* */
	bool invert;
	struct prefix from, to;
	const char *iif, *oif; /* NULL: any */
	bool has_mark;
	uint32_t mark, mask;
	uint32_t table;
	uint32_t priority; /* 1..RULE_PRIORITY_MAX */
	bool no_track;
};

/* The same in the kernel. */
bool route_equal(const struct route_conf *a, const struct route_conf *b);
bool rule_equal(const struct rule_conf *a, const struct rule_conf *b);
/*
 * Of one priority, and one says nothing that the other does not say: the kernel, asked for the
 * shorter one, finds the longer.
 */
bool rule_confusable(const struct rule_conf *a, const struct rule_conf *b);
/* The kernel can have only one of the two. */
bool route_same_place(const struct route_conf *a, const struct route_conf *b);

#endif
