/*
 * integrity.c - hello, verdict and the server's side of the integrity dialogue (see integrity.h).
 */
#include "integrity.h"

#include <stdio.h>
#include <string.h>

#include "stream.h"
#include "tool.h"

#define HELLO_MAGIC   0x70726f78u
#define VERDICT_MAGIC 0x76726470u
#define DOWN_SALT     0x5bd1e995c0ffee11ULL
/* INTEGRITY_BURSTS: long enough for a proxy to take it for a stream, and then not any more */
#define STRETCH_LEN   (1024 * 1024)
#define MESSAGE_LEN   600
#define MESSAGES_N    24

static void
put(uint8_t **to, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*(*to)++ = (uint8_t)(value >> (8 * i));
}

static uint64_t
get(const uint8_t **from, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value |= (uint64_t) * (*from)++ << (8 * i);
	return value;
}

static uint32_t
checksum(const uint8_t *bytes, size_t len)
{
	uint64_t sum = len;

	for (size_t i = 0; i < len; i++)
		sum = stream_mix(sum + bytes[i] + 1);
	return (uint32_t)sum;
}

void
hello_encode(const struct hello *h, uint8_t out[HELLO_LEN])
{
	uint8_t *to = out;

	put(&to, HELLO_MAGIC, 4);
	put(&to, h->flags, 4);
	put(&to, h->seed, 8);
	put(&to, h->up_len, 8);
	put(&to, h->down_len, 8);
	put(&to, h->rst_at, 8);
	put(&to, h->read_rate, 4);
	put(&to, checksum(out, HELLO_LEN - 4), 4);
}

bool
hello_decode(const uint8_t in[HELLO_LEN], struct hello *h)
{
	const uint8_t *from = in;

	if (get(&from, 4) != HELLO_MAGIC)
		return false;
	h->flags = (uint32_t)get(&from, 4);
	h->seed = get(&from, 8);
	h->up_len = get(&from, 8);
	h->down_len = get(&from, 8);
	h->rst_at = get(&from, 8);
	h->read_rate = (uint32_t)get(&from, 4);
	return get(&from, 4) == checksum(in, HELLO_LEN - 4);
}

void
verdict_encode(const struct verdict *v, uint8_t out[VERDICT_LEN])
{
	put(&out, VERDICT_MAGIC, 4);
	put(&out, v->eof, 4);
	put(&out, v->received, 8);
	put(&out, v->differences, 8);
}

bool
verdict_decode(const uint8_t in[VERDICT_LEN], struct verdict *v)
{
	if (get(&in, 4) != VERDICT_MAGIC)
		return false;
	v->eof = get(&in, 4) != 0;
	v->received = get(&in, 8);
	v->differences = get(&in, 8);
	return true;
}

bool
hello_has_verdict(const struct hello *h)
{
	return !(h->flags & (INTEGRITY_SERVER_SHUTS | INTEGRITY_SERVER_RESETS));
}

uint64_t
integrity_up_seed(const struct hello *h)
{
	return h->seed;
}

uint64_t
integrity_down_seed(const struct hello *h)
{
	return stream_mix(h->seed ^ DOWN_SALT);
}

size_t
integrity_chunk(const struct hello *h, uint64_t at, size_t max)
{
	uint64_t in, left;

	if (!(h->flags & INTEGRITY_BURSTS))
		return max;
	in = at % (STRETCH_LEN + MESSAGES_N * MESSAGE_LEN);
	left = in < STRETCH_LEN ? STRETCH_LEN - in : MESSAGE_LEN - (in - STRETCH_LEN) % MESSAGE_LEN;
	return left < max ? (size_t)left : max;
}

struct integrity_server *
integrity_server_new(void)
{
	struct integrity_server *is = must_alloc(1, sizeof(*is));

	is->corrupt_at = UINT64_MAX;
	return is;
}

