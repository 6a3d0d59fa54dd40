/*
 * show.h - what is asked once for one answer that shows many things.
 */
#ifndef VRRPD_SHOW_H
#define VRRPD_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/strbuf.h"
#include "common/usec.h"

#define SHOW_TIME_MAX 48

struct nl;
struct nl_address;
struct record;

struct show {
	usec_t now;                   /* clock_boot() */
	struct nl_address *addresses; /* as the kernel has them now */
	size_t n_addresses;
	bool addresses_known; /* the kernel answered */
};

void show_open(struct show *s, struct nl *nl);
void show_close(struct show *s);
bool show_has_address(const struct show *s, int ifindex, const struct addr *a);

/* "2026-11-23 17:20:01.123" in local time; with zone: "2026-11-23T17:20:01.123+0100" */
const char *show_time(int64_t wall, bool with_zone, char text[SHOW_TIME_MAX]);
/* A record's transitions, the oldest first; as lines, and as elements of an array. */
void history_text(const struct record *r, struct strbuf *b);
void history_json(const struct record *r, struct strbuf *b);
/* "1.234 s", "0.4 ms" */
void show_duration(struct strbuf *b, usec_t t);

#endif
