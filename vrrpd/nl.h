/*
 * nl.h - the kernel's links and addresses over netlink (libnl): look, listen, change.
 *
 * Two sockets: one for commands, answered before the call returns, and one that only listens.
 * When the listener lost messages it says so (on_lost), and the owner looks at everything afresh.
 */
#ifndef VRRPD_NL_H
#define VRRPD_NL_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/err.h"

/* Written into our addresses where the kernel keeps it (5.18): the protocol number of VRRP. */
#define NL_PROTO_VRRP 112
#define NL_FOREVER    UINT32_MAX

struct event_base;
struct nl;

struct nl_link {
	int ifindex;
	char name[IFNAMSIZ];
	bool up;   /* administratively and by its carrier */
	bool gone; /* the interface was removed */
	uint8_t mac[6];
	bool has_mac;
};

struct nl_address {
	int ifindex;
	struct addr addr;
	struct addr peer; /* len 0: none */
	uint8_t prefix_len;
	uint8_t proto; /* 0: not known */
	bool secondary;
	bool tentative; /* IPv6: not yet ours, or found to be somebody else's */
	bool gone;
	uint32_t valid_s; /* what is left of its life; NL_FOREVER */
};

/* An address of ours as it shall be. */
struct nl_vip {
	int ifindex;
	const struct addr *addr;
	uint8_t prefix_len;
	const char *label;            /* NULL: none */
	const struct addr *broadcast; /* NULL or len 0: none */
	const struct addr *peer;      /* as well */
	uint8_t scope;
	unsigned flags;       /* IFA_F_* */
	uint8_t proto;        /* our mark */
	uint32_t preferred_s; /* not longer than the lease */
};

typedef void (*nl_link_fn)(const struct nl_link *link, void *arg);
typedef void (*nl_address_fn)(const struct nl_address *address, void *arg);

struct nl_listener {
	nl_link_fn on_link;
	nl_address_fn on_address;
	/* A route or rule of that protocol was removed; only while nl_watch_routes() is on. */
	void (*on_route_gone)(uint8_t proto, void *arg);
	void (*on_lost)(void *arg);
	void *arg;
};

struct nl *nl_new(struct event_base *base, const struct nl_listener *l, struct err *e);
void nl_free(struct nl **n);

int nl_list_links(struct nl *n, nl_link_fn fn, void *arg, struct err *e);
int nl_list_addresses(struct nl *n, int family, nl_address_fn fn, void *arg, struct err *e);

/* All of a family, in memory of the caller's: free(list), whatever the outcome. */
struct nl_addresses {
	struct nl_address *list;
	size_t n;
};
int nl_read_addresses(struct nl *n, int family, struct nl_addresses *out, struct err *e);

/* Add it, or renew its life: lease_s seconds, NL_FOREVER for an address without end. */
int nl_vip_set(struct nl *n, const struct nl_vip *vip, uint32_t lease_s, struct err *e);
/* Deleting what is not there (or whose interface is gone) succeeds; *was_there says which. */
int nl_vip_delete(struct nl *n, const struct nl_vip *vip, bool *was_there, struct err *e);

#endif
