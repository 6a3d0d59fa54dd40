/*
 * instance_send.c - an instance's advertisements on their way out: multicast, or to each peer.
 */
#include <errno.h>
#include <string.h>

#include "common/daemon.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/rawsock.h"

static void
send_to(struct instance *in, uint8_t priority, const struct addr *dst)
{
	uint8_t buf[VRRP_PACKET_MAX];
	size_t len = vrrp_encode(&in->wire, priority, in->csum, dst, buf);
	char text[ADDR_STRLEN];
	unsigned skipped;

	if (rawsock_send(in->sock, &in->wire.src, dst, buf, len) == 0) {
		in->count.adverts_sent++;
		return;
	}
	in->count.send_errors++;
	if (in->link_up && log_limit_pass(&in->send_limit, clock_now(), &skipped))
		log_warn("%s: sending to %s: %s", in->conf->name, addr_format_ip(dst, text),
			 strerror(errno));
}

void
instance_send(struct instance *in, uint8_t priority)
{
	struct addr group = {.in = {.sin_family = AF_INET}, .len = sizeof(group.in)};

	if (!in->sock || in->wire.src.len == 0)
		return;
	group.in.sin_addr.s_addr = htonl(INADDR_UNSPEC_GROUP | 18);
	if (in->wire.n_peers == 0)
		send_to(in, priority, &group);
	for (size_t i = 0; i < in->wire.n_peers; i++)
		send_to(in, priority, &in->wire.peers[i]);
}

void
instance_send_zero(struct instance *in)
{
	instance_send(in, 0);
	instance_send(in, 0);
	in->count.zero_sent++;
}
