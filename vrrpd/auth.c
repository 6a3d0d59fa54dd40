/*
 * auth.c - what an instance remembers for its authentication: numbers sent, numbers heard.
 */
#include "vrrpd/auth.h"

/* AH's numbers of the clock count seconds from here, 2024-01-01: they last for 136 years. */
#define AH_EPOCH     (1704067200 * USEC_PER_SEC)
/* A clock that says more than half of them is wrong, and would use them up. */
#define AH_CLOCK_MAX 0x7fffffff
/* At its end the number begins anew, here and at whoever has come as far. */
#define AH_SEQ_END   0xfffffffd

static uint32_t
ah_clock(usec_t utc)
{
	usec_t seconds = (utc - AH_EPOCH) / USEC_PER_SEC;

	return seconds < 0 || seconds > AH_CLOCK_MAX ? 0 : (uint32_t)seconds;
}

static uint32_t
ah_next(struct vrrp_auth_state *s, usec_t utc)
{
	uint32_t clock = ah_clock(utc);

	if (s->ah_seq >= AH_SEQ_END)
		s->ah_seq = 0;
	s->ah_seq = clock > s->ah_seq ? clock : s->ah_seq + 1;
	return s->ah_seq;
}

uint64_t
vrrp_auth_next(struct vrrp_auth_state *s, const struct vrrp_wire *w, usec_t utc)
{
	return w->auth_type == VRRP_AUTH_AH ? ah_next(s, utc) : 0;
}

enum vrrp_drop
vrrp_auth_admit(struct vrrp_auth_state *s, const struct vrrp_advert *ad)
{
	if (ad->auth_type != VRRP_AUTH_AH)
		return VRRP_DROP_NONE;
	if (ad->seq <= s->ah_seq && s->ah_seq < AH_SEQ_END)
		return VRRP_DROP_AH_REPLAY;
	s->ah_seq = (uint32_t)ad->seq;
	return VRRP_DROP_NONE;
}
