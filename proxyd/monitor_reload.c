/*
 * monitor_reload.c - the monitor and its serving engine: reload, answers, death and successor.
 *
 * A reload is tried on by the engine; only its DONE makes the new plan the running one and closes
 * what the old one bound.  Every other end (mistakes in the file, an address that is taken, an
 * engine that refuses or dies) puts everything back as it was.  An engine that does not answer may
 * do so yet: new sockets and plan are kept until it is known what it runs, but after a while the
 * reload counts as failed and the engine can be replaced (SIGUSR2).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "common/daemon.h"
#include "common/log.h"
#include "proxyd/channel.h"
#include "proxyd/monitor_priv.h"

/* For an address that the reload before gave up and a worker is just letting go. */
#define RELOAD_PATIENCE (200 * USEC_PER_MS)

#define ANSWERS_MAX 16 /* per wake-up */

static void
log_lines(const struct errlist *el)
{
	for (size_t i = 0; i < el->n_lines; i++)
		log_msg(strstr(el->lines[i], ": warning: ") != NULL ? LOG_WARNING : LOG_ERR, "%s",
			el->lines[i]);
}

static void
reload_failed(struct monitor *m, const char *why)
{
	binds_rollback(&m->binds);
	plan_free(&m->next);
	m->reloading = false;
	m->n_failed_reloads += !m->overdue; /* else counted */
	m->overdue = false;
	log_err("reload refused, %s%sthe running configuration stays", why, *why ? ", " : "");
	engine_send_facts(m);
	daemon_notify("READY=1");
}

int
monitor_raise_nofile(const struct plan *plan, struct err *e)
{
	struct err why;

	if (daemon_raise_nofile(plan->n_fds, &why) == 0)
		return 0;
	return err_set(e, "%s: [global] maxconn: %s; lower it, or allow more (ulimit -n)",
		       plan->conf->file, why.text);
}

/*
 * Room for the plan's descriptors in this process, before there are any, and in the engine, which
 * can raise its soft limit itself (manager_reload) but not the hard one any more.
 */
static int
raise_limits(struct monitor *m, const struct plan *plan, struct err *e)
{
	struct rlimit rl;

	if (monitor_raise_nofile(plan, e) < 0)
		return -1;
	if (plan->n_fds <= m->engine_nofile)
		return 0;
	getrlimit(RLIMIT_NOFILE, &rl);
	if (prlimit(m->engines[0].pid, RLIMIT_NOFILE, &rl, NULL) < 0)
		return err_sys(e, "raising the engine's limit to %zu descriptors", plan->n_fds);
	m->engine_nofile = rl.rlim_max;
	return 0;
}

void
monitor_check_reload(struct monitor *m, usec_t now)
{
	if (!m->reloading || m->overdue || now < m->reload_until)
		return;
	m->overdue = true;
	m->n_failed_reloads++;
	log_err("reload failed: engine %d has not answered for %lld s; should it take the "
		"configuration yet, that will hold; SIGUSR2 replaces the engine",
		(int)m->engines[0].pid, (long long)(RELOAD_BOUND / USEC_PER_SEC));
	daemon_notify("READY=1");
}

void
monitor_reload(struct monitor *m)
{
	struct errlist el;
	struct err e = {""};
	bool ok;

	if (m->overdue)
		log_err("reload put off: engine %d has still not answered the one before",
			(int)m->engines[0].pid);
	if (m->phase != MONITOR_RUNNING || m->engines[0].state != ENGINE_SERVING || m->reloading) {
		m->reload_again = m->phase == MONITOR_RUNNING;
		return;
	}
	daemon_notify("RELOADING=1");
	errlist_init(&el);
	m->reloading = true;
	ok = plan_load(&m->next, m->mc.path, m->mc.name, &el) == 0 &&
	     raise_limits(m, &m->next, &e) == 0 &&
	     binds_prepare(&m->binds, m->next.specs, m->next.n_specs, RELOAD_PATIENCE, &el) == 0;
	log_lines(&el);
	errlist_free(&el);
	m->reload_until = clock_now() + RELOAD_BOUND;
	if (!ok || engine_send_config(m, &m->engines[0], &m->next, true, &e) < 0)
		reload_failed(m, e.text);
}

static void
reload_done(struct monitor *m)
{
	char fixed[128];

	if (*plan_fixed_changes(&m->plan, &m->next, fixed, sizeof(fixed)) != '\0')
		log_warn("[global] %s: changed in the file, takes effect at the next restart",
			 fixed);
	plan_free(&m->plan);
	m->plan = m->next;
	memset(&m->next, 0, sizeof(m->next));
	m->reloading = m->overdue = m->engines[0].unsure = false;
	m->n_reloads++;
	binds_commit(&m->binds);
	monitor_open_log(m, true);
	log_notice("configuration %s reloaded", m->mc.name);
	engine_send_facts(m);
	daemon_notify("READY=1");
}

/* ---- the engine's answers ---- */

