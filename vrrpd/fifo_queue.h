/*
 * fifo_queue.h - lines for the notify FIFO that could not be written yet.  Pure.
 *
 * A reader that does not read loses history, never the last state: of each instance the latest
 * lines are kept, in order, and what was left out is counted.
 */
#ifndef VRRPD_FIFO_QUEUE_H
#define VRRPD_FIFO_QUEUE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define FIFO_PER_INSTANCE 8
#define FIFO_LINE_MAX     128 /* far below PIPE_BUF: a line is written whole or not at all */

struct fifo_line {
	TAILQ_ENTRY(fifo_line) link;
	const char *kind; /* static text */
	char name[64];
	char text[FIFO_LINE_MAX];
	size_t len;
};

TAILQ_HEAD(fifo_lines, fifo_line);

struct fifo_queue {
	struct fifo_lines lines;
	uint64_t n_written, n_left_out;
};

void fifo_queue_init(struct fifo_queue *q);
void fifo_queue_clear(struct fifo_queue *q); /* the lines, not the counters */
/* What a line is about; its own queue of latest lines. */
struct fifo_subject {
	const char *kind; /* "INSTANCE" or "GROUP" */
	const char *name;
};

/* INSTANCE "VI_1" MASTER 100 */
void fifo_queue_push(struct fifo_queue *q, const struct fifo_subject *of, const char *state,
		     uint8_t priority);
const struct fifo_line *fifo_queue_first(const struct fifo_queue *q); /* NULL: none */
void fifo_queue_pop(struct fifo_queue *q);                            /* it was written */

#endif
