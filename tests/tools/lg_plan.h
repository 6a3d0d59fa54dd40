/*
 * lg_plan.h - what one connection of the integrity workload is going to do.
 */
#ifndef TESTS_LG_PLAN_H
#define TESTS_LG_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "integrity.h"

#define CHUNK_MAX 65536

struct plan {
	struct hello hello;
	uint64_t rst_at;    /* INTEGRITY_CLIENT_RESETS: after so many bytes, hello included */
	uint64_t read_rate; /* bytes per second; 0: as fast as it goes */
	uint64_t chunk;     /* of one send */
	bool half_closes;   /* the client shuts down when it has sent everything */
};

/* The same plan for the same arguments; sizes up to max_size each way. */
void plan_draw(struct plan *p, uint64_t seed, uint64_t max_size);
/* How much may be sent by now: up to the reset, or up to the half that waits for the server's end.
 */
uint64_t plan_up_limit(const struct plan *p, bool server_ended);
/* The next bytes behind those sent, at most max: the hello, then the stream. */
size_t plan_make_up(const struct plan *p, uint64_t sent, uint8_t *buf, size_t max);

#endif
