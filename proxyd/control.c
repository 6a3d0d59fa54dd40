/*
 * control.c - HAProxy's Runtime API on a control socket, answered on the engine's control thread.
 *
 * Framing, levels, help and unknown commands are ctl_server's; here each command is one small
 * function in a table.  Answers to commands are HAProxy's texts: scripts match on them.
 */
#include "proxyd/control.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/ctl_server.h"
#include "proxyd/control_priv.h"

struct control {
	struct ctl_server *server;
	struct manager *manager;
	struct event_base *base;
};

/* words, usage, what `help` says, level, function: longer patterns before their prefixes */
#define COMMANDS(X)                                                                                \
	X("show info", "show info [typed|json]", "process information", CTL_USER,                  \
	  control_show_info)                                                                       \
	X("show stat", "show stat [{<iid>|<proxy>} <type> <sid>] [typed|json] [up|no-maint]",      \
	  "counters of frontends, backends and servers", CTL_USER, control_show_stat)              \
	X("show servers state", "show servers state [<backend>]", "state of the servers",          \
	  CTL_USER, control_show_servers_state)                                                    \
	X("show health", "show health [backend <backend>]",                                        \
	  "ok, or fail and why: can this process serve", CTL_USER, control_show_health)            \
	X("show backend", "show backend", "names of the backends", CTL_USER, control_show_backend) \
	X("show sess", "show sess", "one line per connection", CTL_OPERATOR, control_show_sess)    \
	X("show version", "show version", "version of this program", CTL_USER,                     \
	  control_show_version)                                                                    \
	X("set server", "set server <b>/<s> [state|weight|health] <value>",                        \
	  "change a server's state, weight or health", CTL_ADMIN, control_set_server)              \
	X("set weight", "set weight <b>/<s> <weight>[%]", "change a server's weight", CTL_ADMIN,   \
	  control_set_weight)                                                                      \
	X("get weight", "get weight <b>/<s>", "a server's weight, now and in the file", CTL_USER,  \
	  control_get_weight)                                                                      \
	X("enable server", "enable server <b>/<s>", "as set server state ready", CTL_ADMIN,        \
	  control_enable_server)                                                                   \
	X("disable server", "disable server <b>/<s>", "as set server state maint", CTL_ADMIN,      \
	  control_disable_server)                                                                  \
	X("enable health", "enable health <b>/<s>", "resume the server's checks", CTL_ADMIN,       \
	  control_enable_health)                                                                   \
	X("disable health", "disable health <b>/<s>", "pause the server's checks", CTL_ADMIN,      \
	  control_disable_health)                                                                  \
	X("enable frontend", "enable frontend <frontend>", "accept connections again", CTL_ADMIN,  \
	  control_enable_frontend)                                                                 \
	X("disable frontend", "disable frontend <frontend>", "stop accepting connections",         \
	  CTL_ADMIN, control_disable_frontend)                                                     \
	X("shutdown sessions server", "shutdown sessions server <b>/<s>",                          \
	  "close every connection of a server", CTL_ADMIN, control_shutdown_sessions)              \
	X("set maxconn server", "set maxconn server <b>/<s> <n>",                                  \
	  "limit of a server's connections, 0 none", CTL_ADMIN, control_set_maxconn_server)        \
	X("set maxconn frontend", "set maxconn frontend <frontend> <n>",                           \
	  "limit of a frontend's connections", CTL_ADMIN, control_set_maxconn_frontend)            \
	X("set maxconn global", "set maxconn global <n>",                                          \
	  "limit of the process, up to the file's, 0 the file's", CTL_ADMIN,                       \
	  control_set_maxconn_global)                                                              \
	X("clear counters all", "clear counters all", "every counter back to 0", CTL_ADMIN,        \
	  control_clear_all)                                                                       \
	X("clear counters", "clear counters", "maxima back to the present", CTL_OPERATOR,          \
	  control_clear_maxima)

static const struct {
	const char *words;
	control_fn run;
} dispatch[] = {
#define X(words, usage, summary, level, fn) {words, fn},
    COMMANDS(X)
#undef X
};

static const struct ctl_command commands[] = {
#define X(words, usage, summary, level, fn) {usage, summary, level},
    COMMANDS(X)
#undef X
	{NULL, NULL, CTL_USER}};

static int
on_command(const struct ctl_words *w, enum ctl_level level, struct strbuf *reply, void *arg)
{
	struct control *c = arg;

	(void)level; /* ctl_server has compared it with the table */
	for (size_t i = 0; i < sizeof(dispatch) / sizeof(dispatch[0]); i++) {
		if (ctl_words_match(w, dispatch[i].words)) {
			dispatch[i].run(c->manager, w, reply);
			return 0;
		}
	}
	return -1;
}

struct control *
control_new(struct event_base *base, struct manager *m, int fd, enum conf_level level)
{
	struct control *c = calloc(1, sizeof(*c));
	struct ctl_server_conf sc = {
	    .fd = fd,
	    .level = (enum ctl_level)level,
	    .max_conns = 64, /* vrrpd and collectors keep theirs open */
	    .commands = commands,
	    .handler = on_command,
	    .arg = c,
	};

	if (c == NULL) {
		close(fd);
		return NULL;
	}
	c->manager = m;
	c->base = base;
	c->server = ctl_server_new(base, &sc);
	if (c->server == NULL) {
		close(fd);
		free(c);
		return NULL;
	}
	return c;
}

void
control_free(struct control **c)
{
	if (*c == NULL)
		return;
	ctl_server_free(&(*c)->server);
	free(*c);
	*c = NULL;
}
