/*
 * stats_html.c - the status page: one complete document, nothing fetched from elsewhere.
 *
 * The host's name and the uptime stand on top: one sees at once who holds the address.  Monitoring
 * templates made for HAProxy's page look for "HAProxy version X," and "uptime = </b> ..<br>".
 */
#include "proxyd/stats_html.h"

#include <inttypes.h>
#include <stdio.h>

static const char style[] =
    ":root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--fg:#1d232b;--dim:#6b7683;"
    "--line:#dfe3e8;--up:#1a7f4b;--moving:#b26a00;--down:#c62828;--maint:#6a5a9c;"
    "--drain:#2563a8;--nocheck:#5b6672}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#14181d;--card:#1c2229;--fg:#e3e7ec;"
    "--dim:#93a0ae;--line:#2f3842;--up:#4cc38a;--moving:#f0a63a;--down:#ff7b72;--maint:#b4a3ec;"
    "--drain:#79b8ff;--nocheck:#a3afbb}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;padding:1.2rem;background:var(--bg);color:var(--fg);"
    "font:14px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\n"
    "header{display:flex;flex-wrap:wrap;gap:.4rem 2rem;align-items:baseline;margin:0 0 1rem}\n"
    "h1{font-size:1.7rem;margin:0}h2{font-size:1.05rem;margin:0 0 .5rem}\n"
    "small,.dim,header p{color:var(--dim)}small{font-weight:400}header p{margin:0}\n"
    "dl{display:flex;flex-wrap:wrap;gap:.6rem;margin:0 0 1rem}\n"
    "dl div{background:var(--card);border:1px solid var(--line);border-radius:8px;"
    "padding:.45rem .8rem;min-width:7rem}\n"
    "dt{font-size:.75rem;color:var(--dim)}dd{margin:0;font-size:1.1rem;"
    "font-variant-numeric:tabular-nums}\n"
    "section{background:var(--card);border:1px solid var(--line);border-radius:8px;"
    "padding:.8rem 1rem;margin:0 0 1rem;overflow-x:auto}\n"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.25rem .55rem;text-align:right;white-space:nowrap;"
    "border-bottom:1px solid var(--line)}\n"
    "thead th{font-weight:500;color:var(--dim);font-size:.78rem;text-align:center}\n"
    "tbody th,.state{text-align:left}tbody tr:last-child>*{border-bottom:0}\n"
    "tr.total>*{font-weight:600}tbody tr:hover{background:color-mix(in srgb,var(--fg) 5%,"
    "transparent)}\n"
    ".state span{display:inline-block;padding:0 .55rem;border-radius:1rem;color:#fff;"
    "font-weight:600;font-size:.8rem}\n"
    "@media(prefers-color-scheme:dark){.state span{color:#14181d}}\n"
    ".up{background:var(--up)}.moving{background:var(--moving)}.down{background:var(--down)}"
    ".maint{background:var(--maint)}.drain{background:var(--drain)}"
    ".nocheck{background:var(--nocheck)}\n"
    ".bad{color:var(--down);font-weight:600}.stopping{color:var(--down)}\n";

static void
add_head(struct strbuf *b, const struct stats_page *page)
{
	const struct stats_process *p = page->process;

	strbuf_adds(b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
	if (page->conf->refresh > 0)
		strbuf_addf(b, "<meta http-equiv=\"refresh\" content=\"%lld\">\n",
			    (long long)(page->conf->refresh / USEC_PER_SEC));
	strbuf_adds(b, "<title>proxyd on ");
	strbuf_add_html(b, p->node ? p->node : "?");
	strbuf_adds(b, "</title>\n<style>\n");
	strbuf_adds(b, style);
	strbuf_adds(b, "</style></head>\n<body>\n");
	if (!page->conf->hide_version) {
		strbuf_adds(b, "<!-- HAProxy version ");
		strbuf_add_html(b, p->version);
		strbuf_adds(b, ", page format -->\n");
	}
}

static void
add_title(struct strbuf *b, const struct stats_page *page)
{
	const struct stats_process *p = page->process;
	char uptime[48];

	stats_uptime(p->uptime, uptime, sizeof(uptime));
	strbuf_adds(b, "<header><h1>");
	strbuf_add_html(b, p->node ? p->node : "?");
	strbuf_addf(b, "</h1>\n<p><b>uptime = </b> %s<br></p>\n<p>proxyd", uptime);
	if (!page->conf->hide_version) {
		strbuf_addc(b, ' ');
		strbuf_add_html(b, p->version);
	}
	strbuf_addf(b, ", pid %d, %u workers, configuration %" PRIu64 "</p>\n", p->pid,
		    p->n_threads, p->generation);
	if (p->description != NULL) {
		strbuf_adds(b, "<p>");
		strbuf_add_html(b, p->description);
		strbuf_adds(b, "</p>\n");
	}
	if (page->date != NULL) {
		strbuf_adds(b, "<p>");
		strbuf_add_html(b, page->date);
		strbuf_adds(b, "</p>\n");
	}
	if (p->stopping)
		strbuf_adds(b, "<p class=\"stopping\"><b>stopping</b></p>\n");
	strbuf_adds(b, "</header>\n");
}

static void
add_fact(struct strbuf *b, const char *name, uint64_t value, uint64_t limit)
{
	strbuf_addf(b, "<div><dt>%s</dt><dd>%" PRIu64, name, value);
	if (limit > 0)
		strbuf_addf(b, " <small>of %" PRIu64 "</small>", limit);
	strbuf_adds(b, "</dd></div>\n");
}

static void
add_facts(struct strbuf *b, const struct stats_process *p)
{
	strbuf_adds(b, "<dl>\n");
	add_fact(b, "connections", p->curr_conns, p->maxconn);
	add_fact(b, "connections/s", p->conn_rate, 0);
	add_fact(b, "most per second", p->max_conn_rate, 0);
	add_fact(b, "since start", p->cum_conns, 0);
	strbuf_adds(b, "<div><dt>sent</dt><dd>");
	html_add_bytes(b, p->bytes_out);
	strbuf_adds(b, "</dd></div>\n<div><dt>sent/s</dt><dd>");
	html_add_bytes(b, p->bytes_out_rate);
	strbuf_adds(b, "</dd></div>\n");
	add_fact(b, "idle %", p->idle_pct, 0);
	strbuf_adds(b, "</dl>\n");
}

void
stats_render_html(struct strbuf *b, const struct stats_page *page)
{
	add_head(b, page);
	add_title(b, page);
	add_facts(b, page->process);
	html_add_tables(b, page->table);
	strbuf_adds(b, "</body></html>\n");
}
