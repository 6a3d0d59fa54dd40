/*
 * static_conf.h - what the host has as long as vrrpd runs, whoever is master: static_ipaddress,
 * static_routes, static_rules.
 *
 * Its mark in the kernel is ROUTE_PROTO_STATIC, so that these addresses are the host's own for
 * everybody who asks: adverts may be sent from them.
 */
#ifndef VRRPD_STATIC_CONF_H
#define VRRPD_STATIC_CONF_H

#include <stdbool.h>
#include <stddef.h>

struct vip_conf;
struct route_conf;
struct rule_conf;

struct static_conf {
	struct vip_conf *addrs; /* each has a device */
	size_t n_addrs;
	struct route_conf *routes;
	size_t n_routes;
	struct rule_conf *rules;
	size_t n_rules;
};

bool static_conf_equal(const struct static_conf *a, const struct static_conf *b);

#endif
