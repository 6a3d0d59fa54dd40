/*
 * intake.c - a packet filter as instructions, and the kernel's time stamps in our clock.  Pure.
 */
#include "vrrpd/intake.h"

#include <sys/socket.h>

#include "vrrpd/packet.h"

#define PASS        0xffffffffu
#define DROP        0u
#define NEXT_HEADER 0u /* byte of the authentication header */
#define VRID_INDEX  1u /* byte of the message */

#define STATEMENT(c, value) ((struct sock_filter){.code = (uint16_t)(c), .k = (value)})
#define JUMP(c, value, yes, no)                                                                    \
	((struct sock_filter){                                                                     \
	    .code = (uint16_t)(BPF_JMP | (c)), .jt = (yes), .jf = (no), .k = (value)})

size_t
intake_filter_none(struct sock_filter out[INTAKE_FILTER_MAX])
{
	out[0] = STATEMENT(BPF_RET | BPF_K, DROP);
	return 1;
}

size_t
intake_filter(int family, unsigned offset, const uint8_t *vrids, size_t n,
	      struct sock_filter out[INTAKE_FILTER_MAX])
{
	size_t at = 0;

	/* a raw socket of IPv4 sees the IP header, one of IPv6 does not */
	if (family == AF_INET6)
		out[at++] = STATEMENT(BPF_LDX | BPF_W | BPF_IMM, 0);
	else
		out[at++] = STATEMENT(BPF_LDX | BPF_B | BPF_MSH, 0);
	if (offset > 0) {
		out[at++] = STATEMENT(BPF_LD | BPF_B | BPF_IND, NEXT_HEADER);
		out[at++] = JUMP(BPF_JEQ | BPF_K, VRRP_IP_PROTO, 1, 0);
		out[at++] = STATEMENT(BPF_RET | BPF_K, DROP);
	}
	if (n == 0) {
		out[at++] = STATEMENT(BPF_RET | BPF_K, PASS);
		return at;
	}
	out[at++] = STATEMENT(BPF_LD | BPF_W | BPF_LEN, 0);
	out[at++] = STATEMENT(BPF_ALU | BPF_SUB | BPF_X, 0);
	out[at++] = JUMP(BPF_JGE | BPF_K, offset + VRID_INDEX + 1, 1, 0);
	out[at++] = STATEMENT(BPF_RET | BPF_K, PASS);
	out[at++] = STATEMENT(BPF_LD | BPF_B | BPF_IND, offset + VRID_INDEX);
	for (size_t i = 0; i < n; i++) /* to the last instruction */
		out[at++] = JUMP(BPF_JEQ | BPF_K, vrids[i], (uint8_t)(n - i), 0);
	out[at++] = STATEMENT(BPF_RET | BPF_K, DROP);
	out[at++] = STATEMENT(BPF_RET | BPF_K, PASS);
	return at;
}

usec_t
intake_arrival(usec_t stamp, usec_t day_now, usec_t now, usec_t empty)
{
	usec_t at = now - (day_now - stamp);

	if (at > now)
		return now;
	return at < empty ? empty : at;
}
