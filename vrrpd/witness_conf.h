/*
 * witness_conf.h - who is asked whether this router is cut off: `witness` and its keys.
 */
#ifndef VRRPD_WITNESS_CONF_H
#define VRRPD_WITNESS_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "common/addr.h"
#include "vrrpd/track_core.h"

struct witness_conf {
	struct addr *list; /* port 0: asked by ICMP echo, else by a TCP connection */
	size_t n;          /* 0: nobody is asked */
	int need;
	struct track_params timing;
};

bool witness_conf_equal(const struct witness_conf *a, const struct witness_conf *b);

#endif
