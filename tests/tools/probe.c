/*
 * probe.c - is the service there?  A fresh TCP connection every few milliseconds.
 *
 * Attempts start at start + k * interval whatever became of the earlier ones, overlap freely and
 * are judged each by itself; outage.h says how failures become outages.  Attempts are reported in
 * the order of their starts.  Single-threaded, one loop.
 */
#include "probe.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
count_answer(struct probe *p, const char *text)
{
	size_t i = 0;

	while (i < p->n_answers && strcmp(p->answers[i].text, text) != 0)
		i++;
	if (i == ANSWERS_MAX)
		return;
	if (i == p->n_answers)
		strcpy(p->answers[p->n_answers++].text, text);
	p->answers[i].n++;
}

static void
account(struct probe *p, const struct attempt *a)
{
	bool ok = a->result == RESULT_OK;

	p->n_results[a->result]++;
	outages_step(&p->outages, a->start, ok);
	if (ok)
		hist_add(&p->hist, a->took);
	else if (a->error)
		tally_add(&p->errors, a->error);
	if (ok && a->answer[0])
		count_answer(p, a->answer);
	if (!p->log)
		return;
	fprintf(p->log,
		"%llu mono=%lld real=%lld %s us=%lld errno=%d answer=", (unsigned long long)a->seq,
		(long long)a->start.mono, (long long)a->start.real, result_names[a->result],
		(long long)a->took, a->error);
	json_string(a->answer, p->log);
	fputc('\n', p->log);
}

/* Those at the head of the list that are done, so that they are told in order. */
static void
account_finished(struct probe *p)
{
	struct attempt *a;

	while ((a = TAILQ_FIRST(&p->attempts)) && a->result != RESULT_PENDING) {
		TAILQ_REMOVE(&p->attempts, a, link);
		account(p, a);
		free(a);
	}
	if (p->draining && TAILQ_EMPTY(&p->attempts))
		p->loop.stop = true;
}

/* The attempt may be freed by this. */
static void
finish(struct attempt *a, enum result result, int error)
{
	struct probe *p = a->probe;
	int fd = a->watch.fd;

	a->result = result;
	a->error = error;
	a->took = mono_now() - a->start.mono;
	timer_cancel(&p->loop, &a->deadline);
	if (fd >= 0) {
		loop_unwatch(&p->loop, &a->watch);
		if (p->rst)
			sock_close_rst(fd);
		else
			close(fd);
	}
	account_finished(p);
}

static void
finish_errno(struct attempt *a, int error)
{
	if (error == ECONNREFUSED)
		finish(a, RESULT_REFUSED, error);
	else if (error == ECONNRESET || error == EPIPE)
		finish(a, RESULT_RESET, error);
	else if (error == ETIMEDOUT)
		finish(a, RESULT_TIMEOUT, error);
	else
		finish(a, RESULT_OTHER, error);
}

static void
on_deadline(struct timer *t)
{
	finish(container_of(t, struct attempt, deadline), RESULT_TIMEOUT, 0);
}

/* Returns false when the attempt is over. */
static bool
attempt_connected(struct attempt *a)
{
	struct probe *p = a->probe;
	int error = sock_error(a->watch.fd);
	size_t len = p->line ? strlen(p->line) : 0;

	if (error) {
		finish_errno(a, error);
		return false;
	}
	if (p->connect_only) {
		finish(a, RESULT_OK, 0);
		return false;
	}
	a->connected = true;
	if (p->line && send(a->watch.fd, p->line, len, MSG_NOSIGNAL) != (ssize_t)len) {
		finish_errno(a, errno);
		return false;
	}
	return true;
}

static void
on_ready(struct watch *w, uint32_t events)
{
	struct attempt *a = container_of(w, struct attempt, watch);
	char buf[4096];
	ssize_t n;

	if (!a->connected &&
	    (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) || !attempt_connected(a)))
		return;
	n = recv(w->fd, buf, sizeof(buf), 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0) {
		size_t keep = (size_t)n < ANSWER_MAX ? (size_t)n : ANSWER_MAX - 1;

		memcpy(a->answer, buf, keep);
		a->answer[strcspn(a->answer, "\r\n")] = '\0';
		finish(a, RESULT_OK, 0);
	} else if (n == 0) {
		finish(a, RESULT_CLOSED, 0);
	} else {
		finish_errno(a, errno);
	}
}

