/*
 * pipes.h - a worker's pipes for splice(), opened when a stream needs one and kept for the next.
 *
 * Only pipes of PIPE_MIN and more are worth having: smaller ones lose against copying through a
 * 256 KB buffer.  The kernel may refuse the size (pipe-user-pages-soft); then nobody splices for
 * PIPE_RETRY.  Idle connections hold none.
 */
#ifndef PROXYD_PIPES_H
#define PROXYD_PIPES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/usec.h"

#define PIPE_WANTED (1 << 20)
#define PIPE_MIN    (256 << 10)
#define PIPE_RETRY  (10 * USEC_PER_SEC)
#define PIPES_KEPT  16 /* idle ones kept open per worker */

struct pipe {
	SLIST_ENTRY(pipe) link; /* while in the pool */
	int rd, wr;
	size_t size;
	size_t len; /* bytes inside */
};

struct pipes {
	SLIST_HEAD(, pipe) idle;
	unsigned n_idle, n_used, max_used;
	usec_t at_retry; /* no new pipe before */
};

void pipes_init(struct pipes *p, unsigned max_used);
void pipes_fini(struct pipes *p);
struct pipe *pipe_get(struct pipes *p, usec_t now); /* NULL: copy instead */
void pipe_put(struct pipes *p, struct pipe *pipe);  /* one with bytes inside is closed */

#endif
