/*
 * stats_html_rows.c - the status page's tables: one per frontend, one per backend with its servers.
 */
#include <inttypes.h>

#include "proxyd/stats_html.h"

static const char *const state_classes[] = {
    [STATE_UP] = "up",       [STATE_TRANSITION] = "moving", [STATE_DOWN] = "down",
    [STATE_MAINT] = "maint", [STATE_DRAIN] = "drain",       [STATE_NOCHECK] = "nocheck",
};

void
html_add_bytes(struct strbuf *b, uint64_t n)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
	uint64_t whole = n, rest = 0;
	size_t u = 0;

	while (whole >= 1000 && u + 1 < sizeof(units) / sizeof(units[0])) {
		rest = whole % 1000;
		whole /= 1000;
		u++;
	}
	if (u > 0 && whole < 100)
		strbuf_addf(b, "%" PRIu64 ".%" PRIu64 " %s", whole, rest / 100, units[u]);
	else
		strbuf_addf(b, "%" PRIu64 " %s", whole, units[u]);
}

void
html_add_duration(struct strbuf *b, uint64_t s)
{
	if (s < 60)
		strbuf_addf(b, "%" PRIu64 "s", s);
	else if (s < 3600)
		strbuf_addf(b, "%" PRIu64 "m %" PRIu64 "s", s / 60, s % 60);
	else if (s < 86400)
		strbuf_addf(b, "%" PRIu64 "h %" PRIu64 "m", s / 3600, s / 60 % 60);
	else
		strbuf_addf(b, "%" PRIu64 "d %" PRIu64 "h", s / 86400, s / 3600 % 24);
}

static void
add_number(struct strbuf *b, uint64_t n)
{
	strbuf_addf(b, "<td>%" PRIu64 "</td>", n);
}

/* Errors stand out only when there are any. */
static void
add_errors(struct strbuf *b, uint64_t n)
{
	strbuf_addf(b, n > 0 ? "<td class=\"bad\">%" PRIu64 "</td>" : "<td>%" PRIu64 "</td>", n);
}

static void
add_bytes_cell(struct strbuf *b, uint64_t n)
{
	strbuf_addf(b, "<td title=\"%" PRIu64 " bytes\">", n);
	html_add_bytes(b, n);
	strbuf_adds(b, "</td>");
}

static void
add_limit(struct strbuf *b, uint64_t limit)
{
	if (limit > 0)
		add_number(b, limit);
	else
		strbuf_adds(b, "<td class=\"dim\">&ndash;</td>");
}

static void
add_state(struct strbuf *b, const struct stats_row *r)
{
	strbuf_addf(b, "<td class=\"state\"><span class=\"%s\">", state_classes[r->state]);
	strbuf_add_html(b, r->status);
	strbuf_adds(b, "</span></td>");
}

static void
add_sessions(struct strbuf *b, const struct stats_row *r)
{
	bool full = r->slim > 0 && r->type != STATS_BACKEND && r->scur >= r->slim;

	strbuf_addf(b, "<td%s>%" PRIu64 "</td>", full ? " class=\"bad\"" : "", r->scur);
	add_number(b, r->smax);
	add_limit(b, r->slim);
	add_number(b, r->stot);
	add_number(b, r->rate);
	add_number(b, r->rate_max);
	add_bytes_cell(b, r->bin);
	add_bytes_cell(b, r->bout);
}

static const char frontend_head[] =
    "<table><thead><tr><th rowspan=\"2\">Name</th><th rowspan=\"2\">State</th>"
    "<th colspan=\"4\">Sessions</th><th colspan=\"2\">Rate/s</th><th colspan=\"2\">Bytes</th>"
    "<th colspan=\"2\">Errors</th></tr><tr>"
    "<th>cur</th><th>max</th><th>limit</th><th>total</th><th>cur</th><th>max</th>"
    "<th>in</th><th>out</th><th>client</th><th>dropped</th></tr></thead><tbody>\n";

static void
add_frontend(struct strbuf *b, const struct stats_row *r)
{
	strbuf_adds(b, "<section><h2>");
	strbuf_add_html(b, r->pxname);
	strbuf_adds(b, " <small>frontend</small></h2>\n");
	strbuf_adds(b, frontend_head);
	strbuf_adds(b, "<tr class=\"total\"><th>Frontend</th>");
	add_state(b, r);
	add_sessions(b, r);
	add_errors(b, r->ereq);
	add_errors(b, r->dcon);
	strbuf_adds(b, "</tr>\n</tbody></table></section>\n");
}

