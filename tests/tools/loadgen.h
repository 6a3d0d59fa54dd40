/*
 * loadgen.h - one run of the load generator: what was asked for, what was counted, its workloads.
 */
#ifndef TESTS_LOADGEN_H
#define TESTS_LOADGEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "loop.h"
#include "measure.h"
#include "tool.h"

#define SOURCES_MAX  64
#define CONTROLS_MAX 8

struct load;
struct serve;

struct workload {
	const char *name;
	const char *text; /* for --help */
	void (*start)(struct load *l);
	void (*quit)(struct load *l);   /* time is over; ends with load_stop().  NULL: at once */
	void (*close)(struct load *l);  /* the loop has ended: close, count what is unfinished */
	void (*verify)(struct load *l); /* SIGUSR1; NULL: nothing to verify */
	bool holds;                     /* its time counts from when all are open */
};

struct load_options {
	struct endpoint target;
	int64_t n_targets;     /* the target's address and those that follow it */
	struct endpoint serve; /* where to be the server, too */
	struct endpoint sources[SOURCES_MAX];
	size_t n_sources;
	const char
	    *controls[CONTROLS_MAX]; /* control sockets of the tcpservers behind the target */
	size_t n_controls;
	int64_t conns, size, count; /* count: operations or connections in all; 0: no limit */
	int64_t max_size;           /* integrity: of a stream */
	double rate;                /* operations per second; 0: closed loop */
	usec_t run_for, warmup, interval, timeout;
	int64_t idle_conns, chatty_conns, bulk_conns; /* mix */
	int64_t opening;                              /* connects under way at most */
	int64_t bulk_rate; /* bytes per second that all bulk connections send; 0: no limit */
	uint64_t seed;
	bool up, down; /* bulk */
	bool json, strict, rst, marks;
};

struct load_counts {
	uint64_t n_ops;       /* finished operations */
	uint64_t n_connected; /* connections that came up */
	uint64_t n_broken;    /* connections that ended before they should */
	uint64_t bytes_up, bytes_down;
	uint64_t n_differences; /* bytes that were not those of the stream */
	uint64_t n_held,
	    n_alive; /* idle: open when all was opened; answered the last verification */
	uint64_t n_server_differences, n_server_truncated, n_server_bad_hello; /* as they tell */
	uint64_t n_unfinished; /* under way when time was over */
	struct tally connect_errors, broken_errors;
	struct hist latency;
};

struct load {
	struct load_options opt;
	struct load_counts counts;
	struct loop loop;
	/* Streams wait in a loop of their own within: they never hold up messages for long. */
	struct loop streams;
	struct watch streams_ready;
	const struct workload *workload;
	struct timer warm_end, end;
	usec_t at_start, at_counting, at_stop;
	usec_t at_opened; /* the last first answer; 0: none */
	size_t next_source, next_target;
	struct serve *serve;
	bool local_failure; /* our own limits (descriptors, ports): the run says nothing */
	bool stopping;
	void *state;           /* of the workload */
	struct source *source; /* what load_send_stream() sends; NULL: not made yet */
};

/* Begin to connect, from the next source address.  Returns the descriptor or -1 (counted). */
int load_connect(struct load *l);
void load_connect_failed(struct load *l, int error);
void load_broken(struct load *l, int error); /* error 0: an end of file that came too early */
void load_stop(struct load *l);              /* all work is done */
/* --marks: a line on stderr for those who measure from outside. */
void load_mark(const struct load *l, const char *what);

/* Fills the options; returns the workload that is asked for. */
const struct workload *load_parse_args(struct load *l, int argc, char **argv);
void load_add_sources(struct load_options *o, const char *text); /* "A" or "A+N" */

void load_print_json(const struct load *l);
void load_print_text(const struct load *l);

/* The sum of a counter over all tcpservers behind the target, asked over their control sockets. */
uint64_t load_ask_servers(const struct load *l, const char *counter);

size_t load_chunk(const struct load *l); /* of a stream: what is sent at once */
/*
 * Send so much of a stream whose bytes do not matter, as send() does, but from memory that the
 * kernel does not copy: the load is to cost less than any proxy between its ends.
 */
ssize_t load_send_stream(struct load *l, int fd, size_t len);

struct source *source_new(size_t chunk_len); /* dies when it cannot */
void source_free(struct source *s);
ssize_t source_send(struct source *s, int fd, size_t len); /* as send(2) */

/* lg_serve.c: the peer of the workload in the same process. */
struct serve *serve_start(struct load *l);
void serve_free(struct serve *s);

struct bulk_group *bulk_group_start(struct load *l, int64_t conns, bool up, bool down);
void bulk_group_free(struct bulk_group *g);

extern const struct workload work_short, work_pingpong, work_long, work_idle, work_bulk, work_mix,
    work_integrity, work_storm;

#endif
