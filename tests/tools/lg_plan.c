/*
 * lg_plan.c - what one connection of the integrity workload is going to do, drawn from a seed.
 */
#include "lg_plan.h"

#include <string.h>

#include "stream.h"

#define SLOW_SECONDS 0.5 /* a slow reader takes about this long */

static uint64_t
draw(uint64_t *state)
{
	return stream_mix(*state += 0x9e3779b97f4a7c15ULL);
}

/* From 0 up to max, each power of two as likely as the others. */
static uint64_t
draw_size(uint64_t *state, uint64_t max)
{
	unsigned n_bits = 64 - (unsigned)__builtin_clzll(max);

	return draw(state) & ((1ULL << (draw(state) % n_bits)) - 1);
}

void
plan_draw(struct plan *p, uint64_t seed, uint64_t max_size)
{
	uint64_t state = seed, kind = draw(&state) % 100;

	*p = (struct plan){.hello.seed = draw(&state)};
	p->hello.up_len = draw_size(&state, max_size);
	p->hello.down_len = draw_size(&state, max_size);
	p->chunk = 1 + draw_size(&state, CHUNK_MAX) % CHUNK_MAX;
	if (p->chunk < p->hello.up_len / 256) /* tiny writes for small streams only */
		p->chunk = p->hello.up_len / 256;
	if (p->chunk > CHUNK_MAX)
		p->chunk = CHUNK_MAX;
	p->half_closes = draw(&state) & 1;
	if (kind < 15) {
		p->hello.flags = INTEGRITY_SERVER_SHUTS;
		p->half_closes = true;
	} else if (kind < 25) {
		p->hello.flags = INTEGRITY_CLIENT_RESETS;
		p->rst_at = HELLO_LEN + draw(&state) % (p->hello.up_len + 1);
	} else if (kind < 35) {
		p->hello.flags = INTEGRITY_SERVER_RESETS;
		p->hello.rst_at = draw(&state) % (p->hello.down_len + 1);
	} else if (kind < 45) {
		p->read_rate = 1000 + (uint64_t)((double)p->hello.down_len / SLOW_SECONDS);
	} else if (kind < 55) {
		p->hello.read_rate = 1000 + (uint32_t)((double)p->hello.up_len / SLOW_SECONDS);
	}
	if (draw(&state) & 1)
		p->hello.flags |= INTEGRITY_BURSTS;
}

uint64_t
plan_up_limit(const struct plan *p, bool server_ended)
{
	uint64_t all = p->hello.up_len + HELLO_LEN;

	if (p->hello.flags & INTEGRITY_CLIENT_RESETS)
		return p->rst_at < all ? p->rst_at : all;
	if ((p->hello.flags & INTEGRITY_SERVER_SHUTS) && !server_ended)
		return HELLO_LEN + p->hello.up_len / 2;
	return all;
}

size_t
plan_make_up(const struct plan *p, uint64_t sent, uint8_t *buf, size_t max)
{
	uint8_t bytes[HELLO_LEN];
	size_t n;

	if (sent >= HELLO_LEN) {
		max = integrity_chunk(&p->hello, sent - HELLO_LEN, max);
		stream_fill(integrity_up_seed(&p->hello), sent - HELLO_LEN, buf, max);
		return max;
	}
	hello_encode(&p->hello, bytes);
	n = HELLO_LEN - (size_t)sent < max ? HELLO_LEN - (size_t)sent : max;
	memcpy(buf, bytes + sent, n);
	return n;
}
