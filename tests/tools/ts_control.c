/*
 * ts_control.c - tcpserver's counters and its control socket: one line in, one line out.
 */
#include "tcpserver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "measure.h"

#define LINE_MAX_LEN 256

struct asker {
	struct server *server;
	struct watch watch;
	char line[LINE_MAX_LEN];
	size_t len;
};

static void
add(struct counters *sum, const struct counters *c)
{
	sum->n_now += c->n_now;
	sum->n_total += c->n_total;
	sum->n_eof += c->n_eof;
	sum->n_reset += c->n_reset;
	sum->n_accept_errors += c->n_accept_errors;
	sum->bytes_in += c->bytes_in;
	sum->bytes_out += c->bytes_out;
	sum->integrity.n_checked += c->integrity.n_checked;
	sum->integrity.n_empty += c->integrity.n_empty;
	sum->integrity.n_bad_hello += c->integrity.n_bad_hello;
	sum->integrity.n_truncated += c->integrity.n_truncated;
	sum->integrity.differences += c->integrity.differences;
}

static void
print_counters(const struct counters *c, FILE *out)
{
	const struct integrity_counters *i = &c->integrity;
	const struct {
		const char *name;
		uint64_t value;
	} row[] = {
	    {"now", c->n_now},
	    {"total", c->n_total},
	    {"eof", c->n_eof},
	    {"reset", c->n_reset},
	    {"accept_errors", c->n_accept_errors},
	    {"bytes_in", c->bytes_in},
	    {"bytes_out", c->bytes_out},
	    {"checked", i->n_checked},
	    {"empty", i->n_empty},
	    {"bad_hello", i->n_bad_hello},
	    {"truncated", i->n_truncated},
	    {"differences", i->differences},
	};

	for (size_t k = 0; k < sizeof(row) / sizeof(row[0]); k++)
		fprintf(out, "%s\"%s\":%llu", k ? "," : "", row[k].name,
			(unsigned long long)row[k].value);
}

void
counters_print(const struct server *s, FILE *out)
{
	struct counters sum = {0};
	char at[ENDPOINT_STRLEN];

	for (size_t i = 0; i < s->n_listeners; i++)
		add(&sum, &s->listeners[i].counters);
	fputc('{', out);
	print_counters(&sum, out);
	fprintf(out, ",\"listeners\":[");
	for (size_t i = 0; i < s->n_listeners; i++) {
		const struct listener *ls = &s->listeners[i];

		fprintf(out, "%s{\"name\":", i ? "," : "");
		json_string(ls->name, out);
		fprintf(out, ",\"address\":");
		json_string(endpoint_text(&ls->at, at), out);
		fprintf(out, ",\"listening\":%s,", ls->watch.fd >= 0 ? "true" : "false");
		print_counters(&ls->counters, out);
		fputc('}', out);
	}
	fprintf(out, "]}\n");
}

static void
doom_all(struct listener *ls, enum doom doom)
{
	struct conn *c;

	LIST_FOREACH (c, &ls->conns, link)
		conn_doom(c, doom);
}

static void
zero(struct listener *ls)
{
	uint64_t now = ls->counters.n_now;

	ls->counters = (struct counters){.n_now = now};
}

/* One command on one listener; false with the reason. */
static bool
act(struct listener *ls, char **words, char *why, size_t len)
{
	int error = 0;
	bool was_off = ls->script.no_accept;

	if (strcmp(words[0], "close") == 0)
		doom_all(ls, DOOM_CLOSE);
	else if (strcmp(words[0], "rst") == 0)
		doom_all(ls, DOOM_RST);
	else if (strcmp(words[0], "reset") == 0)
		zero(ls);
	else if (strcmp(words[0], "stop") == 0)
		listener_stop(ls);
	else if (strcmp(words[0], "start") == 0)
		error = listener_start(ls);
	else if (strcmp(words[0], "set") == 0 && words[2]) {
		if (!script_set(&ls->script, words[2], words[3], why, len))
			return false;
		if (ls->script.no_accept != was_off && ls->watch.fd >= 0)
			loop_watch(&ls->server->loop, &ls->watch, ls->watch.fd,
				   ls->script.no_accept ? 0 : EPOLLIN);
	} else {
		snprintf(why, len, "show|reset|close|rst|stop|start [NAME], set NAME OPTION VALUE");
		return false;
	}
	if (error < 0)
		snprintf(why, len, "%s: %s", ls->name, strerror(-error));
	return error >= 0;
}

static void
perform(struct server *s, char *line, FILE *out)
{
	char *words[5] = {NULL}, *save = NULL, why[128] = "no such listener";
	int n_words = 0, n_done = 0;
	bool all;

	for (char *w = strtok_r(line, " \r\n", &save); w && n_words < 4;
	     w = strtok_r(NULL, " \r\n", &save))
		words[n_words++] = w;
	if (!words[0] || strcmp(words[0], "show") == 0) {
		counters_print(s, out);
		return;
	}
	all = !words[1] || strcmp(words[1], "*") == 0;
	for (size_t i = 0; i < s->n_listeners; i++) {
		struct listener *ls = &s->listeners[i];

		if (!all && strcmp(ls->name, words[1]) != 0)
			continue;
		if (!act(ls, words, why, sizeof(why))) {
			fprintf(out, "error: %s\n", why);
			return;
		}
		n_done++;
	}
	if (n_done)
		fprintf(out, "ok %d\n", n_done);
	else
		fprintf(out, "error: %s\n", why);
}

static void
asker_answer(struct asker *a)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	ssize_t n;

	if (!out)
		return;
	perform(a->server, a->line, out);
	fclose(out);
	/* A few listeners fit the socket's buffer; thousands would be cut, and the asker sees it.
	 */
	n = send(a->watch.fd, text, len, MSG_NOSIGNAL);
	if (n != (ssize_t)len)
		fprintf(stderr, "tcpserver: control answer cut\n");
	free(text);
}

static void
on_asker(struct watch *w, uint32_t events)
{
	struct asker *a = container_of(w, struct asker, watch);
	ssize_t n = recv(w->fd, a->line + a->len, sizeof(a->line) - 1 - a->len, 0);
	int fd = w->fd;

	(void)events;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0)
		a->len += (size_t)n;
	a->line[a->len] = '\0';
	if (n > 0 && !strchr(a->line, '\n') && a->len < sizeof(a->line) - 1)
		return;
	if (a->len)
		asker_answer(a);
	loop_unwatch(&a->server->loop, w);
	close(fd);
	free(a);
}

static void
on_control(struct watch *w, uint32_t events)
{
	struct server *s = container_of(w, struct server, control);
	int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct asker *a;

	(void)events;
	if (fd < 0)
		return;
	a = must_alloc(1, sizeof(*a));
	a->server = s;
	a->watch = (struct watch){.fd = -1, .on_ready = on_asker};
	loop_watch(&s->loop, &a->watch, fd, EPOLLIN);
}

void
control_start(struct server *s)
{
	struct endpoint at = {0};
	int fd;

	s->control = (struct watch){.fd = -1, .on_ready = on_control};
	if (!s->control_path)
		return;
	if (*s->control_path != '/')
		die("--control: an absolute path is wanted, not '%s'", s->control_path);
	endpoint_parse(s->control_path, &at);
	fd = sock_listen(&at, 16);
	if (fd < 0)
		die("%s: %s", s->control_path, strerror(-fd));
	loop_watch(&s->loop, &s->control, fd, EPOLLIN);
}

void
control_stop(struct server *s)
{
	if (s->control.fd < 0)
		return;
	close(s->control.fd);
	unlink(s->control_path);
}
