/*
 * statics_priv.h - between statics.c, which keeps what is static, and statics_kind.c, which knows
 * how that is done with an address, a route, a rule.
 */
#ifndef VRRPD_STATICS_PRIV_H
#define VRRPD_STATICS_PRIV_H

#include "common/log.h"
#include "vrrpd/held.h"
#include "vrrpd/links.h"
#include "vrrpd/nl.h"
#include "vrrpd/statics.h"

struct arena;
struct event;

struct static_item {
	const struct static_kind *kind;
	const void *conf; /* of the present generation */
	const char *text;
	bool no_track;
	bool ours;    /* we added it, it goes at the end */
	bool had_it;  /* it was there once */
	bool is_kept; /* through a reload; only while that is under way */
};

/* What may be the state of the kernel's after an attempt, beside a failure. */
enum static_outcome { STATIC_FAILED = -1, STATIC_WAS_THERE, STATIC_ADDED };

struct static_kind {
	const char *name, *json;
	/* known: it was there as far as we know. */
	enum static_outcome (*add)(struct statics *s, struct static_item *it, bool known,
				   struct err *e);
	int (*remove)(struct statics *s, const struct static_item *it, struct err *e);
	bool (*same)(const void *a, const void *b);
};

struct statics {
	struct nl *nl;
	const struct links *links;
	struct event *timer; /* of what failed */
	struct arena *arena;
	struct static_item
	    *items;        /* addresses, routes, rules: in the order that they need each other */
	struct held *held; /* by the index of items */
	size_t n;
	struct nl_addresses known; /* of the host, while items are looked at */
	struct log_limit limit;
	uint64_t n_restored, n_failures;
};

extern const struct static_kind static_address, static_route, static_rule;

/* Among those known: with its prefix, on its interface. */
const struct nl_address *statics_find_known(const struct statics *s, const struct vip_conf *vip);
int statics_ifindex(const struct statics *s, const char *dev); /* 0: there is none */

#endif
