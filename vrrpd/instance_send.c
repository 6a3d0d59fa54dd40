/*
 * instance_send.c - an instance's advertisements on their way out: multicast, or to each peer.
 */
#include <errno.h>
#include <string.h>

#include "common/daemon.h"
#include "vrrpd/ah.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/rawsock.h"

enum vrrp_csum
instance_checksum_form(const struct instance *in)
{
	switch (in->conf->wire.checksum) {
	case CHECKSUM_PSEUDO:
		return VRRP_CSUM_PSEUDO;
	case CHECKSUM_AS_V2:
		return VRRP_CSUM_PLAIN;
	case CHECKSUM_AUTO:
	case CHECKSUM_NOT_GIVEN:
		break;
	}
	return in->csum;
}

static int
send_bytes(struct instance *in, uint8_t priority, uint64_t seq, const struct addr *dst)
{
	struct vrrp_meta meta = {.src = in->wire.src, .dst = *dst, .ttl = VRRP_TTL};
	uint8_t msg[VRRP_PACKET_MAX], packet[AH_PACKET_MAX];
	size_t len = vrrp_encode(&in->wire, priority, instance_checksum_form(in), dst, msg);

	len = hmac_seal(&in->wire, seq, dst, msg, len);
	if (in->wire.n_peers > 0)
		meta.ttl = in->wire.unicast_ttl;
	if (in->wire.auth_type != VRRP_AUTH_AH)
		return rawsock_send(in->sock, &meta, msg, len);
	len = ah_packet(&in->wire, (uint32_t)seq, dst, msg, len, packet);
	return rawsock_send_packet(in->sock, dst, packet, len);
}

static void
send_to(struct instance *in, uint8_t priority, uint64_t seq, const struct addr *dst)
{
	char text[ADDR_STRLEN];
	unsigned skipped;

	if (send_bytes(in, priority, seq, dst) == 0) {
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
	uint64_t seq;

	if (!in->sock || in->wire.src.len == 0)
		return;
	seq = vrrp_auth_next(&in->auth, &in->wire, clock_utc());
	if (in->wire.n_peers == 0)
		send_to(in, priority, seq, &in->wire.group);
	for (size_t i = 0; i < in->wire.n_peers; i++)
		send_to(in, priority, seq, &in->wire.peers[i]);
}

void
instance_send_zero(struct instance *in)
{
	instance_send(in, 0);
	instance_send(in, 0);
	in->count.zero_sent++;
}
