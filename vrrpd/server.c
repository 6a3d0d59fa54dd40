/*
 * server.c - the running vrrpd: start, signals, reload, end.
 *
 * Before the fork to the background: read the configuration, take the pidfile.  After it: event
 * base, sockets, instances, then "ready".  One thread.
 */
#include "vrrpd/server.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/daemon.h"
#include "common/daemon_args.h"
#include "common/log.h"
#include "common/strbuf.h"
#include "common/version.h"
#include "vrrpd/base.h"
#include "vrrpd/conf.h"
#include "vrrpd/control.h"
#include "vrrpd/forecast.h"
#include "vrrpd/keepalived_json.h"
#include "vrrpd/metrics_server.h"
#include "vrrpd/life_script.h"
#include "vrrpd/namespace.h"
#include "vrrpd/registry.h"
#include "vrrpd/schedule.h"
#include "vrrpd/server_conf.h"

#define N_SIGNALS 7

struct server {
	const struct daemon_args *options;
	struct event_base *base;
	struct registry *registry;
	struct control *control;
	struct metrics_server *metrics; /* NULL: none */
	struct event *signals[N_SIGNALS];
	bool stopping;
	bool reload_due; /* asked for while startup_script ran */
};

/* --- configuration ---------------------------------------------------------------------------- */

static void
print_list(const struct errlist *el)
{
	for (size_t i = 0; i < el->n_lines; i++)
		fprintf(stderr, "%s\n", el->lines[i]);
}

static void
print_forecast(const struct vrrpd_conf *conf)
{
	struct strbuf b;

	strbuf_init(&b);
	for (size_t i = 0; i < conf->n_instances; i++)
		forecast_text(&conf->instances[i], &conf->global, &b);
	fputs(strbuf_str(&b), stdout);
	strbuf_free(&b);
}

int
server_check(const struct daemon_args *o)
{
	struct vrrpd_conf *conf;
	struct errlist el;

	errlist_init(&el);
	conf = server_read_conf(o->config, &el);
	print_list(&el);
	errlist_free(&el);
	if (!conf)
		return 1;
	printf("%s: valid\n", o->config);
	if (!o->quiet)
		print_forecast(conf);
	vrrpd_conf_free(&conf);
	return 0;
}

static int
open_log(const struct daemon_args *o, const struct global_conf *g, struct err *e)
{
	int level = o->debug ? LOG_DEBUG : LOG_INFO;
	struct log_conf lc = {.to_stderr = !o->daemon && !o->quiet, .stderr_level = level};

	memcpy(lc.targets, g->logs, sizeof(g->logs));
	lc.n_targets = g->n_logs;
	if (lc.n_targets == 0) {
		struct log_target *t = &lc.targets[lc.n_targets++];

		if (addr_parse("/dev/log", -1, &t->addr, e) < 0)
			return -1;
		t->facility = LOG_DAEMON;
		t->max_level = level;
	}
	for (int i = 0; o->debug && i < lc.n_targets; i++)
		lc.targets[i].max_level = LOG_DEBUG;
	return log_open(&lc, e);
}

/* --- signals ---------------------------------------------------------------------------------- */

static void
log_list(const struct errlist *el)
{
	int level = el->n_errors > 0 ? LOG_ERR : LOG_WARNING;

	for (size_t i = 0; i < el->n_lines; i++)
		log_msg(level, "%s", el->lines[i]);
}

/* Everything around the instances, as g wants it. */
static int
change_surroundings(struct server *s, const struct global_conf *g, struct err *e)
{
	if (control_replace(&s->control, g, e) < 0 ||
	    metrics_server_replace(s->base, s->registry, g, &s->metrics, e) < 0)
		return -1;
	return open_log(s->options, g, e);
}

/* Takes conf over only on 0.  The surroundings first: they can fail, and be put back. */
static int
change_to(struct server *s, struct vrrpd_conf *conf, struct err *e)
{
	const struct global_conf before = registry_conf(s->registry)->global;
	struct err back;

	if (namespace_keep(&before, &conf->global, e) < 0)
		return -1;
	if (change_surroundings(s, &conf->global, e) == 0 &&
	    registry_reload(s->registry, conf, e) == 0)
		return 0;
	if (change_surroundings(s, &before, &back) < 0)
		log_err("going back: %s", back.text);
	return -1;
}

static void
reload(struct server *s)
{
	struct vrrpd_conf *conf;
	struct errlist el;
	struct err e;

	if (s->stopping)
		return;
	s->reload_due = !registry_conf(s->registry);
	if (s->reload_due)
		return;
	daemon_notify("RELOADING=1");
	errlist_init(&el);
	conf = server_read_conf(s->options->config, &el);
	log_list(&el);
	errlist_free(&el);
	if (!conf) {
		log_err("reload refused, everything stays as it was");
	} else if (change_to(s, conf, &e) < 0) {
		log_err("reload refused, everything stays as it was: %s", e.text);
		vrrpd_conf_free(&conf);
	} else {
		schedule_apply(&conf->global);
		log_notice("reloaded %s", s->options->config);
	}
	daemon_notify("READY=1");
}

