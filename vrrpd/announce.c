/*
 * announce.c - bursts of gratuitous ARP, in time instead of back to back.
 */
#include "vrrpd/announce.h"

#include <event2/event.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/usec.h"
#include "vrrpd/frame.h"

#define GAP_FIRST (5 * USEC_PER_MS)
#define GAP_MAX   (40 * USEC_PER_MS)

struct announce {
	int fd;
	struct event *timer;
	struct announce_target *targets;
	size_t n_targets;
	int left; /* rounds */
	usec_t gap;
	uint64_t n_sent;
};

int
announce_socket(struct err *e)
{
	/* protocol 0: no frame is ever queued here */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return fd < 0 ? err_sys(e, "packet socket for gratuitous ARP") : fd;
}

static void
send_frame(struct announce *a, const struct announce_target *t)
{
	struct sockaddr_ll to = {
	    .sll_family = AF_PACKET,
	    .sll_protocol = htons(ETHERTYPE_ARP),
	    .sll_ifindex = t->ifindex,
	    .sll_halen = ETH_ALEN,
	};
	uint8_t frame[FRAME_ARP_LEN];

	memset(to.sll_addr, 0xff, ETH_ALEN);
	frame_garp(FRAME_ARP_REQUEST, t->mac, &t->vip, frame);
	/* an interface that is down cannot carry it, and needs no word about it from here */
	if (sendto(a->fd, frame, sizeof(frame), MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) >
	    0)
		a->n_sent++;
}

static void
send_round(struct announce *a)
{
	struct timeval tv = {.tv_usec = a->gap};

	for (size_t i = 0; i < a->n_targets; i++)
		send_frame(a, &a->targets[i]);
	if (--a->left <= 0)
		return;
	a->gap = a->gap * 2 < GAP_MAX ? a->gap * 2 : GAP_MAX;
	evtimer_add(a->timer, &tv);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	send_round(arg);
}

struct announce *
announce_new(struct event_base *base, int fd)
{
	struct announce *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->fd = fd;
	a->timer = evtimer_new(base, on_timer, a);
	if (!a->timer)
		announce_free(&a);
	return a;
}

void
announce_free(struct announce **a)
{
	if (!*a)
		return;
	if ((*a)->timer)
		event_free((*a)->timer);
	free((*a)->targets);
	free(*a);
	*a = NULL;
}

void
announce_burst(struct announce *a, const struct announce_target *targets, size_t n, int repeat)
{
	struct announce_target *copy;

	if (n == 0)
		return;
	copy = malloc(n * sizeof(*copy));
	if (!copy)
		return;
	announce_stop(a);
	memcpy(copy, targets, n * sizeof(*copy));
	free(a->targets);
	a->targets = copy;
	a->n_targets = n;
	a->left = repeat;
	a->gap = GAP_FIRST;
	send_round(a);
}

void
announce_stop(struct announce *a)
{
	evtimer_del(a->timer);
	a->left = 0;
}

uint64_t
announce_sent(const struct announce *a)
{
	return a->n_sent;
}
