/*
 * fl_packet.c - VRRP packets that nobody must believe, one after the other.
 *
 * Kinds by weight: random bytes, with and without the header of the virtual router in front of
 * them; adverts with one to four bits turned over (never so that the checksum comes out right
 * again); adverts that are wrong in one field and have the right checksum; and adverts in an IP
 * packet that VRRP does not allow.  Sources are invented.  The sequence follows from the seed.
 */
#include "tests/tools/vrrpflood.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <string.h>

#define TTL_AT     8
#define IP_SUM_AT  10
#define HEADER_LEN 8
#define ADVERT_LEN 12
#define CSUM_AT    6

enum field { VERSION_AND_TYPE, VRID, PRIORITY, COUNT, INTERVAL_HIGH, INTERVAL_LOW };

/* xorshift64* */
static uint64_t
roll_bits(struct flood *f)
{
	f->random ^= f->random >> 12;
	f->random ^= f->random << 25;
	f->random ^= f->random >> 27;
	return f->random * 0x2545f4914f6cdd1dull;
}

static uint32_t
roll(struct flood *f, uint32_t below)
{
	return (uint32_t)(roll_bits(f) >> 32) % below;
}

/* --- checksums -------------------------------------------------------------------------------- */

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

static void
put_sum(uint8_t *at, uint16_t sum)
{
	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}

static uint8_t *
message(struct packet *p)
{
	return p->bytes + p->ip_len;
}

/* Both forms that are in use. */
static bool
checksum_is_right(struct packet *p)
{
	size_t len = p->len - p->ip_len;
	uint32_t pseudo = VRRP_PROTOCOL + (uint32_t)len;

	for (int i = 12; i < IP_LEN; i += 2)
		pseudo += (uint32_t)(p->bytes[i] << 8 | p->bytes[i + 1]);
	return checksum(0, message(p), len) == 0 || checksum(pseudo, message(p), len) == 0;
}

static void
seal_message(struct packet *p)
{
	uint8_t *msg = message(p);
	size_t len = p->len - p->ip_len;

	if (len < HEADER_LEN)
		return;
	memset(msg + CSUM_AT, 0, 2);
	put_sum(msg + CSUM_AT, checksum(0, msg, len));
}

static void
seal_ip(struct packet *p)
{
	put_sum(p->bytes + 2, (uint16_t)p->len);
	memset(p->bytes + IP_SUM_AT, 0, 2);
	put_sum(p->bytes + IP_SUM_AT, checksum(0, p->bytes, p->ip_len));
}

/* --- what the kinds are made of --------------------------------------------------------------- */

static void
put_ip(struct flood *f, struct packet *p, size_t msg_len)
{
	struct iphdr ip = {.version = 4, .ihl = 5, .tos = 0xc0, .ttl = 255};

	ip.protocol = VRRP_PROTOCOL;
	ip.id = htons((uint16_t)(1 + roll(f, 65535)));
	ip.saddr = htonl(ntohl(f->network.s_addr) + 1 + roll(f, N_SOURCES));
	ip.daddr = f->group.s_addr;
	memcpy(p->bytes, &ip, IP_LEN);
	p->ip_len = IP_LEN;
	p->len = IP_LEN + msg_len;
	seal_ip(p);
}

static void
put_random(struct flood *f, struct packet *p)
{
	put_ip(f, p, 2 + roll(f, PACKET_MAX - IP_LEN - 2));
	for (size_t i = p->ip_len; i < p->len; i += sizeof(uint64_t)) {
		uint64_t bits = roll_bits(f);
		size_t left = p->len - i;

		memcpy(p->bytes + i, &bits, left < sizeof(bits) ? left : sizeof(bits));
	}
}

/* A version 3 advert with priority 255, right but for what comes next. */
static void
put_advert(struct flood *f, struct packet *p)
{
	put_ip(f, p, ADVERT_LEN);
	memcpy(message(p), (uint8_t[]){0x31, f->vrid, 255, 1, 0, 10, 0, 0}, HEADER_LEN);
	memcpy(message(p) + HEADER_LEN, &f->vip, 4);
	seal_message(p);
}

/* --- kinds ------------------------------------------------------------------------------------ */

static void
make_noise(struct flood *f, struct packet *p)
{
	put_random(f, p);
}

