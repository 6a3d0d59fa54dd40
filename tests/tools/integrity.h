/*
 * integrity.h - the dialogue with which loadgen and tcpserver check every byte of a path.
 *
 * The client opens with a hello that says what both ends will send and how they will end; then
 * both send their stream at once and each checks what it gets.  The server's last bytes are its
 * verdict on the client's stream, unless it had to shut down before it has seen all of it
 * (INTEGRITY_SERVER_SHUTS) or resets (INTEGRITY_SERVER_RESETS); then its counters tell.
 */
#ifndef TESTS_INTEGRITY_H
#define TESTS_INTEGRITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HELLO_LEN   48
#define VERDICT_LEN 24

enum {
	INTEGRITY_SERVER_SHUTS = 1
				 << 0, /* server: stream, FIN, then the client sends its 2nd half */
	INTEGRITY_CLIENT_RESETS = 1 << 1, /* the client ends with RST somewhere in its stream */
	INTEGRITY_SERVER_RESETS = 1 << 2, /* the server ends with RST after rst_at bytes */
	INTEGRITY_BURSTS = 1 << 3,        /* both: stretches of stream and of messages in turn */
};

struct hello {
	uint32_t flags;
	uint32_t read_rate; /* the server reads this slowly, bytes per second; 0: at full speed */
	uint64_t seed;
	uint64_t up_len, down_len, rst_at;
};

struct verdict {
	bool eof; /* the client's end was seen before its stream was complete */
	uint64_t received, differences;
};

struct integrity_counters {
	uint64_t n_checked;   /* connections whose hello was understood */
	uint64_t n_empty;     /* ended before a hello was complete: health checks, early resets */
	uint64_t n_bad_hello; /* came with something else */
	uint64_t n_truncated; /* ended early though nobody was to reset */
	uint64_t differences; /* bytes */
};

/* One connection as the server sees it. */
struct integrity_server {
	struct hello hello;
	uint8_t hello_bytes[HELLO_LEN];
	size_t hello_got;
	bool understood, hopeless, ended;
	uint64_t received, differences, sent;
	uint64_t corrupt_at; /* this byte is sent wrong; UINT64_MAX: none */
};

void hello_encode(const struct hello *h, uint8_t out[HELLO_LEN]);
bool hello_decode(const uint8_t in[HELLO_LEN], struct hello *h);
void verdict_encode(const struct verdict *v, uint8_t out[VERDICT_LEN]);
bool verdict_decode(const uint8_t in[VERDICT_LEN], struct verdict *v);
bool hello_has_verdict(const struct hello *h); /* or can none come back? */
uint64_t integrity_up_seed(const struct hello *h);
uint64_t integrity_down_seed(const struct hello *h);
/* How much to send at once of the stream's bytes from `at` on, at most max. */
size_t integrity_chunk(const struct hello *h, uint64_t at, size_t max);

struct integrity_server *integrity_server_new(void);
/* Bytes from the client.  corrupt: spoil one byte of this connection; says whether it will. */
bool integrity_server_feed(struct integrity_server *is, const uint8_t *buf, size_t len,
			   bool corrupt);
void integrity_server_eof(struct integrity_server *is);
bool integrity_server_ready(const struct integrity_server *is); /* is there something to send? */
/* The next bytes to send, at most max, which is VERDICT_LEN or more; 0: none now. */
size_t integrity_server_next(const struct integrity_server *is, uint8_t *buf, size_t max);
bool integrity_server_sent_all(const struct integrity_server *is); /* time to shut down */
bool integrity_server_must_reset(const struct integrity_server *is);
void integrity_server_tally(const struct integrity_server *is, struct integrity_counters *c);

#endif
