/*
 * fifo.c - the notify FIFO: one line per change of state, for a program that reads along.
 *
 * It is opened for writing only, so that we know whether anybody reads.  Without a reader nothing
 * is kept: whoever comes is told the present state of all instances first.  That somebody came is
 * seen by opening it, and by inotify when one reader follows the other.
 */
#include "vrrpd/fifo_priv.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "common/names.h"
#include "vrrpd/notify_output.h"
#include "vrrpd/track_priv.h"

#define TRY_EACH      (200 * USEC_PER_MS)
#define REPLAY_AFTER  (5 * USEC_PER_MS) /* our own opening and the reader's are one */
#define SCRIPT_FIRST  USEC_PER_SEC
#define LAST_GRACE    (500 * USEC_PER_MS) /* for a reader when vrrpd ends */
#define SCRIPT_MAX    (60 * USEC_PER_SEC)
#define SCRIPT_STEADY (60 * USEC_PER_SEC) /* ran so long: its end is not the fault of its start */

/* --- the pipe --------------------------------------------------------------------------------- */

static void
free_event(struct event **ev)
{
	if (*ev)
		event_free(*ev);
	*ev = NULL;
}

static void
close_pipe(struct fifo *f)
{
	free_event(&f->hangup);
	free_event(&f->writable);
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	fifo_queue_clear(&f->queue);
	evtimer_del(f->replay_timer);
}

static void
lose_reader(struct fifo *f)
{
	log_info("%s: nobody reads it any more", f->path);
	close_pipe(f);
	track_arm(f->try_timer, clock_now() + TRY_EACH);
}

static void
write_lines(struct fifo *f)
{
	const struct fifo_line *line;

	while (f->fd >= 0 && (line = fifo_queue_first(&f->queue)) != NULL) {
		ssize_t n = write(f->fd, line->text, line->len);

		if (n == (ssize_t)line->len) {
			fifo_queue_pop(&f->queue);
			continue;
		}
		if (n < 0 && errno == EAGAIN) {
			event_add(f->writable, NULL);
			return;
		}
		lose_reader(f);
	}
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	write_lines(arg);
}

/* Nothing can be read from it: the kernel tells that the last reader went. */
static void
on_hangup(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	lose_reader(arg);
}

static void
complain(struct fifo *f, const char *what)
{
	unsigned skipped;

	if (log_limit_pass(&f->limit, clock_now(), &skipped))
		log_warn("%s: %s: %s", f->path, what, strerror(errno));
}

static void
try_open(struct fifo *f)
{
	struct stat st;
	int fd = open(f->path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

	track_arm(f->try_timer, clock_now() + TRY_EACH);
	if (fd < 0) {
		if (errno != ENXIO) /* that is: nobody reads */
			complain(f, "cannot be opened");
		return;
	}
	if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode)) {
		errno = EINVAL;
		complain(f, "is no FIFO");
		close(fd);
		return;
	}
	f->fd = fd;
	f->hangup = event_new(f->base, fd, EV_READ | EV_PERSIST, on_hangup, f);
	f->writable = event_new(f->base, fd, EV_WRITE, on_writable, f);
	if (!f->hangup || !f->writable || event_add(f->hangup, NULL) < 0) {
		close_pipe(f);
		return;
	}
	track_arm(f->try_timer, USEC_NEVER);
	track_arm(f->replay_timer, clock_now() + REPLAY_AFTER);
}

static void
on_try(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	try_open(arg);
}

static void
on_replay(evutil_socket_t fd, short what, void *arg)
{
	struct fifo *f = arg;

	(void)fd;
	(void)what;
	f->n_readers++;
	fifo_queue_clear(&f->queue); /* the present state says more */
	f->replay(f->arg);
}

static void
on_opened(evutil_socket_t fd, short what, void *arg)
{
	_Alignas(struct inotify_event) char buf[1024];
	struct fifo *f = arg;

	(void)what;
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	if (f->fd >= 0)
		track_arm(f->replay_timer, clock_now() + REPLAY_AFTER);
	else
		try_open(f);
}

static void
watch_readers(struct fifo *f)
{
	f->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (f->inotify < 0 || inotify_add_watch(f->inotify, f->path, IN_OPEN) < 0)
		return; /* who comes when another has left is seen all the same */
	f->opened = event_new(f->base, f->inotify, EV_READ | EV_PERSIST, on_opened, f);
	if (f->opened)
		event_add(f->opened, NULL);
}

/* One that was there before keeps its owner. */
static void
give_to_user(struct fifo *f)
{
	const char *user = f->conf->fifo_user;
	struct spawn_ids ids = {.uid = geteuid(), .gid = getegid()};
	struct err e;

	if (!f->made_it || text_same(f->user, user))
		return;
	free(f->user);
	f->user = user ? strdup(user) : NULL;
	if (user && spawn_find_ids(user, &ids, &e) < 0)
		log_err("%s: %s", f->path, e.text);
	else if (lchown(f->path, ids.uid, ids.gid) < 0)
		complain(f, "its owner cannot be set");
}