static void
start_attempt(struct probe *p)
{
	struct attempt *a = must_alloc(1, sizeof(*a));
	int fd;

	*a = (struct attempt){
	    .probe = p,
	    .watch = {.fd = -1, .on_ready = on_ready},
	    .deadline = {.on_due = on_deadline},
	    .seq = p->n_started++,
	    .start = {mono_now(), real_now()},
	};
	TAILQ_INSERT_TAIL(&p->attempts, a, link);
	fd = sock_connect(&p->target, &p->source);
	if (fd < 0) {
		finish_errno(a, -fd);
		return;
	}
	loop_watch(&p->loop, &a->watch, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
	timer_set(&p->loop, &a->deadline, a->start.mono + p->deadline);
}

static void
stop_starting(struct probe *p)
{
	timer_cancel(&p->loop, &p->tick);
	timer_cancel(&p->loop, &p->end);
	p->draining = true;
	account_finished(p);
}

static void
on_tick(struct timer *t)
{
	struct probe *p = container_of(t, struct probe, tick);
	usec_t late = mono_now() - (p->at_start + (usec_t)p->n_started * p->interval);

	if (late > p->max_late)
		p->max_late = late;
	start_attempt(p);
	if (p->count && p->n_started >= p->count)
		stop_starting(p);
	else
		timer_set(&p->loop, t, p->at_start + (usec_t)p->n_started * p->interval);
}

static void
on_end(struct timer *t)
{
	stop_starting(container_of(t, struct probe, end));
}

static void
on_signal(struct loop *l, int signo)
{
	(void)signo;
	stop_starting(container_of(l, struct probe, loop));
}

enum { OPT_FOR = 256, OPT_CONNECT_ONLY, OPT_JSON, OPT_LOG, OPT_LINE, OPT_SOURCE, OPT_RST };

static const struct option options[] = {
    {"interval", required_argument, NULL, 'i'},
    {"deadline", required_argument, NULL, 'd'},
    {"for", required_argument, NULL, OPT_FOR},
    {"count", required_argument, NULL, 'n'},
    {"connect-only", no_argument, NULL, OPT_CONNECT_ONLY},
    {"line", required_argument, NULL, OPT_LINE},
    {"source", required_argument, NULL, OPT_SOURCE},
    {"rst", no_argument, NULL, OPT_RST},
    {"json", no_argument, NULL, OPT_JSON},
    {"log", required_argument, NULL, OPT_LOG},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const char usage[] =
    "usage: probe [options] ADDRESS:PORT\n"
    "  -i, --interval MS   start a fresh connection this often (10; at least 1)\n"
    "  -d, --deadline MS   an attempt has failed after this time (1000)\n"
    "      --for SECONDS   stop after this time (default: until SIGTERM or SIGINT)\n"
    "  -n, --count N       stop after N attempts\n"
    "      --connect-only  a finished handshake is enough; default: demand 1 byte of answer\n"
    "      --line TEXT     send TEXT and a newline once connected\n"
    "      --source ADDR   connect from this address\n"
    "      --rst           close with RST: leaves no connection in TIME_WAIT\n"
    "      --json          print one JSON object instead of text\n"
    "      --log FILE      one line per attempt, in the order of their starts\n"
    "exit: 0 the run took place (failures are in the output), 2 usage\n";

static char *
line_of(const char *text)
{
	char *line;

	if (asprintf(&line, "%s\n", text) < 0)
		die("out of memory");
	return line;
}

static void
source_parse(struct probe *p, const char *text)
{
	char *with_port;

	if (asprintf(&with_port, "%s:0", text) < 0)
		die("out of memory");
	endpoint_parse(with_port, &p->source);
	free(with_port);
}

static void
open_log(struct probe *p, const char *path)
{
	p->log = fopen(path, "we");
	if (!p->log)
		die("%s: %s", path, strerror(errno));
}

static void
set_option(struct probe *p, int opt, const char *arg)
{
	switch (opt) {
	case 'i':
		p->interval = (usec_t)(parse_number(arg, 1, 60000, "--interval") * 1000);
		break;
	case 'd':
		p->deadline = (usec_t)(parse_number(arg, 1, 600000, "--deadline") * 1000);
		break;
	case 'n':
		p->count = (uint64_t)parse_number(arg, 1, 1e9, "--count");
		break;
	case OPT_FOR:
		p->run_for = (usec_t)(parse_number(arg, 0.001, 1e6, "--for") * 1e6);
		break;
	case OPT_CONNECT_ONLY:
		p->connect_only = true;
		break;
	case OPT_LINE:
		free(p->line);
		p->line = line_of(arg);
		break;
	case OPT_SOURCE:
		source_parse(p, arg);
		break;
	case OPT_RST:
		p->rst = true;
		break;
	case OPT_JSON:
		p->json = true;
		break;
	case OPT_LOG:
		open_log(p, arg);
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		fputs(usage, stderr);
		exit(EXIT_USAGE);
	}
}

static void
run(struct probe *p)
{
	static const int signals[] = {SIGTERM, SIGINT, 0};

	p->outages.interval = p->interval;
	loop_init(&p->loop);
	loop_signals(&p->loop, signals, on_signal);
	raise_nofile(64 + (size_t)(2 * p->deadline / p->interval));
	p->at_start = mono_now();
	timer_set(&p->loop, &p->tick, p->at_start);
	if (p->run_for)
		timer_set(&p->loop, &p->end, p->at_start + p->run_for);
	loop_run(&p->loop);
	outages_end(&p->outages);
}

int
main(int argc, char **argv)
{
	struct probe p = {
	    .interval = 10 * USEC_PER_MS,
	    .deadline = USEC_PER_SEC,
	    .tick = {.on_due = on_tick},
	    .end = {.on_due = on_end},
	    .attempts = TAILQ_HEAD_INITIALIZER(p.attempts),
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "i:d:n:h", options, NULL)) != -1)
		set_option(&p, opt, optarg);
	if (optind + 1 != argc)
		die("exactly one ADDRESS:PORT is wanted; see --help");
	endpoint_parse(argv[optind], &p.target);
	endpoint_text(&p.target, p.target_text);
	run(&p);
	if (p.log && fclose(p.log) != 0)
		die("--log: %s", strerror(errno));
	if (p.json)
		probe_print_json(&p, mono_now() - p.at_start);
	else
		probe_print_text(&p, mono_now() - p.at_start);
	loop_free(&p.loop);
	free(p.outages.list);
	free(p.line);
	return fflush(stdout) ? EXIT_INVALID : 0;
}
