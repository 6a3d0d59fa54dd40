/*
 * slab.c - fixed size records in aligned chunks; see slab.h.
 *
 * One thread per slab, no locks.  Under AddressSanitizer each record is its own malloc() so that
 * use after free is seen.
 */
#include "proxyd/slab.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define RECORD_ALIGN 16
#define KEEP_BYTES   8192
#define HEADER_SIZE  64 /* keeps records off the header's cache line */

struct slab_chunk {
	TAILQ_ENTRY(slab_chunk) link;
	void *free; /* first word of a free record points to the next */
	size_t n_used;
	size_t n_fresh; /* records behind `fresh` were never handed out */
	char *fresh;
};
_Static_assert(sizeof(struct slab_chunk) <= HEADER_SIZE, "the header fits its line");

#ifdef __SANITIZE_ADDRESS__
static const bool plain_malloc = true;
#else
static const bool plain_malloc = false;
#endif

void
slab_init(struct slab *s, size_t record_size)
{
	*s = (struct slab){
	    .size = (record_size + RECORD_ALIGN - 1) / RECORD_ALIGN * RECORD_ALIGN,
	};
	TAILQ_INIT(&s->open);
}

void
slab_fini(struct slab *s)
{
	struct slab_chunk *c;

	while ((c = TAILQ_FIRST(&s->open))) {
		TAILQ_REMOVE(&s->open, c, link);
		munmap(c, SLAB_CHUNK);
	}
	s->n_empty = 0;
}

/* SLAB_CHUNK bytes at a multiple of SLAB_CHUNK: map twice as much and trim both ends. */
static struct slab_chunk *
chunk_new(struct slab *s)
{
	char *p =
	    mmap(NULL, 2 * SLAB_CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t head;
	struct slab_chunk *c;

	if (p == MAP_FAILED)
		return NULL;
	head = (SLAB_CHUNK - (uintptr_t)p % SLAB_CHUNK) % SLAB_CHUNK;
	if (head > 0)
		munmap(p, head);
	munmap(p + head + SLAB_CHUNK, SLAB_CHUNK - head);
	c = (struct slab_chunk *)(void *)(p + head);
	c->fresh = p + head + HEADER_SIZE;
	c->n_fresh = (SLAB_CHUNK - HEADER_SIZE) / s->size;
	TAILQ_INSERT_HEAD(&s->open, c, link);
	s->n_empty++;
	return c;
}

/* An empty chunk that many records had passed through: give its memory back, keep the address. */
static void
chunk_refresh(struct slab *s, struct slab_chunk *c)
{
	char *base = (char *)c;

	if (c->fresh - base <= KEEP_BYTES)
		return; /* a few records that come and go cost no system call */
	madvise(base + KEEP_BYTES, SLAB_CHUNK - KEEP_BYTES, MADV_DONTNEED);
	c->free = NULL;
	c->fresh = base + HEADER_SIZE;
	c->n_fresh = (SLAB_CHUNK - HEADER_SIZE) / s->size;
}

static bool
chunk_full(const struct slab_chunk *c)
{
	return !c->free && c->n_fresh == 0;
}

static void *
chunk_take(struct slab *s, struct slab_chunk *c)
{
	void *record = c->free;

	if (record) {
		c->free = *(void **)record;
	} else {
		record = c->fresh;
		c->fresh += s->size;
		c->n_fresh--;
	}
	if (c->n_used++ == 0)
		s->n_empty--;
	if (chunk_full(c))
		TAILQ_REMOVE(&s->open, c, link);
	return record;
}

void *
slab_get(struct slab *s)
{
	struct slab_chunk *c;

	if (plain_malloc)
		return malloc(s->size);
	c = TAILQ_FIRST(&s->open);
	if (!c && !(c = chunk_new(s)))
		return NULL;
	s->n_used++;
	return chunk_take(s, c);
}

void
slab_put(struct slab *s, void *record)
{
	struct slab_chunk *c;

	if (plain_malloc) {
		free(record);
		return;
	}
	c = (struct slab_chunk *)((uintptr_t)record / SLAB_CHUNK * SLAB_CHUNK);
	if (chunk_full(c))
		TAILQ_INSERT_HEAD(&s->open, c, link);
	*(void **)record = c->free;
	c->free = record;
	s->n_used--;
	if (--c->n_used > 0)
		return;
	if (s->n_empty == 0) {
		s->n_empty = 1;
		chunk_refresh(s, c);
		return;
	}
	TAILQ_REMOVE(&s->open, c, link); /* one empty chunk is enough against flapping */
	munmap(c, SLAB_CHUNK);
}
