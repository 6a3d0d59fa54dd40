/*
 * proxyd_pick.h - a backend to pick from, for the tests of balancing and of the queue.
 */
#ifndef TESTS_UNIT_PROXYD_PICK_H
#define TESTS_UNIT_PROXYD_PICK_H

#include "proxyd/lb.h"
#include "proxyd_fixture.h"

static inline const struct backend_view *
setup(struct snapshot **s, const char *text)
{
	*s = fixture_snapshot(text);
	return &(*s)->backends[0];
}

static inline struct server *
srv(const struct backend_view *bv, size_t i)
{
	return bv->servers[i].server;
}

static inline void
order(const struct backend_view *bv, size_t i, enum server_order o)
{
	struct report out;

	server_set_state(bv, &bv->servers[i], o, 0, &out);
}

/* Pick and take; the index, or -1 queue, -2 none. */
static inline int
pick(const struct backend_view *bv, uint64_t tried)
{
	size_t i;

	switch (lb_pick(bv, tried, &i)) {
	case LB_SERVER:
		server_take(srv(bv, i));
		return (int)i;
	case LB_QUEUE:
		return -1;
	case LB_NONE:
		return -2;
	}
	return -3;
}

#endif
