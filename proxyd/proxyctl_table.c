/*
 * proxyctl_table.c - what proxyctl makes of `show stat`: tables for people, JSON for programs.
 */
#include "proxyd/proxyctl_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_SERVER 2 /* column "type" */

/* Cut one field off *p: quotes undone in place. */
static char *
next_field(char **p)
{
	char *start = *p, *out = start, *in = start;

	if (*in == '"') {
		for (in++; *in != '\0' && !(in[0] == '"' && in[1] != '"'); in++) {
			if (*in == '"')
				in++;
			*out++ = *in;
		}
		in += *in == '"';
	} else {
		while (*in != '\0' && *in != ',')
			in++;
		out = in;
	}
	*p = *in == ',' ? in + 1 : in;
	*out = '\0';
	return start;
}

static int
count_fields(const char *line)
{
	int n = 0;

	for (; *line != '\0'; line++)
		n += *line == ',';
	return n;
}

static char **
parse_row(char *line, int n_columns)
{
	char **cells = calloc((size_t)n_columns + 1, sizeof(*cells));

	for (int i = 0; cells != NULL && i < n_columns; i++)
		cells[i] = next_field(&line);
	return cells;
}

int
ctl_table_parse(struct ctl_table *t, const char *csv, struct err *e)
{
	char *line, *next;

	memset(t, 0, sizeof(*t));
	if (strncmp(csv, "# ", 2) != 0)
		return err_set(e, "%.*s", (int)strcspn(csv, "\n"), csv);
	t->text = strdup(csv + 2);
	for (line = t->text; line != NULL && *line != '\0'; line = next) {
		char ***rows = realloc(t->rows, ((size_t)t->n_rows + 1) * sizeof(*rows));

		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (rows == NULL)
			abort();
		t->rows = rows;
		if (t->n_rows == 0)
			t->n_columns = count_fields(line);
		t->rows[t->n_rows++] = parse_row(line, t->n_columns);
	}
	return 0;
}

void
ctl_table_free(struct ctl_table *t)
{
	for (int i = 0; i < t->n_rows; i++)
		free(t->rows[i]);
	free(t->rows);
	free(t->text);
	memset(t, 0, sizeof(*t));
}

const char *
ctl_table_cell(const struct ctl_table *t, int row, const char *column)
{
	for (int i = 0; i < t->n_columns; i++) {
		if (strcmp(t->rows[0][i], column) == 0)
			return t->rows[row][i];
	}
	return "";
}

int64_t
ctl_table_number(const struct ctl_table *t, int row, const char *column)
{
	return strtoll(ctl_table_cell(t, row, column), NULL, 10);
}

static const char *
bytes_text(double n, char buf[24])
{
	static const char units[] = " kMGTP";
	int i = 0;

	for (; n >= 1000 && units[i + 1] != '\0'; i++)
		n /= 1000;
	if (i == 0)
		snprintf(buf, 24, "%.0f", n);
	else
		snprintf(buf, 24, "%.1f%c", n, units[i]);
	return buf;
}

static const char *
limit_text(const char *cell)
{
	return *cell == '\0' || strcmp(cell, "0") == 0 ? "-" : cell;
}

static const char *
age_text(int64_t s, char buf[24])
{
	if (s < 120)
		snprintf(buf, 24, "%llds", (long long)s);
	else if (s < 7200)
		snprintf(buf, 24, "%lldm", (long long)s / 60);
	else if (s < 172800)
		snprintf(buf, 24, "%lldh", (long long)s / 3600);
	else
		snprintf(buf, 24, "%lldd", (long long)s / 86400);
	return buf;
}

static void
add_server_line(const struct ctl_table *t, int i, struct strbuf *out)
{
	char name[160], in[24], sent[24], since[24];

	snprintf(name, sizeof(name), "%s/%s", ctl_table_cell(t, i, "pxname"),
		 ctl_table_cell(t, i, "svname"));
	strbuf_addf(out, "%-24s %-9s %-8s %-22s %6s %5s/%s %7s %8s %7s %7s %s%s%s\n", name,
		    ctl_table_cell(t, i, "status"),
		    age_text(ctl_table_number(t, i, "lastchg"), since),
		    ctl_table_cell(t, i, "addr"), ctl_table_cell(t, i, "weight"),
		    ctl_table_cell(t, i, "scur"), limit_text(ctl_table_cell(t, i, "slim")),
		    ctl_table_cell(t, i, "qcur"), ctl_table_cell(t, i, "stot"),
		    bytes_text((double)ctl_table_number(t, i, "bin"), in),
		    bytes_text((double)ctl_table_number(t, i, "bout"), sent),
		    ctl_table_cell(t, i, "check_status"),
		    *ctl_table_cell(t, i, "last_chk") != '\0' ? ": " : "",
		    ctl_table_cell(t, i, "last_chk"));
}

