/*
 * manager.c - the engine's control thread: who is there, and how it begins and ends.
 *
 * The manager owns the current generation (snapshot.h) and whatever works on it: the workers,
 * the checker, the control sockets and the status page.  manager_load.c brings configurations,
 * manager_ops.c answers control.c and statspage.c.  Control thread only; workers are reached
 * through worker.h's messages.
 */
#include "proxyd/manager.h"

#include <event2/event.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "proxyd/checker.h"
#include "proxyd/manager_priv.h"
#include "proxyd/stats.h"
#include "proxyd/worker.h"

#define CROWD_MIN 256 /* connections that are worth a trim when half of them have left */

static usec_t
process_cpu_used(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * USEC_PER_SEC + ru.ru_utime.tv_usec +
	       ru.ru_stime.tv_usec;
}

static uint64_t
bytes_to_clients(const struct manager *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->snap->n_frontends; i++) {
		const struct frontend *f = m->snap->frontends[i].frontend;

		for (unsigned w = 0; w < f->n_workers; w++)
			sum += counter_get(&f->counters[w].bout);
	}
	return sum;
}

/* Rates and shares of the last second. */
static void
account(struct manager *m)
{
	usec_t now = clock_now(), elapsed = now - m->at_account;
	usec_t cpu = process_cpu_used();
	uint64_t bytes = bytes_to_clients(m);
	struct workers_info wi;
	usec_t busy;

	if (elapsed <= 0)
		return;
	workers_info(m->workers, &wi);
	stats_account(m->snap, elapsed);
	busy = (cpu - m->cpu_used) * 100 / elapsed / (usec_t)m->n_workers;
	m->idle_pct = busy >= 100 ? 0 : (unsigned)(100 - busy);
	m->rate = (unsigned)((wi.n_accepted - m->n_accepted) * USEC_PER_SEC / (uint64_t)elapsed);
	if (m->rate > m->rate_max)
		m->rate_max = m->rate;
	/* a reload that drops a frontend takes its bytes along */
	m->bytes_out_rate =
	    bytes > m->bytes_out ? (bytes - m->bytes_out) * USEC_PER_SEC / (uint64_t)elapsed : 0;
	m->bytes_out = bytes;
	m->n_accepted = wi.n_accepted;
	m->cpu_used = cpu;
	m->at_account = now;
}

/*
 * After a crowd has left: what the allocator keeps of it goes back to the system.  Not in the
 * second of the change, for workers tidy up a little later.
 */
static void
trim_memory(struct manager *m)
{
	unsigned n = workers_n_conns(m->workers);

	if (m->trim_due)
		malloc_trim(0);
	m->trim_due = m->crowd >= CROWD_MIN && n <= m->crowd / 2;
	if (n > m->crowd || m->trim_due)
		m->crowd = n;
}

static void
on_second(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	account(arg);
	trim_memory(arg);
	manager_close_dying(arg);
	manager_lend_again(arg);
}

static void
finish_if_empty(struct manager *m)
{
	if (m->stopping && workers_acked(m->workers) >= m->stop_generation &&
	    workers_n_conns(m->workers) == 0)
		m->mc.on_stopped(m->mc.arg);
}

static void
on_notify(evutil_socket_t fd, short what, void *arg)
{
	struct manager *m = arg;

	(void)fd;
	(void)what;
	workers_notify_clear(m->workers);
	manager_close_dying(m);
	finish_if_empty(m);
}

static void
on_bound(evutil_socket_t fd, short what, void *arg)
{
	struct manager *m = arg;

	(void)fd;
	(void)what;
	log_warn("soft stop: %u connections are left after hard_stop_after, closing them",
		 workers_n_conns(m->workers));
	m->mc.on_stopped(m->mc.arg);
}

static void
on_server_changed(struct backend *b, void *arg)
{
	struct manager *m = arg;

	workers_backend_changed(m->workers, b);
}

struct manager *
manager_new(const struct manager_conf *mc)
{
	struct manager *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->mc = *mc;
	m->idle_pct = 100;
	for (int i = 0; i < LOG_TARGETS_MAX; i++)
		m->log_fds[i] = -1;
	if (gethostname(m->node, sizeof(m->node) - 1) < 0)
		strcpy(m->node, "localhost");
	m->endpoints = endpoints_new(mc->base, m);
	if (m->endpoints == NULL) {
		free(m);
		return NULL;
	}
	return m;
}

