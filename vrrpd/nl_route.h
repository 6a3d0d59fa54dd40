/*
 * nl_route.h - routes and rules of the kernel over netlink.
 *
 * They are never put in the place of somebody else's: that is an error.
 */
#ifndef VRRPD_NL_ROUTE_H
#define VRRPD_NL_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "vrrpd/route.h"

struct nl;

/*
 * It is there, and ours.  known: it was, as far as we know; else what is there like it is of an
 * earlier life, and made anew.  *added: it was not there.
 */
int nl_route_hold(struct nl *n, const struct route_conf *r, int ifindex, bool known, bool *added,
		  struct err *e);
int nl_rule_hold(struct nl *n, const struct rule_conf *r, bool known, bool *added, struct err *e);
/* *was_there: this very one was, with its protocol; deleting what is not there succeeds. */
int nl_route_delete(struct nl *n, const struct route_conf *r, int ifindex, bool *was_there,
		    struct err *e);
int nl_rule_delete(struct nl *n, const struct rule_conf *r, bool *was_there, struct err *e);

/* Everything with that mark, of an earlier life; how many, -1 on failure. */
int nl_remove_marked(struct nl *n, uint8_t proto, struct err *e);
/* Hear of routes and rules that go, or not any more: there may be many of them. */
void nl_watch_routes(struct nl *n, bool on);

#endif
