/*
 * control.c - vrrpd's control socket: show, show json, show version, switchover.
 */
#include "vrrpd/control.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ctl_server.h"
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
    {"switchover <instance>", "a master gives its role to the next router", CTL_OPERATOR},
    {0},
};

static void
show_json(const struct registry *r, struct strbuf *reply)
{
	const char *router_id = registry_conf(r)->global.router_id;
	char host[256] = "";

	if (!router_id && gethostname(host, sizeof(host) - 1) == 0)
		router_id = host;
	strbuf_adds(reply, "{\"version\":");
	strbuf_add_json(reply, PROJECT_VERSION);
	strbuf_adds(reply, ",\"router_id\":");
	strbuf_add_json(reply, router_id ? router_id : "");
	strbuf_addf(reply, ",\"pid\":%ld,", (long)getpid());
	registry_json(r, reply);
	strbuf_adds(reply, "}");
}

static void
switchover(struct registry *r, const struct ctl_words *w, struct strbuf *reply)
{
	struct instance *in;
	struct err e;

	if (w->n_words != 2) {
		strbuf_adds(reply, "error: expected 'switchover INSTANCE'");
		return;
	}
	in = registry_find(r, w->words[1]);
	if (!in) {
		strbuf_addf(reply, "error: there is no instance '%s'", w->words[1]);
		return;
	}
	if (instance_switchover(in, &e) < 0) {
		strbuf_addf(reply, "error: %s", e.text);
		return;
	}
	log_notice("%s: switchover ordered", w->words[1]);
	strbuf_addf(reply, "%s gives its role away", w->words[1]);
}

static int
handle(const struct ctl_words *w, enum ctl_level level, struct strbuf *reply, void *arg)
{
	struct control *c = arg;

	(void)level;
	if (strcmp(w->words[0], "switchover") == 0)
		switchover(c->registry, w, reply);
	else if (ctl_words_match(w, "show json") && w->n_words == 2)
		show_json(c->registry, reply);
	else if (ctl_words_match(w, "show version") && w->n_words == 2)
		strbuf_addf(reply, "vrrpd %s (%s)", PROJECT_VERSION, PROJECT_RELEASE_DATE);
	else if (ctl_words_match(w, "show") && w->n_words == 1)
		registry_text(c->registry, reply);
	else
		return -1;
	return 0;
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
