/*
 * tool.h - what the test tools share: ends of the program, clocks, numbers, addresses, sockets.
 *
 * The tools stand apart from the daemons' libraries on purpose: they judge them.
 */
#ifndef TESTS_TOOL_H
#define TESTS_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/usec.h"

enum { EXIT_STRICT = 1, EXIT_USAGE = 2, EXIT_INVALID = 3 };

struct endpoint {
	struct sockaddr_storage ss;
	socklen_t len; /* 0: none */
};

#define ENDPOINT_STRLEN 128

/* Print the text to stderr and leave with EXIT_USAGE. */
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void *must_alloc(size_t n, size_t size); /* zeroed; dies when there is none */
void *must_grow(void *p, size_t n, size_t size);

usec_t mono_now(void); /* CLOCK_MONOTONIC */
usec_t real_now(void); /* CLOCK_REALTIME */

/* Numbers of the command line; anything else than a number in min..max dies naming `what`. */
double parse_number(const char *text, double min, double max, const char *what);
int64_t parse_bytes(const char *text, const char *what); /* 1000, 64k, 1m, 2g */
bool scan_bytes(const char *text, int64_t *out);         /* as parse_bytes, false when wrong */

/* "A.B.C.D:P", "[A6]:P", ":P" and "*:P" (any IPv4), "/path" or "unix@/path"; dies otherwise. */
void endpoint_parse(const char *text, struct endpoint *ep);
const char *endpoint_text(const struct endpoint *ep, char buf[ENDPOINT_STRLEN]);
int endpoint_port(const struct endpoint *ep); /* 0 for UNIX */
void endpoint_set_port(struct endpoint *ep, int port);

/* Sockets: non-blocking, close-on-exec.  These return a descriptor or -errno. */
int sock_listen(struct endpoint *ep, int backlog); /* ep receives the port chosen for port 0 */
int sock_connect(const struct endpoint *to, const struct endpoint *from); /* may be in progress */
int sock_error(int fd);                                                   /* SO_ERROR */
void sock_set_rst(int fd);   /* when it is closed the peer gets RST, not FIN */
void sock_close_rst(int fd); /* at once */
void sock_nodelay(int fd);
void sock_buffers(int fd, int rcvbuf, int sndbuf); /* bytes; 0: as it is */

bool try_nofile(size_t n);   /* raise the limit of open files to at least n */
void raise_nofile(size_t n); /* dies when the system refuses */

#endif