static void
free_event(struct event **ev)
{
	if (*ev != NULL)
		event_free(*ev);
	*ev = NULL;
}

void
manager_free(struct manager **m)
{
	struct manager *me = *m;

	if (me == NULL)
		return;
	endpoints_free(&me->endpoints);
	checker_free(&me->checker);
	free_event(&me->ev_notify);
	free_event(&me->ev_second);
	free_event(&me->ev_bound);
	workers_free(&me->workers);
	manager_close_dying(me);
	manager_close_log_fds(me);
	free(me->dying);
	socket_table_free(&me->sockets);
	snapshot_unref(&me->snap);
	free(me);
	*m = NULL;
}

static int
start_events(struct manager *m, struct err *e)
{
	const struct timeval second = {.tv_sec = 1};

	m->ev_notify = event_new(m->mc.base, workers_notify_fd(m->workers), EV_READ | EV_PERSIST,
				 on_notify, m);
	m->ev_second = event_new(m->mc.base, -1, EV_PERSIST, on_second, m);
	m->ev_bound = evtimer_new(m->mc.base, on_bound, m);
	if (m->ev_notify == NULL || m->ev_second == NULL || m->ev_bound == NULL ||
	    event_add(m->ev_notify, NULL) < 0 || event_add(m->ev_second, &second) < 0)
		return err_set(e, "out of memory");
	return 0;
}

int
manager_start(struct manager *m, struct err *e)
{
	struct strbuf why;
	struct listen_fd *fds;
	size_t n_fds;

	strbuf_init(&why);
	fds = manager_listen_fds(m, m->snap, &n_fds, &why);
	if (fds == NULL) {
		err_set(e, "%s", why.len > 0 ? why.s : "out of memory");
		strbuf_free(&why);
		return -1;
	}
	if (manager_lend_sockets(m, m->snap->conf, e) == 0)
		m->workers = workers_start(m->mc.side, m->n_workers, m->snap, fds, n_fds, e);
	free(fds);
	m->generation = 1;
	if (m->workers == NULL || start_events(m, e) < 0)
		return -1;
	m->checker = checker_new(m->mc.base, on_server_changed, m);
	if (m->checker == NULL)
		return err_set(e, "out of memory");
	if (checker_apply(m->checker, m->snap, e) < 0 ||
	    endpoints_prepare(m->endpoints, m->snap->conf, &m->sockets, e) < 0)
		return -1;
	endpoints_commit(m->endpoints);
	m->at_account = clock_now();
	m->cpu_used = process_cpu_used();
	return 0;
}

void
manager_kick_all(struct manager *m)
{
	for (size_t i = 0; i < m->snap->n_backends; i++)
		workers_backend_changed(m->workers, m->snap->backends[i].backend);
	workers_relisten(m->workers);
}

void
manager_close_endpoints(struct manager *m)
{
	endpoints_free(&m->endpoints);
}

void
manager_stop(struct manager *m, bool soft, usec_t bound)
{
	uint64_t generation;

	if (!soft || m->workers == NULL) {
		m->mc.on_stopped(m->mc.arg);
		return;
	}
	if (m->stopping)
		return;
	m->stopping = true;
	workers_stop(m->workers, WORKERS_STOP_SOFT);
	/* the same generation without a socket: afterwards they can be closed */
	generation = workers_post_snapshot(m->workers, m->snap, NULL, 0, NULL, 0);
	m->stop_generation = generation;
	if (generation > 0)
		manager_retire_all(m, generation);
	if (bound > 0) {
		struct timeval tv = {bound / USEC_PER_SEC, bound % USEC_PER_SEC};

		event_add(m->ev_bound, &tv);
	}
	finish_if_empty(m);
}

const struct snapshot *
manager_snapshot(const struct manager *m)
{
	return m->snap;
}

const struct conf *
manager_conf_now(const struct manager *m)
{
	return m->snap->conf;
}

struct workers *
manager_workers(const struct manager *m)
{
	return m->workers;
}

void
manager_set_facts(struct manager *m, uint64_t n_reloads, uint64_t n_failed, uint64_t n_engines)
{
	m->n_reloads = n_reloads;
	m->n_failed_reloads = n_failed;
	m->n_engines = n_engines;
}
