/*
 * checker.c - TCP checks: sockets and timers around health.h's rules; see checker.h.
 *
 * Control thread.  One struct check per server record lives as long as the record is configured to
 * be checked: a reload only points it to the new generation's views.  One timer per check: while
 * a socket is open it is the check's time limit, else the start of the next one.
 */
#include "proxyd/checker.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "proxyd/snapshot.h"
#include "proxyd/tune.h"

struct check {
	TAILQ_ENTRY(check) link;
	struct checker *checker;
	const struct backend_view *bv; /* of the current generation */
	const struct server_view *sv;
	struct event *ev_io;    /* while a check runs */
	struct event *ev_timer; /* its limit, or the next start */
	int fd;                 /* -1: none runs */
	usec_t at_start;
	usec_t at_next; /* planned start while none runs */
	bool wanted;    /* while applying a generation */
};

TAILQ_HEAD(check_head, check);

struct checker {
	struct event_base *base;
	checker_changed_fn changed;
	void *arg;
	struct snapshot *snap;
	struct check_head checks;
	struct log_limit shortage; /* lines about checks that could not even start */
};

static void
arm(struct check *k, usec_t at, usec_t now)
{
	usec_t in = at > now ? at - now : 0;
	struct timeval tv = {.tv_sec = in / USEC_PER_SEC, .tv_usec = in % USEC_PER_SEC};

	evtimer_add(k->ev_timer, &tv);
}

static void
plan(struct check *k, usec_t at, usec_t now)
{
	k->at_next = at;
	arm(k, at, now);
}

/* End the running check's socket.  Reset, not closed: see checker.h. */
static void
hang_up(struct check *k)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	if (k->fd < 0)
		return;
	if (k->ev_io)
		event_free(k->ev_io);
	k->ev_io = NULL;
	setsockopt(k->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(k->fd);
	k->fd = -1;
	k->sv->server->health.running = false;
}

/* `error` 0: none to name. */
static void
conclude(struct check *k, enum check_status status, int error)
{
	struct checker *ck = k->checker;
	usec_t now = clock_now();
	struct check_result result = {
	    .status = status,
	    .code = -1,
	    .duration = now - k->at_start,
	};
	struct report report;
	bool was_usable = server_is_usable(k->sv->server);

	if (error != 0)
		snprintf(result.info, sizeof(result.info), "%s", strerror(error));
	hang_up(k);
	server_check_result(k->bv, k->sv, &result, now, &report);
	for (int i = 0; i < report.n_lines && k->bv->conf->px.log; i++)
		log_msg(report.lines[i].level, "%s", report.lines[i].text);
	plan(k, now + health_interval(&k->sv->server->health, k->sv->conf), now);
	if (was_usable != server_is_usable(k->sv->server))
		ck->changed(k->bv->backend, ck->arg);
}

static void
on_connected(evutil_socket_t fd, short what, void *arg)
{
	struct check *k = arg;
	int error = 0;
	socklen_t len = sizeof(error);

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	conclude(k, error == 0 ? CHECK_L4OK : CHECK_L4CON, error);
}

/* Our own shortage says nothing about the server: no verdict, try again later. */
static void
put_off(struct check *k, int error, usec_t now)
{
	unsigned skipped;

	if (log_limit_pass(&k->checker->shortage, now, &skipped))
		log_warn("check of %s/%s could not start: %s%s", k->bv->conf->name,
			 k->sv->conf->name, strerror(error), skipped ? " (and others)" : "");
	hang_up(k);
	plan(k, now + k->sv->conf->inter, now);
}

static bool
is_our_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
	       error == EADDRNOTAVAIL;
}

/* From the address that connections come from, but any port: theirs may be in use. */
static int
bind_source(struct check *k)
{
	struct addr source = k->sv->conf->source;

	if (addr_family(&source) != addr_family(&k->sv->conf->check_addr))
		return 0;
	addr_set_port(&source, 0);
	return tune_source(k->fd, &source);
}

