/*
 * vrrpflood.h - between vrrpflood.c (rate and socket) and fl_packet.c (what is sent).
 */
#ifndef TESTS_VRRPFLOOD_H
#define TESTS_VRRPFLOOD_H

#include <linux/if_packet.h>
#include <netinet/in.h>

#include "tests/tools/tool.h"

#define IP_LEN            20
#define VRRP_PROTOCOL     112
#define PACKET_MAX        256
#define LOSING_PRIORITIES 10
#define N_SOURCES         100 /* the addresses after the network's that are given */

struct flood {
	int fd;
	uint64_t random;
	uint8_t vrid;
	struct in_addr vip, network, group;
	struct sockaddr_ll to;
	double rate, seconds;
	bool losing;
};

struct packet {
	uint8_t bytes[PACKET_MAX + 40]; /* with IP options */
	size_t ip_len;
	size_t len;
};

/* The next one; nobody must believe it. */
void make_packet(struct flood *f, struct packet *p);
/* A right advert of a priority below LOSING_PRIORITIES, 0 as well: a master answers it. */
void make_losing(struct flood *f, struct packet *p);

#endif
