/*
 * server_report.h - the log lines of server state changes, in HAProxy's words (server.c, and
 * tests).
 */
#ifndef PROXYD_SERVER_REPORT_H
#define PROXYD_SERVER_REPORT_H

#include "proxyd/server.h"

void report_add(struct report *out, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* What made the server change, as the line words it. */
enum report_cause { CAUSE_CHECK, CAUSE_CLI };

/* "Server b/s is DOWN, reason: ... 0 active and 1 backup servers left. ..." */
void report_went_down(struct report *out, const struct backend_view *bv,
		      const struct server_view *sv, enum report_cause cause);
void report_went_up(struct report *out, const struct backend_view *bv, const struct server_view *sv,
		    enum report_cause cause);
/* "Health check for server b/s failed, reason: ..., status: 0/2 DOWN." */
void report_check(struct report *out, const struct backend_view *bv, const struct server_view *sv);
/* Administrative changes; `was_up` before the change, `old_admin` the bits before. */
void report_admin(struct report *out, const struct backend_view *bv, const struct server_view *sv,
		  unsigned old_admin, bool was_up);

#endif
