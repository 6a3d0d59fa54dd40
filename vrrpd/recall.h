/*
 * recall.h - the state file as text: what a killed vrrpd leaves to the next one.  Pure.
 *
 *   vrrpd-state 1 boot=BOOT_ID
 *   NAME digest=16 hex digits state=MASTER|OTHER at=20 digits
 *
 * `at` is the last advert by CLOCK_BOOTTIME, in microseconds, and of fixed width: it is overwritten
 * in place.  Another boot or another configuration (the digest) makes a line worth nothing.
 */
#ifndef VRRPD_RECALL_H
#define VRRPD_RECALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/usec.h"

struct instance_conf;

#define RECALL_BOOT_MAX 64
#define RECALL_LINE_MAX 192
#define RECALL_AT_LEN   20

struct recall {
	uint64_t digest;
	bool master;
	usec_t at_sent;
};

/* Whatever makes it another virtual router, or another share in it. */
uint64_t recall_digest(const struct instance_conf *ic);

/* Both: the length, at most RECALL_LINE_MAX; *at: where the digits of `at` begin in the line. */
size_t recall_header(const char *boot, char buf[RECALL_LINE_MAX]);
size_t recall_line(const char *name, const struct recall *r, char buf[RECALL_LINE_MAX], size_t *at);
void recall_at(usec_t at_sent, char buf[RECALL_AT_LEN + 1]);

/* The last advert of that instance as master, in this boot and with this digest; false: none. */
bool recall_find(const char *text, size_t len, const char *boot, const char *name, uint64_t digest,
		 usec_t *at_sent);

#endif
