/*
 * logline.c - HAProxy's tcplog and "Connect from" lines.
 */
#include "proxyd/logline.h"

#include <stdio.h>
#include <time.h>

static const struct {
	char who, when;
	bool is_error;
	const char *text;
} closes[] = {
#define X(id, who, when, is_error, text) [CONN_CLOSE_##id] = {who, when, is_error, text},
    CONN_CLOSE_TABLE(X)
#undef X
};

void
conn_close_code(enum conn_close reason, char out[3])
{
	out[0] = closes[reason].who;
	out[1] = closes[reason].when;
	out[2] = '\0';
}

bool
conn_close_is_error(enum conn_close reason)
{
	return closes[reason].is_error;
}

const char *
conn_close_text(enum conn_close reason)
{
	return closes[reason].text;
}

void
logline_date(usec_t wall, char out[LOGLINE_DATE_MAX])
{
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t sec = (time_t)(wall / USEC_PER_SEC);
	struct tm tm = {0};

	localtime_r(&sec, &tm);
	snprintf(out, LOGLINE_DATE_MAX, "%02d/%s/%04d:%02d:%02d:%02d.%03d", tm.tm_mday,
		 months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
		 (int)(wall % USEC_PER_SEC / USEC_PER_MS));
}

/* HAProxy's "addr:port": IPv6 without brackets, UNIX as "unix:1". */
static const char *
endpoint(const struct addr *a, char buf[ADDR_STRLEN + 8])
{
	char ip[ADDR_STRLEN];

	if (a == NULL || a->len == 0 || addr_family(a) == AF_UNIX)
		snprintf(buf, ADDR_STRLEN + 8, "unix:1");
	else
		snprintf(buf, ADDR_STRLEN + 8, "%s:%d", addr_format_ip(a, ip), addr_port(a));
	return buf;
}

static size_t
bounded(int n)
{
	if (n < 0)
		return 0;
	return n < LOGLINE_MAX ? (size_t)n : LOGLINE_MAX - 1;
}

size_t
logline_tcplog(const struct logline *l, char out[LOGLINE_MAX])
{
	char date[LOGLINE_DATE_MAX], client[ADDR_STRLEN + 8], code[3];

	logline_date(l->wall_accept, date);
	conn_close_code(l->reason, code);
	return bounded(snprintf(
	    out, LOGLINE_MAX, "%s [%s] %s %s/%s %lld/%lld/%lld %llu %s %u/%u/%u/%u/%s%u %u/%u",
	    endpoint(l->client, client), date, l->frontend, l->backend,
	    l->server ? l->server : "<NOSRV>", (long long)l->queue_ms, (long long)l->connect_ms,
	    (long long)l->total_ms, (unsigned long long)l->bytes_out, code, l->actconn, l->feconn,
	    l->beconn, l->srvconn, l->redispatched ? "+" : "", l->retries, l->srv_queue,
	    l->be_queue));
}

size_t
logline_connect(const struct logline *l, char out[LOGLINE_MAX])
{
	char client[ADDR_STRLEN + 8], local[ADDR_STRLEN + 8];

	return bounded(snprintf(out, LOGLINE_MAX, "Connect from %s to %s (%s/TCP)",
				endpoint(l->client, client), endpoint(l->local, local),
				l->frontend));
}

bool
logline_wanted(bool dontlognull, bool dontlog_normal, enum conn_close reason, uint64_t bytes_in,
	       uint64_t bytes_out, unsigned retries)
{
	bool client_left = reason == CONN_CLOSE_NORMAL || reason == CONN_CLOSE_CLIENT_ABORT ||
			   reason == CONN_CLOSE_CLIENT_ABORT_CONNECT ||
			   reason == CONN_CLOSE_CLIENT_ABORT_QUEUE;

	if (dontlognull && client_left && bytes_in == 0 && bytes_out == 0)
		return false;
	return !dontlog_normal || reason != CONN_CLOSE_NORMAL || retries > 0;
}
