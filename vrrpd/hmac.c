/*
 * hmac.c - the authentication trailer behind an advert: HMAC-SHA256 with shared keys.
 */
#include "vrrpd/hmac.h"

#include <ctype.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <string.h>

#include "vrrpd/checksum.h"
#include "vrrpd/cursor.h"

#define SCHEME_SHA256 1
#define MAC_LEN       16
#define MAC_OFFSET    (VRRP_TRAILER_LEN - MAC_LEN)
#define CSUM_OFFSET   6
#define CSUM_LEN      2
#define SENDER_LEN    20

/* --- keys ------------------------------------------------------------------------------------- */

static int
hex_digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
parse_hex(const char *text, size_t n, struct hmac_key *out, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return err_set(e, "something else than hexadecimal digits behind 'hex:'");
		out->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

int
hmac_key_parse(const char *text, struct hmac_key *out, struct err *e)
{
	bool is_hex = strncmp(text, "hex:", 4) == 0;
	size_t len = strlen(text);

	if (is_hex) {
		text += 4;
		if ((len - 4) % 2)
			return err_set(e, "an odd number of digits behind 'hex:'");
		len = (len - 4) / 2;
	}
	if (len < HMAC_KEY_MIN || len > HMAC_KEY_MAX)
		return err_set(e, "a key of %zu bytes, expected %d to %d", len, HMAC_KEY_MIN,
			       HMAC_KEY_MAX);
	if (is_hex && parse_hex(text, len, out, e) < 0)
		return -1;
	if (!is_hex)
		memcpy(out->bytes, text, len);
	out->len = (uint8_t)len;
	return 0;
}

const struct hmac_key *
hmac_find_key(const struct vrrp_hmac *h, int id)
{
	for (size_t i = 0; i < h->n_keys; i++)
		if (h->keys[i].id == id)
			return &h->keys[i];
	return NULL;
}

/* --- the trailer ------------------------------------------------------------------------------ */

/* Who sends: no advert of one virtual router, version or host can be taken for another's. */
static void
sender_bytes(const struct vrrp_wire *w, const struct addr *src, uint8_t out[SENDER_LEN])
{
	bool ip6 = w->family == AF_INET6;

	memset(out, 0, SENDER_LEN);
	out[0] = ip6 ? 6 : 4;
	out[1] = w->version;
	out[2] = w->vrid;
	if (ip6)
		memcpy(out + 4, &src->in6.sin6_addr, 16);
	else
		memcpy(out + 4, &src->in.sin_addr, 4);
}

/* Over a message of len bytes and the first bytes of the trailer that follow it. */
static void
compute_mac(const struct hmac_key *key, const uint8_t sender[SENDER_LEN], const uint8_t *msg,
	    size_t len, uint8_t mac[MAC_LEN])
{
	static const uint8_t zero[MAC_LEN];
	const size_t rest = CSUM_OFFSET + CSUM_LEN;
	struct hmac_sha256_ctx ctx;

	hmac_sha256_set_key(&ctx, key->len, key->bytes);
	hmac_sha256_update(&ctx, SENDER_LEN, sender);
	hmac_sha256_update(&ctx, CSUM_OFFSET, msg);
	hmac_sha256_update(&ctx, CSUM_LEN, zero);
	hmac_sha256_update(&ctx, len + MAC_OFFSET - rest, msg + rest);
	hmac_sha256_update(&ctx, MAC_LEN, zero);
	hmac_sha256_digest(&ctx, MAC_LEN, mac);
	explicit_bzero(&ctx, sizeof(ctx)); /* it was made from the key */
}

size_t
hmac_seal(const struct vrrp_wire *w, uint64_t seq, const struct addr *dst, uint8_t *msg, size_t len)
{
	const struct hmac_key *key;
	uint8_t sender[SENDER_LEN], *at = msg + len;

	if (!w->hmac || w->hmac->mode == HMAC_RECEIVE_ONLY)
		return len;
	key = hmac_find_key(w->hmac, w->hmac->active_key);
	if (!key)
		return len;
	at = put_u8(at, SCHEME_SHA256);
	at = put_u8(at, key->id);
	at = put_u16(at, 0);
	for (int shift = 48; shift >= 0; shift -= 16)
		at = put_u16(at, (uint16_t)(seq >> shift));
	sender_bytes(w, &w->src, sender);
	compute_mac(key, sender, msg, len, at);
	len += VRRP_TRAILER_LEN;
	if (w->family == AF_INET6) {
		put_u16(msg + CSUM_OFFSET, 0);
		put_u16(msg + CSUM_OFFSET, checksum_pseudo(&w->src, dst, msg, len));
	}
	return len;
}

enum vrrp_drop
hmac_verify(const struct vrrp_wire *w, const struct vrrp_meta *meta, const uint8_t *msg, size_t len,
	    struct vrrp_advert *out)
{
	struct cursor c = {.at = msg + len, .left = VRRP_TRAILER_LEN};
	uint8_t scheme = get_u8(&c), id = get_u8(&c);
	uint16_t reserved = get_u16(&c);
	uint8_t sender[SENDER_LEN], mac[MAC_LEN];
	const struct hmac_key *key = hmac_find_key(w->hmac, id);
	uint64_t seq = 0;

	if (scheme != SCHEME_SHA256 || reserved != 0)
		return VRRP_DROP_EXT_MALFORMED;
	if (!key)
		return VRRP_DROP_EXT_UNKNOWN_KEY;
	for (int i = 0; i < 4; i++)
		seq = seq << 16 | get_u16(&c);
	sender_bytes(w, &meta->src, sender);
	compute_mac(key, sender, msg, len, mac);
	if (!memeql_sec(mac, c.at, MAC_LEN))
		return VRRP_DROP_EXT_INVALID_HMAC;
	out->proof = VRRP_PROOF_HMAC;
	out->seq = seq;
	out->key_id = id;
	return VRRP_DROP_NONE;
}
