/*
 * ctl_client.c - ask a control socket one line, wait for the whole answer, within one deadline.
 */
#include "common/ctl_client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/addr.h"
#include "common/ctl_line.h"
#include "common/daemon.h"

#define REPLY_MAX ((size_t)64 << 20)
#define RETRY_MS  10 /* a full accept queue */

static int
late(const char *path, struct err *e)
{
	return err_set(e, "%s: no answer in time", path);
}

/* Wait for the descriptor; false when the deadline comes first. */
static bool
wait_for(int fd, short events, usec_t deadline)
{
	struct pollfd pfd = {.fd = fd, .events = events};
	usec_t left;

	while ((left = deadline - clock_now()) > 0) {
		usec_t ms = (left + USEC_PER_MS - 1) / USEC_PER_MS;
		int n = poll(&pfd, 1, ms > 60000 ? 60000 : (int)ms);

		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
	return false;
}

static int
dial(int fd, const char *path, usec_t deadline, struct err *e)
{
	struct addr a;

	if (addr_parse(path, -1, &a, e) < 0)
		return -1;
	if (addr_family(&a) != AF_UNIX)
		return err_set(e, "%s: not the path of a socket", path);
	while (connect(fd, &a.sa, a.len) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return err_sys(e, "%s", path);
		if (clock_now() >= deadline)
			return late(path, e);
		poll(NULL, 0, RETRY_MS);
	}
	return 0;
}

static int
send_all(int fd, const char *path, const char *bytes, size_t len, usec_t deadline, struct err *e)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n >= 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			if (!wait_for(fd, POLLOUT, deadline))
				return late(path, e);
		} else if (errno != EINTR) {
			return err_sys(e, "%s", path);
		}
	}
	return 0;
}

static int
receive_all(int fd, const char *path, struct strbuf *reply, usec_t deadline, struct err *e)
{
	char buf[16384];

	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n == 0)
			return 0;
		if (n > 0) {
			strbuf_add(reply, buf, (size_t)n);
			if (reply->failed || reply->len > REPLY_MAX)
				return err_set(e, "%s: the answer is too long", path);
		} else if (errno == EAGAIN) {
			if (!wait_for(fd, POLLIN, deadline))
				return late(path, e);
		} else if (errno != EINTR) {
			return err_sys(e, "%s", path);
		}
	}
}

int
ctl_client_ask(const char *path, const char *line, usec_t timeout, struct strbuf *reply,
	       struct err *e)
{
	usec_t deadline = clock_now() + timeout;
	size_t len = strlen(line);
	int fd;

	strbuf_clear(reply);
	if (len > CTL_LINE_MAX || strpbrk(line, "\r\n"))
		return err_set(e, "a command is one line of at most %d bytes", CTL_LINE_MAX);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_sys(e, "socket");
	if (dial(fd, path, deadline, e) < 0 || send_all(fd, path, line, len, deadline, e) < 0 ||
	    send_all(fd, path, "\n", 1, deadline, e) < 0 ||
	    receive_all(fd, path, reply, deadline, e) < 0)
		goto fail;
	close(fd);
	if (reply->len == 0)
		return err_set(e, "%s: closed without an answer", path);
	if (reply->s[reply->len - 1] == '\n') /* the frame's empty line */
		reply->s[--reply->len] = '\0';
	return 0;
fail:
	close(fd);
	return -1;
}
