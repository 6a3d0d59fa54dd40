/*
 * notify_output.c - what the commands of one instance write, line by line into our log.
 */
#include "vrrpd/notify_output.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"

#define LINE_MAX_BYTES 512
#define READS_MAX      16
#define LINES_MAX      50 /* in ten seconds */

struct notify_output {
	char *instance;
	int read_fd, write_fd;
	struct event *event;
	char line[LINE_MAX_BYTES];
	size_t len;
	struct log_limit limit;
};

static void
end_line(struct notify_output *o)
{
	unsigned skipped;

	o->line[o->len] = '\0';
	if (o->len > 0 && log_limit_pass(&o->limit, clock_now(), &skipped)) {
		if (skipped > 0)
			log_info("%s: command wrote %u more lines", o->instance, skipped);
		log_info("%s: command says: %s", o->instance, o->line);
	}
	o->len = 0;
}

static void
take(struct notify_output *o, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n' || o->len == sizeof(o->line) - 1)
			end_line(o);
		if (bytes[i] != '\n' && bytes[i] != '\0')
			o->line[o->len++] = bytes[i];
	}
}

static void
read_some(struct notify_output *o)
{
	char buf[4096];

	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = read(o->read_fd, buf, sizeof(buf));

		if (n <= 0)
			return;
		take(o, buf, (size_t)n);
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_some(arg);
}

struct notify_output *
notify_output_new(struct event_base *base, const char *instance, struct err *e)
{
	struct notify_output *o = calloc(1, sizeof(*o));
	int fds[2] = {-1, -1};

	if (!o || pipe2(fds, O_CLOEXEC) < 0) {
		err_sys(e, "pipe for the commands of %s", instance);
		free(o);
		return NULL;
	}
	o->read_fd = fds[0];
	o->write_fd = fds[1];
	o->limit.max = LINES_MAX;
	o->instance = strdup(instance);
	/* only our end: what a command writes must wait for us, not fail */
	fcntl(o->read_fd, F_SETFL, O_NONBLOCK);
	o->event = event_new(base, o->read_fd, EV_READ | EV_PERSIST, on_readable, o);
	if (o->instance && o->event && event_add(o->event, NULL) == 0)
		return o;
	err_set(e, "out of memory");
	notify_output_free(&o);
	return NULL;
}

void
notify_output_free(struct notify_output **o)
{
	if (!*o)
		return;
	if ((*o)->event)
		event_free((*o)->event);
	close((*o)->read_fd);
	close((*o)->write_fd);
	free((*o)->instance);
	free(*o);
	*o = NULL;
}

int
notify_output_fd(const struct notify_output *o)
{
	return o->write_fd;
}

void
notify_output_flush(struct notify_output *o)
{
	read_some(o);
	if (o->len > 0)
		end_line(o);
}
