/*
 * arp_sock.c - a packet socket for ARP questions on one interface, kept between them.
 */
#include "vrrpd/arp_sock.h"

#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUE_MAX 65536 /* more frames than a socket's queue holds */

static struct sockaddr_ll
everybody(int ifindex)
{
	struct sockaddr_ll to = {
	    .sll_family = AF_PACKET,
	    .sll_protocol = htons(ETHERTYPE_ARP),
	    .sll_ifindex = ifindex,
	    .sll_halen = 6,
	};

	memset(to.sll_addr, 0xff, 6);
	return to;
}

/* Reads what is there; false when the interface went in the meantime. */
static bool
is_fit(int fd)
{
	char c;

	for (int i = 0; i < QUEUE_MAX; i++)
		if (recv(fd, &c, 1, MSG_DONTWAIT) < 0)
			return errno == EAGAIN;
	return true;
}

bool
arp_sock_open(struct arp_sock *s, int ifindex)
{
	struct sockaddr_ll to = everybody(ifindex);

	if (s->fd >= 0 && s->ifindex == ifindex && is_fit(s->fd))
		return true;
	arp_sock_close(s);
	s->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return false;
	s->ifindex = ifindex;
	if (bind(s->fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return true;
	arp_sock_close(s);
	return false;
}

void
arp_sock_address(const struct arp_sock *s, const char *dev, struct addr *out)
{
	struct ifreq req = {.ifr_addr.sa_family = AF_INET};

	out->len = 0;
	memcpy(req.ifr_name, dev, strnlen(dev, IFNAMSIZ - 1));
	if (ioctl(s->fd, SIOCGIFADDR, &req) < 0)
		return;
	memcpy(&out->in, &req.ifr_addr, sizeof(out->in));
	out->len = sizeof(out->in);
}

bool
arp_sock_send(const struct arp_sock *s, const uint8_t *frame, size_t len)
{
	struct sockaddr_ll to = everybody(s->ifindex);

	return sendto(s->fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)len;
}

void
arp_sock_close(struct arp_sock *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
