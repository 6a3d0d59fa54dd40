/*
 * slab.h - records of one size for one thread, given back to the system when they are many.
 *
 * Chunks of SLAB_CHUNK bytes, aligned to their size so that a record finds its chunk by its
 * address.  Records are aligned to 16 bytes and not cleared.  Empty chunks but one are unmapped,
 * so that memory follows the number of connections down again.
 */
#ifndef PROXYD_SLAB_H
#define PROXYD_SLAB_H

#include <stddef.h>
#include <sys/queue.h>

#define SLAB_CHUNK ((size_t)16384)

struct slab_chunk;
TAILQ_HEAD(slab_chunks, slab_chunk);

struct slab {
	size_t size;
	struct slab_chunks open; /* chunks with at least one free record */
	size_t n_empty;          /* of those, without any record in use */
	size_t n_used;           /* records */
};

void slab_init(struct slab *s, size_t record_size);
void slab_fini(struct slab *s); /* all records must be back */
void *slab_get(struct slab *s); /* NULL: out of memory */
void slab_put(struct slab *s, void *record);

#endif