static const char backend_head[] =
    "<table><thead><tr><th rowspan=\"2\">Name</th><th rowspan=\"2\">State</th>"
    "<th rowspan=\"2\">Since</th><th colspan=\"4\">Sessions</th><th colspan=\"2\">Rate/s</th>"
    "<th colspan=\"2\">Bytes</th><th colspan=\"2\">Queue</th><th colspan=\"5\">Errors</th>"
    "<th colspan=\"2\">Role</th><th colspan=\"3\">Check</th><th rowspan=\"2\">Downtime</th></tr>"
    "<tr><th>cur</th><th>max</th><th>limit</th><th>total</th><th>cur</th><th>max</th>"
    "<th>in</th><th>out</th><th>cur</th><th>max</th><th>conn</th><th>resp</th><th>retries</th>"
    "<th>moved</th><th>aborts</th><th>use</th><th>weight</th><th>result</th><th>time</th>"
    "<th>failed</th></tr></thead><tbody>\n";

static void
add_backend_errors(struct strbuf *b, const struct stats_row *r)
{
	add_errors(b, r->econ);
	add_errors(b, r->eresp);
	add_number(b, r->wretr);
	add_number(b, r->wredis);
	add_number(b, r->cli_abrt + r->srv_abrt);
}

static void
add_check(struct strbuf *b, const struct stats_row *r)
{
	if (!r->has_check) {
		strbuf_adds(b, "<td colspan=\"3\" class=\"dim\">none</td>");
		return;
	}
	strbuf_adds(b, "<td class=\"check\" title=\"");
	strbuf_add_html(b, check_status_text(r->check_status));
	if (r->last_chk[0] != '\0') {
		strbuf_adds(b, ": ");
		strbuf_add_html(b, r->last_chk);
	}
	strbuf_addf(b, "\">%s", check_status_code(r->check_status));
	if (r->check_code >= 0)
		strbuf_addf(b, "/%d", r->check_code);
	strbuf_addf(b, "</td><td>%" PRIu64 " ms</td>", r->check_ms);
	add_errors(b, r->chkfail);
}

static void
add_server(struct strbuf *b, const struct stats_row *r)
{
	strbuf_adds(b, "<tr><th title=\"");
	strbuf_add_html(b, r->addr);
	strbuf_adds(b, "\">");
	strbuf_add_html(b, r->svname);
	strbuf_adds(b, "</th>");
	add_state(b, r);
	strbuf_adds(b, "<td>");
	html_add_duration(b, r->lastchg_s);
	strbuf_adds(b, "</td>");
	add_sessions(b, r);
	strbuf_adds(b, "<td class=\"dim\" colspan=\"2\">&ndash;</td>"); /* one queue per backend */
	add_backend_errors(b, r);
	strbuf_addf(b, "<td>%s</td>", r->bck ? "backup" : "active");
	strbuf_addf(b, "<td>%" PRIu64 "/%" PRIu64 "</td>", r->weight, r->uweight);
	add_check(b, r);
	strbuf_adds(b, "<td>");
	html_add_duration(b, r->downtime_s);
	strbuf_adds(b, "</td></tr>\n");
}

static void
add_backend_total(struct strbuf *b, const struct stats_row *r)
{
	strbuf_adds(b, "<tr class=\"total\"><th>Backend</th>");
	add_state(b, r);
	strbuf_adds(b, "<td>");
	html_add_duration(b, r->lastchg_s);
	strbuf_adds(b, "</td>");
	add_sessions(b, r);
	add_number(b, r->qcur);
	add_number(b, r->qmax);
	add_backend_errors(b, r);
	strbuf_addf(b, "<td>%" PRIu64 "+%" PRIu64 "</td>", r->act, r->bck);
	strbuf_addf(b, "<td>%" PRIu64 "/%" PRIu64 "</td>", r->weight, r->uweight);
	strbuf_addf(b, "<td colspan=\"2\"></td><td title=\"times down\">%" PRIu64 "</td><td>",
		    r->chkdown);
	html_add_duration(b, r->downtime_s);
	strbuf_adds(b, "</td></tr>\n</tbody></table></section>\n");
}

/* Rows from `i` up to and with the BACKEND row; returns the next index. */
static size_t
add_backend(struct strbuf *b, const struct stats_table *t, size_t i)
{
	size_t last = i;

	while (last < t->n_rows && t->rows[last].type != STATS_BACKEND)
		last++;
	strbuf_adds(b, "<section><h2>");
	strbuf_add_html(b, t->rows[i].pxname);
	strbuf_adds(b, " <small>backend");
	if (last < t->n_rows && t->rows[last].algo != NULL)
		strbuf_addf(b, ", %s", t->rows[last].algo);
	strbuf_adds(b, "</small></h2>\n");
	strbuf_adds(b, backend_head);
	for (; i < last; i++)
		add_server(b, &t->rows[i]);
	if (last < t->n_rows)
		add_backend_total(b, &t->rows[last]);
	return last + 1;
}

void
html_add_tables(struct strbuf *b, const struct stats_table *t)
{
	for (size_t i = 0; i < t->n_rows;) {
		if (t->rows[i].type == STATS_FRONTEND)
			add_frontend(b, &t->rows[i++]);
		else
			i = add_backend(b, t, i);
	}
}
