/*
 * server_conf.h - the configuration from its file, with what only this host can tell of it.
 */
#ifndef VRRPD_SERVER_CONF_H
#define VRRPD_SERVER_CONF_H

#include "common/err.h"
#include "vrrpd/conf.h"

/* NULL: el has errors.  What cannot be read is one as well. */
struct vrrpd_conf *server_read_conf(const char *path, struct errlist *el);

#endif
