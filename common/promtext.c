/*
 * promtext.c - Prometheus' text format (version 0.0.4) written into a strbuf.  Pure.
 */
#include "common/promtext.h"

#include <inttypes.h>

void
prom_family(struct strbuf *b, const char *name, const char *type, const char *help)
{
	strbuf_addf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
add_value(struct strbuf *b, const char *s)
{
	for (; *s; s++) {
		if (*s == '\n') {
			strbuf_adds(b, "\\n");
			continue;
		}
		if (*s == '"' || *s == '\\')
			strbuf_addc(b, '\\');
		strbuf_addc(b, *s);
	}
}

static void
add_name(struct strbuf *b, const char *name, const struct prom_label *labels, size_t n)
{
	strbuf_adds(b, name);
	for (size_t i = 0; i < n; i++) {
		strbuf_addf(b, "%c%s=\"", i ? ',' : '{', labels[i].name);
		add_value(b, labels[i].value);
		strbuf_addc(b, '"');
	}
	strbuf_adds(b, n ? "} " : " ");
}

void
prom_u64(struct strbuf *b, const char *name, const struct prom_label *labels, size_t n,
	 uint64_t value)
{
	add_name(b, name, labels, n);
	strbuf_addf(b, "%" PRIu64 "\n", value);
}

void
prom_seconds(struct strbuf *b, const char *name, const struct prom_label *labels, size_t n,
	     usec_t value)
{
	usec_t size = value < 0 ? -value : value;

	add_name(b, name, labels, n);
	if (value == USEC_NEVER)
		strbuf_adds(b, "+Inf\n");
	else
		strbuf_addf(b, "%s%" PRId64 ".%06" PRId64 "\n", value < 0 ? "-" : "",
			    size / USEC_PER_SEC, size % USEC_PER_SEC);
}
