/*
 * stream.c - bytes that both ends can compute (see stream.h): word i is splitmix64 of seed and i.
 */
#include "stream.h"

#include <stddef.h>
#include <string.h>

#define STEP  0x9e3779b97f4a7c15ULL
#define CHUNK 4096
#define WORD  sizeof(uint64_t)

uint64_t
stream_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/* The word's bytes from `skip` on, at most len; how many they were. */
static size_t
put_part(uint8_t *to, uint64_t word, size_t skip, size_t len)
{
	size_t n = WORD - skip < len ? WORD - skip : len;

	memcpy(to, (const uint8_t *)&word + skip, n);
	return n;
}

void
stream_fill(uint64_t seed, uint64_t offset, void *buf, size_t len)
{
	uint8_t *to = buf, *end = to + len;
	uint64_t state = seed + (offset / WORD + 1) * STEP, word;

	if (offset % WORD && len) {
		to += put_part(to, stream_mix(state), offset % WORD, len);
		state += STEP;
	}
	for (; end - to >= (ptrdiff_t)WORD; to += WORD, state += STEP) {
		word = stream_mix(state);
		memcpy(to, &word, WORD);
	}
	if (to < end)
		put_part(to, stream_mix(state), 0, (size_t)(end - to));
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
