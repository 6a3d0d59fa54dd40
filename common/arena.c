/*
 * arena.c - memory that lives and dies together: a list of blocks, handed out front to back.
 *
 * With AddressSanitizer each piece is a block of its own, so that it sees every overrun.
 */
#include "common/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define BLOCK_SIZE ((size_t)1)
#else
#define BLOCK_SIZE ((size_t)16384)
#endif
#define GROW_FIRST ((size_t)4) /* elements of a new array; a power of two */

struct block {
	struct block *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct block *blocks; /* the first is the one that is handed out from */
};

static void __attribute__((noreturn)) out_of_memory(void)
{
	fputs("out of memory\n", stderr);
	abort();
}

static struct block *
block_new(size_t size)
{
	struct block *b;

	if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;
	if (size > SIZE_MAX - sizeof(*b))
		out_of_memory();
	b = calloc(1, sizeof(*b) + size);
	if (!b)
		out_of_memory();
	b->size = size;
	return b;
}

struct arena *
arena_new(void)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		out_of_memory();
	return a;
}

void
arena_free(struct arena **a)
{
	struct block *next;

	if (!*a)
		return;
	for (struct block *b = (*a)->blocks; b; b = next) {
		next = b->next;
		explicit_bzero(b->bytes, b->used); /* configurations hold passwords */
		free(b);
	}
	free(*a);
	*a = NULL;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct block *b = a->blocks;
	void *p;

	if (!b || size > b->size - b->used) {
		b = block_new(size);
		b->next = a->blocks;
		a->blocks = b;
	}
	p = b->bytes + b->used;
	b->used += size;
	/* the next piece starts aligned, or the block counts as full */
	b->used = b->size - b->used < align ? b->size : (b->used + align - 1) / align * align;
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p;

	len = strnlen(s, len);
	p = arena_alloc(a, len + 1);
	memcpy(p, s, len);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

void *
arena_grow(struct arena *a, void *array, size_t n, size_t size)
{
	size_t cap = n ? n * 2 : GROW_FIRST;
	size_t bytes;
	void *p;

	/* the room is always a power of two, so n alone tells whether it is full */
	if (n && (n < GROW_FIRST || (n & (n - 1))))
		return array;
	if (__builtin_mul_overflow(cap, size, &bytes))
		out_of_memory();
	p = arena_alloc(a, bytes);
	if (n)
		memcpy(p, array, n * size);
	return p;
}
