/*
 * track_process.c - how many processes of a name run.
 *
 * New ones are found by looking through /proc each interval, the end of one is told at once by its
 * pidfd.  The kernel's process connector would tell of both, but only in the host's own network
 * namespace, with the host's pids, and it drops events when many processes come and go - just
 * when it matters.  /proc is read in slices, so that a host with thousands of processes costs the
 * election no millisecond at a stretch.
 */
#include <dirent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "common/daemon.h"
#include "vrrpd/observe.h"
#include "vrrpd/track_priv.h"
#include "vrrpd/verdict.h"

#define SLICE       32 /* entries of /proc in one turn of the event loop */
#define WATCHED_MAX 64 /* processes with a pidfd; more are found gone by the next look */
#define CMDLINE_MAX 4096

struct watched {
	struct probe *probe;
	pid_t pid; /* 0: empty */
	int pidfd;
	struct event *event;
	bool seen;    /* by the look that goes on */
	bool counted; /* in n_now, since the last look ended */
};

struct probe {
	struct track *track;
	struct verdict verdict;
	struct event *timer;  /* the next look */
	struct event *settle; /* a delay is over */
	struct event *slice;
	DIR *proc; /* a look goes on */
	int n_now; /* processes found */
	int n_found;
	struct watched watched[WATCHED_MAX];
	int n_excused; /* orders under way */
};

static void
forget(struct watched *w)
{
	if (w->event)
		event_free(w->event);
	if (w->pidfd >= 0)
		close(w->pidfd);
	*w = (struct watched){.probe = w->probe, .pidfd = -1};
}

/* --- what that means -------------------------------------------------------------------------- */

static const char *
complaint(const struct probe *p)
{
	if (p->n_now == 0)
		return "it does not run";
	if (p->n_now < p->track->conf->quorum)
		return "fewer run than quorum demands";
	return "more run than quorum_max allows";
}

static void
settle(struct probe *p)
{
	const struct track_conf *tc = p->track->conf;
	bool good = p->n_now >= tc->quorum && p->n_now <= tc->quorum_max;

	if (!good && p->n_excused > 0)
		return;
	good = verdict_settle(&p->verdict, tc->up_delay, tc->down_delay, good,
			      good ? "" : complaint(p), clock_now());
	track_arm(p->settle, p->verdict.change_at);
	if (good) /* it changed */
		track_changed(p->track);
}

static void
on_settle(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	settle(arg);
}

static void
on_gone(evutil_socket_t fd, short what, void *arg)
{
	struct watched *w = arg;
	struct probe *p = w->probe;

	(void)fd;
	(void)what;
	if (w->seen)
		p->n_found--;
	p->n_now -= w->counted;
	if (w->counted)
		settle(p);
	forget(w);
}

/* --- a look through /proc --------------------------------------------------------------------- */

static ssize_t
read_of(const struct probe *p, const char *pid, const char *name, char *buf, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%.20s/%s", pid, name);
	fd = openat(dirfd(p->proc), path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, buf, size);
	close(fd);
	return n;
}

static bool
is_ours(const struct probe *p, const char *pid)
{
	const struct track_conf *tc = p->track->conf;
	char comm[OBSERVE_COMM_MAX + 1], buf[CMDLINE_MAX];
	ssize_t n = read_of(p, pid, "stat", buf, sizeof(buf));

	if (n < 0 || !observe_stat(buf, (size_t)n, comm) || !observe_may_match(tc, comm))
		return false;
	if (!observe_needs_cmdline(tc))
		return true;
	n = read_of(p, pid, "cmdline", buf, sizeof(buf));
	return n > 0 && observe_matches(tc, buf, (size_t)n);
}

static struct watched *
find_watched(struct probe *p, pid_t pid)
{
	for (int i = 0; i < WATCHED_MAX; i++)
		if (p->watched[i].pid == pid)
			return &p->watched[i];
	return NULL;
}

static bool
watch(struct probe *p, pid_t pid)
{
	struct watched *w = find_watched(p, pid);

	if (!w && (w = find_watched(p, 0)) != NULL) {
		w->pidfd = pidfd_open(pid, 0);
		if (w->pidfd >= 0)
			w->event = event_new(p->track->world->base, w->pidfd, EV_READ, on_gone, w);
		if (!w->event || event_add(w->event, NULL) < 0) {
			forget(w);
			return false;
		}
		w->pid = pid;
	}
	if (w)
		w->seen = true;
	return w != NULL;
}

