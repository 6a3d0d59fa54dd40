/*
 * lg_source.c - bytes for streams that cost their sender next to nothing.
 *
 * A pipe holds references to one chunk of memory; tee(2) copies the references, splice(2) hands
 * them to the socket.  The memory is contiguous where the system has huge pages, so packets have
 * the few large fragments that a server's write(2) gives them, not one for each 4 KiB page.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "loadgen.h"

#define HUGE_PAGE ((size_t)2 << 20)
#define PIPE_SIZE (1 << 20) /* slots for a page each, of remainders too */

struct source {
	int chunk[2]; /* one chunk, never read */
	int ready[2]; /* what is to be sent next, to whomever */
	size_t chunk_len, ready_len;
	void *memory;
};

static void
open_pipe(int fd[2])
{
	if (pipe2(fd, O_NONBLOCK | O_CLOEXEC) < 0 || fcntl(fd[1], F_SETPIPE_SZ, PIPE_SIZE) < 0)
		die("pipe for streams: %s", strerror(errno));
}

struct source *
source_new(size_t chunk_len)
{
	struct source *s = must_alloc(1, sizeof(*s));
	struct iovec iov;

	s->chunk_len = chunk_len;
	s->memory = aligned_alloc(HUGE_PAGE, HUGE_PAGE);
	if (!s->memory || chunk_len > HUGE_PAGE)
		die("no memory for streams");
	madvise(s->memory, HUGE_PAGE, MADV_HUGEPAGE); /* small pages do as well */
	memset(s->memory, 'x', HUGE_PAGE);
	open_pipe(s->chunk);
	open_pipe(s->ready);
	iov = (struct iovec){.iov_base = s->memory, .iov_len = chunk_len};
	if (vmsplice(s->chunk[1], &iov, 1, 0) != (ssize_t)chunk_len)
		die("memory for streams: %s", strerror(errno));
	return s;
}

void
source_free(struct source *s)
{
	if (!s)
		return;
	for (int i = 0; i < 2; i++) {
		close(s->chunk[i]);
		close(s->ready[i]);
	}
	free(s->memory);
	free(s);
}

ssize_t
source_send(struct source *s, int fd, size_t len)
{
	ssize_t n;

	if (s->ready_len < len) {
		n = tee(s->chunk[0], s->ready[1], s->chunk_len, SPLICE_F_NONBLOCK);
		s->ready_len += n > 0 ? (size_t)n : 0;
	}
	n = splice(s->ready[0], NULL, fd, NULL, len, SPLICE_F_NONBLOCK);
	s->ready_len -= n > 0 ? (size_t)n : 0;
	return n;
}
