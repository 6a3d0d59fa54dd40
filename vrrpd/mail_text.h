/*
 * mail_text.h - one alert as a mail, headers and all.  Pure.
 *
 * Addresses were checked with the configuration; any other text may hold anything, and ends no
 * header: what is not printable becomes '?'.
 */
#ifndef VRRPD_MAIL_TEXT_H
#define VRRPD_MAIL_TEXT_H

#include <stdint.h>

#include "common/strbuf.h"
#include "vrrpd/tell_conf.h"

struct mail {
	const char *router;   /* router_id, or the host's name */
	const char *instance; /* or a group's name */
	bool of_group;
	const char *state;
	uint8_t priority; /* 0: a group has none */
	const char *reason;
	unsigned n_left_out; /* alerts before this one that were too many */
};

void mail_text(const struct tell_conf *tc, const struct mail *m, struct strbuf *b);

#endif
