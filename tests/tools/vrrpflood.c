/*
 * vrrpflood.c - VRRP packets that nobody must believe, at a steady rate.
 *
 * A third of them are random bytes, the rest adverts of the given virtual router with one to four
 * bits turned over: in the message (never so that its checksum comes out right again), in the TTL
 * or in the group.  Sources are invented.  The sequence follows from the seed alone.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

#define BATCH      32
#define IP_LEN     20
#define PACKET_MAX 256
#define TTL_AT     8
#define IP_SUM_AT  10

struct flood {
	int fd;
	uint64_t random;
	uint8_t vrid;
	struct in_addr vip, network, group;
	struct sockaddr_ll to; /* the group, on the interface */
	double rate, seconds;
};

struct packet {
	uint8_t bytes[PACKET_MAX];
	size_t len;
};

/* xorshift64* */
static uint32_t
roll(struct flood *f, uint32_t below)
{
	f->random ^= f->random >> 12;
	f->random ^= f->random << 25;
	f->random ^= f->random >> 27;
	return (uint32_t)((f->random * 0x2545f4914f6cdd1dull) >> 32) % below;
}

static uint16_t
checksum(uint32_t sum, const uint8_t *bytes, size_t len)
{
	for (; len > 1; bytes += 2, len -= 2)
		/* all of it is written: */ /* NOLINTNEXTLINE(clang-analyzer-core.*) */
		sum += (uint32_t)bytes[0] << 8 | bytes[1];
	if (len)
		sum += (uint32_t)*bytes << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Both forms that are in use. */
static bool
checksum_is_right(const struct packet *p)
{
	const uint8_t *msg = p->bytes + IP_LEN;
	size_t len = p->len - IP_LEN;
	uint32_t pseudo = 112 + (uint32_t)len;

	for (int i = 12; i < IP_LEN; i += 2)
		pseudo += (uint32_t)(p->bytes[i] << 8 | p->bytes[i + 1]);
	return checksum(0, msg, len) == 0 || checksum(pseudo, msg, len) == 0;
}

static void
write_header(struct flood *f, struct packet *p, size_t msg_len)
{
	struct iphdr ip = {.version = 4, .ihl = 5, .tos = 0xc0, .ttl = 255, .protocol = 112};

	p->len = IP_LEN + msg_len;
	ip.tot_len = htons((uint16_t)p->len);
	ip.id = htons((uint16_t)(1 + roll(f, 65535)));
	ip.saddr = htonl(ntohl(f->network.s_addr) + 1 + roll(f, 250));
	ip.daddr = f->group.s_addr;
	ip.check = htons(checksum(0, (const uint8_t *)&ip, IP_LEN));
	memcpy(p->bytes, &ip, IP_LEN);
}

static void
make_random(struct flood *f, struct packet *p)
{
	write_header(f, p, roll(f, PACKET_MAX - IP_LEN));
	for (size_t i = IP_LEN; i < p->len; i++)
		p->bytes[i] = (uint8_t)roll(f, 256);
}

/* A version 3 advert with priority 255, right but for what comes next. */
static void
make_advert(struct flood *f, struct packet *p)
{
	uint8_t *msg = p->bytes + IP_LEN;
	uint16_t sum;

	write_header(f, p, 12);
	memcpy(msg, (uint8_t[]){0x31, f->vrid, 255, 1, 0, 10, 0, 0}, 8);
	memcpy(msg + 8, &f->vip, 4);
	sum = checksum(0, msg, 12);
	msg[6] = (uint8_t)(sum >> 8);
	msg[7] = (uint8_t)sum;
}

static void
seal_header(struct packet *p)
{
	uint16_t sum;

	p->bytes[IP_SUM_AT] = p->bytes[IP_SUM_AT + 1] = 0;
	sum = checksum(0, p->bytes, IP_LEN);
	p->bytes[IP_SUM_AT] = (uint8_t)(sum >> 8);
	p->bytes[IP_SUM_AT + 1] = (uint8_t)sum;
}

static void
make_mutant(struct flood *f, struct packet *p)
{
	make_advert(f, p);
	if (roll(f, 8) == 0) {
		p->bytes[TTL_AT] = (uint8_t)roll(f, 255); /* never 255 */
		seal_header(p);
		return;
	}
	do {
		for (uint32_t n = 1 + roll(f, 4); n > 0; n--)
			p->bytes[IP_LEN + roll(f, 12)] ^= (uint8_t)(1 << roll(f, 8));
	} while (checksum_is_right(p));
}

static void
send_batch(struct flood *f)
{
	struct packet packets[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr batch[BATCH];
	int sent = 0;

	memset(batch, 0, sizeof(batch));
	for (int i = 0; i < BATCH; i++) {
		if (roll(f, 3) == 0)
			make_random(f, &packets[i]);
		else
			make_mutant(f, &packets[i]);
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
parse_ip(const char *text, struct in_addr *out)
{
	if (inet_pton(AF_INET, text, out) != 1)
		die("'%s' is no IPv4 address", text);
}

int
main(int argc, char **argv)
{
	struct flood f = {.rate = 50000, .seconds = 3, .random = 1};
	const char *ifname = "eth0";
	int c;

	parse_ip("224.0.0.18", &f.group);
	while ((c = getopt(argc, argv, "i:r:t:s:v:a:n:h")) != -1) {
		switch (c) {
		case 'i':
			ifname = optarg;
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
		default:
			die("usage: vrrpflood [-i IF] [-r PACKETS_PER_S] [-t SECONDS] [-s SEED] "
			    "-v VRID -a VIRTUAL_ADDRESS -n NETWORK/24_OF_SOURCES");
		}
	}
	if (f.vrid == 0 || f.vip.s_addr == 0 || f.network.s_addr == 0)
		die("-v, -a and -n are needed");
	open_socket(&f, ifname);
	run(&f);
	return 0;
}
