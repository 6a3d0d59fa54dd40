/*
 * measure.h - latencies as a histogram and failures counted by errno.
 */
#ifndef TESTS_MEASURE_H
#define TESTS_MEASURE_H

#include <stdint.h>
#include <stdio.h>

#include "common/usec.h"

#define HIST_SUB_BITS 6 /* 64 steps per power of two: values are right within 1.6% */
#define HIST_BUCKETS  (40 << HIST_SUB_BITS)

struct hist {
	uint64_t buckets[HIST_BUCKETS];
	uint64_t count;
	usec_t max;
};

void hist_add(struct hist *h, usec_t value);
usec_t hist_quantile(const struct hist *h, double q); /* 0 when empty */
/* `"p50_us":1,"p99_us":2,"p999_us":3,"max_us":4` */
void hist_json(const struct hist *h, FILE *out);

#define TALLY_ERRNO_MAX 134

struct tally {
	uint64_t by_errno[TALLY_ERRNO_MAX + 1];
	uint64_t total;
};

void tally_add(struct tally *t, int error);        /* errno or -errno */
void tally_json(const struct tally *t, FILE *out); /* `{"ECONNREFUSED":3}` */
void tally_text(const struct tally *t, FILE *out); /* ` ECONNREFUSED=3` */

void json_string(const char *s, FILE *out);

#endif
