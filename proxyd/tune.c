/*
 * tune.c - see tune.h.  Called by workers and by the checker, on sockets that are theirs.
 */
#include "proxyd/tune.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

static void
set(int fd, int level, int option, int64_t value)
{
	int v = (int)value;

	if (value > 0)
		setsockopt(fd, level, option, &v, sizeof(v));
}

void
tune_buffers(int fd, const struct conf_tune *t)
{
	set(fd, SOL_SOCKET, SO_RCVBUF, t->rcvbuf);
	set(fd, SOL_SOCKET, SO_SNDBUF, t->sndbuf);
	set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, t->notsent_lowat);
}

int
tune_source(int fd, const struct addr *source)
{
	if (source->len == 0)
		return 0;
	if (addr_port(source) == 0) /* of IPv6 sockets, too */
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
	else /* beside what is left of earlier connections from there */
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	return bind(fd, &source->sa, source->len);
}