static void
make_fifo(struct fifo *f)
{
	if (mkfifo(f->path, 0600) == 0)
		f->made_it = true;
	else if (errno != EEXIST)
		complain(f, "cannot be made");
}

/* --- the script that reads it ----------------------------------------------------------------- */

static void
on_script_end(const struct spawn_end *end, void *arg)
{
	struct fifo *f = arg;
	usec_t now = clock_now();

	f->reader = NULL; /* freed itself */
	if (now - f->script_began >= SCRIPT_STEADY)
		f->script_pause = SCRIPT_FIRST;
	log_warn("vrrp_notify_fifo_script ended: %s; again in %lld s", end->text,
		 (long long)(f->script_pause / USEC_PER_SEC));
	track_arm(f->script_timer, now + f->script_pause);
	f->script_pause = f->script_pause * 2 < SCRIPT_MAX ? f->script_pause * 2 : SCRIPT_MAX;
}

static void
on_script_due(evutil_socket_t fd, short what, void *arg)
{
	struct fifo *f = arg;
	struct spawn_order o = {
	    .command = f->script,
	    .args = {f->path},
	    .output_fd = f->output ? notify_output_fd(f->output) : -1,
	    .timeout = USEC_NEVER,
	    .ids = f->ids,
	};
	struct err e;

	(void)fd;
	(void)what;
	f->script_began = clock_now();
	f->reader = spawn_start(f->base, &o, on_script_end, f, &e);
	if (f->reader)
		return;
	log_err("vrrp_notify_fifo_script: %s", e.text);
	track_arm(f->script_timer, clock_now() + SCRIPT_MAX);
}

static void
stop_script(struct fifo *f)
{
	spawn_dismiss(&f->reader);
	evtimer_del(f->script_timer);
	free(f->script);
	f->script = NULL;
}

/* --- life ------------------------------------------------------------------------------------- */

static void
close_all(struct fifo *f)
{
	stop_script(f);
	close_pipe(f);
	free_event(&f->opened);
	if (f->inotify >= 0)
		close(f->inotify);
	f->inotify = -1;
	evtimer_del(f->try_timer);
	if (f->made_it)
		unlink(f->path);
	f->made_it = false;
	free(f->path);
	free(f->user);
	f->path = f->user = NULL;
}

static void
open_all(struct fifo *f)
{
	f->path = strdup(f->conf->fifo);
	if (!f->path)
		return;
	make_fifo(f);
	watch_readers(f);
	track_arm(f->try_timer, clock_now());
}

static void
start_script(struct fifo *f)
{
	f->script = strdup(f->conf->fifo_script);
	f->script_pause = SCRIPT_FIRST;
	if (f->script)
		track_arm(f->script_timer, clock_now());
}

void
fifo_set_conf(struct fifo *f, const struct tell_conf *tc, const struct spawn_ids *ids)
{
	const char *path = tc ? tc->fifo : NULL, *script = path ? tc->fifo_script : NULL;
	bool same_rights = f->ids.is_set == ids->is_set && f->ids.is_user == ids->is_user &&
			   f->ids.uid == ids->uid && f->ids.gid == ids->gid;

	f->conf = tc;
	f->ids = *ids;
	if (!text_same(f->path, path)) {
		if (f->path)
			close_all(f);
		if (path)
			open_all(f);
	}
	if (tc && f->path)
		give_to_user(f);
	if (text_same(f->script, script) && (same_rights || !script))
		return;
	stop_script(f);
	if (script && f->path)
		start_script(f);
}

struct fifo *
fifo_new(struct event_base *base, fifo_replay_fn replay, void *arg)
{
	struct fifo *f = calloc(1, sizeof(*f));
	struct err e;

	if (!f)
		return NULL;
	f->base = base;
	f->replay = replay;
	f->arg = arg;
	f->fd = -1;
	f->inotify = -1;
	fifo_queue_init(&f->queue);
	f->try_timer = evtimer_new(base, on_try, f);
	f->replay_timer = evtimer_new(base, on_replay, f);
	f->script_timer = evtimer_new(base, on_script_due, f);
	f->output = notify_output_new(base, "vrrp_notify_fifo_script", &e);
	if (!f->try_timer || !f->replay_timer || !f->script_timer || !f->output)
		fifo_free(&f);
	return f;
}

void
fifo_free(struct fifo **fifo)
{
	struct fifo *f = *fifo;

	if (!f)
		return;
	spawn_finish(&f->reader, LAST_GRACE);
	if (f->path && f->try_timer && f->replay_timer && f->script_timer)
		close_all(f);
	free_event(&f->try_timer);
	free_event(&f->replay_timer);
	free_event(&f->script_timer);
	notify_output_free(&f->output);
	free(f);
	*fifo = NULL;
}

void
fifo_tell(struct fifo *f, const struct fifo_subject *of, const char *state, uint8_t priority)
{
	if (f->fd < 0)
		return;
	fifo_queue_push(&f->queue, of, state, priority);
	if (!event_pending(f->writable, EV_WRITE, NULL))
		write_lines(f);
}
