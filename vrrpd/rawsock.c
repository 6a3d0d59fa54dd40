/*
 * rawsock.c - the raw VRRP socket of one interface, shared by its instances.
 *
 * The kernel writes the IP header (TTL 255, precedence 6 as RFC 3768 5.2 and keepalived do) and
 * hands received packets over with theirs.  Bound to its device, it neither hears nor answers on
 * another.  AH covers the IP header, so a second socket takes packets that have theirs.
 */
#include "vrrpd/rawsock.h"

#include <errno.h>
#include <event2/event.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vrrpd/ah.h"

#define DRAIN_MAX     256 /* packets per wake-up: a flood must not stop the timers */
#define RCVBUF        (256 << 10)
#define SEND_PRIORITY 7 /* SO_PRIORITY: before everything else in the queue of the interface */

struct rawsock {
	int fd;
	int ah_fd; /* protocol 51; -1: nobody needs it */
	int ifindex;
	char ifname[IFNAMSIZ];
	struct event_base *base;
	struct event *event;
	struct event *ah_event;
	rawsock_fn fn;
	void *arg;
};

static int
set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

static int
set_up(int fd, int ifindex, const char *ifname)
{
	struct ip_mreqn group = {.imr_ifindex = ifindex};

	group.imr_multiaddr.s_addr = htonl(INADDR_UNSPEC_GROUP | 18);
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, (socklen_t)strlen(ifname)) < 0 ||
	    set_int(fd, IPPROTO_IP, IP_TTL, VRRP_TTL) < 0 ||
	    set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, VRRP_TTL) < 0 ||
	    set_int(fd, IPPROTO_IP, IP_TOS, VRRP_IP_TOS) < 0 ||
	    set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0) < 0 ||
	    set_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0) < 0 ||
	    set_int(fd, SOL_SOCKET, SO_PRIORITY, SEND_PRIORITY) < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &group, sizeof(group)) < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return -1;
	if (set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, RCVBUF) < 0)
		(void)set_int(fd, SOL_SOCKET, SO_RCVBUF, RCVBUF);
	return 0;
}

static void
deliver(struct rawsock *rs, const uint8_t *packet, size_t len)
{
	struct vrrp_meta meta = {0};
	const uint8_t *msg = NULL;
	size_t msg_len = 0;
	enum vrrp_drop drop = vrrp_ip4_open(packet, len, &meta, &msg, &msg_len);

	rs->fn(rs, drop, &meta, drop == VRRP_DROP_NONE ? msg : NULL, msg_len, rs->arg);
}

static void
drain(struct rawsock *rs, int fd)
{
	uint8_t packet[60 + AH_LEN + VRRP_PACKET_MAX];

	for (int i = 0; i < DRAIN_MAX; i++) {
		ssize_t n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);

		if (n >= 0)
			deliver(rs, packet, (size_t)n);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		/* else: a pending error of the interface, now taken */
	}
}

void
rawsock_drain(struct rawsock *rs)
{
	drain(rs, rs->fd);
	if (rs->ah_fd >= 0)
		drain(rs, rs->ah_fd);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	drain(arg, fd);
}

struct rawsock *
rawsock_new(struct event_base *base, int ifindex, const char *ifname, rawsock_fn fn, void *arg,
	    struct err *e)
{
	struct rawsock *rs = calloc(1, sizeof(*rs));

	if (!rs) {
		err_set(e, "VRRP socket on %s: out of memory", ifname);
		return NULL;
	}
	rs->ah_fd = -1;
	rs->ifindex = ifindex;
	snprintf(rs->ifname, sizeof(rs->ifname), "%s", ifname);
	rs->base = base;
	rs->fn = fn;
	rs->arg = arg;
	rs->fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, VRRP_IP_PROTO);
	if (rs->fd < 0 || set_up(rs->fd, ifindex, ifname) < 0) {
		err_sys(e, "VRRP socket on %s", ifname);
		goto fail;
	}
	rs->event = event_new(base, rs->fd, EV_READ | EV_PERSIST, on_readable, rs);
	if (rs->event && event_add(rs->event, NULL) == 0)
		return rs;
	err_set(e, "VRRP socket on %s: no event", ifname);
fail:
	rawsock_free(&rs);
	return NULL;
}

/* IPsec of others is no business of ours: nothing but a VRRP message behind the header. */
static int
only_vrrp(int fd)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), /* X: length of the IP header */
	    BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),  /* next header */
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, VRRP_IP_PROTO, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(*code), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

int
rawsock_open_ah(struct rawsock *rs, struct err *e)
{
	if (rs->ah_fd >= 0)
		return 0;
	rs->ah_fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, AH_IP_PROTO);
	if (rs->ah_fd < 0 || only_vrrp(rs->ah_fd) < 0 ||
	    set_up(rs->ah_fd, rs->ifindex, rs->ifname) < 0 ||
	    set_int(rs->ah_fd, IPPROTO_IP, IP_HDRINCL, 1) < 0) {
		err_sys(e, "VRRP socket with AH on %s", rs->ifname);
		goto fail;
	}
	rs->ah_event = event_new(rs->base, rs->ah_fd, EV_READ | EV_PERSIST, on_readable, rs);
	if (rs->ah_event && event_add(rs->ah_event, NULL) == 0)
		return 0;
	err_set(e, "VRRP socket with AH on %s: no event", rs->ifname);
fail:
	rawsock_close_ah(rs);
	return -1;
}

void
rawsock_close_ah(struct rawsock *rs)
{
	if (rs->ah_event)
		event_free(rs->ah_event);
	rs->ah_event = NULL;
	if (rs->ah_fd >= 0)
		close(rs->ah_fd);
	rs->ah_fd = -1;
}

void
rawsock_free(struct rawsock **rs)
{
	if (!*rs)
		return;
	rawsock_close_ah(*rs);
	if ((*rs)->event)
		event_free((*rs)->event);
	if ((*rs)->fd >= 0)
		close((*rs)->fd);
	free(*rs);
	*rs = NULL;
}

int
rawsock_ifindex(const struct rawsock *rs)
{
	return rs->ifindex;
}

int
rawsock_send(struct rawsock *rs, const struct addr *src, const struct addr *dst, const uint8_t *msg,
	     size_t len)
{
	struct sockaddr_in to = dst->in;
	struct iovec iov = {.iov_base = (void *)msg, .iov_len = len};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control = {0};
	struct msghdr mh = {
	    .msg_name = &to,
	    .msg_namelen = sizeof(to),
	    .msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&mh);
	struct in_pktinfo info = {.ipi_ifindex = rs->ifindex, .ipi_spec_dst = src->in.sin_addr};

	to.sin_port = 0;
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	return sendmsg(rs->fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int
rawsock_send_packet(struct rawsock *rs, const struct addr *dst, const uint8_t *packet, size_t len)
{
	struct sockaddr_in to = dst->in;

	to.sin_port = 0;
	if (rs->ah_fd < 0) {
		errno = ENOTCONN;
		return -1;
	}
	return sendto(rs->ah_fd, packet, len, MSG_DONTWAIT | MSG_NOSIGNAL,
		      (const struct sockaddr *)&to, sizeof(to)) < 0
		   ? -1
		   : 0;
}
