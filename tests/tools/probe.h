/*
 * probe.h - one run of the probe: what was asked for and what was seen.
 */
#ifndef TESTS_PROBE_H
#define TESTS_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include "loop.h"
#include "measure.h"
#include "outage.h"
#include "tool.h"

#define ANSWER_MAX  64 /* bytes of the answer that are kept */
#define ANSWERS_MAX 16 /* different first lines that are counted one by one */

#define RESULT_TABLE(X)                                                                            \
	X(PENDING, "pending")                                                                      \
	X(OK, "ok")                                                                                \
	X(REFUSED, "refused")                                                                      \
	X(RESET, "reset")                                                                          \
	X(TIMEOUT, "timeouts")                                                                     \
	X(CLOSED, "closed") /* end of file before the first byte */                                \
	X(OTHER, "other")
enum result {
#define X(id, name) RESULT_##id,
	RESULT_TABLE(X)
#undef X
	    RESULT_N
};
struct probe;

struct attempt {
	TAILQ_ENTRY(attempt) link; /* in the order of starts */
	struct probe *probe;
	struct watch watch;
	struct timer deadline;
	uint64_t seq;
	struct instant start;
	usec_t took;
	enum result result;
	int error;
	bool connected;
	char answer[ANSWER_MAX];
};

struct answers {
	char text[ANSWER_MAX];
	uint64_t n;
};

struct probe {
	struct loop loop;
	struct endpoint target, source;
	char target_text[ENDPOINT_STRLEN];
	usec_t interval, deadline, run_for;
	uint64_t count; /* 0: no limit */
	char *line;
	bool connect_only, json, rst;
	FILE *log;

	struct timer tick, end;
	usec_t at_start, max_late;
	TAILQ_HEAD(, attempt) attempts;
	uint64_t n_started, n_results[RESULT_N];
	bool draining;
	struct outages outages;
	struct hist hist; /* of the successful ones */
	struct tally errors;
	struct answers answers[ANSWERS_MAX];
	size_t n_answers;
};

extern const char *const result_names[RESULT_N];

void probe_print_json(const struct probe *p, usec_t took);
void probe_print_text(const struct probe *p, usec_t took);

#endif