static void
end_look(struct probe *p)
{
	closedir(p->proc);
	p->proc = NULL;
	for (int i = 0; i < WATCHED_MAX; i++) {
		struct watched *w = &p->watched[i];

		if (w->pid && !w->seen)
			forget(w); /* it calls itself otherwise now */
		w->counted = w->pid != 0;
	}
	p->n_now = p->n_found;
	track_arm(p->timer, clock_now() + p->track->conf->timing.interval);
	settle(p);
}

static void
on_slice(evutil_socket_t fd, short what, void *arg)
{
	struct probe *p = arg;

	(void)fd;
	(void)what;
	for (int i = 0; i < SLICE; i++) {
		const struct dirent *d = readdir(p->proc);

		if (!d) {
			end_look(p);
			return;
		}
		if (d->d_name[0] < '1' || d->d_name[0] > '9' || !is_ours(p, d->d_name))
			continue;
		p->n_found++;
		watch(p, (pid_t)atol(d->d_name));
	}
	event_active(p->slice, EV_TIMEOUT, 0);
}

static void
begin_look(struct probe *p)
{
	if (p->proc)
		return;
	p->proc = opendir("/proc");
	if (!p->proc) {
		track_arm(p->timer, clock_now() + p->track->conf->timing.interval);
		return;
	}
	p->n_found = 0;
	for (int i = 0; i < WATCHED_MAX; i++)
		p->watched[i].seen = false;
	event_active(p->slice, EV_TIMEOUT, 0);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	begin_look(arg);
}

/* --- the prober ------------------------------------------------------------------------------- */

static void
process_close(void *probe)
{
	struct probe *p = probe;

	for (int i = 0; i < WATCHED_MAX; i++)
		forget(&p->watched[i]);
	if (p->proc)
		closedir(p->proc);
	if (p->timer)
		event_free(p->timer);
	if (p->settle)
		event_free(p->settle);
	if (p->slice)
		event_free(p->slice);
	free(p);
}

static void *
process_open(struct track *track)
{
	struct probe *p = calloc(1, sizeof(*p));
	struct event_base *base = track->world->base;

	if (!p)
		return NULL;
	p->track = track;
	verdict_init(&p->verdict, false);
	for (int i = 0; i < WATCHED_MAX; i++)
		p->watched[i] = (struct watched){.probe = p, .pidfd = -1};
	p->timer = evtimer_new(base, on_timer, p);
	p->settle = evtimer_new(base, on_settle, p);
	p->slice = event_new(base, -1, 0, on_slice, p);
	if (p->timer && p->settle && p->slice)
		return p;
	process_close(p);
	return NULL;
}

static void
process_start(void *probe)
{
	begin_look(probe);
}

static void
process_fact(const void *probe, struct track_fact *out)
{
	const struct verdict *v = &((const struct probe *)probe)->verdict;

	*out = (struct track_fact){.verdict = v->now, .reason = v->reason};
}

/* What we restart ourselves is away for a moment. */
static void
process_ordered(void *probe, usec_t grace)
{
	struct probe *p = probe;

	(void)grace;
	p->n_excused++;
}

static void
process_order_done(void *probe, bool well)
{
	struct probe *p = probe;

	(void)well;
	p->n_excused -= p->n_excused > 0;
	if (p->n_excused == 0)
		begin_look(p);
}

static void
process_text(const void *probe, struct strbuf *b)
{
	const struct probe *p = probe;
	const struct track_conf *tc = p->track->conf;

	for (int i = 0; i < tc->n_process; i++)
		strbuf_addf(b, "%s%s", i ? " " : "", tc->process[i]);
	strbuf_addf(b, ", %d running, quorum %d", p->n_now, tc->quorum);
	if (tc->quorum_max != TRACK_PROCESS_UNBOUNDED)
		strbuf_addf(b, " to %d", tc->quorum_max);
}

static void
process_json(const void *probe, struct strbuf *b)
{
	const struct probe *p = probe;

	track_json_text(b, "process", p->track->conf->process[0]);
	track_json_number(b, "running", p->n_now);
	track_json_number(b, "quorum", p->track->conf->quorum);
}

const struct track_ops track_process_ops = {
    .open = process_open,
    .start = process_start,
    .close = process_close,
    .fact = process_fact,
    .ordered = process_ordered,
    .order_done = process_order_done,
    .text = process_text,
    .json = process_json,
};
