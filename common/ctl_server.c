/*
 * ctl_server.c - control connections: read lines, run their commands, frame the answers.
 *
 * advance() is the one place that moves a connection on; every libevent callback ends in it or in
 * conn_free().  It runs one command at a time and stops while OUTPUT_HIGH bytes wait for the
 * client, so that neither a line of a thousand commands nor a client that does not read takes
 * more memory than one answer beyond that.  Everything runs in the thread of the event base.
 */
#include "common/ctl_server.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "common/keytab.h"

#define OUTPUT_HIGH     ((size_t)256 * 1024)
#define MAX_CONNS       10
#define TIMEOUT_S       10
#define TIMEOUT_MAX_S   INT64_C(2592000) /* 30 days */
#define ACCEPT_BATCH    16
#define ACCEPT_PAUSE_US 100000 /* out of descriptors */

struct conn {
	TAILQ_ENTRY(conn) entry;
	struct ctl_server *server;
	struct bufferevent *bev;
	enum ctl_level level;
	char *line;   /* the line whose commands are being run; NULL: none */
	char *cursor; /* its next command */
	bool prompt;
	bool answered; /* a line was run: without prompt mode the connection ends */
	bool eof;      /* the client has said all it will */
	bool closing;  /* only what waits in the output goes out */
	bool busy;     /* inside advance(): callbacks must not enter it again */
	struct strbuf reply;
};

struct ctl_server {
	struct event_base *base;
	struct ctl_server_conf conf;
	struct event *accept_event;
	struct event *pause_event;
	TAILQ_HEAD(, conn) conns;
	int n_conns;
};

static const struct ctl_command no_commands[] = {{0}};

static void
conn_free(struct conn *c)
{
	TAILQ_REMOVE(&c->server->conns, c, entry);
	c->server->n_conns--;
	bufferevent_free(c->bev);
	strbuf_free(&c->reply);
	free(c->line);
	free(c);
}

static size_t
output_len(const struct conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

/* The frame: text with exactly one newline at its end, an empty line, the prompt. */
static void
send_reply(struct conn *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	size_t len = c->reply.len;

	if (c->reply.failed) {
		strbuf_clear(&c->reply);
		evbuffer_add(out, "Out of memory.\n", 15);
		len = 0;
	}
	while (len > 0 && c->reply.s[len - 1] == '\n')
		len--;
	if (len > 0) {
		evbuffer_add(out, c->reply.s, len);
		evbuffer_add(out, "\n", 1);
	}
	evbuffer_add(out, "\n", 1);
	if (c->prompt)
		evbuffer_add(out, "> ", 2);
	if (c->reply.cap > OUTPUT_HIGH) /* a big answer's memory is not kept */
		strbuf_free(&c->reply);
}

static void
set_timeout(struct conn *c, int64_t seconds)
{
	const struct timeval tv = {.tv_sec = (time_t)seconds};

	bufferevent_set_timeouts(c->bev, &tv, &tv);
}

static void
run_set_timeout(struct conn *c, const struct ctl_words *w)
{
	int64_t seconds;
	struct err e;

	if (w->n_words < 4 || parse_int(w->words[3], 1, TIMEOUT_MAX_S, &seconds, &e) < 0)
		strbuf_adds(&c->reply, "Expects an integer value.");
	else
		set_timeout(c, seconds);
}

static void
lower_level(struct conn *c, enum ctl_level level)
{
	if (level > c->level)
		strbuf_adds(&c->reply, "Permission denied");
	else
		c->level = level;
}

/* The commands that concern the connection itself; false when it is none of them. */
static bool
run_own(struct conn *c, const struct ctl_words *w)
{
	const struct ctl_command *table = c->server->conf.commands;

	if (ctl_words_match(w, "set timeout cli"))
		run_set_timeout(c, w);
	else if (ctl_words_match(w, "help"))
		ctl_table_help(table, c->level, w, &c->reply);
	else if (w->n_words == 1 && ctl_words_match(w, "prompt"))
		c->prompt = !c->prompt;
	else if (w->n_words == 1 && ctl_words_match(w, "operator"))
		lower_level(c, CTL_OPERATOR);
	else if (w->n_words == 1 && ctl_words_match(w, "user"))
		lower_level(c, CTL_USER);
	else
		return false;
	return true;
}

static void
run_command(struct conn *c, const struct ctl_words *w)
{
	const struct ctl_server_conf *conf = &c->server->conf;
	const struct ctl_command *row;

	if (run_own(c, w))
		return;
	row = ctl_table_find(conf->commands, w);
	if (row && row->level > c->level) {
		strbuf_adds(&c->reply, "Permission denied");
		return;
	}
	if (!row && c->level < CTL_ADMIN) {
		ctl_table_unknown(conf->commands, c->level, w, &c->reply);
		return;
	}
	if (conf->handler(w, c->level, &c->reply, conf->arg) < 0) {
		strbuf_clear(&c->reply);
		ctl_table_unknown(conf->commands, c->level, w, &c->reply);
	}
}

/* Run the next command of the line; false when the line is done. */
static bool
step_line(struct conn *c)
{
	struct ctl_words w;
	struct err e;
	int n = ctl_line_next(&c->cursor, &w, &e);

	if (n == 0)
		return false;
	c->answered = true;
	strbuf_clear(&c->reply);
	if (n > 0 && w.n_words == 1 && ctl_words_match(&w, "quit")) {
		c->closing = true;
		return false;
	}
	if (n > 0)
		run_command(c, &w);
	else
		strbuf_adds(&c->reply, e.text);
	send_reply(c);
	return true;
}

/* Take the next whole line off the input; false when there is none, or nothing sane. */
static bool
take_line(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t len;

	c->line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);
	if (!c->line) {
		c->closing = evbuffer_get_length(in) > CTL_LINE_MAX;
		return false;
	}
	if (len > CTL_LINE_MAX || strlen(c->line) != len) { /* or with a NUL inside */
		c->closing = true;
		return false;
	}
	c->cursor = c->line;
	/* somebody pressed return: the prompt again */
	if (c->prompt && c->line[strspn(c->line, " \t\r")] == '\0') {
		strbuf_clear(&c->reply);
		send_reply(c);
	}
	return true;
}

