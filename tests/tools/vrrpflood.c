/*
 * vrrpflood.c - VRRP packets that nobody must believe (fl_packet.c), at a steady rate.
 *
 * They go to the group, so that every host gets them, or with -m to one host: its address below IP
 * with the group's in IP, which a host takes as any other multicast, and a bridge copies for nobody
 * else.  With -l they are right, and of routers with a low priority that believe to be master.
 */
#include "tests/tools/vrrpflood.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64

static void
send_batch(struct flood *f)
{
	struct packet packets[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr batch[BATCH];
	int sent = 0;

	memset(batch, 0, sizeof(batch));
	for (int i = 0; i < BATCH; i++) {
		(f->losing ? make_losing : make_packet)(f, &packets[i]);
		iov[i] = (struct iovec){.iov_base = packets[i].bytes, .iov_len = packets[i].len};
		batch[i].msg_hdr = (struct msghdr){.msg_name = &f->to,
						   .msg_namelen = sizeof(f->to),
						   .msg_iov = &iov[i],
						   .msg_iovlen = 1};
	}
	while (sent < BATCH) {
		int n = sendmmsg(f->fd, batch + sent, (unsigned)(BATCH - sent), 0);

		if (n < 0 && errno != ENOBUFS && errno != EINTR)
			die("sending: %s", strerror(errno));
		sent += n > 0 ? n : 0;
	}
}

/* Batches at instants start + k * gap, as many as there is time for. */
static void
run(struct flood *f)
{
	usec_t began = mono_now(), end = began + (usec_t)(f->seconds * 1e6), next = began;
	double gap = BATCH / f->rate * 1e6, due = (double)began;
	uint64_t n = 0;

	while (next < end && mono_now() < end) {
		struct timespec ts = {.tv_sec = next / USEC_PER_SEC,
				      .tv_nsec = next % USEC_PER_SEC * 1000};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		send_batch(f);
		n += BATCH;
		due += gap;
		next = (usec_t)due;
	}
	printf("{\"sent\":%llu,\"per_second\":%.0f}\n", (unsigned long long)n,
	       (double)n / ((double)(mono_now() - began) / 1e6));
}

/* Below IP and without a queue: the stack of this host shall not be what limits the rate. */
static void
open_socket(struct flood *f, const char *ifname)
{
	uint32_t group = ntohl(f->group.s_addr);
	int yes = 1;

	f->to = (struct sockaddr_ll){.sll_family = AF_PACKET,
				     .sll_protocol = htons(ETH_P_IP),
				     .sll_ifindex = (int)if_nametoindex(ifname),
				     .sll_halen = 6,
				     .sll_addr = {0x01, 0x00, 0x5e, (uint8_t)(group >> 16 & 0x7f),
						  (uint8_t)(group >> 8), (uint8_t)group}};
	f->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (f->fd < 0 || f->to.sll_ifindex == 0 ||
	    setsockopt(f->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes)) < 0)
		die("%s: %s", ifname, strerror(errno));
}

static void
parse_mac(const char *text, uint8_t out[6])
{
	int n = 0;

	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &out[0], &out[1], &out[2],
		   &out[3], &out[4], &out[5], &n) != 6 ||
	    text[n] != '\0')
		die("'%s' is no MAC address", text);
}

static void
parse_ip(const char *text, struct in_addr *out)
{
	if (inet_pton(AF_INET, text, out) != 1)
		die("'%s' is no IPv4 address", text);
}

int
main(int argc, char **argv)
{
	struct flood f = {.rate = 50000, .seconds = 3, .random = 1};
	const char *ifname = "eth0", *mac = NULL;
	int c;

	parse_ip("224.0.0.18", &f.group);
	while ((c = getopt(argc, argv, "i:m:r:t:s:v:a:n:lh")) != -1) {
		switch (c) {
		case 'i':
			ifname = optarg;
			break;
		case 'm':
			mac = optarg;
			break;
		case 'r':
			f.rate = parse_number(optarg, 1, 1e7, "packets per second");
			break;
		case 't':
			f.seconds = parse_number(optarg, 0.1, 3600, "seconds");
			break;
		case 's':
			f.random = (uint64_t)parse_number(optarg, 1, 1e15, "seed");
			break;
		case 'v':
			f.vrid = (uint8_t)parse_number(optarg, 1, 255, "virtual router id");
			break;
		case 'a':
			parse_ip(optarg, &f.vip);
			break;
		case 'n':
			parse_ip(optarg, &f.network);
			break;
		case 'l':
			f.losing = true;
			break;
		default:
			die("usage: vrrpflood [-i IF] [-m MAC] [-r PACKETS_PER_S] [-t SECONDS] [-s "
			    "SEED] "
			    "-v VRID -a VIRTUAL_ADDRESS -n NETWORK/24_OF_SOURCES");
		}
	}
	if (f.vrid == 0 || f.vip.s_addr == 0 || f.network.s_addr == 0)
		die("-v, -a and -n are needed");
	open_socket(&f, ifname);
	if (mac)
		parse_mac(mac, f.to.sll_addr);
	run(&f);
	return 0;
}
