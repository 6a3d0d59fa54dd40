/*
 * ts_script.c - the options of a listener's script, from the command line or the control socket.
 */
#include "tcpserver.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_MS, KIND_BYTES, KIND_COUNT, KIND_FLAG, KIND_MODE, KIND_EOF };

struct option_row {
	const char *name;
	enum kind kind;
	size_t offset;
};

#define ROW(name, kind, field)                                                                     \
	{                                                                                          \
		name, kind, offsetof(struct script, field)                                         \
	}
static const struct option_row rows[] = {
    ROW("mode", KIND_MODE, mode),
    ROW("delay-accept", KIND_MS, delay_accept),
    ROW("delay-answer", KIND_MS, delay_answer),
    ROW("close-after", KIND_BYTES, close_after),
    ROW("shut-after", KIND_BYTES, shut_after),
    ROW("bytes", KIND_BYTES, source_bytes),
    ROW("read-rate", KIND_BYTES, read_rate),
    ROW("on-eof", KIND_EOF, on_eof),
    ROW("rcvbuf", KIND_BYTES, rcvbuf),
    ROW("sndbuf", KIND_BYTES, sndbuf),
    ROW("backlog", KIND_COUNT, backlog),
    ROW("rst", KIND_FLAG, rst),
    ROW("no-accept", KIND_FLAG, no_accept),
    ROW("corrupt-one", KIND_FLAG, corrupt_one),
};

static const char *const mode_names[] = {"echo", "greet", "sink", "source", "stuck", "integrity"};

void
script_init(struct script *s)
{
	*s = (struct script){.close_after = -1, .shut_after = -1, .backlog = 4096};
}

static const struct option_row *
find_row(const char *option)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, option) == 0)
			return &rows[i];
	}
	return NULL;
}

static bool
find_mode(const char *text, int64_t *mode)
{
	for (size_t i = 0; i < sizeof(mode_names) / sizeof(mode_names[0]); i++) {
		if (strcmp(mode_names[i], text) == 0) {
			*mode = (int64_t)i;
			return true;
		}
	}
	return false;
}

static bool
set_eof(struct script *s, const char *text)
{
	if (strcmp(text, "close") == 0)
		s->on_eof = EOF_CLOSE;
	else if (strcmp(text, "hold") == 0)
		s->on_eof = EOF_HOLD;
	else if (strncmp(text, "send=", 5) == 0 && scan_bytes(text + 5, &s->eof_bytes))
		s->on_eof = EOF_SEND;
	else
		return false;
	return true;
}

static bool
set_flag(const char *value, int64_t *field)
{
	*field = !value || strcmp(value, "off") != 0;
	return !value || strcmp(value, "on") == 0 || strcmp(value, "off") == 0;
}

bool
script_takes_value(const char *option)
{
	const struct option_row *row = find_row(option);

	return row && row->kind != KIND_FLAG;
}

bool
script_set(struct script *s, const char *option, const char *value, char *why, size_t len)
{
	const struct option_row *row = find_row(option);
	int64_t *field = row ? (int64_t *)(void *)((char *)s + row->offset) : NULL;
	bool off = value && strcmp(value, "off") == 0;
	bool good = false;

	if (!row) {
		snprintf(why, len, "unknown option '%s'", option);
		return false;
	}
	if (!value && row->kind != KIND_FLAG)
		value = "";
	if (row->kind == KIND_FLAG)
		good = set_flag(value, field);
	else if (row->kind == KIND_MODE)
		good = find_mode(value, field);
	else if (row->kind == KIND_EOF)
		good = set_eof(s, value);
	else if (off && (field == &s->close_after || field == &s->shut_after))
		good = (*field = -1, true);
	else
		good = scan_bytes(value, field);
	if (!good)
		snprintf(why, len, "%s: '%s' is not understood", option, value);
	return good;
}