void
ctl_table_servers(const struct ctl_table *t, struct strbuf *out)
{
	strbuf_addf(out, "%-24s %-9s %-8s %-22s %6s %9s %5s %8s %7s %7s %s\n", "server", "status",
		    "since", "address", "weight", "cur/max", "queue", "sessions", "in", "out",
		    "check");
	for (int i = 1; i < t->n_rows; i++) {
		if (ctl_table_number(t, i, "type") == TYPE_SERVER)
			add_server_line(t, i, out);
	}
}

static const char *
status_colour(const char *status)
{
	if (strncmp(status, "UP", 2) == 0 || strcmp(status, "OPEN") == 0)
		return "\033[32m";
	if (strncmp(status, "DOWN", 4) == 0)
		return "\033[31m";
	return strcmp(status, "no check") == 0 ? "" : "\033[33m";
}

/* The same proxy and server in an earlier table, or 0. */
static int
same_row(const struct ctl_table *t, int row, const struct ctl_table *before)
{
	for (int i = 1; before != NULL && i < before->n_rows; i++) {
		if (strcmp(before->rows[i][0], t->rows[row][0]) == 0 &&
		    strcmp(before->rows[i][1], t->rows[row][1]) == 0)
			return i;
	}
	return 0;
}

static double
per_second(const struct ctl_table *t, int row, const struct ctl_table *before, double seconds,
	   const char *column)
{
	int was = same_row(t, row, before);
	int64_t n =
	    was > 0 ? ctl_table_number(t, row, column) - ctl_table_number(before, was, column) : 0;

	return seconds > 0 && n > 0 ? (double)n / seconds : 0;
}

void
ctl_table_top(const struct ctl_table *t, const struct ctl_table *before, double seconds,
	      bool colour, struct strbuf *out)
{
	strbuf_addf(out, "%-26s %-9s %6s %6s %6s %5s %7s %8s %8s %6s %6s\n", "", "status", "cur",
		    "max", "limit", "queue", "conn/s", "in/s", "out/s", "econ", "retry");
	for (int i = 1; i < t->n_rows; i++) {
		const char *status = ctl_table_cell(t, i, "status");
		bool server = ctl_table_number(t, i, "type") == TYPE_SERVER;
		char name[160], in[24], sent[24];

		snprintf(name, sizeof(name), "%s%s%s%s", server ? "  " : "",
			 ctl_table_cell(t, i, "pxname"), server ? "/" : " ",
			 ctl_table_cell(t, i, "svname"));
		strbuf_addf(out, "%-26.26s %s%-9s%s %6s %6s %6s %5s %7s %8s %8s %6s %6s\n", name,
			    colour ? status_colour(status) : "", status, colour ? "\033[0m" : "",
			    ctl_table_cell(t, i, "scur"), ctl_table_cell(t, i, "smax"),
			    limit_text(ctl_table_cell(t, i, "slim")), ctl_table_cell(t, i, "qcur"),
			    ctl_table_cell(t, i, "rate"),
			    bytes_text(per_second(t, i, before, seconds, "bin"), in),
			    bytes_text(per_second(t, i, before, seconds, "bout"), sent),
			    ctl_table_cell(t, i, "econ"), ctl_table_cell(t, i, "wretr"));
	}
}

static bool
is_number(const char *s)
{
	size_t n = strspn(s + (*s == '-'), "0123456789");

	return n > 0 && n < 19 && s[(*s == '-') + n] == '\0' && (n == 1 || s[*s == '-'] != '0');
}

static void
add_json_row(const struct ctl_table *t, int row, struct strbuf *out)
{
	const char *comma = "";

	strbuf_addc(out, '{');
	for (int i = 0; i < t->n_columns; i++) {
		const char *cell = t->rows[row][i];

		if (*cell == '\0')
			continue;
		strbuf_adds(out, comma);
		strbuf_add_json(out, t->rows[0][i]);
		strbuf_addc(out, ':');
		if (i > 1 && is_number(cell)) /* names stay text */
			strbuf_adds(out, cell);
		else
			strbuf_add_json(out, cell);
		comma = ",";
	}
	strbuf_addc(out, '}');
}

void
ctl_table_json(const struct ctl_table *t, bool servers_only, struct strbuf *out)
{
	const char *comma = "";

	strbuf_addc(out, '[');
	for (int i = 1; i < t->n_rows; i++) {
		if (servers_only && ctl_table_number(t, i, "type") != TYPE_SERVER)
			continue;
		strbuf_addf(out, "%s\n ", comma);
		add_json_row(t, i, out);
		comma = ",";
	}
	strbuf_adds(out, "\n]\n");
}
