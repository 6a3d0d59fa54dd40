/*
 * addr.c - socket addresses as text and back; numeric only.
 */
#include "common/addr.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define HOST_MAX 64 /* longer than every numeric address */

static bool
parse_port(const char *s, size_t len, int *port)
{
	int n = 0;

	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		n = n * 10 + (s[i] - '0');
	}
	*port = n;
	return n >= 1 && n <= 65535;
}

/* "P" or "P1-P2" */
static int
parse_ports(const char *text, const char *s, int *port, unsigned *n_ports, struct err *e)
{
	const char *dash = strchr(s, '-');
	int last;

	if (*s == '\0')
		return err_set(e, "'%s': the port is missing behind the colon", text);
	if (!parse_port(s, dash ? (size_t)(dash - s) : strlen(s), port))
		return err_set(e, "'%s': port '%s' is not a number from 1 to 65535", text, s);
	*n_ports = 1;
	if (!dash)
		return 0;
	if (!parse_port(dash + 1, strlen(dash + 1), &last) || last < *port)
		return err_set(e, "'%s': '%s' is not a port range FIRST-LAST within 1 to 65535",
			       text, s);
	*n_ports = (unsigned)(last - *port) + 1;
	return 0;
}

static void
set_v4(struct addr *a, struct in_addr in)
{
	memset(a, 0, sizeof(*a));
	a->in.sin_family = AF_INET;
	a->in.sin_addr = in;
	a->len = sizeof(a->in);
}

static void
set_v6(struct addr *a, struct in6_addr in6)
{
	memset(a, 0, sizeof(*a));
	a->in6.sin6_family = AF_INET6;
	a->in6.sin6_addr = in6;
	a->len = sizeof(a->in6);
}

/* A numeric host of `len` bytes; family AF_UNSPEC takes either. */
static bool
parse_host(const char *s, size_t len, int family, struct addr *a)
{
	char host[HOST_MAX];
	struct in6_addr in6;
	struct in_addr in;

	if (len >= sizeof(host))
		return false;
	memcpy(host, s, len);
	host[len] = '\0';
	if (family != AF_INET6 && inet_pton(AF_INET, host, &in) == 1) {
		set_v4(a, in);
		return true;
	}
	if (family != AF_INET && inet_pton(AF_INET6, host, &in6) == 1) {
		set_v6(a, in6);
		return true;
	}
	return false;
}

/* As parse_host; "" and "*" are any address. */
static bool
parse_host_or_any(const char *s, size_t len, int family, struct addr *a)
{
	if (len > 1 || (len == 1 && *s != '*'))
		return parse_host(s, len, family, a);
	if (family == AF_INET6)
		set_v6(a, in6addr_any);
	else
		set_v4(a, (struct in_addr){.s_addr = htonl(INADDR_ANY)});
	return true;
}

static int
parse_unix(const char *path, struct addr *a, struct err *e)
{
	size_t len = strlen(path);

	if (len == 0 || path[0] != '/')
		return err_set(e, "'%s': a socket path starts with '/'", path);
	if (len >= sizeof(a->un.sun_path))
		return err_set(e, "'%s': a socket path has at most %zu bytes", path,
			       sizeof(a->un.sun_path) - 1);
	memset(a, 0, sizeof(*a));
	a->un.sun_family = AF_UNIX;
	memcpy(a->un.sun_path, path, len);
	a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	return 0;
}

static int
bad_host(const char *text, int family, struct err *e)
{
	const char *kind = family == AF_INET ? "an IPv4" : family == AF_INET6 ? "an IPv6" : "an IP";

	return err_set(e, "'%s' has not %s address (names are not looked up)", text, kind);
}

static int
default_ports(const char *text, int default_port, int *port, unsigned *n_ports, struct err *e)
{
	if (default_port < 0)
		return err_set(e, "'%s': expected ADDRESS:PORT, the port is missing", text);
	*port = default_port;
	*n_ports = 1;
	return 0;
}

/* "[v6]" or "[v6]:PORTS" */
static int
parse_bracketed(const char *text, const char *s, int default_port, struct addr *a, int *port,
		unsigned *n_ports, struct err *e)
{
	const char *end = strchr(s, ']');

	if (!end || (end[1] != '\0' && end[1] != ':'))
		return err_set(e, "'%s': expected [ADDRESS]:PORT", text);
	if (!parse_host(s + 1, (size_t)(end - s - 1), AF_INET6, a))
		return bad_host(text, AF_INET6, e);
	if (end[1] == '\0')
		return default_ports(text, default_port, port, n_ports, e);
	return parse_ports(text, end + 2, port, n_ports, e);
}

static int
parse_inet(const char *text, const char *s, int family, int default_port, struct addr *a,
	   unsigned *n_ports, struct err *e)
{
	const char *colon = strrchr(s, ':');
	int port = 0;

	if (*s == '[' && family != AF_INET) {
		if (parse_bracketed(text, s, default_port, a, &port, n_ports, e) < 0)
			return -1;
	} else if (colon && parse_host_or_any(s, (size_t)(colon - s), family, a)) {
		if (parse_ports(text, colon + 1, &port, n_ports, e) < 0)
			return -1;
	} else if (*s && parse_host_or_any(s, strlen(s), family, a)) {
		if (default_ports(text, default_port, &port, n_ports, e) < 0)
			return -1;
	} else {
		return bad_host(text, family, e);
	}
	addr_set_port(a, port);
	return 0;
}

