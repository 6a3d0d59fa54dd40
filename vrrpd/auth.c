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

/* --- AH --------------------------------------------------------------------------------------- */

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

static enum vrrp_drop
ah_admit(struct vrrp_auth_state *s, const struct vrrp_advert *ad)
{
	if (ad->seq <= s->ah_seq && s->ah_seq < AH_SEQ_END)
		return VRRP_DROP_AH_REPLAY;
	s->ah_seq = (uint32_t)ad->seq;
	return VRRP_DROP_NONE;
}

/* --- the HMAC trailer ------------------------------------------------------------------------- */

/* Serial numbers (RFC 1982): right over the wrap of the seconds in 2106, too. */
static bool
is_after(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) > 0;
}

/* Seconds, 16 bits of a second, 16 bits to count within that. */
static uint64_t
hmac_clock(usec_t utc)
{
	uint64_t seconds = (uint64_t)(utc / USEC_PER_SEC);
	uint64_t fraction = (uint64_t)(utc % USEC_PER_SEC << 16) / (uint64_t)USEC_PER_SEC;

	return seconds << 32 | fraction << 16;
}

/* Whole seconds from the number's time to now, as the field's width has it. */
static int32_t
age_of(uint64_t seq, usec_t utc)
{
	return (int32_t)((uint32_t)(utc / USEC_PER_SEC) - (uint32_t)(seq >> 32));
}

static bool
is_in_window(const struct vrrp_hmac *h, uint64_t seq, usec_t utc)
{
	int64_t age = age_of(seq, utc), window = h->window / USEC_PER_SEC;

	return age <= window && age >= -window;
}

static uint64_t
hmac_next(struct vrrp_auth_state *s, const struct vrrp_hmac *h, usec_t utc)
{
	uint64_t clock = hmac_clock(utc);
	/* The clock was set back further than others tolerate: what we said before is stale. */
	bool stranded = h->anti_replay == HMAC_TIME && !is_in_window(h, s->hmac_seq, utc);
	bool is_first = s->hmac_seq == 0;

	s->hmac_seq =
	    is_first || stranded || is_after(clock, s->hmac_seq) ? clock : s->hmac_seq + 1;
	return s->hmac_seq;
}

/* The sender's place, or the one that it may have: a free one, or of who was silent longest. */
static struct auth_sender *
place_of(struct vrrp_auth_state *s, size_t n, const struct addr *src)
{
	struct auth_sender *oldest = &s->senders[0];

	for (size_t i = 0; i < n; i++) {
		struct auth_sender *a = &s->senders[i];

		if (a->used > 0 && addr_ip_equal(&a->src, src))
			return a;
		if (a->used < oldest->used)
			oldest = a;
	}
	oldest->used = 0;
	return oldest;
}

static enum vrrp_drop
hmac_admit(struct vrrp_auth_state *s, const struct vrrp_wire *w, const struct vrrp_advert *ad,
	   usec_t utc)
{
	bool by_time = w->hmac->anti_replay == HMAC_TIME;
	size_t n = w->n_peers > 0 ? AUTH_SENDERS_MAX : AUTH_MCAST_SENDERS;
	struct auth_sender *a;

	s->skew_s = age_of(ad->seq, utc);
	if (by_time && !is_in_window(w->hmac, ad->seq, utc))
		return VRRP_DROP_EXT_STALE;
	a = place_of(s, n, &ad->src);
	/* A mark out of the window orders nothing that the window lets through. */
	if (by_time && a->used > 0 && !is_in_window(w->hmac, a->seq, utc))
		a->used = 0;
	if (a->used > 0 && !is_after(ad->seq, a->seq))
		return VRRP_DROP_EXT_REPLAY;
	*a = (struct auth_sender){
	    .src = ad->src, .seq = ad->seq, .used = ++s->n_used, .key_id = ad->key_id, .at = utc};
	if (!by_time && (s->hmac_seq == 0 || is_after(ad->seq, s->hmac_seq)))
		s->hmac_seq = ad->seq;
	return VRRP_DROP_NONE;
}

/* --- both ------------------------------------------------------------------------------------- */

uint64_t
vrrp_auth_next(struct vrrp_auth_state *s, const struct vrrp_wire *w, usec_t utc)
{
	if (w->auth_type == VRRP_AUTH_AH)
		return ah_next(s, utc);
	return w->hmac ? hmac_next(s, w->hmac, utc) : 0;
}

enum vrrp_drop
vrrp_auth_admit(struct vrrp_auth_state *s, const struct vrrp_wire *w, const struct vrrp_advert *ad,
		usec_t utc)
{
	switch (ad->proof) {
	case VRRP_PROOF_AH:
		return ah_admit(s, ad);
	case VRRP_PROOF_HMAC:
		return hmac_admit(s, w, ad, utc);
	case VRRP_PROOF_NONE:
		break;
	}
	return VRRP_DROP_NONE;
}

bool
vrrp_auth_drifts(const struct vrrp_auth_state *s, const struct vrrp_wire *w)
{
	int64_t half, skew = s->skew_s;

	if (!w->hmac || w->hmac->anti_replay != HMAC_TIME)
		return false;
	half = w->hmac->window / USEC_PER_SEC / 2;
	return skew > half || skew < -half;
}