/* What a packet filter lets pass. */
static void
make_masked(struct flood *f, struct packet *p)
{
	put_random(f, p);
	do {
		message(p)[p->len - p->ip_len - 1] ^= (uint8_t)(1 + roll(f, 255));
		message(p)[VERSION_AND_TYPE] = 0x31;
		message(p)[VRID] = f->vrid;
	} while (p->len - p->ip_len >= HEADER_LEN && checksum_is_right(p));
}

static void
make_flipped(struct flood *f, struct packet *p)
{
	put_advert(f, p);
	do {
		for (uint32_t n = 1 + roll(f, 4); n > 0; n--)
			message(p)[roll(f, ADVERT_LEN)] ^= (uint8_t)(1 << roll(f, 8));
	} while (checksum_is_right(p));
}

static void
wrong_version(struct flood *f, struct packet *p)
{
	uint8_t version = (uint8_t)roll(f, 15);

	message(p)[VERSION_AND_TYPE] = (uint8_t)((version + (version >= 3)) << 4 | 1);
}

static void
wrong_type(struct flood *f, struct packet *p)
{
	uint8_t type = (uint8_t)roll(f, 15);

	message(p)[VERSION_AND_TYPE] = (uint8_t)(3 << 4 | (type + (type >= 1)));
}

static void
more_than_there_is(struct flood *f, struct packet *p)
{
	message(p)[COUNT] = (uint8_t)(2 + roll(f, 254));
}

static void
no_address(struct flood *f, struct packet *p)
{
	(void)f;
	message(p)[COUNT] = 0;
	p->len -= 4;
}

static void
cut_off(struct flood *f, struct packet *p)
{
	p->len = p->ip_len + 2 + roll(f, ADVERT_LEN - 2);
}

static void
too_long(struct flood *f, struct packet *p)
{
	size_t more = 1 + roll(f, PACKET_MAX - IP_LEN - ADVERT_LEN);

	memset(p->bytes + p->len, (int)roll(f, 256), more);
	p->len += more;
}

static void
no_interval(struct flood *f, struct packet *p)
{
	(void)f;
	message(p)[INTERVAL_HIGH] = message(p)[INTERVAL_LOW] = 0;
}

static void
make_sealed(struct flood *f, struct packet *p)
{
	static void (*const wrong[])(struct flood *, struct packet *) = {
	    wrong_version, wrong_type, more_than_there_is, no_address,
	    cut_off,       too_long,   no_interval,
	};

	put_advert(f, p);
	wrong[roll(f, sizeof(wrong) / sizeof(wrong[0]))](f, p);
	seal_message(p);
	seal_ip(p);
}

static void
make_far(struct flood *f, struct packet *p)
{
	put_advert(f, p);
	p->bytes[TTL_AT] = (uint8_t)roll(f, 255); /* never 255 */
	seal_ip(p);
}

/* The first fragment of a packet whose rest never comes. */
static void
make_fragment(struct flood *f, struct packet *p)
{
	put_advert(f, p);
	p->bytes[6] = 0x20;
	p->len -= 4; /* a multiple of 8 */
	seal_ip(p);
}

/* IP options that say nothing, and an advert that is wrong behind them. */
static void
make_optioned(struct flood *f, struct packet *p)
{
	size_t n = 4 * (1 + roll(f, 10));

	make_flipped(f, p);
	memmove(p->bytes + IP_LEN + n, p->bytes + IP_LEN, p->len - IP_LEN);
	memset(p->bytes + IP_LEN, 1, n);
	p->ip_len += n;
	p->len += n;
	p->bytes[0] = (uint8_t)(4 << 4 | p->ip_len / 4);
	seal_ip(p);
}

void
make_losing(struct flood *f, struct packet *p)
{
	put_advert(f, p);
	message(p)[PRIORITY] = (uint8_t)roll(f, LOSING_PRIORITIES);
	seal_message(p);
}

void
make_packet(struct flood *f, struct packet *p)
{
	static const struct {
		uint32_t below; /* of 64 */
		void (*make)(struct flood *, struct packet *);
	} kinds[] = {
	    {12, make_noise}, {24, make_masked},   {40, make_flipped},  {54, make_sealed},
	    {60, make_far},   {62, make_fragment}, {64, make_optioned},
	};
	uint32_t n = roll(f, 64);

	for (size_t i = 0;; i++)
		if (n < kinds[i].below) {
			kinds[i].make(f, p);
			return;
		}
}
