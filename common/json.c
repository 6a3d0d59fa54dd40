/*
 * json.c - JSON written into a strbuf; the commas come by themselves.
 */
#include "common/json.h"

#include <inttypes.h>
#include <string.h>

/* Behind an opening bracket, or at the very start, no comma belongs. */
static void
add_key(struct strbuf *b, const char *key)
{
	if (b->len > 0 && !strchr("{[\n", b->s[b->len - 1]))
		strbuf_addc(b, ',');
	if (!key)
		return;
	strbuf_add_json(b, key);
	strbuf_addc(b, ':');
}

void
json_open(struct strbuf *b, const char *key, char bracket)
{
	add_key(b, key);
	strbuf_addc(b, bracket);
}

void
json_close(struct strbuf *b, char bracket)
{
	strbuf_addc(b, bracket);
}

void
json_str(struct strbuf *b, const char *key, const char *value)
{
	add_key(b, key);
	strbuf_add_json(b, value);
}

void
json_int(struct strbuf *b, const char *key, int64_t value)
{
	add_key(b, key);
	strbuf_addf(b, "%" PRId64, value);
}

void
json_u64(struct strbuf *b, const char *key, uint64_t value)
{
	add_key(b, key);
	strbuf_addf(b, "%" PRIu64, value);
}

void
json_bool(struct strbuf *b, const char *key, bool value)
{
	add_key(b, key);
	strbuf_adds(b, value ? "true" : "false");
}

void
json_seconds(struct strbuf *b, const char *key, usec_t value)
{
	usec_t size = value < 0 ? -value : value;

	add_key(b, key);
	if (value == USEC_NEVER)
		strbuf_adds(b, "null");
	else
		strbuf_addf(b, "%s%" PRId64 ".%06" PRId64, value < 0 ? "-" : "",
			    size / USEC_PER_SEC, size % USEC_PER_SEC);
}
