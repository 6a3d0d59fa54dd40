/*
 * control.c - vrrpd's control socket: what it shows, and the operator's orders.
 */
#include "vrrpd/control.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ctl_server.h"
#include "common/json.h"
#include "common/log.h"
#include "common/version.h"
#include "vrrpd/instance.h"
#include "vrrpd/registry.h"

struct control {
	struct event_base *base;
	struct registry *registry;
	struct ctl_server *server;
	char *path;
	int fd; /* the server's */
};

static const struct ctl_command commands[] = {
    {"show", "state of all instances and trackers", CTL_USER},
    {"show json", "the same as JSON", CTL_USER},
    {"show version", "version of this vrrpd", CTL_USER},
    {"history [<instance>]", "the last 100 transitions of each instance", CTL_USER},
    {"history json [<instance>]", "the same as JSON", CTL_USER},
    {"metrics", "figures for Prometheus, as metrics_bind serves them", CTL_USER},
    {"switchover <instance>", "a master gives its role to the next router", CTL_OPERATOR},
    {"disable <instance>", "leave politely, and stay out until enabled", CTL_OPERATOR},
    {"enable <instance>", "take part again", CTL_OPERATOR},
    {0},
};

static void
show(struct control *c, const struct ctl_words *w, struct strbuf *reply)
{
	(void)w;
	registry_text(c->registry, reply);
}

static void
show_json(struct control *c, const struct ctl_words *w, struct strbuf *reply)
{
	const char *router_id = registry_conf(c->registry)->global.router_id;
	char host[256] = "";

	(void)w;
	if (!router_id && gethostname(host, sizeof(host) - 1) == 0)
		router_id = host;
	json_open(reply, NULL, '{');
	json_str(reply, "version", PROJECT_VERSION);
	json_str(reply, "router_id", router_id ? router_id : "");
	json_int(reply, "pid", getpid());
	registry_json(c->registry, reply);
	json_close(reply, '}');
}

static void
show_version(struct control *c, const struct ctl_words *w, struct strbuf *reply)
{
	(void)c;
	(void)w;
	strbuf_addf(reply, "vrrpd %s (%s)", PROJECT_VERSION, PROJECT_RELEASE_DATE);
}

/* The instance that word i names; NULL: there is none, and that is the answer. */
static struct instance *
named(const struct control *c, const struct ctl_words *w, int i, struct strbuf *reply)
{
	struct instance *in = registry_find(c->registry, w->words[i]);

	if (!in)
		strbuf_addf(reply, "error: there is no instance '%s'", w->words[i]);
	return in;
}

static void
history(struct control *c, const struct ctl_words *w, struct strbuf *reply)
{
	if (w->n_words == 1)
		registry_history_text(c->registry, NULL, reply);
	else if (named(c, w, 1, reply))
		registry_history_text(c->registry, w->words[1], reply);
}

static void
history_json(struct control *c, const struct ctl_words *w, struct strbuf *reply)
{
	const char *name = w->n_words > 2 ? w->words[2] : NULL;

	if (name && !named(c, w, 2, reply))
		return;
	json_open(reply, NULL, '{');
	registry_history_json(c->registry, name, reply);
	json_close(reply, '}');
}

static void
metrics(struct control *c, const struct ctl_words *w, struct strbuf *reply)
{
	(void)w;
	registry_metrics(c->registry, reply);
}

static void
switchover(struct control *c, const struct ctl_words *w, struct strbuf *reply)
{
	struct instance *in = named(c, w, 1, reply);
	struct err e;

	if (!in)
		return;
	if (instance_switchover(in, &e) < 0) {
		strbuf_addf(reply, "error: %s", e.text);
		return;
	}
	log_notice("%s: switchover ordered", w->words[1]);
	strbuf_addf(reply, "%s gives its role away", w->words[1]);
}

static void
disable(struct control *c, const struct ctl_words *w, struct strbuf *reply)
{
	struct instance *in = named(c, w, 1, reply);

	if (!in)
		return;
	instance_disable(in);
	strbuf_addf(reply, "%s is disabled", w->words[1]);
}

