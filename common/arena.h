/*
 * arena.h - memory that lives and dies together, for one generation of configuration.
 *
 * Allocation never returns NULL: out of memory ends the process (configuration is read at start
 * and in the monitor; the engine reads text that the monitor has already parsed).
 */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena **a); /* frees everything that came from it, nulls the pointer */
void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned for any type */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
/*
 * Room for one more element behind an array of `n` elements of `size` bytes that came from this
 * arena (or is NULL with n 0).  Returns the array, perhaps moved; the new element is zeroed.
 */
void *arena_grow(struct arena *a, void *array, size_t n, size_t size);

#endif