static void
drop_line(struct conn *c)
{
	free(c->line);
	c->line = NULL;
	c->cursor = NULL;
}

/* Run what was read as far as the output takes it.  May free the connection: call it last. */
static void
advance(struct conn *c)
{
	if (c->busy)
		return;
	c->busy = true;
	while (!c->closing && output_len(c) < OUTPUT_HIGH) {
		if (!c->line && !take_line(c)) {
			if (c->eof || (c->answered && !c->prompt))
				c->closing = true;
			break;
		}
		if (!step_line(c))
			drop_line(c);
	}
	c->busy = false;
	if (!c->closing)
		return;
	bufferevent_disable(c->bev, EV_READ);
	if (output_len(c) == 0)
		conn_free(c);
}

static void
on_read_or_written(struct bufferevent *bev, void *arg)
{
	(void)bev;
	advance(arg);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	if ((what & BEV_EVENT_TIMEOUT) && (what & BEV_EVENT_READING) && output_len(c) > 0) {
		bufferevent_enable(bev, EV_READ); /* it reads its answer; the write timeout rules */
		return;
	}
	if (what & (BEV_EVENT_TIMEOUT | BEV_EVENT_ERROR)) {
		conn_free(c);
		return;
	}
	if (what & BEV_EVENT_EOF) {
		c->eof = true;
		advance(c);
	}
}

static void
conn_new(struct ctl_server *s, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c) {
		close(fd);
		return;
	}
	c->server = s;
	c->level = s->conf.level;
	c->bev = bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c->bev) {
		close(fd);
		free(c);
		return;
	}
	strbuf_init(&c->reply);
	TAILQ_INSERT_TAIL(&s->conns, c, entry);
	s->n_conns++;
	bufferevent_setcb(c->bev, on_read_or_written, on_read_or_written, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, CTL_LINE_MAX + 2);
	set_timeout(c, TIMEOUT_S);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

static void
on_accept(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval pause = {.tv_usec = ACCEPT_PAUSE_US};
	struct ctl_server *s = arg;

	(void)what;
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		int conn_fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (conn_fd >= 0 && s->n_conns < s->conf.max_conns) {
			conn_new(s, conn_fd);
		} else if (conn_fd >= 0) {
			close(conn_fd);
		} else if (errno != EINTR && errno != ECONNABORTED) {
			if (errno == EAGAIN || errno == EWOULDBLOCK)
				return;
			event_del(s->accept_event);
			evtimer_add(s->pause_event, &pause);
			return;
		}
	}
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct ctl_server *s = arg;

	(void)fd;
	(void)what;
	event_add(s->accept_event, NULL);
}

/* A client that closes early must not kill us; a disposition that somebody chose stays. */
static void
ignore_sigpipe(void)
{
	struct sigaction sa;

	if (sigaction(SIGPIPE, NULL, &sa) == 0 && sa.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
}

struct ctl_server *
ctl_server_new(struct event_base *base, const struct ctl_server_conf *conf)
{
	struct ctl_server *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->base = base;
	s->conf = *conf;
	TAILQ_INIT(&s->conns);
	if (s->conf.max_conns <= 0)
		s->conf.max_conns = MAX_CONNS;
	if (!s->conf.commands)
		s->conf.commands = no_commands;
	s->accept_event = event_new(base, conf->fd, EV_READ | EV_PERSIST, on_accept, s);
	s->pause_event = evtimer_new(base, on_pause_over, s);
	if (!s->accept_event || !s->pause_event || event_add(s->accept_event, NULL) < 0) {
		s->conf.fd = -1; /* the caller's still */
		ctl_server_free(&s);
		return NULL;
	}
	ignore_sigpipe();
	return s;
}

void
ctl_server_free(struct ctl_server **server)
{
	struct ctl_server *s = *server;

	if (!s)
		return;
	for (struct conn *c = TAILQ_FIRST(&s->conns), *next; c; c = next) {
		next = TAILQ_NEXT(c, entry);
		conn_free(c);
	}
	if (s->accept_event)
		event_free(s->accept_event);
	if (s->pause_event)
		event_free(s->pause_event);
	if (s->conf.fd >= 0)
		close(s->conf.fd);
	free(s);
	*server = NULL;
}
