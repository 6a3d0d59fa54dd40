/*
 * fdset.c - see fdset.h.
 */
#include "proxyd/fdset.h"

#include <stdlib.h>
#include <unistd.h>

void
fdset_add(struct fdset *s, int fd)
{
	if (fd < 0)
		return;
	if (s->n == s->room) {
		size_t room = s->room ? s->room * 2 : 64;
		int *fds = realloc(s->fds, room * sizeof(*fds));

		if (!fds) {
			s->failed = true;
			return;
		}
		s->fds = fds;
		s->room = room;
	}
	s->fds[s->n++] = fd;
}

static int
by_number(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

void
fdset_close_others(struct fdset *s)
{
	unsigned from = STDERR_FILENO + 1;

	if (s->n > 0)
		qsort(s->fds, s->n, sizeof(*s->fds), by_number);
	for (size_t i = 0; i < s->n; i++) {
		unsigned fd = (unsigned)s->fds[i];

		if (fd > from)
			close_range(from, fd - 1, 0);
		if (fd >= from)
			from = fd + 1;
	}
	close_range(from, ~0U, 0);
}

void
fdset_free(struct fdset *s)
{
	free(s->fds);
	*s = (struct fdset){0};
}
