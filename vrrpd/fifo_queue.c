/*
 * fifo_queue.c - lines for the notify FIFO that could not be written yet.  Pure.
 */
#include "vrrpd/fifo_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
fifo_queue_init(struct fifo_queue *q)
{
	*q = (struct fifo_queue){.n_written = 0};
	TAILQ_INIT(&q->lines);
}

static void
drop(struct fifo_queue *q, struct fifo_line *line)
{
	TAILQ_REMOVE(&q->lines, line, link);
	free(line);
}

void
fifo_queue_clear(struct fifo_queue *q)
{
	struct fifo_line *line = TAILQ_FIRST(&q->lines);

	while (line) {
		struct fifo_line *next = TAILQ_NEXT(line, link);

		drop(q, line);
		line = next;
	}
}

static void
make_room(struct fifo_queue *q, const struct fifo_subject *of)
{
	struct fifo_line *line, *oldest = NULL;
	int n = 0;

	TAILQ_FOREACH (line, &q->lines, link) {
		if (strcmp(line->name, of->name) != 0 || strcmp(line->kind, of->kind) != 0)
			continue;
		n++;
		oldest = oldest ? oldest : line;
	}
	if (n < FIFO_PER_INSTANCE)
		return;
	drop(q, oldest);
	q->n_left_out++;
}

void
fifo_queue_push(struct fifo_queue *q, const struct fifo_subject *of, const char *state,
		uint8_t priority)
{
	struct fifo_line *line = calloc(1, sizeof(*line));
	int n;

	if (!line) {
		q->n_left_out++;
		return;
	}
	make_room(q, of);
	line->kind = of->kind;
	snprintf(line->name, sizeof(line->name), "%s", of->name);
	n = snprintf(line->text, sizeof(line->text), "%.8s \"%s\" %.20s %d\n", line->kind,
		     line->name, state, priority);
	line->len = (size_t)n;
	TAILQ_INSERT_TAIL(&q->lines, line, link);
}

const struct fifo_line *
fifo_queue_first(const struct fifo_queue *q)
{
	return TAILQ_FIRST(&q->lines);
}

void
fifo_queue_pop(struct fifo_queue *q)
{
	drop(q, TAILQ_FIRST(&q->lines));
	q->n_written++;
}
