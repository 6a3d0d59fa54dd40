/*
 * measure.c - latencies as a histogram and failures counted by errno (see measure.h).
 */
#include "measure.h"

#include <stdlib.h>
#include <string.h>

#define HIST_SUB (1 << HIST_SUB_BITS)

/* Values below HIST_SUB have a bucket each; above, each power of two has HIST_SUB of them. */
static unsigned
bucket_of(uint64_t v)
{
	unsigned shift, i;

	if (v < HIST_SUB)
		return (unsigned)v;
	shift = 63U - (unsigned)__builtin_clzll(v) - HIST_SUB_BITS;
	i = ((shift + 1) << HIST_SUB_BITS) + (unsigned)(v >> shift) - HIST_SUB;
	return i < HIST_BUCKETS ? i : HIST_BUCKETS - 1;
}

static usec_t
bucket_value(unsigned i)
{
	unsigned shift = i >> HIST_SUB_BITS;

	if (shift == 0)
		return i;
	return (usec_t)((i & (HIST_SUB - 1)) + HIST_SUB) << (shift - 1);
}

void
hist_add(struct hist *h, usec_t value)
{
	if (value < 0)
		value = 0;
	h->buckets[bucket_of((uint64_t)value)]++;
	h->count++;
	if (value > h->max)
		h->max = value;
}

usec_t
hist_quantile(const struct hist *h, double q)
{
	uint64_t want = (uint64_t)((double)h->count * q), seen = 0;

	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen > want)
			return bucket_value(i);
	}
	return h->max;
}

void
hist_json(const struct hist *h, FILE *out)
{
	fprintf(out, "\"p50_us\":%lld,\"p99_us\":%lld,\"p999_us\":%lld,\"max_us\":%lld",
		(long long)hist_quantile(h, 0.5), (long long)hist_quantile(h, 0.99),
		(long long)hist_quantile(h, 0.999), (long long)h->max);
}

void
tally_add(struct tally *t, int error)
{
	error = abs(error);
	t->by_errno[error <= TALLY_ERRNO_MAX ? error : 0]++;
	t->total++;
}

static const char *
errno_name(int error)
{
	const char *name = error ? strerrorname_np(error) : NULL;

	return name ? name : "EOTHER";
}

void
tally_json(const struct tally *t, FILE *out)
{
	const char *comma = "";

	fputc('{', out);
	for (int i = 0; i <= TALLY_ERRNO_MAX; i++) {
		if (!t->by_errno[i])
			continue;
		fprintf(out, "%s\"%s\":%llu", comma, errno_name(i),
			(unsigned long long)t->by_errno[i]);
		comma = ",";
	}
	fputc('}', out);
}

void
tally_text(const struct tally *t, FILE *out)
{
	for (int i = 0; i <= TALLY_ERRNO_MAX; i++) {
		if (t->by_errno[i])
			fprintf(out, " %s=%llu", errno_name(i), (unsigned long long)t->by_errno[i]);
	}
}

void
json_string(const char *s, FILE *out)
{
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f)
			fprintf(out, "\\u%04x", (unsigned char)*s);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}
