/*
 * keepalived_json.c - keepalived's JSON dump, into its file.
 */
#include "vrrpd/keepalived_json.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/strbuf.h"
#include "vrrpd/registry.h"

static int
write_all(int fd, const struct strbuf *b)
{
	for (size_t done = 0; done < b->len;) {
		ssize_t n = write(fd, b->s + done, b->len - done);

		if (n < 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

static int
write_file(const struct strbuf *b, const char *path, struct err *e)
{
	char temporary[PATH_MAX];
	int fd;

	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	fd = mkostemp(temporary, O_CLOEXEC); /* exclusive, mode 0600 */
	if (fd < 0)
		return err_sys(e, "%s", temporary);
	if (write_all(fd, b) < 0) {
		err_sys(e, "%s", temporary);
		close(fd);
	} else if (close(fd) < 0 || rename(temporary, path) < 0) {
		err_sys(e, "%s", path);
	} else {
		return 0;
	}
	unlink(temporary);
	return -1;
}

int
keepalived_json_write(const struct registry *r, const char *path, struct err *e)
{
	struct strbuf b;
	int rc;

	strbuf_init(&b);
	registry_keepalived_json(r, &b);
	rc = b.failed ? err_set(e, "%s: out of memory", path) : write_file(&b, path, e);
	strbuf_free(&b);
	return rc;
}