static void
enable(struct control *c, const struct ctl_words *w, struct strbuf *reply)
{
	struct instance *in = named(c, w, 1, reply);
	struct err e;

	if (!in)
		return;
	if (instance_enable(in, &e) < 0)
		strbuf_addf(reply, "error: %s", e.text);
	else
		strbuf_addf(reply, "%s is enabled", w->words[1]);
}

/* The first row that fits.  expected: the answer to too few or too many words; NULL: unknown. */
static const struct verb {
	const char *pattern;
	int min_words, max_words;
	void (*answer)(struct control *c, const struct ctl_words *w, struct strbuf *reply);
	const char *expected;
} verbs[] = {
    {"show json", 2, 2, show_json, NULL},
    {"show version", 2, 2, show_version, NULL},
    {"show", 1, 1, show, NULL},
    {"history json", 2, 3, history_json, "history json [INSTANCE]"},
    {"history", 1, 2, history, "history [INSTANCE]"},
    {"metrics", 1, 1, metrics, NULL},
    {"switchover", 2, 2, switchover, "switchover INSTANCE"},
    {"disable", 2, 2, disable, "disable INSTANCE"},
    {"enable", 2, 2, enable, "enable INSTANCE"},
};

static int
handle(const struct ctl_words *w, enum ctl_level level, struct strbuf *reply, void *arg)
{
	const struct control *c = arg;

	(void)level;
	if (!registry_conf(c->registry)) {
		strbuf_adds(reply, "error: vrrpd is starting, startup_script runs");
		return 0;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		const struct verb *v = &verbs[i];
		bool fits = w->n_words >= v->min_words && w->n_words <= v->max_words;

		if (!ctl_words_match(w, v->pattern) || (!fits && !v->expected))
			continue;
		if (fits)
			v->answer(arg, w, reply);
		else
			strbuf_addf(reply, "error: expected '%s'", v->expected);
		return 0;
	}
	return -1;
}

static struct control *
control_serve(struct event_base *base, struct registry *r, const struct global_conf *g, int fd,
	      struct err *e)
{
	struct control *c = calloc(1, sizeof(*c));
	struct ctl_server_conf sc = {
	    .fd = fd,
	    .level = (enum ctl_level)g->stats_level,
	    .commands = commands,
	    .handler = handle,
	    .arg = c,
	};

	if (c) {
		c->base = base;
		c->registry = r;
		c->fd = fd;
		c->path = strdup(g->stats_socket);
		c->server = c->path ? ctl_server_new(base, &sc) : NULL;
	}
	if (c && c->server)
		return c;
	err_set(e, "control socket: out of memory");
	if (c)
		free(c->path);
	free(c);
	close(fd);
	return NULL;
}

struct control *
control_new(struct event_base *base, struct registry *r, const struct global_conf *g, struct err *e)
{
	int fd = ctl_listen_unix(g->stats_socket, g->stats_mode, -1, -1, e);

	return fd < 0 ? NULL : control_serve(base, r, g, fd, e);
}

static void
discard(struct control **c, bool remove_file)
{
	ctl_server_free(&(*c)->server);
	if (remove_file)
		unlink((*c)->path);
	free((*c)->path);
	free(*c);
	*c = NULL;
}

int
control_replace(struct control **c, const struct global_conf *g, struct err *e)
{
	bool same_path = strcmp((*c)->path, g->stats_socket) == 0;
	struct control *fresh;
	int fd;

	if (!same_path) {
		fresh = control_new((*c)->base, (*c)->registry, g, e);
	} else {
		fd = fcntl((*c)->fd, F_DUPFD_CLOEXEC, 0);
		if (fd < 0 || chmod(g->stats_socket, g->stats_mode) < 0) {
			err_sys(e, "control socket %s", g->stats_socket);
			if (fd >= 0)
				close(fd);
			return -1;
		}
		fresh = control_serve((*c)->base, (*c)->registry, g, fd, e);
	}
	if (!fresh)
		return -1;
	discard(c, !same_path);
	*c = fresh;
	return 0;
}

void
control_free(struct control **c)
{
	if (*c)
		discard(c, true);
}
