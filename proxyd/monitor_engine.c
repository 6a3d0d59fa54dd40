/*
 * monitor_engine.c - the monitor's engines as processes: fork, orders, end.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syslog.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "proxyd/channel.h"
#include "proxyd/engine.h"
#include "proxyd/monitor_priv.h"

#define CONFIG_TIMEOUT (5 * USEC_PER_SEC)
#define ORDER_TIMEOUT  (100 * USEC_PER_MS)

/* In the child: keep nothing of the monitor's but our end of the channel. */
static void
leave_monitor(struct monitor *m)
{
	close(m->signal_fd);
	binds_close(&m->binds);
	for (int i = 0; i < ENGINES_MAX; i++)
		channel_free(&m->engines[i].channel);
	channel_free(&m->heir_of.channel);
	plan_free(&m->plan);
	plan_free(&m->next);
	plan_free(&m->heritage);
}

static int
run_child(struct monitor *m, int fd, pid_t monitor_pid)
{
	struct engine_conf ec = {
	    .channel_fd = fd,
	    .monitor_pid = monitor_pid,
	    .at_start_wall = m->at_start_wall,
	    .at_start = m->at_start,
	    .log_stderr = !m->mc.daemon && !m->mc.quiet,
	    .stderr_level = m->mc.debug ? LOG_DEBUG : LOG_INFO,
	};

	leave_monitor(m);
	return engine_run(&ec);
}

/*
 * Sockets to log daemons whose path the chroot hides: new ones with every configuration, so that
 * a reload also finds a log daemon that was restarted.
 */
static void
add_log_sockets(struct chan_msg *msg, const struct conf *conf)
{
	static const char *const keys[LOG_TARGETS_MAX] = {CHAN_LOG_KEY "0", CHAN_LOG_KEY "1",
							  CHAN_LOG_KEY "2", CHAN_LOG_KEY "3"};
	const struct log_conf *lc = &conf->global.log;

	for (int i = 0; i < lc->n_targets; i++) {
		int fd = addr_family(&lc->targets[i].addr) == AF_UNIX ? log_connect(&lc->targets[i])
								      : -1;

		if (fd >= 0)
			msg->fds[msg->n_fds++] = (struct chan_fd){(char *)keys[i], fd};
	}
}

int
engine_send_config(struct monitor *m, struct engine_proc *p, const struct plan *plan, bool only_new,
		   struct err *e)
{
	struct chan_msg msg = {
	    .type = CHAN_CONFIG,
	    .id = ++m->last_id,
	    .name = (char *)m->mc.name,
	    .text = plan->text,
	    .text_len = plan->text_len,
	};
	size_t n_binds;
	int rc;

	msg.fds = calloc(m->binds.n_sockets + LOG_TARGETS_MAX, sizeof(*msg.fds));
	if (msg.fds == NULL)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < m->binds.n_sockets; i++) {
		const struct bind_socket *s = &m->binds.sockets[i];

		if (s->wanted && (s->is_new || !only_new || p->unsure))
			msg.fds[msg.n_fds++] = (struct chan_fd){s->key, s->fd};
	}
	n_binds = msg.n_fds;
	add_log_sockets(&msg, plan->conf);
	rc = channel_send(p->channel, &msg, CONFIG_TIMEOUT, e);
	for (size_t i = n_binds; i < msg.n_fds; i++)
		close(msg.fds[i].fd);
	free(msg.fds);
	p->id = msg.id;
	return rc;
}

void
engine_send_facts(const struct monitor *m)
{
	const struct engine_proc *p = &m->engines[0];
	char text[96];
	struct err e;

	if (p->channel == NULL)
		return;
	snprintf(text, sizeof(text), "%llu %llu %llu", (unsigned long long)m->n_reloads,
		 (unsigned long long)m->n_failed_reloads, (unsigned long long)m->n_engines);
	if (channel_send_text(p->channel, CHAN_FACTS, 0, text, ORDER_TIMEOUT, &e) < 0)
		log_debug("engine %d: %s", (int)p->pid, e.text);
}

int
engine_start(struct monitor *m, struct err *e)
{
	struct engine_proc *p = &m->engines[0];
	pid_t monitor_pid = getpid(), pid;
	struct rlimit rl;
	int fds[2];

	if (channel_pair(fds, e) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		exit(run_child(m, fds[1], monitor_pid));
	}
	close(fds[1]);
	if (pid < 0) {
		err_sys(e, "fork");
		close(fds[0]);
		return -1;
	}
	*p = (struct engine_proc){.state = ENGINE_STARTING, .pid = pid};
	p->channel = channel_new(fds[0], CHANNEL_MONITOR);
	m->n_engines++;
	m->engine_nofile = getrlimit(RLIMIT_NOFILE, &rl) == 0 ? rl.rlim_max : 0;
	if (engine_send_config(m, p, &m->plan, false, e) < 0)
		return -1;
	engine_send_facts(m);
	return 0;
}

void
engine_stop(struct engine_proc *p)
{
	struct err e;

	if (p->state == ENGINE_NONE)
		return;
	if (channel_send_text(p->channel, CHAN_STOP, 0, "", ORDER_TIMEOUT, &e) < 0)
		kill(p->pid, SIGKILL);
}

void
engine_drain(struct monitor *m, struct engine_proc *p, bool handover)
{
	usec_t bound = m->plan.conf->global.hard_stop_after;
	char text[64];
	struct err e;

	snprintf(text, sizeof(text), "%lld%s", (long long)bound, handover ? " handover" : "");
	p->state = ENGINE_DRAINING;
	p->kill_at = bound > 0 ? clock_now() + bound + DRAIN_MARGIN : 0;
	if (channel_send_text(p->channel, CHAN_DRAIN, 0, text, ORDER_TIMEOUT, &e) < 0) {
		log_err("engine %d does not take orders (%s), killing it", (int)p->pid, e.text);
		kill(p->pid, SIGKILL);
	}
}

void
engine_forget(struct engine_proc *p)
{
	channel_free(&p->channel);
	memset(p, 0, sizeof(*p));
}

bool
engines_alive(const struct monitor *m)
{
	bool alive = m->heir_of.state != ENGINE_NONE;

	for (int i = 0; i < ENGINES_MAX; i++)
		alive |= m->engines[i].state != ENGINE_NONE;
	return alive;
}

void
engines_kill(struct monitor *m)
{
	for (int i = 0; i < ENGINES_MAX; i++) {
		if (m->engines[i].state != ENGINE_NONE)
			kill(m->engines[i].pid, SIGKILL);
	}
	if (m->heir_of.state != ENGINE_NONE)
		kill(m->heir_of.pid, SIGKILL);
}

bool
engine_respawn_allowed(struct monitor *m, usec_t now)
{
	if (m->at_starts[0] != 0 && now - m->at_starts[0] < RESPAWN_WINDOW)
		return false;
	memmove(&m->at_starts[0], &m->at_starts[1], (RESPAWN_MAX - 1) * sizeof(usec_t));
	m->at_starts[RESPAWN_MAX - 1] = now;
	return true;
}
