/*
 * sysctl.h - settings of the kernel below /proc/sys/net/ipv4/conf.
 */
#ifndef VRRPD_SYSCTL_H
#define VRRPD_SYSCTL_H

#include <stdbool.h>

#include "common/err.h"

/*
 * Does a secondary address become primary when the primary of its network goes?  Where it does
 * not, removing one address takes the others of its network along.
 */
bool sysctl_promotes_secondaries(const char *ifname);
int sysctl_promote_secondaries(const char *ifname, bool on, struct err *e);

#endif
