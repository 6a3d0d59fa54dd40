/*
 * monitor.c - the privileged process: configuration file, listening sockets, signals, engines.
 *
 * It keeps root, reads no byte from the network and does little: read and check the file, bind,
 * fork an engine, hand text and sockets over, wait for signals and for the engine's answers.  It
 * holds a copy of every listening socket, so an engine that dies takes no waiting connection
 * along: the next one finds them in the accept queues.  Single-threaded, poll() and a signalfd;
 * nothing here waits for an engine without a bound.
 */
#include "proxyd/monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "proxyd/channel.h"
#include "proxyd/monitor_priv.h"

#define START_PATIENCE (2 * USEC_PER_SEC)    /* for addresses that a dying predecessor holds */
#define SLEEP_MAX      (3600 * USEC_PER_SEC) /* poll() takes an int, too small for 25 days in ms */

/* ---- the file ---- */

static void
print_lines(const struct errlist *el)
{
	for (size_t i = 0; i < el->n_lines; i++)
		fprintf(stderr, "%s\n", el->lines[i]);
}

int
monitor_check(const struct monitor_conf *mc)
{
	struct errlist el;
	struct plan plan;
	int rc;

	errlist_init(&el);
	rc = plan_load(&plan, mc->path, mc->name, &el);
	if (rc < 0 || !mc->quiet)
		print_lines(&el);
	errlist_free(&el);
	if (rc < 0)
		return 1;
	if (!mc->quiet)
		printf("%s: valid\n", mc->name);
	plan_free(&plan);
	return 0;
}

void
monitor_open_log(const struct monitor *m, bool ready)
{
	struct log_conf lc = m->plan.conf->global.log;
	struct err e;

	/* until it is ready whoever starts us reads there why not */
	lc.to_stderr = !ready || (!m->mc.quiet && !m->mc.daemon);
	lc.stderr_level = m->mc.quiet ? LOG_ERR : m->mc.debug ? LOG_DEBUG : LOG_INFO;
	if (log_open(&lc, &e) < 0)
		log_err("log: %s", e.text);
}

/* ---- the end ---- */

void
monitor_stop_now(struct monitor *m, int status)
{
	if (m->phase == MONITOR_STOPPING) { /* told twice: no more patience */
		engines_kill(m);
		return;
	}
	m->phase = MONITOR_STOPPING;
	m->exit_status = status;
	m->deadline = clock_now() + STOP_PATIENCE;
	daemon_notify("STOPPING=1");
	binds_remove(&m->binds);
	for (int i = 0; i < ENGINES_MAX; i++)
		engine_stop(&m->engines[i]);
	engine_stop(&m->heir_of);
}

static void
stop_softly(struct monitor *m)
{
	if (m->phase != MONITOR_RUNNING)
		return;
	if (m->engines[0].state != ENGINE_SERVING) {
		monitor_stop_now(m, 0);
		return;
	}
	log_notice("soft stop: no new connections, leaving with the last one");
	daemon_notify("STOPPING=1");
	m->phase = MONITOR_DRAINING;
	m->deadline = USEC_NEVER; /* engine_drain sets the engine's own */
	binds_drain(&m->binds);
	engine_drain(m, &m->engines[0], false);
}

/* ---- signals and the loop ---- */

static void
on_signal(struct monitor *m, int signo)
{
	switch (signo) {
	case SIGHUP:
		monitor_reload(m);
		break;
	case SIGTERM:
	case SIGINT:
		monitor_stop_now(m, 0);
		break;
	case SIGUSR1:
		stop_softly(m);
		break;
	case SIGUSR2:
		if (m->phase == MONITOR_RUNNING && (!m->reloading || m->overdue) &&
		    m->engines[0].state == ENGINE_SERVING && m->heir_of.state == ENGINE_NONE)
			reexec_now(m);
		else
			log_warn("not now: a start, reload or stop is under way");
		break;
	case SIGCHLD:
		monitor_reap(m);
		break;
	}
}

static void
read_signals(struct monitor *m)
{
	struct signalfd_siginfo si;

	while (read(m->signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si))
		on_signal(m, (int)si.ssi_signo);
}

static int
open_signals(struct monitor *m, struct err *e)
{
	static const int signals[] = {SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGCHLD};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	m->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return m->signal_fd >= 0 ? 0 : err_sys(e, "signalfd");
}

/* How long to sleep: until somebody's patience ends. */
static int
timeout_ms(const struct monitor *m)
{
	usec_t at = m->phase == MONITOR_RUNNING ? USEC_NEVER : m->deadline;
	usec_t left;

	for (int i = 0; i < ENGINES_MAX; i++) {
		if (m->engines[i].kill_at != 0 && m->engines[i].kill_at < at)
			at = m->engines[i].kill_at;
	}
	if (m->reloading && !m->overdue && m->reload_until < at)
		at = m->reload_until;
	if (at == USEC_NEVER)
		return -1;
	left = at - clock_now();
	if (left > SLEEP_MAX)
		left = SLEEP_MAX;
	return left <= 0 ? 0 : (int)(left / USEC_PER_MS) + 1;
}

