/*
 * server_report.c - the words of server state changes; scripts that watch HAProxy's log read them.
 *
 * Called by server_state.c after the change, so that the counts in the lines are the new ones.
 */
#include "proxyd/server_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "proxyd/snapshot.h"

#define ADMIN_ANY_MAINT (ADMIN_MAINT | ADMIN_CONF)

void
report_add(struct report *out, int level, const char *fmt, ...)
{
	va_list ap;

	if (out->n_lines == REPORT_LINES_MAX)
		return;
	out->lines[out->n_lines].level = level;
	va_start(ap, fmt);
	vsnprintf(out->lines[out->n_lines].text, REPORT_TEXT_MAX, fmt, ap);
	va_end(ap);
	out->n_lines++;
}

static const char *
role(const struct server_view *sv, bool capital)
{
	if (sv->conf->backup)
		return capital ? "Backup Server" : "backup server";
	return capital ? "Server" : "server";
}

#define REASON_LEN 320

/* ", reason: Layer4 timeout, info: "...", check duration: 12ms" */
static const char *
reason(const struct server *s, char buf[REASON_LEN])
{
	const struct check_result *r = &s->health.last;
	int n = snprintf(buf, REASON_LEN, ", reason: %s", check_status_text(r->status));

	if (r->code >= 0)
		n += snprintf(buf + n, REASON_LEN - (size_t)n, ", code: %d", r->code);
	if (r->info[0] != '\0')
		n += snprintf(buf + n, REASON_LEN - (size_t)n, ", info: \"%s\"", r->info);
	snprintf(buf + n, REASON_LEN - (size_t)n, ", check duration: %lldms",
		 (long long)(r->duration / USEC_PER_MS));
	return buf;
}

#define TAIL_LEN 160

static const char *
tail_down(const struct backend_view *bv, const struct server *s, char buf[TAIL_LEN])
{
	unsigned act, bck;

	backend_count(bv, &act, &bck);
	snprintf(buf, TAIL_LEN,
		 "%u active and %u backup servers left.%s %u sessions active, 0 requeued, "
		 "%u remaining in queue.",
		 act, bck, act == 0 && bck > 0 ? " Running on backup." : "", atomic_load(&s->n_cur),
		 atomic_load(&bv->backend->n_queued));
	return buf;
}

static const char *
tail_up(const struct backend_view *bv, char buf[TAIL_LEN])
{
	unsigned act, bck;

	backend_count(bv, &act, &bck);
	snprintf(buf, TAIL_LEN,
		 "%u active and %u backup servers online.%s 0 sessions requeued, "
		 "%u total in queue.",
		 act, bck, act == 0 && bck > 0 ? " Running on backup." : "",
		 atomic_load(&bv->backend->n_queued));
	return buf;
}

/* The reason is left out when a health check line has just given it. */
static const char *
why(const struct backend_view *bv, const struct server *s, enum report_cause cause,
    char buf[REASON_LEN])
{
	if (cause == CAUSE_CLI)
		return ", changed from CLI";
	return bv->conf->px.option_log_health_checks ? "" : reason(s, buf);
}

void
report_went_down(struct report *out, const struct backend_view *bv, const struct server_view *sv,
		 enum report_cause cause)
{
	char w[REASON_LEN], t[TAIL_LEN];
	int level = sv->server->admin & ADMIN_DRAIN ? LOG_NOTICE : LOG_ALERT;

	report_add(out, level, "%s %s/%s is DOWN%s. %s", role(sv, true), bv->conf->name,
		   sv->conf->name, why(bv, sv->server, cause, w), tail_down(bv, sv->server, t));
}

void
report_went_up(struct report *out, const struct backend_view *bv, const struct server_view *sv,
	       enum report_cause cause)
{
	char w[REASON_LEN], t[TAIL_LEN];

	report_add(out, LOG_NOTICE, "%s %s/%s is UP%s. %s", role(sv, true), bv->conf->name,
		   sv->conf->name, why(bv, sv->server, cause, w), tail_up(bv, t));
}

static const char *
check_verdict(const struct server *s)
{
	if (!health_is_up(&s->health))
		return "DOWN";
	return s->weight == 0 || (s->admin & ADMIN_DRAIN) ? "DRAIN" : "UP";
}

void
report_check(struct report *out, const struct backend_view *bv, const struct server_view *sv)
{
	const struct server *s = sv->server;
	bool ok = check_status_passed(s->health.last.status);
	char w[REASON_LEN];
	int done, of;

	health_fraction(&s->health, &done, &of);
	report_add(out, LOG_NOTICE, "Health check for %s %s/%s %s%s, status: %d/%d %s.",
		   role(sv, false), bv->conf->name, sv->conf->name, ok ? "succeeded" : "failed",
		   reason(s, w), done, of, check_verdict(s));
}

static void
report_maint(struct report *out, const struct backend_view *bv, const struct server_view *sv,
	     bool was_up)
{
	char t[TAIL_LEN];

	if (was_up)
		report_add(out, LOG_ALERT, "%s %s/%s is going DOWN for maintenance. %s",
			   role(sv, true), bv->conf->name, sv->conf->name,
			   tail_down(bv, sv->server, t));
	else
		report_add(out, LOG_NOTICE, "%s %s/%s was DOWN and now enters maintenance.",
			   role(sv, true), bv->conf->name, sv->conf->name);
}

void
report_admin(struct report *out, const struct backend_view *bv, const struct server_view *sv,
	     unsigned old_admin, bool was_up)
{
	unsigned admin = sv->server->admin;
	const char *updown = server_is_up(sv->server) ? "UP" : "DOWN";
	char t[TAIL_LEN];

	if (admin == old_admin)
		return;
	if (admin & ADMIN_ANY_MAINT) {
		if ((old_admin & ADMIN_ANY_MAINT) == 0)
			report_maint(out, bv, sv, was_up);
	} else if (old_admin & ADMIN_ANY_MAINT) {
		report_add(out, LOG_NOTICE, "%s %s/%s is %s/%s (leaving forced maintenance).",
			   role(sv, true), bv->conf->name, sv->conf->name, updown,
			   admin & ADMIN_DRAIN ? "DRAIN" : "READY");
	} else if (admin & ADMIN_DRAIN) {
		report_add(out, LOG_NOTICE, "%s %s/%s enters drain state. %s", role(sv, true),
			   bv->conf->name, sv->conf->name, tail_up(bv, t));
	} else {
		report_add(out, LOG_NOTICE, "%s %s/%s is %s (leaving forced drain).",
			   role(sv, true), bv->conf->name, sv->conf->name, updown);
	}
}
