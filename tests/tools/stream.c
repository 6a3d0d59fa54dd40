/*
 * stream.c - bytes that both ends can compute (see stream.h): word i is splitmix64 of seed and i.
 */
#include "stream.h"

#include <string.h>

#define STEP  0x9e3779b97f4a7c15ULL
#define CHUNK 4096

uint64_t
stream_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

void
stream_fill(uint64_t seed, uint64_t offset, void *buf, size_t len)
{
	uint8_t *to = buf;
	uint64_t i = offset / 8, word;
	size_t skip = offset % 8, n;

	for (; len; i++, skip = 0) {
		word = stream_mix(seed + (i + 1) * STEP);
		n = 8 - skip < len ? 8 - skip : len;
		memcpy(to, (const uint8_t *)&word + skip, n);
		to += n;
		len -= n;
	}
}

size_t
stream_check(uint64_t seed, uint64_t offset, const void *buf, size_t len, uint64_t *first)
{
	const uint8_t *have = buf;
	uint8_t want[CHUNK];
	size_t n, n_wrong = 0;

	for (; len; len -= n, have += n, offset += n) {
		n = len < CHUNK ? len : CHUNK;
		stream_fill(seed, offset, want, n);
		if (memcmp(want, have, n) == 0)
			continue;
		for (size_t i = 0; i < n; i++) {
			if (want[i] != have[i] && n_wrong++ == 0)
				*first = offset + i;
		}
	}
	return n_wrong;
}
