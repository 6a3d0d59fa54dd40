/*
 * tcpserver.c - a TCP server that does what a test script says: command line and listeners.
 *
 * Options before the first --listen hold for every listener, options behind one for that one.
 * Single-threaded, one loop; connections are in ts_conn.c, the control socket in ts_control.c.
 */
#include "tcpserver.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ACCEPTS_PER_EVENT 64
#define ACCEPT_PAUSE      (10 * USEC_PER_MS) /* after EMFILE and the like */
#define NOFILE_WANTED     100000
#define BACKLOG_MAX       65535

static const char usage[] =
    "usage: tcpserver [defaults] --listen [NAME=]ADDRESS:PORT[-PORT2] [its options] ...\n"
    "  --listen A         A.B.C.D:P, [A6]:P, :P (any IPv4), /path; port 0: one is chosen\n"
    "  --control PATH     UNIX socket: show | reset | close | rst | stop | start [NAME],\n"
    "                     set NAME OPTION VALUE (NAME * for all); one line in, one line out\n"
    "options of a listener (before the first --listen: of all):\n"
    "  --mode MODE        echo (default), greet (`hello NAME', then lines as `NAME: line'),\n"
    "                     sink, source, stuck (never reads), integrity\n"
    "  --echo --greet --sink --source --stuck --integrity   the same\n"
    "  --bytes N          source: this many bytes, then end of file (0: without end)\n"
    "  --delay-accept MS  accept this long after a connection has come\n"
    "  --no-accept        never accept: the backlog fills up\n"
    "  --backlog N        of listen() (4096)\n"
    "  --delay-answer MS  hold every answer back this long\n"
    "  --close-after N    close once N bytes were received (0: at once)\n"
    "  --shut-after N     shut down the own side once N bytes were sent, go on reading\n"
    "  --rst              close with RST\n"
    "  --on-eof WHAT      close (default), hold (stay open), send=N (N more bytes, then close)\n"
    "  --read-rate N      read so many bytes per second; --rcvbuf N, --sndbuf N: socket buffers\n"
    "  --corrupt-one      integrity: send one wrong byte, once\n"
    "prints `listening NAME ADDRESS' for each and `ready'; SIGUSR1 prints the counters as JSON\n";

static void
accept_paused(struct listener *ls, usec_t until)
{
	loop_watch(&ls->server->loop, &ls->watch, ls->watch.fd, 0);
	timer_set(&ls->server->loop, &ls->timer, until);
}

static void
accept_all(struct listener *ls)
{
	int fd;

	for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
		fd = accept4(ls->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			conn_new(ls, fd);
			continue;
		}
		if (errno == EAGAIN)
			return;
		ls->counters.n_accept_errors++;
		if (errno != ECONNABORTED)
			accept_paused(ls, mono_now() + ACCEPT_PAUSE);
		return;
	}
}

static void
on_listener(struct watch *w, uint32_t events)
{
	struct listener *ls = container_of(w, struct listener, watch);

	(void)events;
	if (ls->script.delay_accept)
		accept_paused(ls, mono_now() + ls->script.delay_accept * USEC_PER_MS);
	else
		accept_all(ls);
}

static void
on_accept_due(struct timer *t)
{
	struct listener *ls = container_of(t, struct listener, timer);

	loop_watch(&ls->server->loop, &ls->watch, ls->watch.fd, ls->script.no_accept ? 0 : EPOLLIN);
	if (!ls->script.no_accept)
		accept_all(ls);
}

int
listener_start(struct listener *ls)
{
	int64_t backlog = ls->script.backlog;
	int fd;

	if (ls->watch.fd >= 0)
		return 0;
	fd = sock_listen(&ls->at, (int)(backlog < BACKLOG_MAX ? backlog : BACKLOG_MAX));
	if (fd < 0)
		return fd;
	loop_watch(&ls->server->loop, &ls->watch, fd, ls->script.no_accept ? 0 : EPOLLIN);
	return 0;
}

void
listener_stop(struct listener *ls)
{
	int fd = ls->watch.fd;

	timer_cancel(&ls->server->loop, &ls->timer);
	if (fd < 0)
		return;
	loop_unwatch(&ls->server->loop, &ls->watch);
	close(fd);
}

static void
add_listener(struct server *s, const char *name, size_t name_len, const char *at, int index,
	     const struct script *script)
{
	struct listener *ls;

	s->listeners = must_grow(s->listeners, s->n_listeners + 1, sizeof(*ls));
	ls = &s->listeners[s->n_listeners++];
	*ls = (struct listener){
	    .server = s,
	    .script = *script,
	    .watch = {.fd = -1, .on_ready = on_listener},
	    .timer = {.on_due = on_accept_due},
	};
	endpoint_parse(at, &ls->at);
	if (index)
		endpoint_set_port(&ls->at, endpoint_port(&ls->at) + index);
	if (!name_len)
		snprintf(ls->name, sizeof(ls->name), "%d", endpoint_port(&ls->at));
	else if (index)
		snprintf(ls->name, sizeof(ls->name), "%.*s%d", (int)name_len, name, index);
	else
		snprintf(ls->name, sizeof(ls->name), "%.*s", (int)name_len, name);
}

