/*
 * engine.c - the unprivileged process: its start, its main loop, its end.
 *
 * It is forked by the monitor, gets the configuration and its listening sockets over the channel,
 * opens what lies outside its chroot, gives up root and every capability, and only then starts
 * threads and touches the network.  The first thread turns into a worker (dataside.h); a second
 * one, the control thread, does all the rest.  Signals are the monitor's business; orders come over
 * the channel.  When the channel ends the monitor is dead and so is the engine; in case it hangs
 * just then, the kernel kills it (PR_SET_PDEATHSIG).
 */
#include "proxyd/engine.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "proxyd/channel.h"
#include "proxyd/dataside.h"
#include "proxyd/limits.h"
#include "proxyd/manager.h"

#define ANSWER_TIMEOUT (2 * USEC_PER_SEC)

struct engine {
	const struct engine_conf *ec;
	struct event_base *base;
	struct event *ev_channel;
	struct channel *channel;
	struct manager *manager;
	struct dataside *side;
	struct chan_msg first; /* the first configuration */
	int rc;
	bool stopped; /* an order was carried out to the end, or the monitor is gone */
};

static void
ignore_signals(void)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE};
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Whatever the uid is: no capability now or later. */
static int
drop_capabilities(struct err *e)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2];

	memset(none, 0, sizeof(none));
	if (syscall(SYS_capset, &head, none) < 0)
		return err_sys(e, "dropping capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, "no_new_privs");
	return 0;
}