static size_t
take_hello(struct integrity_server *is, const uint8_t *buf, size_t len)
{
	size_t n = HELLO_LEN - is->hello_got;

	n = n < len ? n : len;
	memcpy(is->hello_bytes + is->hello_got, buf, n);
	is->hello_got += n;
	if (is->hello_got == HELLO_LEN) {
		is->understood = hello_decode(is->hello_bytes, &is->hello);
		is->hopeless = !is->understood;
	}
	return n;
}

bool
integrity_server_feed(struct integrity_server *is, const uint8_t *buf, size_t len, bool corrupt)
{
	bool was_new = !is->understood;
	uint64_t left, first = 0;
	size_t n, wrong;

	if (!is->understood && !is->hopeless) {
		n = take_hello(is, buf, len);
		buf += n;
		len -= n;
	}
	if (!is->understood)
		return false;
	left = is->hello.up_len - is->received;
	n = len < left ? len : (size_t)left;
	wrong = stream_check(integrity_up_seed(&is->hello), is->received, buf, n, &first);
	if (len > n && wrong == 0)
		first = is->hello.up_len;
	wrong += len - n; /* bytes behind the end of the stream */
	if (wrong && is->differences == 0)
		fprintf(stderr, "tcpserver: integrity: seed %llu: first wrong byte at %llu\n",
			(unsigned long long)is->hello.seed, (unsigned long long)first);
	is->differences += wrong;
	is->received += n;
	if (!corrupt || !was_new || !is->hello.down_len || !hello_has_verdict(&is->hello) ||
	    (is->hello.flags & INTEGRITY_CLIENT_RESETS))
		return false;
	is->corrupt_at = is->hello.down_len / 2;
	return true;
}

void
integrity_server_eof(struct integrity_server *is)
{
	is->ended = true;
}

static bool
verdict_known(const struct integrity_server *is)
{
	return is->received == is->hello.up_len || is->ended;
}

bool
integrity_server_ready(const struct integrity_server *is)
{
	if (!is->understood)
		return false;
	if (is->sent < is->hello.down_len)
		return true;
	return hello_has_verdict(&is->hello) && verdict_known(is) &&
	       is->sent < is->hello.down_len + VERDICT_LEN;
}

size_t
integrity_server_next(const struct integrity_server *is, uint8_t *buf, size_t max)
{
	uint64_t left = is->hello.down_len - is->sent;
	struct verdict v = {is->received < is->hello.up_len, is->received, is->differences};
	uint8_t bytes[VERDICT_LEN];
	size_t from;

	if (!integrity_server_ready(is))
		return 0;
	if (is->sent < is->hello.down_len) {
		max = integrity_chunk(&is->hello, is->sent, max < left ? max : (size_t)left);
		stream_fill(integrity_down_seed(&is->hello), is->sent, buf, max);
		if (is->corrupt_at - is->sent < max)
			buf[is->corrupt_at - is->sent] ^= 0x20;
		return max;
	}
	verdict_encode(&v, bytes);
	from = (size_t)(is->sent - is->hello.down_len);
	memcpy(buf, bytes + from, VERDICT_LEN - from);
	return VERDICT_LEN - from;
}

bool
integrity_server_sent_all(const struct integrity_server *is)
{
	uint64_t all = is->hello.down_len + (hello_has_verdict(&is->hello) ? VERDICT_LEN : 0);

	return is->understood && is->sent == all;
}

bool
integrity_server_must_reset(const struct integrity_server *is)
{
	return is->understood && (is->hello.flags & INTEGRITY_SERVER_RESETS) &&
	       is->sent >= is->hello.rst_at;
}

void
integrity_server_tally(const struct integrity_server *is, struct integrity_counters *c)
{
	bool resets = is->hello.flags & (INTEGRITY_CLIENT_RESETS | INTEGRITY_SERVER_RESETS);

	if (!is->understood) {
		if (is->hopeless)
			c->n_bad_hello++;
		else
			c->n_empty++;
		return;
	}
	c->n_checked++;
	c->differences += is->differences;
	if (is->received < is->hello.up_len && !resets)
		c->n_truncated++;
}
