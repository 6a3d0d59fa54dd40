/*
 * instance_send.c - an instance's advertisements on their way out: multicast, or to each peer.
 */
#include <errno.h>
#include <string.h>

#include "common/daemon.h"
#include "vrrpd/ah.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/rawsock.h"

struct advert_form {
	uint8_t priority;
	enum vrrp_csum csum;
	uint64_t seq;
};

unsigned
instance_csums(const struct instance *in)
{
	if (in->wire.version == 2 || in->wire.family == AF_INET6) /* have but one form */
		return 1u << VRRP_CSUM_PSEUDO;
	switch (in->conf->wire.checksum) {
	case CHECKSUM_PSEUDO:
		return 1u << VRRP_CSUM_PSEUDO;
	case CHECKSUM_AS_V2:
		return 1u << VRRP_CSUM_PLAIN;
	case CHECKSUM_AUTO:
	case CHECKSUM_NOT_GIVEN:
		break;
	}
	return in->csums;
}

static int
send_bytes(struct instance *in, const struct advert_form *form, const struct addr *dst)
{
	struct vrrp_meta meta = {.src = in->wire.src, .dst = *dst, .ttl = VRRP_TTL};
	uint8_t msg[VRRP_PACKET_MAX], packet[AH_PACKET_MAX];
	size_t len = vrrp_encode(&in->wire, form->priority, form->csum, dst, msg);

	len = hmac_seal(&in->wire, form->seq, dst, msg, len);
	if (in->wire.n_peers > 0)
		meta.ttl = in->wire.unicast_ttl;
	if (in->wire.auth_type != VRRP_AUTH_AH)
		return rawsock_send(in->sock, &meta, msg, len);
	len = ah_packet(&in->wire, (uint32_t)form->seq, dst, msg, len, packet);
	return rawsock_send_packet(in->sock, dst, packet, len);
}

static void
send_to(struct instance *in, const struct advert_form *form, const struct addr *dst)
{
	char text[ADDR_STRLEN];
	unsigned skipped;

	if (send_bytes(in, form, dst) == 0) {
		in->count.adverts_sent++;
		return;
	}
	in->count.send_errors++;
	if (in->link_up && log_limit_pass(&in->send_limit, clock_now(), &skipped))
		log_warn("%s: sending to %s: %s", in->conf->name, addr_format_ip(dst, text),
			 strerror(errno));
}

static void
send_form(struct instance *in, const struct advert_form *form)
{
	if (in->wire.n_peers == 0)
		send_to(in, form, &in->wire.group);
	for (size_t i = 0; i < in->wire.n_peers; i++)
		send_to(in, form, &in->wire.peers[i]);
}

void
instance_send(struct instance *in, uint8_t priority)
{
	unsigned csums = instance_csums(in);

	/* into a dead link goes nothing, least of all a number that must not come twice (AH) */
	if (!in->sock || !instance_link_counts(in) || in->wire.src.len == 0)
		return;
	for (unsigned i = 0; i < VRRP_N_CSUMS; i++) {
		struct advert_form form = {.priority = priority, .csum = (enum vrrp_csum)i};

		if (!(csums & 1u << i))
			continue;
		form.seq = vrrp_auth_next(&in->auth, &in->wire, clock_utc());
		send_form(in, &form);
	}
}

void
instance_send_zero(struct instance *in)
{
	instance_send(in, 0);
	instance_send(in, 0);
	in->count.zero_sent++;
}