/* 0: the answer comes as an event; 1: connected at once; else -1 with errno. */
static int
open_socket(struct check *k)
{
	const struct addr *a = &k->sv->conf->check_addr;
	bool at_once;

	k->fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (k->fd < 0 || bind_source(k) < 0)
		return -1;
	at_once = connect(k->fd, &a->sa, a->len) == 0;
	if (!at_once && errno != EINPROGRESS)
		return -1;
	if (at_once)
		return 1;
	k->ev_io = event_new(k->checker->base, k->fd, EV_WRITE, on_connected, k);
	if (!k->ev_io || event_add(k->ev_io, NULL) < 0) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

static void
start(struct check *k, usec_t now)
{
	const struct conf_server *cs = k->sv->conf;
	const struct conf_proxy *px = &k->bv->conf->px;
	int rc;

	k->at_start = now;
	rc = open_socket(k);
	if (rc < 0 && is_our_shortage(errno)) {
		put_off(k, errno, now);
		return;
	}
	if (rc != 0) {
		conclude(k, rc > 0 ? CHECK_L4OK : CHECK_L4CON, rc > 0 ? 0 : errno);
		return;
	}
	k->sv->server->health.running = true;
	arm(k, now + health_connect_timeout(cs, px->timeout_connect, px->timeout_check), now);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct check *k = arg;
	usec_t now = clock_now();

	(void)fd;
	(void)what;
	if (k->fd >= 0)
		conclude(k, CHECK_L4TOUT, 0);
	else if (server_is_checked(k->sv))
		start(k, now);
	else
		plan(k, now + k->sv->conf->inter, now); /* in maintenance, or checks are off */
}

struct checker *
checker_new(struct event_base *base, checker_changed_fn changed, void *arg)
{
	struct checker *ck = calloc(1, sizeof(*ck));

	if (!ck)
		return NULL;
	ck->base = base;
	ck->changed = changed;
	ck->arg = arg;
	TAILQ_INIT(&ck->checks);
	return ck;
}

static void
check_free(struct check *k)
{
	hang_up(k);
	if (k->ev_timer)
		event_free(k->ev_timer);
	TAILQ_REMOVE(&k->checker->checks, k, link);
	free(k);
}

static struct check *
check_new(struct checker *ck)
{
	struct check *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->checker = ck;
	k->fd = -1;
	TAILQ_INSERT_TAIL(&ck->checks, k, link);
	k->ev_timer = evtimer_new(ck->base, on_timer, k);
	if (!k->ev_timer) {
		check_free(k);
		return NULL;
	}
	return k;
}

static struct check *
find(struct checker *ck, const struct server *s)
{
	struct check *k;

	TAILQ_FOREACH (k, &ck->checks, link)
		if (k->sv->server == s)
			return k;
	return NULL;
}

/* A shorter interval takes effect now, a longer one after the next check. */
static void
keep(struct check *k, const struct backend_view *bv, const struct server_view *sv, usec_t now)
{
	usec_t latest = now + health_interval(&sv->server->health, sv->conf);

	k->bv = bv;
	k->sv = sv;
	if (k->fd < 0 && k->at_next > latest)
		plan(k, latest, now);
}

static int
apply_server(struct checker *ck, const struct backend_view *bv, size_t index, usec_t now)
{
	const struct server_view *sv = &bv->servers[index];
	struct check *k = find(ck, sv->server);

	if (!sv->conf->check)
		return 0;
	if (k) {
		keep(k, bv, sv, now);
	} else {
		k = check_new(ck);
		if (!k)
			return -1;
		k->bv = bv;
		k->sv = sv;
		plan(k, health_first_at(now, index, bv->n_servers), now);
	}
	k->wanted = true;
	return 0;
}

int
checker_apply(struct checker *ck, struct snapshot *snap, struct err *e)
{
	struct snapshot *old = ck->snap; /* until the end: checks that go still look into it */
	usec_t now = clock_now();
	struct check *k, *next;
	int rc = 0;

	ck->snap = snapshot_ref(snap);
	TAILQ_FOREACH (k, &ck->checks, link)
		k->wanted = false;
	for (size_t b = 0; b < snap->n_backends; b++)
		for (size_t i = 0; i < snap->backends[b].n_servers; i++)
			if (apply_server(ck, &snap->backends[b], i, now) < 0)
				rc = err_set(e, "no memory to check %s/%s",
					     snap->backends[b].conf->name,
					     snap->backends[b].servers[i].conf->name);
	for (k = TAILQ_FIRST(&ck->checks); k; k = next) {
		next = TAILQ_NEXT(k, link);
		if (!k->wanted)
			check_free(k);
	}
	if (old)
		snapshot_unref(&old);
	return rc;
}

void
checker_free(struct checker **ckp)
{
	struct checker *ck = *ckp;
	struct check *k;

	*ckp = NULL;
	if (!ck)
		return;
	while ((k = TAILQ_FIRST(&ck->checks)))
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the freed one has left the list */
		check_free(k);
	if (ck->snap)
		snapshot_unref(&ck->snap);
	free(ck);
}
