/*
 * tool.c - what the test tools share (see tool.h).  Single-threaded.
 */
#include "tool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

void
die(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_USAGE);
}

void *
must_alloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		die("out of memory");
	return p;
}

void *
must_grow(void *p, size_t n, size_t size)
{
	void *q = reallocarray(p, n, size);

	if (!q)
		die("out of memory");
	return q;
}

static usec_t
clock_usec(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (usec_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

usec_t
mono_now(void)
{
	return clock_usec(CLOCK_MONOTONIC);
}

usec_t
real_now(void)
{
	return clock_usec(CLOCK_REALTIME);
}

double
parse_number(const char *text, double min, double max, const char *what)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !(v >= min && v <= max))
		die("%s: '%s' is not a number from %g to %g", what, text, min, max);
	return v;
}

bool
scan_bytes(const char *text, int64_t *out)
{
	static const char units[] = "kmg";
	char *end;
	double v = strtod(text, &end);
	const char *unit = *end ? strchr(units, *end | 0x20) : NULL;

	if (end == text)
		return false;
	if (unit) {
		v *= (double)(1LL << (10 * (unit - units + 1)));
		end++;
	}
	if (*end || !(v >= 0 && v <= 1e15))
		return false;
	*out = (int64_t)v;
	return true;
}

int64_t
parse_bytes(const char *text, const char *what)
{
	int64_t v;

	if (!scan_bytes(text, &v))
		die("%s: '%s' is not a number of bytes (64, 64k, 1m, 2g)", what, text);
	return v;
}

static void
parse_unix(const char *path, struct endpoint *ep)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&ep->ss;
	size_t len = strlen(path);

	if (len >= sizeof(un->sun_path))
		die("UNIX socket path too long: %s", path);
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, len + 1);
	ep->len = sizeof(*un);
}

static bool
parse_host(const char *host, struct endpoint *ep)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&ep->ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ep->ss;

	if (!*host || strcmp(host, "*") == 0)
		host = "0.0.0.0";
	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		ep->len = sizeof(*in);
		return true;
	}
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		ep->len = sizeof(*in6);
		return true;
	}
	return false;
}

void
endpoint_parse(const char *text, struct endpoint *ep)
{
	char host[INET6_ADDRSTRLEN + 2];
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;

	memset(ep, 0, sizeof(*ep));
	if (strncmp(text, "unix@", 5) == 0 || *text == '/') {
		parse_unix(*text == '/' ? text : text + 5, ep);
		return;
	}
	if (!colon || len >= sizeof(host))
		die("'%s' is not ADDRESS:PORT or a /path", text);
	memcpy(host, text, len);
	host[len] = '\0';
	if (len > 1 && host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		memmove(host, host + 1, len - 1);
	}
	if (!parse_host(host, ep))
		die("'%s' is not an IP address (in '%s')", host, text);
	endpoint_set_port(ep, (int)parse_number(colon + 1, 0, 65535, "port"));
}

const char *
endpoint_text(const struct endpoint *ep, char buf[ENDPOINT_STRLEN])
{
	char host[INET6_ADDRSTRLEN];
	const struct sockaddr_in *in = (const struct sockaddr_in *)&ep->ss;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&ep->ss;

	if (ep->ss.ss_family == AF_UNIX) {
		snprintf(buf, ENDPOINT_STRLEN, "%s",
			 ((const struct sockaddr_un *)&ep->ss)->sun_path);
	} else if (ep->ss.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(buf, ENDPOINT_STRLEN, "[%s]:%d", host, ntohs(in6->sin6_port));
	} else {
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(buf, ENDPOINT_STRLEN, "%s:%d", host, ntohs(in->sin_port));
	}
	return buf;
}

int
endpoint_port(const struct endpoint *ep)
{
	if (ep->ss.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&ep->ss)->sin_port);
	if (ep->ss.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&ep->ss)->sin6_port);
	return 0;
}

void
endpoint_set_port(struct endpoint *ep, int port)
{
	if (ep->ss.ss_family == AF_INET)
		((struct sockaddr_in *)&ep->ss)->sin_port = htons((uint16_t)port);
	if (ep->ss.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&ep->ss)->sin6_port = htons((uint16_t)port);
}

static void
set_flag(int fd, int level, int option)
{
	int on = 1;

	(void)setsockopt(fd, level, option, &on, sizeof(on)); /* wrong family: no matter */
}

int
sock_listen(struct endpoint *ep, int backlog)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&ep->ss;
	int fd = socket(ep->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int saved;

	if (fd < 0)
		return -errno;
	if (ep->ss.ss_family == AF_UNIX)
		unlink(un->sun_path);
	set_flag(fd, SOL_SOCKET, SO_REUSEADDR);
	if (ep->ss.ss_family == AF_INET6)
		set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	if (bind(fd, (struct sockaddr *)&ep->ss, ep->len) < 0 || listen(fd, backlog) < 0) {
		saved = errno;
		close(fd);
		return -saved;
	}
	ep->len = sizeof(ep->ss);
	getsockname(fd, (struct sockaddr *)&ep->ss, &ep->len);
	return fd;
}

int
sock_connect(const struct endpoint *to, const struct endpoint *from)
{
	int fd = socket(to->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int saved;

	if (fd < 0)
		return -errno;
	if (from && from->len && from->ss.ss_family == to->ss.ss_family) {
		/* The port is chosen by connect(): one source address then serves many targets. */
		set_flag(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
		if (bind(fd, (const struct sockaddr *)&from->ss, from->len) < 0)
			goto fail;
	}
	if (connect(fd, (const struct sockaddr *)&to->ss, to->len) < 0 && errno != EINPROGRESS)
		goto fail;
	return fd;
fail:
	saved = errno;
	close(fd);
	return -saved;
}

int
sock_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return errno;
	return error;
}

void
sock_set_rst(int fd)
{
	struct linger hard = {.l_onoff = 1, .l_linger = 0};

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

void
sock_close_rst(int fd)
{
	sock_set_rst(fd);
	close(fd);
}

void
sock_nodelay(int fd)
{
	set_flag(fd, IPPROTO_TCP, TCP_NODELAY);
}

void
sock_buffers(int fd, int rcvbuf, int sndbuf)
{
	if (rcvbuf)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
	if (sndbuf)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof(sndbuf));
}

bool
try_nofile(size_t n)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur >= n)
		return true;
	rl.rlim_cur = n;
	if (rl.rlim_max < n)
		rl.rlim_max = n;
	return setrlimit(RLIMIT_NOFILE, &rl) == 0;
}

void
raise_nofile(size_t n)
{
	if (!try_nofile(n))
		die("%zu open files are wanted, the system's limit (ulimit -Hn) is lower: %s", n,
		    strerror(errno));
}
