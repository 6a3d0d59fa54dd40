/*
 * addr.h - socket addresses: parse, format, compare.  Numeric only, no name is ever looked up.
 */
#ifndef COMMON_ADDR_H
#define COMMON_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/err.h"

struct addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t len; /* 0: no address */
};

#define ADDR_STRLEN 128 /* enough for every addr_format result, NUL included */

/*
 * "192.0.2.1:3306", "[2001:db8::1]:3306", "2001:db8::1:3306" (last colon splits, as HAProxy),
 * ":3306" and "*:3306" (any IPv4), "[::]:3306", "/run/x.sock", "unix@/run/x.sock",
 * "ipv4@A:P", "ipv6@A:P".  A port range "A:P1-P2" is the caller's (see addr_parse_range).
 * default_port -1: a port is demanded; otherwise the port used when none is written.
 */
int addr_parse(const char *text, int default_port, struct addr *a, struct err *e);
/* As addr_parse, with "P1-P2" allowed; n_ports is 1 without a range. UNIX paths have n_ports 1. */
int addr_parse_range(const char *text, int default_port, struct addr *a, unsigned *n_ports,
		     struct err *e);
/* A bare IP address of either family, port 0. */
int addr_parse_ip(const char *text, struct addr *a, struct err *e);
/* "A/LEN"; without "/LEN" the prefix is 32 or 128. */
int addr_parse_prefix(const char *text, struct addr *a, uint8_t *prefix_len, struct err *e);

const char *addr_format(const struct addr *a, char buf[ADDR_STRLEN]);    /* with port */
const char *addr_format_ip(const struct addr *a, char buf[ADDR_STRLEN]); /* without port */
int addr_family(const struct addr *a); /* AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC when empty */
int addr_port(const struct addr *a);   /* host order; 0 for UNIX */
void addr_set_port(struct addr *a, int port);
bool addr_is_any(const struct addr *a);                         /* 0.0.0.0 or :: */
bool addr_equal(const struct addr *a, const struct addr *b);    /* family, address, port */
bool addr_ip_equal(const struct addr *a, const struct addr *b); /* port ignored */
/* <0, 0, >0 by the addresses' bytes in network order (VRRP's tie-break); same family demanded. */
int addr_ip_compare(const struct addr *a, const struct addr *b);

#endif
