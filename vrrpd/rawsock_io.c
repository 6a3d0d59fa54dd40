/*
 * rawsock_io.c - packets in and out of a raw VRRP socket.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "common/daemon.h"
#include "vrrpd/ah.h"
#include "vrrpd/intake.h"
#include "vrrpd/rawsock_priv.h"

/* More than any receive buffer that we ask for holds of the shortest packets. */
#define DRAIN_MAX 16384

struct packet {
	uint8_t bytes[60 + AH_LEN + VRRP_PACKET_MAX];
	size_t len;
	struct vrrp_meta meta;
	bool has_info; /* IPv6: destination and hop limit are known */
};

static usec_t
clock_day(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (usec_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

static void
set_ip6(struct addr *a, const struct in6_addr *ip)
{
	memset(a, 0, sizeof(*a)); /* no scope: the interface is known, and addresses are compared */
	a->in6.sin6_family = AF_INET6;
	a->in6.sin6_addr = *ip;
	a->len = sizeof(a->in6);
}

static void
take_stamp(const struct port *p, const struct cmsghdr *c, struct vrrp_meta *meta)
{
	struct timespec ts;
	usec_t stamp;

	memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	stamp = (usec_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
	meta->at = intake_arrival(stamp, clock_day(), clock_boot(), p->at_empty);
}

static void
take_control(const struct port *p, struct msghdr *mh, struct packet *pk)
{
	bool has_dst = false, has_hops = false;

	pk->meta.at = clock_boot();
	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			take_stamp(p, c, &pk->meta);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			set_ip6(&pk->meta.dst, &info.ipi6_addr);
			has_dst = true;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT) {
			memcpy(&pk->meta.ttl, CMSG_DATA(c), sizeof(pk->meta.ttl));
			has_hops = true;
		}
	}
	pk->has_info = has_dst && has_hops;
}

/* 1: a packet, 0: nothing waits, -1: an error that was pending is taken now. */
static int
receive(struct port *p, struct packet *pk)
{
	usec_t before = clock_boot();
	struct sockaddr_in6 from = {.sin6_family = AF_UNSPEC};
	struct iovec iov = {.iov_base = pk->bytes, .iov_len = sizeof(pk->bytes)};
	union {
		struct cmsghdr align;
		char bytes[256];
	} control;
	struct msghdr mh = {
	    .msg_name = &from,
	    .msg_namelen = sizeof(from),
	    .msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(p->fd, &mh, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		p->at_empty = before;
		return 0;
	}
	if (n < 0)
		return -1;
	pk->len = (size_t)n;
	memset(&pk->meta, 0, sizeof(pk->meta));
	take_control(p, &mh, pk);
	if (p->rs->family == AF_INET6)
		set_ip6(&pk->meta.src, &from.sin6_addr);
	return 1;
}

static void
deliver(struct rawsock *rs, struct packet *pk)
{
	enum vrrp_drop drop = VRRP_DROP_NONE;
	const uint8_t *msg = pk->bytes;
	size_t len = pk->len;

	if (rs->family == AF_INET)
		drop = vrrp_ip4_open(pk->bytes, pk->len, &pk->meta, &msg, &len);
	else if (!pk->has_info)
		drop = VRRP_DROP_IP_HEADER;
	rs->fn(rs, drop, &pk->meta, drop == VRRP_DROP_NONE ? msg : NULL, len, rs->arg);
}

void
rawsock_read(struct port *p)
{
	struct packet pk;

	for (int i = 0; i < RAWSOCK_READ_MAX; i++) {
		int got = receive(p, &pk);

		if (got == 0)
			return;
		if (got > 0)
			deliver(p->rs, &pk);
	}
}

static void
drain(struct port *p)
{
	usec_t began = clock_boot();
	struct packet pk;

	for (int i = 0; i < DRAIN_MAX && p->fd >= 0; i++) {
		int got = receive(p, &pk);

		if (got == 0)
			return;
		if (got < 0)
			continue;
		deliver(p->rs, &pk);
		if (pk.meta.at >= began) /* all that comes now is younger than the deadline */
			return;
	}
}

void
rawsock_drain(struct rawsock *rs)
{
	drain(&rs->plain);
	drain(&rs->ah);
}

/* --- sending ---------------------------------------------------------------------------------- */

static void
put_cmsg(struct msghdr *mh, int level, int type, const void *data, size_t len)
{
	struct cmsghdr *c = (struct cmsghdr *)((char *)mh->msg_control + mh->msg_controllen);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
	mh->msg_controllen += CMSG_SPACE(len);
}

static void
put_source(const struct rawsock *rs, const struct vrrp_meta *meta, struct msghdr *mh)
{
	struct in6_pktinfo six = {.ipi6_ifindex = (unsigned)rs->ifindex};
	struct in_pktinfo four = {.ipi_ifindex = rs->ifindex};

	if (rs->family == AF_INET6) {
		six.ipi6_addr = meta->src.in6.sin6_addr;
		put_cmsg(mh, IPPROTO_IPV6, IPV6_PKTINFO, &six, sizeof(six));
		put_cmsg(mh, IPPROTO_IPV6, IPV6_HOPLIMIT, &meta->ttl, sizeof(meta->ttl));
		return;
	}
	four.ipi_spec_dst = meta->src.in.sin_addr;
	put_cmsg(mh, IPPROTO_IP, IP_PKTINFO, &four, sizeof(four));
	put_cmsg(mh, IPPROTO_IP, IP_TTL, &meta->ttl, sizeof(meta->ttl));
}

int
rawsock_send(struct rawsock *rs, const struct vrrp_meta *meta, const uint8_t *msg, size_t len)
{
	struct addr to = meta->dst;
	struct iovec iov = {.iov_base = (void *)msg, .iov_len = len};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr mh = {
	    .msg_name = &to.sa,
	    .msg_namelen = to.len,
	    .msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	};

	addr_set_port(&to, 0);
	if (rs->family == AF_INET6) /* of no meaning for a global address */
		to.in6.sin6_scope_id = (uint32_t)rs->ifindex;
	put_source(rs, meta, &mh);
	return sendmsg(rs->plain.fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int
rawsock_send_packet(struct rawsock *rs, const struct addr *dst, const uint8_t *packet, size_t len)
{
	struct sockaddr_in to = dst->in;
	ssize_t n;

	to.sin_port = 0;
	n = sendto(rs->ah.fd, packet, len, MSG_DONTWAIT | MSG_NOSIGNAL,
		   (const struct sockaddr *)&to, sizeof(to));
	return n < 0 ? -1 : 0;
}
