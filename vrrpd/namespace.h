/*
 * namespace.h - net_namespace: the network that vrrpd works in, when it is not its starter's.
 */
#ifndef VRRPD_NAMESPACE_H
#define VRRPD_NAMESPACE_H

#include "common/err.h"
#include "vrrpd/conf.h"

/* Before any socket is opened. */
int namespace_enter(const struct global_conf *g, struct err *e);
/* A reload cannot change it: all sockets are of the old one. */
int namespace_keep(const struct global_conf *before, const struct global_conf *after,
		   struct err *e);

#endif