int
addr_parse_range(const char *text, int default_port, struct addr *a, unsigned *n_ports,
		 struct err *e)
{
	*n_ports = 1;
	if (*text == '\0')
		return err_set(e, "the address is empty");
	if (*text == '/')
		return parse_unix(text, a, e);
	if (strncmp(text, "unix@", 5) == 0)
		return parse_unix(text + 5, a, e);
	if (strncmp(text, "ipv4@", 5) == 0)
		return parse_inet(text, text + 5, AF_INET, default_port, a, n_ports, e);
	if (strncmp(text, "ipv6@", 5) == 0)
		return parse_inet(text, text + 5, AF_INET6, default_port, a, n_ports, e);
	return parse_inet(text, text, AF_UNSPEC, default_port, a, n_ports, e);
}

int
addr_parse(const char *text, int default_port, struct addr *a, struct err *e)
{
	unsigned n_ports;

	if (addr_parse_range(text, default_port, a, &n_ports, e) < 0)
		return -1;
	if (n_ports > 1)
		return err_set(e, "'%s': a port range is not allowed here", text);
	return 0;
}

int
addr_parse_ip(const char *text, struct addr *a, struct err *e)
{
	if (!parse_host(text, strlen(text), AF_UNSPEC, a))
		return err_set(e, "'%s' is not an IP address", text);
	return 0;
}

int
addr_parse_prefix(const char *text, struct addr *a, uint8_t *prefix_len, struct err *e)
{
	const char *slash = strchr(text, '/');
	int max, n = 0;

	if (!parse_host(text, slash ? (size_t)(slash - text) : strlen(text), AF_UNSPEC, a))
		return err_set(e, "'%s' is not an IP address or ADDRESS/PREFIX", text);
	max = addr_family(a) == AF_INET ? 32 : 128;
	*prefix_len = (uint8_t)max;
	if (!slash)
		return 0;
	if (strcmp(slash, "/0") != 0 && !parse_port(slash + 1, strlen(slash + 1), &n))
		n = -1;
	if (n < 0 || n > max)
		return err_set(e, "'%s': the prefix length is not a number from 0 to %d", text,
			       max);
	*prefix_len = (uint8_t)n;
	return 0;
}

const char *
addr_format_ip(const struct addr *a, char buf[ADDR_STRLEN])
{
	buf[0] = '\0';
	if (addr_family(a) == AF_INET)
		inet_ntop(AF_INET, &a->in.sin_addr, buf, ADDR_STRLEN);
	else if (addr_family(a) == AF_INET6)
		inet_ntop(AF_INET6, &a->in6.sin6_addr, buf, ADDR_STRLEN);
	else if (addr_family(a) == AF_UNIX)
		snprintf(buf, ADDR_STRLEN, "%.*s", (int)sizeof(a->un.sun_path), a->un.sun_path);
	return buf;
}

const char *
addr_format(const struct addr *a, char buf[ADDR_STRLEN])
{
	char ip[ADDR_STRLEN];

	if (addr_family(a) == AF_INET)
		snprintf(buf, ADDR_STRLEN, "%.40s:%d", addr_format_ip(a, ip), addr_port(a));
	else if (addr_family(a) == AF_INET6)
		snprintf(buf, ADDR_STRLEN, "[%.50s]:%d", addr_format_ip(a, ip), addr_port(a));
	else
		addr_format_ip(a, buf);
	return buf;
}

int
addr_family(const struct addr *a)
{
	return a->len ? a->sa.sa_family : AF_UNSPEC;
}

int
addr_port(const struct addr *a)
{
	if (addr_family(a) == AF_INET)
		return ntohs(a->in.sin_port);
	if (addr_family(a) == AF_INET6)
		return ntohs(a->in6.sin6_port);
	return 0;
}

void
addr_set_port(struct addr *a, int port)
{
	if (addr_family(a) == AF_INET)
		a->in.sin_port = htons((uint16_t)port);
	else if (addr_family(a) == AF_INET6)
		a->in6.sin6_port = htons((uint16_t)port);
}

bool
addr_is_any(const struct addr *a)
{
	if (addr_family(a) == AF_INET)
		return a->in.sin_addr.s_addr == htonl(INADDR_ANY);
	return addr_family(a) == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr);
}

int
addr_ip_compare(const struct addr *a, const struct addr *b)
{
	if (addr_family(a) == AF_INET)
		return memcmp(&a->in.sin_addr, &b->in.sin_addr, sizeof(a->in.sin_addr));
	return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr));
}

bool
addr_ip_equal(const struct addr *a, const struct addr *b)
{
	if (addr_family(a) != addr_family(b))
		return false;
	if (addr_family(a) == AF_UNIX)
		return strncmp(a->un.sun_path, b->un.sun_path, sizeof(a->un.sun_path)) == 0;
	return addr_family(a) == AF_UNSPEC || addr_ip_compare(a, b) == 0;
}

bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return addr_ip_equal(a, b) && addr_port(a) == addr_port(b);
}
