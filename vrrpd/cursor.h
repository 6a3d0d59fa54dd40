/*
 * cursor.h - reading and writing wire bytes without ever stepping over their end.
 *
 * A read behind the end sets `failed` and yields zeros; look once, at the end.
 */
#ifndef VRRPD_CURSOR_H
#define VRRPD_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *at;
	size_t left;
	bool failed;
};

/* The next n bytes, NULL when there are not so many. */
static inline const uint8_t *
get_bytes(struct cursor *c, size_t n)
{
	const uint8_t *bytes = c->at;

	if (c->failed || n > c->left) {
		c->failed = true;
		return NULL;
	}
	c->at += n;
	c->left -= n;
	return bytes;
}

static inline uint8_t
get_u8(struct cursor *c)
{
	const uint8_t *b = get_bytes(c, 1);

	return b ? b[0] : 0;
}

static inline uint16_t
get_u16(struct cursor *c)
{
	const uint8_t *b = get_bytes(c, 2);

	return (uint16_t)(b ? b[0] << 8 | b[1] : 0);
}

/* Writers trust the caller's buffer, whose size a _Static_assert or an API promises. */
static inline uint8_t *
put_u8(uint8_t *at, uint8_t v)
{
	*at = v;
	return at + 1;
}

static inline uint8_t *
put_u16(uint8_t *at, uint16_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
	return at + 2;
}

static inline uint8_t *
put_bytes(uint8_t *at, const void *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

#endif
