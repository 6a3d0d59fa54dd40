/*
 * vip.h - an address of the configuration as the kernel is told of it, whoever holds it.
 */
#ifndef VRRPD_VIP_H
#define VRRPD_VIP_H

#include <stdint.h>

#include "vrrpd/conf.h"
#include "vrrpd/nl.h"

/* Looks into vip, which must outlive it. */
struct nl_vip vip_for_kernel(const struct vip_conf *vip, int ifindex, uint8_t proto);
/*
 * Removes it, and no other one of its network with it: where the kernel does not make a secondary
 * address the primary one, it is told to for as long as it takes.
 */
int vip_delete_alone(struct nl *nl, const char *dev, const struct nl_vip *v, struct err *e);

#endif