static void
log_state(const struct server *s)
{
	struct strbuf b;
	char *line, *rest = NULL;

	strbuf_init(&b);
	registry_text(s->registry, &b);
	for (line = b.s ? strtok_r(b.s, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		log_notice("%s", line);
	strbuf_free(&b);
}

static void
dump_json(const struct server *s)
{
	const struct vrrpd_conf *conf = registry_conf(s->registry);
	const char *path = conf ? conf->global.json_dump_file : NULL;
	struct err e;

	if (!conf)
		log_warn("a JSON dump is asked for, but vrrpd is starting");
	else if (!path)
		log_warn("a JSON dump is asked for, but json_dump_file is not configured");
	else if (keepalived_json_write(s->registry, path, &e) < 0)
		log_err("JSON dump: %s", e.text);
	else
		log_info("JSON dump written to %s", path);
}

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct server *s = arg;

	(void)what;
	if (sig == KEEPALIVED_JSON_SIGNAL) { /* no constant: the C library decides */
		dump_json(s);
		return;
	}
	switch (sig) {
	case SIGHUP:
		reload(s);
		break;
	case SIGXCPU:
		log_err("ran for longer than vrrp_rlimit_rttime without a rest");
		break;
	case SIGUSR1:
	case SIGUSR2: /* keepalived's users send either */
		log_state(s);
		break;
	default:
		if (!s->stopping) {
			log_notice("stopping");
			daemon_notify("STOPPING=1");
		}
		s->stopping = true;
		registry_stop(s->registry);
		break;
	}
}

static void
on_stopped(void *arg)
{
	struct server *s = arg;

	event_base_loopbreak(s->base);
}

static int
catch_signals(struct server *s, struct err *e)
{
	const int numbers[N_SIGNALS] = {
	    SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, KEEPALIVED_JSON_SIGNAL, SIGXCPU};

	signal(SIGPIPE, SIG_IGN);
	/* our starter may have ignored it, and then the kernel would not keep a command's status */
	signal(SIGCHLD, SIG_DFL);
	for (int i = 0; i < N_SIGNALS; i++) {
		s->signals[i] = evsignal_new(s->base, numbers[i], on_signal, s);
		if (!s->signals[i] || event_add(s->signals[i], NULL) < 0)
			return err_set(e, "no event for signal %d", numbers[i]);
	}
	return 0;
}

/* --- start and end ---------------------------------------------------------------------------- */

/* Takes conf over only on 0. */
static int
server_open(struct server *s, struct vrrpd_conf *conf, struct err *e)
{
	s->base = base_new();
	if (!s->base)
		return err_set(e, "no event base");
	if (catch_signals(s, e) < 0)
		return -1;
	s->registry = registry_new(s->base, on_stopped, s, e);
	if (!s->registry)
		return -1;
	/* a second vrrpd is found out here, before it removes the addresses of the first */
	s->control = control_new(s->base, s->registry, &conf->global, e);
	if (!s->control ||
	    metrics_server_new(s->base, s->registry, &conf->global, &s->metrics, e) < 0)
		return -1;
	life_script_run(s->base, "startup_script", &conf->global);
	if (s->stopping)
		return err_set(e, "stopped while startup_script ran");
	return registry_start(s->registry, conf, e);
}

static void
server_close(struct server *s)
{
	metrics_server_free(&s->metrics);
	control_free(&s->control);
	registry_free(&s->registry);
	for (int i = 0; i < N_SIGNALS; i++)
		if (s->signals[i])
			event_free(s->signals[i]);
	if (s->base)
		event_base_free(s->base);
	libevent_global_shutdown();
}

static int
go_to_background(const struct daemon_args *o, struct err *e)
{
	if (o->pidfile && daemon_pidfile_lock(o->pidfile, e) < 0)
		return -1;
	if (o->daemon && daemon_background(e) < 0)
		return -1;
	daemon_pidfile_write();
	return 0;
}

static int
serve(const struct daemon_args *o, struct vrrpd_conf *conf)
{
	struct server s = {.options = o};
	int status = 1;
	struct err e;

	if (server_open(&s, conf, &e) < 0) {
		fprintf(stderr, "vrrpd: %s\n", e.text);
		server_close(&s);
		vrrpd_conf_free(&conf);
		return status;
	}
	schedule_apply(&conf->global);
	log_notice("vrrpd %s ready, %zu instances", PROJECT_VERSION, conf->n_instances);
	daemon_ready();
	if (s.reload_due)
		reload(&s);
	if (event_base_loop(s.base, EVLOOP_NO_EXIT_ON_EMPTY) >= 0)
		status = 0;
	life_script_run(s.base, "shutdown_script", &registry_conf(s.registry)->global);
	server_close(&s);
	log_notice("stopped");
	return status;
}

static int
run(const struct daemon_args *o, struct vrrpd_conf *conf, const struct errlist *warnings)
{
	struct err e;

	if (go_to_background(o, &e) == 0 && namespace_enter(&conf->global, &e) == 0 &&
	    open_log(o, &conf->global, &e) == 0) {
		log_list(warnings);
		return serve(o, conf);
	}
	fprintf(stderr, "vrrpd: %s\n", e.text);
	vrrpd_conf_free(&conf);
	return 1;
}

int
server_run(const struct daemon_args *o)
{
	struct vrrpd_conf *conf;
	struct errlist el;
	int status = 1;

	errlist_init(&el);
	conf = server_read_conf(o->config, &el);
	if (!conf || o->daemon) /* in the foreground the log says it */
		print_list(&el);
	if (conf)
		status = run(o, conf, &el);
	errlist_free(&el);
	daemon_pidfile_remove();
	log_close();
	return status;
}
