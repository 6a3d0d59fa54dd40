/*
 * pipes.c - see pipes.h.  One worker's, no locks.
 */
#include "proxyd/pipes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

void
pipes_init(struct pipes *p, unsigned max_used)
{
	*p = (struct pipes){.max_used = max_used};
	SLIST_INIT(&p->idle);
}

static void
pipe_free(struct pipe *pipe)
{
	close(pipe->rd);
	close(pipe->wr);
	free(pipe);
}

void
pipes_fini(struct pipes *p)
{
	struct pipe *pipe;

	while ((pipe = SLIST_FIRST(&p->idle))) {
		SLIST_REMOVE_HEAD(&p->idle, link);
		pipe_free(pipe);
	}
	p->n_idle = 0;
}

/* The largest size the kernel grants between PIPE_WANTED and PIPE_MIN; 0: none. */
static size_t
grow(int fd)
{
	for (int size = PIPE_WANTED; size >= PIPE_MIN; size /= 2) {
		int got = fcntl(fd, F_SETPIPE_SZ, size);

		if (got > 0)
			return (size_t)got;
	}
	return 0;
}

static struct pipe *
pipe_new(void)
{
	struct pipe *pipe = malloc(sizeof(*pipe));
	int fds[2];

	if (!pipe)
		return NULL;
	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) < 0) {
		free(pipe);
		return NULL;
	}
	*pipe = (struct pipe){.rd = fds[0], .wr = fds[1], .size = grow(fds[1])};
	if (pipe->size == 0) {
		pipe_free(pipe);
		return NULL;
	}
	return pipe;
}

struct pipe *
pipe_get(struct pipes *p, usec_t now)
{
	struct pipe *pipe = SLIST_FIRST(&p->idle);

	if (pipe) {
		SLIST_REMOVE_HEAD(&p->idle, link);
		p->n_idle--;
	} else {
		if (p->n_used >= p->max_used || now < p->at_retry)
			return NULL;
		pipe = pipe_new();
		if (!pipe) {
			p->at_retry = now + PIPE_RETRY;
			return NULL;
		}
	}
	p->n_used++;
	return pipe;
}

void
pipe_put(struct pipes *p, struct pipe *pipe)
{
	p->n_used--;
	if (pipe->len > 0 || p->n_idle >= PIPES_KEPT) {
		pipe_free(pipe);
		return;
	}
	SLIST_INSERT_HEAD(&p->idle, pipe, link);
	p->n_idle++;
}
