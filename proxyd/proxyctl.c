/*
 * proxyctl.c - proxyd's control socket for people.
 *
 * A few words are its own: `show servers` and `top` are made from `show stat`.  Everything else
 * is sent as it stands.  The exit status is 1 when the daemon answered an error.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/ctl_client.h"
#include "common/ctl_tool.h"
#include "common/daemon.h"
#include "proxyd/proxyctl_table.h"

#define DEFAULT_SOCKET "/run/proxyd/proxyd.sock"
#define REFRESH_MS     1000

static const char usage_text[] =
    "proxyctl [-s SOCKET] [-j] WORDS...\n"
    "\n"
    "  show servers                  every server: state, sessions, check\n"
    "  top                           live view, q ends it\n"
    "  show info | stat | health [backend NAME] | servers state | sess\n"
    "  disable|enable server B/S     maintenance and back\n"
    "  set server B/S state ready|drain|maint\n"
    "  set server B/S weight N|N%\n"
    "  shutdown sessions server B/S\n"
    "  help                          everything that the daemon understands\n"
    "\n"
    "  -s, --socket PATH   control socket (default " DEFAULT_SOCKET ")\n"
    "  -j, --json          JSON\n"
    "  -v, --version       print the version\n"
    "  -h, --help          this text\n"
    "\n"
    "Other words are sent to the daemon as they are.  Exit status: 0, or 1 when it answered\n"
    "an error or could not be reached.\n";

/* What orders answer when all is well is nothing; what questions answer may be an error text. */
static bool
is_error(const char *command, const char *reply)
{
	static const char *const orders[] = {"set ", "enable ", "disable ", "shutdown ", "clear "};
	static const char *const errors[] = {"Unknown ",    "Permission denied", "No such ",
					     "Can't find ", "Require ",          "fail "};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (strncmp(command, orders[i], strlen(orders[i])) == 0)
			return *reply != '\0' && *reply != '\n';
	}
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strncmp(reply, errors[i], strlen(errors[i])) == 0)
			return true;
	}
	return false;
}

static int
send_words(const struct ctl_tool *o, const char *command)
{
	static const char *const pairs[][2] = {{"show info", "show info json"},
					       {"show stat", "show stat json"}};
	const char *json = NULL;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (strcmp(command, pairs[i][0]) == 0)
			json = pairs[i][1];
	}
	return ctl_tool_ask(o, command, json, is_error);
}

static int
read_table(const struct ctl_tool *o, struct ctl_table *t, struct err *e)
{
	struct strbuf reply;
	int rc;

	strbuf_init(&reply);
	rc = ctl_client_ask(o->path, "show stat", CTL_TOOL_TIMEOUT, &reply, e);
	if (rc == 0)
		rc = ctl_table_parse(t, strbuf_str(&reply), e);
	strbuf_free(&reply);
	return rc;
}

static int
show_servers(const struct ctl_tool *o)
{
	struct ctl_table t;
	struct strbuf out;
	struct err e;

	if (read_table(o, &t, &e) < 0)
		return ctl_tool_fail(o, e.text);
	strbuf_init(&out);
	if (o->json)
		ctl_table_json(&t, true, &out);
	else
		ctl_table_servers(&t, &out);
	fputs(strbuf_str(&out), stdout);
	strbuf_free(&out);
	ctl_table_free(&t);
	return 0;
}

/* The lines of `show info` that top shows: "Name: value". */
static void
add_head(const struct ctl_tool *o, struct strbuf *out)
{
	static const char *const wanted[] = {"node",      "Version",  "Uptime",
					     "CurrConns", "ConnRate", "Idle_pct"};
	struct strbuf info;
	struct err e;

	strbuf_init(&info);
	if (ctl_client_ask(o->path, "show info", CTL_TOOL_TIMEOUT, &info, &e) == 0) {
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			size_t len = strlen(wanted[i]);
			const char *l = strbuf_str(&info);

			while (l != NULL && !(strncmp(l, wanted[i], len) == 0 && l[len] == ':')) {
				l = strchr(l, '\n');
				l = l != NULL ? l + 1 : NULL;
			}
			if (l != NULL)
				strbuf_addf(out, "%.*s   ", (int)strcspn(l, "\n"), l);
		}
	}
	strbuf_adds(out, "\n\n");
	strbuf_free(&info);
}

static struct termios saved_terminal;

static void
restore_terminal(void)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &saved_terminal);
}

static void
on_interrupt(int signo)
{
	(void)signo;
	restore_terminal();
	_exit(0);
}

/* Single keys without Enter. */
static void
raw_terminal(void)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &saved_terminal) < 0)
		return;
	t = saved_terminal;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSANOW, &t);
	atexit(restore_terminal);
	signal(SIGINT, on_interrupt);
	signal(SIGTERM, on_interrupt);
}

/* Sleep; true when a key says that it is enough. */
static bool
wait_key(void)
{
	struct pollfd pf = {.fd = STDIN_FILENO, .events = POLLIN};
	char key;

	if (!isatty(STDIN_FILENO)) {
		poll(NULL, 0, REFRESH_MS);
		return false;
	}
	if (poll(&pf, 1, REFRESH_MS) <= 0)
		return false;
	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q' || key == 4;
}

/* On a terminal for ever; into a pipe or file two rounds, so that rates are there. */
static int
top(const struct ctl_tool *o)
{
	struct ctl_table t, before;
	bool tty = isatty(STDOUT_FILENO), have_before = false;
	usec_t at = 0, was;
	struct err e;
	int rounds = 0;

	if (tty && isatty(STDIN_FILENO))
		raw_terminal();
	do {
		struct strbuf out;

		if (read_table(o, &t, &e) < 0) {
			if (have_before)
				ctl_table_free(&before);
			return ctl_tool_fail(o, e.text);
		}
		was = at;
		at = clock_now();
		strbuf_init(&out);
		strbuf_adds(&out, tty ? "\033[H\033[2J" : "");
		add_head(o, &out);
		ctl_table_top(&t, have_before ? &before : NULL,
			      (double)(at - was) / (double)USEC_PER_SEC, tty, &out);
		if (tty || have_before)
			fputs(strbuf_str(&out), stdout);
		fflush(stdout);
		strbuf_free(&out);
		if (have_before)
			ctl_table_free(&before);
		before = t;
		have_before = true;
	} while ((tty || ++rounds < 2) && !wait_key());
	ctl_table_free(&before);
	return 0;
}

static int
obey(const struct ctl_tool *o, const char *command)
{
	if (strcmp(command, "show servers") == 0)
		return show_servers(o);
	if (strcmp(command, "top") == 0)
		return top(o);
	return send_words(o, command);
}

int
main(int argc, char **argv)
{
	struct ctl_tool o = {.name = "proxyctl", .usage = usage_text, .path = DEFAULT_SOCKET};
	struct strbuf command;
	int status;

	strbuf_init(&command);
	if (ctl_tool_parse(&o, argc, argv, &command, &status)) {
		if (command.len > 0) {
			status = obey(&o, strbuf_str(&command));
		} else {
			fputs(usage_text, stderr);
			status = 1;
		}
	}
	strbuf_free(&command);
	return status;
}
