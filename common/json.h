/*
 * json.h - JSON written into a strbuf; the commas come by themselves.
 *
 * key NULL: an element of an array.  Brackets are the caller's to balance.
 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "common/strbuf.h"
#include "common/usec.h"

void json_open(struct strbuf *b, const char *key, char bracket); /* '{' or '[' */
void json_close(struct strbuf *b, char bracket);                 /* '}' or ']' */
void json_str(struct strbuf *b, const char *key, const char *value);
void json_int(struct strbuf *b, const char *key, int64_t value);
void json_u64(struct strbuf *b, const char *key, uint64_t value);
void json_bool(struct strbuf *b, const char *key, bool value);
/* A time as seconds with six digits; USEC_NEVER: null. */
void json_seconds(struct strbuf *b, const char *key, usec_t value);

#endif