static void
wait_and_handle(struct monitor *m)
{
	struct engine_proc *procs[ENGINES_MAX + 1];
	struct pollfd pf[ENGINES_MAX + 2];
	nfds_t n = 0;

	for (int i = 0; i <= ENGINES_MAX; i++) {
		struct engine_proc *p = i < ENGINES_MAX ? &m->engines[i] : &m->heir_of;

		if (p->channel == NULL || p->at_eof)
			continue;
		procs[n] = p;
		pf[n++] = (struct pollfd){.fd = channel_fd(p->channel), .events = POLLIN};
	}
	pf[n] = (struct pollfd){.fd = m->signal_fd, .events = POLLIN};
	if (poll(pf, n + 1, timeout_ms(m)) < 0)
		return;
	for (nfds_t i = 0; i < n; i++) {
		if (pf[i].revents != 0)
			monitor_read_answers(m, procs[i]);
	}
	read_signals(m);
}

/* Whoever overstays is killed. */
static void
check_deadlines(struct monitor *m)
{
	usec_t now = clock_now();

	for (int i = 0; i < ENGINES_MAX; i++) {
		struct engine_proc *p = &m->engines[i];

		if (p->kill_at == 0 || now < p->kill_at)
			continue;
		log_warn("engine %d does not end, killing it", (int)p->pid);
		kill(p->pid, SIGKILL);
		p->kill_at = now + STOP_PATIENCE;
	}
	monitor_check_reload(m, now);
	if (m->phase == MONITOR_RUNNING)
		return;
	if (!engines_alive(m)) {
		m->phase = MONITOR_DONE;
	} else if (now >= m->deadline) {
		log_warn("an engine does not end, killing it");
		engines_kill(m);
		m->deadline = now + STOP_PATIENCE;
	}
}

static void
loop(struct monitor *m)
{
	while (m->phase != MONITOR_DONE) {
		wait_and_handle(m);
		check_deadlines(m);
		if (m->reload_again && !m->reloading && m->phase == MONITOR_RUNNING &&
		    m->engines[0].state == ENGINE_SERVING) {
			m->reload_again = false;
			monitor_reload(m);
		}
	}
}

/* ---- start ---- */

/* Who we are: pidfile, background.  The first error is printed by the caller. */
static int
become_daemon(struct monitor *m, bool adopted, struct err *e)
{
	const struct conf_global *g = &m->plan.conf->global;
	const char *pidfile = m->mc.pidfile != NULL ? m->mc.pidfile : g->pidfile;

	m->mc.daemon = m->mc.daemon || g->daemon;
	if (pidfile != NULL && daemon_pidfile_lock(pidfile, e) < 0) {
		if (!adopted)
			return -1;
		log_err("%s", e->text); /* no reason to end what serves */
	}
	if (m->mc.daemon && !adopted && daemon_background(e) < 0)
		return -1;
	daemon_pidfile_write();
	return 0;
}

static int
start(struct monitor *m, struct err *e)
{
	struct errlist el;
	int rc;

	if (monitor_raise_nofile(&m->plan, e) < 0)
		return -1;
	errlist_init(&el);
	rc = binds_prepare(&m->binds, m->plan.specs, m->plan.n_specs, START_PATIENCE, &el);
	if (!m->was_ready)
		print_lines(&el);
	for (size_t i = 0; m->was_ready && i < el.n_lines; i++)
		log_err("%s", el.lines[i]); /* after a re-exec stderr may be nobody's */
	errlist_free(&el);
	if (rc < 0)
		return err_set(e, "not started");
	return engine_start(m, e);
}

/* The running configuration: of the file, or of the binary before us. */
static int
first_plan(struct monitor *m, int adopted)
{
	struct errlist el;
	struct plan p;
	int rc;

	errlist_init(&el);
	rc = plan_load(&p, m->mc.path, m->mc.name, &el);
	if (rc < 0 || !m->mc.quiet)
		print_lines(&el);
	errlist_free(&el);
	if (rc < 0)
		return adopted == 1 ? 0 : -1;
	m->heritage = m->plan; /* empty at a first start */
	m->plan = p;
	return 0;
}

int
monitor_run(const struct monitor_conf *mc)
{
	struct monitor m = {.mc = *mc, .signal_fd = -1, .deadline = USEC_NEVER};
	struct err e = {""};
	int adopted;

	m.at_start = clock_now();
	m.at_start_wall = time(NULL);
	binds_init(&m.binds);
	adopted = reexec_adopt(&m, &e);
	if (adopted < 0 || open_signals(&m, &e) < 0)
		goto fail;
	if (first_plan(&m, adopted) < 0)
		return 1;
	if (become_daemon(&m, adopted == 1, &e) < 0)
		goto fail;
	monitor_open_log(&m, adopted == 1);
	if (start(&m, &e) < 0 && !monitor_keep_heritage(&m))
		goto fail;
	loop(&m);
	binds_remove(&m.binds);
	daemon_pidfile_remove();
	log_notice("stopped");
	plan_free(&m.plan);
	plan_free(&m.heritage);
	close(m.signal_fd);
	log_close();
	return m.exit_status;
fail:
	fprintf(stderr, "%s\n", e.text);
	engines_kill(&m);
	binds_remove(&m.binds);
	plan_free(&m.plan);
	daemon_pidfile_remove();
	return 1;
}
