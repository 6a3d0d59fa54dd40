/*
 * loadgen.c - load generator: command line and the frame of a run.
 *
 * The workloads are in lg_*.c; each connects through load_connect(), counts in struct load_counts
 * and runs on the one loop.  Single-threaded.
 */
#include "loadgen.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNS_PER_SOURCE 20000 /* well below the kernel's range of ports */
#define OPENING_TIME_MAX (120 * USEC_PER_SEC)
#define NOFILE_RESERVE   64
#define STREAMS_PER_TURN 16

static bool
is_local(int error)
{
	return error == EMFILE || error == ENFILE || error == EADDRNOTAVAIL || error == ENOBUFS ||
	       error == ENOMEM || error == EADDRINUSE;
}

void
load_connect_failed(struct load *l, int error)
{
	if (is_local(error))
		l->local_failure = true;
	tally_add(&l->counts.connect_errors, error);
}

void
load_broken(struct load *l, int error)
{
	l->counts.n_broken++;
	if (error)
		tally_add(&l->counts.broken_errors, error);
}

static struct endpoint
next_target(struct load *l)
{
	struct endpoint to = l->opt.target;
	struct sockaddr_in *in = (struct sockaddr_in *)&to.ss;
	uint32_t n = (uint32_t)l->opt.n_targets;

	if (n > 1)
		in->sin_addr.s_addr =
		    htonl(ntohl(in->sin_addr.s_addr) + (uint32_t)(l->next_target++ % n));
	return to;
}

int
load_connect(struct load *l)
{
	const struct endpoint to = next_target(l), *from = NULL;
	int fd;

	if (l->opt.n_sources)
		from = &l->opt.sources[l->next_source++ % l->opt.n_sources];
	fd = sock_connect(&to, from);
	if (fd < 0) {
		load_connect_failed(l, -fd);
		return -1;
	}
	if (l->workload != &work_short) /* Nagle never delays the first write */
		sock_nodelay(fd);
	return fd;
}

void
load_mark(const struct load *l, const char *what)
{
	if (l->opt.marks)
		fprintf(stderr, "loadgen: %s\n", what);
}

/* Small in a mix, where messages wait behind it. */
size_t
load_chunk(const struct load *l)
{
	return l->workload == &work_mix ? 64 * 1024 : 256 * 1024;
}

ssize_t
load_send_stream(struct load *l, int fd, size_t len)
{
	if (!l->source)
		l->source = source_new(load_chunk(l));
	return source_send(l->source, fd, len);
}

static void
stopped_counting(struct load *l)
{
	if (l->at_stop)
		return;
	l->at_stop = mono_now();
	load_mark(l, "stopped");
}

void
load_stop(struct load *l)
{
	stopped_counting(l);
	l->stopping = true;
	l->loop.stop = true;
}

static void
quit(struct load *l)
{
	if (l->stopping)
		return;
	stopped_counting(l);
	l->stopping = true;
	if (l->workload->quit)
		l->workload->quit(l);
	else
		load_stop(l);
}

static void
on_end(struct timer *t)
{
	quit(container_of(t, struct load, end));
}

/* What came before does not count, except for failures. */
static void
on_warm(struct timer *t)
{
	struct load *l = container_of(t, struct load, warm_end);
	struct load_counts *c = &l->counts;

	c->n_ops = c->bytes_up = c->bytes_down = 0;
	memset(&c->latency, 0, sizeof(c->latency));
	l->at_counting = mono_now();
	load_mark(l, "counting");
}

static void
on_streams(struct watch *w, uint32_t events)
{
	struct load *l = container_of(w, struct load, streams_ready);

	(void)events;
	loop_run_ready(&l->streams, l->workload == &work_mix ? 1 : STREAMS_PER_TURN);
}

static void
on_signal(struct loop *loop, int signo)
{
	struct load *l = container_of(loop, struct load, loop);

	if (signo == SIGUSR1 && l->workload->verify)
		l->workload->verify(l);
	else if (signo != SIGUSR1)
		quit(l);
}

static int64_t
all_conns(const struct load *l)
{
	const struct load_options *o = &l->opt;

	if (l->workload == &work_mix)
		return o->idle_conns + o->chatty_conns + o->bulk_conns;
	return o->conns;
}

/* One source address has some 28,000 ports for one target. */
static void
default_sources(struct load *l)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&l->opt.target.ss;
	int64_t n = 1 + all_conns(l) / CONNS_PER_SOURCE;
	char text[32];

	if (l->opt.n_sources || n < 2 || in->sin_family != AF_INET ||
	    ntohl(in->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
		return;
	snprintf(text, sizeof(text), "127.0.0.1+%d", (int)n);
	load_add_sources(&l->opt, text);
}

static void
set_up(struct load *l)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGUSR1, 0};
	size_t files = (size_t)all_conns(l) * (l->opt.serve.len ? 2 : 1);

	raise_nofile(files + NOFILE_RESERVE);
	default_sources(l);
	loop_init(&l->loop);
	loop_init(&l->streams);
	loop_signals(&l->loop, signals, on_signal);
	l->streams_ready = (struct watch){.fd = -1, .on_ready = on_streams};
	loop_watch(&l->loop, &l->streams_ready, l->streams.epfd, EPOLLIN);
	if (l->opt.serve.len)
		l->serve = serve_start(l);
}

static void
run(struct load *l)
{
	const struct workload *work = l->workload;

	set_up(l);
	l->at_start = l->at_counting = mono_now();
	timer_set(&l->loop, &l->end,
		  l->at_start + l->opt.run_for + (work->holds ? OPENING_TIME_MAX : l->opt.warmup));
	if (!l->opt.warmup)
		load_mark(l, "counting");
	else if (!work->holds)
		timer_set(&l->loop, &l->warm_end, l->at_start + l->opt.warmup);
	work->start(l);
	loop_run(&l->loop);
	work->close(l);
	if (l->serve)
		serve_free(l->serve);
	source_free(l->source);
	loop_free(&l->streams);
	loop_free(&l->loop);
}

static int
verdict(const struct load *l)
{
	const struct load_counts *c = &l->counts;
	bool bad = c->connect_errors.total || c->n_broken || c->n_differences ||
		   c->n_server_differences || c->n_server_truncated || c->n_server_bad_hello;

	if (l->workload == &work_integrity && c->n_unfinished)
		bad = true;
	if (l->opt.strict && bad)
		return EXIT_STRICT;
	return l->local_failure || (!c->n_connected && !c->connect_errors.total) ? EXIT_INVALID : 0;
}

int
main(int argc, char **argv)
{
	static struct load l = {
	    .opt = {.conns = 64,
		    .size = 64,
		    .max_size = 2 * 1024 * 1024,
		    .run_for = 3 * USEC_PER_SEC,
		    .interval = 100 * USEC_PER_MS,
		    .timeout = 5 * USEC_PER_SEC,
		    .idle_conns = 500,
		    .chatty_conns = 16,
		    .bulk_conns = 2,
		    .opening = 256,
		    .n_targets = 1},
	    .warm_end = {.on_due = on_warm},
	    .end = {.on_due = on_end},
	};

	l.opt.seed = (uint64_t)real_now();
	l.workload = load_parse_args(&l, argc, argv);
	run(&l);
	if (l.opt.json)
		load_print_json(&l);
	else
		load_print_text(&l);
	if (fflush(stdout))
		return EXIT_INVALID;
	return verdict(&l);
}