/* "[NAME=]ADDRESS:PORT[-PORT2]"; with a range the names get 1, 2, ... appended from the 2nd on. */
static void
add_listeners(struct server *s, const char *text, const struct script *script)
{
	const char *eq = strchr(text, '='), *at = eq ? eq + 1 : text;
	const char *colon = strrchr(at, ':'), *dash = colon ? strchr(colon, '-') : NULL;
	char first[256];
	int n = 1;

	snprintf(first, sizeof(first), "%.*s", dash ? (int)(dash - at) : (int)strlen(at), at);
	if (dash)
		n = 1 + (int)parse_number(dash + 1, 1, 65535, "last port") - atoi(colon + 1);
	if (n < 1)
		die("--listen %s: the last port is below the first", text);
	for (int i = 0; i < n; i++)
		add_listener(s, text, eq ? (size_t)(eq - text) : 0, first, i, script);
}

static void
set_or_die(struct script *script, const char *option, const char *value)
{
	char why[128];

	if (!script_set(script, option, value, why, sizeof(why)))
		die("%s", why);
}

/* One option for the listeners from `from` on. */
static void
apply(struct server *s, size_t from, struct script *defaults, const char *option, const char *value)
{
	if (s->n_listeners == 0)
		set_or_die(defaults, option, value);
	for (size_t i = from; i < s->n_listeners; i++)
		set_or_die(&s->listeners[i].script, option, value);
}

static bool
is_mode(const char *option)
{
	struct script probe;
	char why[128];

	return script_set(&probe, "mode", option, why, sizeof(why));
}

static void
parse_args(struct server *s, int argc, char **argv)
{
	struct script defaults;
	size_t from = 0;
	const char *option, *value;

	script_init(&defaults);
	for (int i = 1; i < argc; i++) {
		option = argv[i];
		if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0) {
			fputs(usage, stdout);
			exit(0);
		}
		if (strncmp(option, "--", 2) != 0)
			die("'%s' is not an option; see --help", option);
		option += 2;
		if (is_mode(option)) {
			apply(s, from, &defaults, "mode", option);
			continue;
		}
		if (strcmp(option, "listen") != 0 && strcmp(option, "control") != 0 &&
		    !script_takes_value(option)) {
			apply(s, from, &defaults, option, NULL);
			continue;
		}
		value = argv[++i];
		if (!value)
			die("--%s wants a value", option);
		if (strcmp(option, "control") == 0) {
			s->control_path = value;
		} else if (strcmp(option, "listen") == 0) {
			from = s->n_listeners;
			add_listeners(s, value, &defaults);
		} else {
			apply(s, from, &defaults, option, value);
		}
	}
	if (!s->n_listeners)
		die("no --listen; see --help");
}

static void
on_signal(struct loop *l, int signo)
{
	struct server *s = container_of(l, struct server, loop);

	if (signo != SIGUSR1) {
		l->stop = true;
		return;
	}
	counters_print(s, stdout);
	fflush(stdout);
}

static void
start_all(struct server *s)
{
	char at[ENDPOINT_STRLEN];
	int error;

	for (size_t i = 0; i < s->n_listeners; i++) {
		struct listener *ls = &s->listeners[i];

		error = listener_start(ls);
		if (error < 0)
			die("%s: %s", endpoint_text(&ls->at, at), strerror(-error));
		printf("listening %s %s\n", ls->name, endpoint_text(&ls->at, at));
	}
	control_start(s);
	printf("ready\n");
	fflush(stdout);
}

static void
stop_all(struct server *s)
{
	struct conn *c;

	control_stop(s);
	for (size_t i = 0; i < s->n_listeners; i++) {
		struct listener *ls = &s->listeners[i];

		listener_stop(ls);
		LIST_FOREACH (c, &ls->conns, link)
			conn_doom(c, DOOM_CLOSE);
	}
	s->loop.stop = false;
	loop_run_timers(&s->loop, USEC_NOW);
	loop_free(&s->loop);
	free(s->listeners);
}

int
main(int argc, char **argv)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGUSR1, 0};
	struct server s = {0};

	parse_args(&s, argc, argv);
	(void)try_nofile(NOFILE_WANTED); /* what is there must do; EMFILE is counted */
	loop_init(&s.loop);
	loop_signals(&s.loop, signals, on_signal);
	start_all(&s);
	loop_run(&s.loop);
	stop_all(&s);
	return 0;
}
