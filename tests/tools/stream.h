/*
 * stream.h - bytes that both ends can compute: a stream of pseudo-random bytes per seed, any part
 * of which is found without computing what lies before it.
 */
#ifndef TESTS_STREAM_H
#define TESTS_STREAM_H

#include <stddef.h>
#include <stdint.h>

uint64_t stream_mix(uint64_t x); /* a well mixed number for each x */
void stream_fill(uint64_t seed, uint64_t offset, void *buf, size_t len);
/* How many bytes of buf are not those of the stream; *first receives the offset of the first. */
size_t stream_check(uint64_t seed, uint64_t offset, const void *buf, size_t len, uint64_t *first);

#endif
