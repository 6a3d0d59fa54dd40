/*
 * track_file.c - a number in a file, which somebody else writes.
 *
 * The directory is watched, not the file: it may be made later, or replaced by another of its
 * name.  Where the directory cannot be watched it is looked at each second.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "vrrpd/observe.h"
#include "vrrpd/track_priv.h"

#define CONTENT_MAX 64
#define LOOK_EACH   USEC_PER_SEC
/* not IN_MODIFY: who writes a number anew empties the file first */
#define CHANGES     (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)
#define ENDS        (IN_DELETE_SELF | IN_MOVE_SELF)

struct probe {
	struct track *track;
	int inotify;
	int watch; /* -1: none, look each second */
	struct event *event;
	struct event *timer;
	bool is_known;
	int value;
	const char *reason;
};

static void
read_value(struct probe *p)
{
	char text[CONTENT_MAX];
	int fd = open(p->track->conf->file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : -1;

	p->value = 0;
	p->reason = "";
	if (fd < 0)
		p->reason = errno == ENOENT ? "there is no such file" : "it cannot be opened";
	else if (n < 0)
		p->reason = "it cannot be read";
	else if (n == (ssize_t)sizeof(text) || !observe_number(text, (size_t)n, &p->value))
		p->reason = "no number is in it";
	if (*p->reason)
		p->value = 0;
	if (fd >= 0)
		close(fd);
}

static void
watch_directory(struct probe *p)
{
	const char *path = p->track->conf->file;
	const char *slash = strrchr(path, '/');
	char *directory = strndup(path, slash == path ? 1 : (size_t)(slash - path));

	if (p->inotify >= 0 && directory)
		p->watch = inotify_add_watch(p->inotify, directory, CHANGES | ENDS | IN_ONLYDIR);
	free(directory);
}

static void
look(struct probe *p)
{
	int value = p->value;
	const char *reason = p->reason;
	bool changed;

	if (p->watch < 0)
		watch_directory(p); /* first, so that nothing is missed between */
	read_value(p);
	changed = !p->is_known || p->value != value || strcmp(p->reason, reason) != 0;
	p->is_known = true;
	track_arm(p->timer, p->watch < 0 ? clock_now() + LOOK_EACH : USEC_NEVER);
	if (changed)
		track_changed(p->track);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	look(arg);
}

static bool
concerns(struct probe *p, const struct inotify_event *ev)
{
	const char *slash = strrchr(p->track->conf->file, '/');

	if (ev->mask & (ENDS | IN_IGNORED)) {
		if (!(ev->mask & IN_IGNORED))
			inotify_rm_watch(p->inotify, ev->wd);
		if (ev->wd == p->watch)
			p->watch = -1;
		return true;
	}
	return (ev->mask & IN_Q_OVERFLOW) || (ev->len > 0 && strcmp(ev->name, slash + 1) == 0);
}

static void
on_changes(evutil_socket_t fd, short what, void *arg)
{
	_Alignas(struct inotify_event) char buf[4096];
	struct probe *p = arg;
	ssize_t n = read(fd, buf, sizeof(buf));
	bool concerned = false;

	(void)what;
	for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n;) {
		const struct inotify_event *ev = (const struct inotify_event *)(buf + at);

		concerned |= concerns(p, ev);
		at += (ssize_t)(sizeof(*ev) + ev->len);
	}
	if (concerned)
		look(p);
}

/* --- the prober ------------------------------------------------------------------------------- */

static void
file_close(void *probe)
{
	struct probe *p = probe;

	if (p->event)
		event_free(p->event);
	if (p->timer)
		event_free(p->timer);
	if (p->inotify >= 0)
		close(p->inotify);
	free(p);
}

static void *
file_open(struct track *track)
{
	struct probe *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->track = track;
	p->watch = -1;
	p->reason = "";
	p->timer = evtimer_new(track->world->base, on_timer, p);
	p->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC); /* -1: it is looked at each second */
	if (p->inotify >= 0)
		p->event =
		    event_new(track->world->base, p->inotify, EV_READ | EV_PERSIST, on_changes, p);
	if (p->timer && (p->inotify < 0 || (p->event && event_add(p->event, NULL) == 0)))
		return p;
	file_close(p);
	return NULL;
}

static void
write_initial(const struct track_conf *tc)
{
	int flags = tc->init_overwrite ? O_TRUNC : O_EXCL;
	/* without O_NONBLOCK a FIFO in its place would stop the whole loop */
	int fd =
	    open(tc->file, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0644);

	if (fd < 0 && errno == EEXIST)
		return;
	if (fd < 0 || dprintf(fd, "%d\n", tc->init_value) < 0)
		log_warn("%s: %s cannot be written: %s", tc->name, tc->file, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void
file_start(void *probe)
{
	struct probe *p = probe;

	if (p->track->conf->has_init_file)
		write_initial(p->track->conf);
	look(p);
}

static void
file_fact(const void *probe, struct track_fact *out)
{
	const struct probe *p = probe;

	*out = (struct track_fact){
	    .verdict = p->is_known ? TRACK_OK : TRACK_WAITING,
	    .reason = p->reason,
	    .has_value = true,
	    .value = p->value,
	};
}

static void
file_text(const void *probe, struct strbuf *b)
{
	const struct probe *p = probe;

	strbuf_addf(b, "%s%s", p->track->conf->file, p->watch < 0 ? ", looked at each second" : "");
}

static void
file_json(const void *probe, struct strbuf *b)
{
	const struct probe *p = probe;

	track_json_text(b, "file", p->track->conf->file);
}

const struct track_ops track_file_ops = {
    .open = file_open,
    .start = file_start,
    .close = file_close,
    .fact = file_fact,
    .text = file_text,
    .json = file_json,
};
