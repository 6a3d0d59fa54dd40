/*
 * firewall.h - the nftables table for no_accept.
 */
#ifndef VRRPD_FIREWALL_H
#define VRRPD_FIREWALL_H

#include <stdint.h>

#include "common/err.h"
#include "vrrpd/conf.h"

struct event_base;
struct firewall;

struct firewall *firewall_new(struct event_base *base, struct err *e);
void firewall_free(struct firewall **f); /* its table goes */
/* -1: everything is as before. */
int firewall_set(struct firewall *f, const struct vrrpd_conf *c, struct err *e);
uint64_t firewall_restored(const struct firewall *f); /* times that somebody removed the table */

#endif
