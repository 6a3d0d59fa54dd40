/*
 * promtext.h - Prometheus' text format (version 0.0.4) written into a strbuf.
 */
#ifndef COMMON_PROMTEXT_H
#define COMMON_PROMTEXT_H

#include <stddef.h>
#include <stdint.h>

#include "common/strbuf.h"
#include "common/usec.h"

#define PROMTEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct prom_label {
	const char *name;
	const char *value;
};

/* The two lines before the samples of a metric; type: "gauge" or "counter". */
void prom_family(struct strbuf *b, const char *name, const char *type, const char *help);
void prom_u64(struct strbuf *b, const char *name, const struct prom_label *labels, size_t n,
	      uint64_t value);
/* A time in seconds; USEC_NEVER: +Inf. */
void prom_seconds(struct strbuf *b, const char *name, const struct prom_label *labels, size_t n,
		  usec_t value);

#endif