/* Our own engine serves: the one of the binary before us goes when its connections do. */
static void
take_over(struct monitor *m)
{
	for (int i = 1; i < ENGINES_MAX; i++) {
		if (m->engines[i].state != ENGINE_NONE)
			continue;
		m->engines[i] = m->heir_of;
		memset(&m->heir_of, 0, sizeof(m->heir_of));
		engine_drain(m, &m->engines[i], true);
		return;
	}
	log_warn("too many old engines, closing the connections of the last one");
	engine_stop(&m->heir_of);
}

static void
engine_ready(struct monitor *m)
{
	m->engines[0].state = ENGINE_SERVING;
	binds_commit(&m->binds);
	if (m->heir_of.state != ENGINE_NONE)
		take_over(m);
	plan_free(&m->heritage);
	log_notice("engine %d is ready", (int)m->engines[0].pid);
	if (!m->was_ready) {
		daemon_ready();
		monitor_open_log(m, true);
	}
	m->was_ready = true;
}

static void
log_reasons(const char *text)
{
	char *copy = strdup(text), *save = NULL;

	for (char *l = strtok_r(copy, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save))
		log_err("%s", l);
	free(copy);
}

static void
on_answer(struct monitor *m, const struct chan_msg *msg)
{
	struct engine_proc *p = &m->engines[0];

	if (msg->id != p->id || (p->state != ENGINE_STARTING && !m->reloading))
		return;
	if (msg->type == CHAN_REFUSED)
		log_reasons(msg->text != NULL ? msg->text : "");
	if (p->state == ENGINE_STARTING && msg->type == CHAN_DONE)
		engine_ready(m);
	else if (m->reloading && msg->type == CHAN_DONE)
		reload_done(m);
	else if (m->reloading && msg->type == CHAN_REFUSED)
		reload_failed(m, "");
}

void
monitor_read_answers(struct monitor *m, struct engine_proc *p)
{
	struct chan_msg msg;
	struct err e;
	int rc = 0;

	/* an engine that talks without end shall not keep signals waiting */
	for (int i = 0; i < ANSWERS_MAX && (rc = channel_recv(p->channel, &msg, &e)) > 0; i++) {
		if (p == &m->engines[0])
			on_answer(m, &msg);
		chan_msg_free(&msg);
	}
	if (rc < 0 && !p->at_eof) {
		p->at_eof = true;
		p->kill_at = clock_now() + STOP_PATIENCE;
	}
}

/* ---- the engine's death ---- */

static void
respawn(struct monitor *m)
{
	struct err e;

	if (!engine_respawn_allowed(m, clock_now())) {
		log_err("engines died %d times in 10 s, giving up", RESPAWN_MAX + 1);
		monitor_stop_now(m, 1);
	} else if (engine_start(m, &e) < 0) {
		log_err("cannot start an engine: %s", e.text);
		monitor_stop_now(m, 1);
	}
}

/* Sockets and plan back to what the old engine, still serving, has. */
bool
monitor_keep_heritage(struct monitor *m)
{
	struct rlimit rl;

	if (m->heir_of.state == ENGINE_NONE)
		return false;
	if (m->engines[0].state != ENGINE_NONE) {
		kill(m->engines[0].pid, SIGKILL);
		engine_forget(&m->engines[0]);
	}
	binds_rollback(&m->binds);
	if (m->heritage.conf != NULL) {
		plan_free(&m->plan);
		m->plan = m->heritage;
		memset(&m->heritage, 0, sizeof(m->heritage));
	}
	m->engines[0] = m->heir_of;
	m->engines[0].unsure = true;
	/* of its birth nothing is known; if it was less, the engine itself refuses a reload */
	m->engine_nofile = getrlimit(RLIMIT_NOFILE, &rl) == 0 ? rl.rlim_max : 0;
	memset(&m->heir_of, 0, sizeof(m->heir_of));
	log_err("the new binary could not take over, the old engine goes on");
	return true;
}

static void
current_engine_died(struct monitor *m, const char *how)
{
	bool was_starting = m->engines[0].state == ENGINE_STARTING;

	engine_forget(&m->engines[0]);
	if (m->phase != MONITOR_RUNNING)
		return;
	log_err("engine %s", how);
	if (m->reloading)
		reload_failed(m, "the engine died");
	if (was_starting && monitor_keep_heritage(m))
		return;
	if (was_starting && !m->was_ready)
		monitor_stop_now(m, 1);
	else
		respawn(m);
}

static void
on_death(struct monitor *m, pid_t pid, int status)
{
	char how[96];

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "%d died from signal %d (%s)", (int)pid,
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(how, sizeof(how), "%d ended with status %d", (int)pid,
			 WEXITSTATUS(status));
	if (pid == m->engines[0].pid) {
		/* what it said last may say why it died */
		if (m->engines[0].state == ENGINE_STARTING || m->reloading)
			monitor_read_answers(m, &m->engines[0]);
		current_engine_died(m, how);
		return;
	}
	for (int i = 1; i < ENGINES_MAX; i++) {
		if (pid == m->engines[i].pid) {
			log_info("old engine %s", how);
			engine_forget(&m->engines[i]);
		}
	}
	if (pid == m->heir_of.pid)
		engine_forget(&m->heir_of);
}

void
monitor_reap(struct monitor *m)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		on_death(m, pid, status);
}