static void
drop_bounding_set(void)
{
	/* without CAP_SETPCAP there is nothing to lose */
	for (unsigned long cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
}

static int
give_up_root(const struct engine *en, struct err *e)
{
	const struct conf *conf = manager_conf_now(en->manager);
	struct identity id;

	if (limits_identity(conf, &id, e) < 0)
		return -1;
	drop_bounding_set();
	if (daemon_drop_privileges(conf->global.chroot, id.uid, id.gid, e) < 0 ||
	    drop_capabilities(e) < 0)
		return -1;
	/* after the ids: changing them clears it */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return err_sys(e, "PR_SET_PDEATHSIG");
	if (getppid() != en->ec->monitor_pid)
		return err_set(e, "the monitor has ended");
	return 0;
}

static void
answer(struct engine *en, uint32_t id, bool done, const char *text)
{
	struct err e;

	if (channel_send_text(en->channel, done ? CHAN_DONE : CHAN_REFUSED, id, text,
			      ANSWER_TIMEOUT, &e) < 0)
		log_err("cannot answer the monitor: %s", e.text);
}

static void
on_stopped(void *arg)
{
	struct engine *en = arg;

	en->stopped = true;
	event_base_loopbreak(en->base);
}

static void
on_config(struct engine *en, struct chan_msg *msg)
{
	struct strbuf why;

	strbuf_init(&why);
	if (manager_reload(en->manager, msg, &why) == 0)
		answer(en, msg->id, true, "");
	else
		answer(en, msg->id, false, strbuf_str(&why));
	strbuf_free(&why);
}

/* "BOUND_USEC" or "BOUND_USEC handover" */
static void
on_drain(struct engine *en, const char *text)
{
	char *end;
	usec_t bound = strtoll(text, &end, 10);

	if (strcmp(end, " handover") == 0)
		manager_close_endpoints(en->manager);
	manager_stop(en->manager, true, bound);
}

static void
on_facts(struct engine *en, const char *text)
{
	unsigned long long facts[3] = {0, 0, 0};
	char *end = (char *)text;

	for (int i = 0; i < 3; i++)
		facts[i] = strtoull(end, &end, 10);
	manager_set_facts(en->manager, facts[0], facts[1], facts[2]);
}

static void
on_message(struct engine *en, struct chan_msg *msg)
{
	const char *text = msg->text != NULL ? msg->text : "";

	switch (msg->type) {
	case CHAN_CONFIG:
		on_config(en, msg);
		break;
	case CHAN_STOP:
		manager_stop(en->manager, false, 0);
		break;
	case CHAN_DRAIN:
		on_drain(en, text);
		break;
	case CHAN_FACTS:
		on_facts(en, text);
		break;
	case CHAN_DONE:
	case CHAN_REFUSED:
		break; /* the monitor does not answer */
	}
}

static void
on_channel(evutil_socket_t fd, short what, void *arg)
{
	struct engine *en = arg;
	struct chan_msg msg;
	struct err e;
	int rc;

	(void)fd;
	(void)what;
	while (!en->stopped && (rc = channel_recv(en->channel, &msg, &e)) != 0) {
		if (rc < 0) {
			log_err("monitor: %s", e.text);
			on_stopped(en);
			return;
		}
		on_message(en, &msg);
		chan_msg_free(&msg);
	}
}

static void
on_libevent_log(int severity, const char *text)
{
	if (severity >= EVENT_LOG_WARN)
		log_warn("libevent: %s", text);
}

static int
make_base(struct engine *en, struct err *e)
{
	struct event_config *cfg = event_config_new();

	event_set_log_callback(on_libevent_log);
	if (cfg != NULL) {
		event_config_set_flag(cfg, EVENT_BASE_FLAG_IGNORE_ENV | EVENT_BASE_FLAG_NOLOCK);
		en->base = event_base_new_with_config(cfg);
		event_config_free(cfg);
	}
	en->channel = channel_new(en->ec->channel_fd, CHANNEL_ENGINE);
	if (en->base != NULL)
		en->ev_channel =
		    event_new(en->base, en->ec->channel_fd, EV_READ | EV_PERSIST, on_channel, en);
	if (en->ev_channel == NULL || event_add(en->ev_channel, NULL) < 0)
		return err_set(e, "out of memory");
	return 0;
}

static int
wait_config(struct engine *en, struct chan_msg *msg, struct err *e)
{
	struct pollfd pf = {.fd = en->ec->channel_fd, .events = POLLIN};
	int rc;

	while ((rc = channel_recv(en->channel, msg, e)) == 0) {
		if (poll(&pf, 1, -1) < 0 && errno != EINTR)
			return err_sys(e, "poll");
	}
	if (rc > 0 && msg->type != CHAN_CONFIG) {
		chan_msg_free(msg);
		return err_set(e, "stopped before it was configured");
	}
	return rc < 0 ? -1 : 0;
}

/*
 * The workers' table of descriptors grows to its full size now, not between their connections.
 * libevent's array by descriptor number does as well: with one table for all threads a check that
 * comes while many connections are open would make it jump.
 */
static void
presize_event_map(struct engine *en)
{
	size_t n = limits_nofile(manager_conf_now(en->manager));
	int fd = fcntl(en->ec->channel_fd, F_DUPFD_CLOEXEC, n > 0 ? (int)n - 1 : 0);
	struct event *ev = fd >= 0 ? event_new(en->base, fd, EV_WRITE, on_channel, en) : NULL;

	if (ev != NULL) {
		event_add(ev, NULL);
		event_free(ev);
	}
	if (fd >= 0)
		close(fd);
}

/* As long as there is one thread; on failure `why` goes to the monitor. */
static int
prepare(struct engine *en, struct strbuf *why)
{
	struct manager_conf mc = {
	    .base = en->base,
	    .side = en->side,
	    .at_start_wall = en->ec->at_start_wall,
	    .at_start = en->ec->at_start,
	    .log_stderr = en->ec->log_stderr,
	    .stderr_level = en->ec->stderr_level,
	    .on_stopped = on_stopped,
	    .arg = en,
	};
	struct err e = {"out of memory"};

	en->manager = manager_new(&mc);
	if (en->manager != NULL) {
		if (manager_load(en->manager, &en->first, why) < 0)
			return -1;
		presize_event_map(en);
		if (give_up_root(en, &e) == 0)
			return 0;
	}
	strbuf_addf(why, "%s\n", e.text);
	return -1;
}

static void
finish(struct engine *en)
{
	manager_free(&en->manager);
	if (en->ev_channel != NULL)
		event_free(en->ev_channel);
	channel_free(&en->channel);
	if (en->base != NULL)
		event_base_free(en->base);
	log_close();
}

/* From here on descriptors that are not the workers' are this thread's alone. */
static void *
control_main(void *arg)
{
	struct engine *en = arg;
	struct err e = {""};

	en->rc = manager_start(en->manager, &e);
	answer(en, en->first.id, en->rc == 0, e.text);
	chan_msg_free(&en->first);
	if (en->rc == 0)
		event_base_dispatch(en->base);
	finish(en);
	dataside_quit(en->side);
	return NULL;
}

static int
run(struct engine *en, struct err *e)
{
	pthread_t control;
	int rc = pthread_create(&control, NULL, control_main, en);

	if (rc != 0)
		return err_set(e, "control thread: %s", strerror(rc));
	dataside_serve(en->side);
	pthread_join(control, NULL);
	return 0;
}

/* The first configuration is here; -1: it does not run, the monitor knows, finish() is due. */
static int
begin(struct engine *en)
{
	struct strbuf why;
	struct err e;
	int rc;

	strbuf_init(&why);
	rc = prepare(en, &why);
	if (rc == 0 && run(en, &e) < 0) {
		strbuf_addf(&why, "%s\n", e.text);
		rc = -1;
	}
	if (rc < 0) {
		answer(en, en->first.id, false, strbuf_str(&why));
		chan_msg_free(&en->first);
	}
	strbuf_free(&why);
	return rc;
}

int
engine_run(const struct engine_conf *ec)
{
	struct engine en = {.ec = ec, .rc = -1};
	struct err e;

	/* the data path has its own slabs; one arena can be trimmed, a thread's own never is */
	mallopt(M_ARENA_MAX, 1);
	ignore_signals();
	daemon_after_fork();
	en.side = dataside_new(&e);
	if (en.side == NULL || make_base(&en, &e) < 0 || wait_config(&en, &en.first, &e) < 0) {
		log_err("engine: %s", e.text);
		finish(&en);
	} else if (begin(&en) < 0) {
		finish(&en);
	}
	dataside_free(&en.side);
	libevent_global_shutdown();
	return en.rc == 0 ? 0 : 1;
}
