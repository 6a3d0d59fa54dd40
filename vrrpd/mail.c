/*
 * mail.c - alerts through the system's sendmail: one at a time, not too many, with a time limit.
 *
 * The text goes through a file in memory, complete before sendmail starts: nothing has to be
 * written to a program that may not read.
 */
#include "vrrpd/mail.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "vrrpd/notify_output.h"
#include "vrrpd/spawn.h"

#define TIMEOUT     (30 * USEC_PER_SEC)
#define WAITING_MAX 16
#define PER_MINUTE  20

struct letter {
	TAILQ_ENTRY(letter) link;
	char *sendmail;
	int fd; /* its text */
};

TAILQ_HEAD(letter_list, letter);

struct mailer {
	struct event_base *base;
	struct letter_list waiting;
	int n_waiting;
	struct spawn *spawn;
	struct notify_output *output;
	struct event *kick;
	void (*on_idle)(void *arg);
	void *arg;
	struct log_limit limit;
	uint64_t n_sent, n_failed, n_left_out;
};

static void
free_letter(struct mailer *m, struct letter *l)
{
	TAILQ_REMOVE(&m->waiting, l, link);
	m->n_waiting--;
	close(l->fd);
	free(l->sendmail);
	free(l);
}

static void
on_sent(const struct spawn_end *end, void *arg)
{
	struct mailer *m = arg;

	m->spawn = NULL; /* freed itself */
	notify_output_flush(m->output);
	m->n_sent += end->well;
	m->n_failed += !end->well;
	if (!end->well)
		log_warn("mail: sendmail %s: %s", end->timeout ? "took too long" : "failed",
			 end->text);
	event_active(m->kick, EV_TIMEOUT, 0);
}

static void
on_kick(evutil_socket_t fd, short what, void *arg)
{
	struct mailer *m = arg;
	struct letter *l = TAILQ_FIRST(&m->waiting);
	struct spawn_order o = {.timeout = TIMEOUT, .output_fd = notify_output_fd(m->output)};
	char command[4200];
	struct err e;

	(void)fd;
	(void)what;
	if (!m->spawn && !l)
		m->on_idle(m->arg);
	if (m->spawn || !l)
		return;
	snprintf(command, sizeof(command), "%s -t -oi", l->sendmail);
	o.command = command;
	o.input_fd = l->fd;
	m->spawn = spawn_start(m->base, &o, on_sent, m, &e);
	if (!m->spawn) {
		m->n_failed++;
		log_warn("mail: %s", e.text);
		event_active(m->kick, EV_TIMEOUT, 0);
	}
	free_letter(m, l);
}

/* -1: could not be made */
static int
text_in_memory(const struct strbuf *b)
{
	int fd = memfd_create("mail", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, b->s, b->len) == (ssize_t)b->len && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void
enqueue(struct mailer *m, const char *sendmail, const struct strbuf *text)
{
	struct letter *l = calloc(1, sizeof(*l));

	if (!l || text->failed || (l->fd = text_in_memory(text)) < 0) {
		log_err("mail: out of memory");
		free(l);
		return;
	}
	l->sendmail = strdup(sendmail);
	TAILQ_INSERT_TAIL(&m->waiting, l, link);
	m->n_waiting++;
	if (!l->sendmail)
		free_letter(m, l);
	event_active(m->kick, EV_TIMEOUT, 0);
}

void
mailer_send(struct mailer *m, const struct tell_conf *tc, const struct mail *mail)
{
	struct mail filled = *mail;
	struct strbuf text;

	if (m->n_waiting >= WAITING_MAX ||
	    !log_limit_pass(&m->limit, clock_now(), &filled.n_left_out)) {
		m->n_left_out++;
		return;
	}
	strbuf_init(&text);
	mail_text(tc, &filled, &text);
	enqueue(m, tc->sendmail, &text);
	strbuf_free(&text);
}

struct mailer *
mailer_new(struct event_base *base, void (*on_idle)(void *arg), void *arg)
{
	struct mailer *m = calloc(1, sizeof(*m));
	struct err e;

	if (!m)
		return NULL;
	TAILQ_INIT(&m->waiting);
	m->base = base;
	m->on_idle = on_idle;
	m->arg = arg;
	m->limit = (struct log_limit){.window = 60 * USEC_PER_SEC, .max = PER_MINUTE};
	m->kick = event_new(base, -1, 0, on_kick, m);
	m->output = notify_output_new(base, "mail", &e);
	if (!m->kick || !m->output)
		mailer_free(&m);
	return m;
}

void
mailer_free(struct mailer **mailer)
{
	struct mailer *m = *mailer;
	struct letter *l;

	if (!m)
		return;
	spawn_kill(&m->spawn);
	while ((l = TAILQ_FIRST(&m->waiting)) != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the freed one has left the list */
		free_letter(m, l);
	notify_output_free(&m->output);
	if (m->kick)
		event_free(m->kick);
	free(m);
	*mailer = NULL;
}

bool
mailer_idle(const struct mailer *m)
{
	return !m->spawn && TAILQ_EMPTY(&m->waiting);
}

void
mailer_json(const struct mailer *m, struct strbuf *b)
{
	strbuf_addf(b, ",\"mail\":{\"sent\":%llu,\"failed\":%llu,\"left_out\":%llu}",
		    (unsigned long long)m->n_sent, (unsigned long long)m->n_failed,
		    (unsigned long long)m->n_left_out);
}
