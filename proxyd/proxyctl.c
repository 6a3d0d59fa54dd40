/*
 * proxyctl.c - proxyd's control socket for people.
 *
 * A few words are its own: `show servers` and `top` are made from `show stat`.  Everything else
 * is sent as it stands.  The exit status is 1 when the daemon answered an error.
 */
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/ctl_client.h"
#include "common/daemon.h"
#include "proxyd/proxyctl_table.h"

#define DEFAULT_SOCKET "/run/proxyd/proxyd.sock"
#define TIMEOUT        (5 * USEC_PER_SEC)
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
    "  -h, --help          this text\n"
    "\n"
    "Other words are sent to the daemon as they are.  Exit status: 0, or 1 when it answered\n"
    "an error or could not be reached.\n";

static const struct option long_options[] = {
    {"socket", required_argument, NULL, 's'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct options {
	const char *path;
	bool json;
};

static int
fail(const char *text)
{
	fprintf(stderr, "proxyctl: %s\n", text);
	return 1;
}

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

static void
print_json_reply(const char *command, const char *reply, bool ok)
{
	struct strbuf b;

	strbuf_init(&b);
	strbuf_adds(&b, "{\"command\":");
	strbuf_add_json(&b, command);
	strbuf_addf(&b, ",\"ok\":%s,\"answer\":", ok ? "true" : "false");
	strbuf_add_json(&b, reply);
	strbuf_adds(&b, "}\n");
	fputs(strbuf_str(&b), stdout);
	strbuf_free(&b);
}

static int
send_words(const struct options *o, const char *command)
{
	bool json_there =
	    o->json && (strcmp(command, "show info") == 0 || strcmp(command, "show stat") == 0);
	struct strbuf reply;
	char line[4096];
	struct err e;
	bool ok;

	strbuf_init(&reply);
	snprintf(line, sizeof(line), "%s%s", command, json_there ? " json" : "");
	if (ctl_client_ask(o->path, line, TIMEOUT, &reply, &e) < 0) {
		strbuf_free(&reply);
		return fail(e.text);
	}
	ok = !is_error(command, strbuf_str(&reply));
	if (o->json && !json_there)
		print_json_reply(command, strbuf_str(&reply), ok);
	else
		fputs(strbuf_str(&reply), ok ? stdout : stderr);
	strbuf_free(&reply);
	return ok ? 0 : 1;
}

static int
read_table(const struct options *o, struct ctl_table *t, struct err *e)
{
	struct strbuf reply;
	int rc;

	strbuf_init(&reply);
	rc = ctl_client_ask(o->path, "show stat", TIMEOUT, &reply, e);
	if (rc == 0)
		rc = ctl_table_parse(t, strbuf_str(&reply), e);
	strbuf_free(&reply);
	return rc;
}

static int
show_servers(const struct options *o)
{
	struct ctl_table t;
	struct strbuf out;
	struct err e;

	if (read_table(o, &t, &e) < 0)
		return fail(e.text);
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
add_head(const struct options *o, struct strbuf *out)
{
	static const char *const wanted[] = {"node",      "Version",  "Uptime",
					     "CurrConns", "ConnRate", "Idle_pct"};
	struct strbuf info;
	struct err e;

	strbuf_init(&info);
	if (ctl_client_ask(o->path, "show info", TIMEOUT, &info, &e) == 0) {
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
top(const struct options *o)
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
			return fail(e.text);
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
join_words(char **words, int n, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (int i = 0; i < n; i++) {
		len += (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? " " : "", words[i]);
		if (len >= size)
			return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct options o = {.path = DEFAULT_SOCKET};
	char command[2048];
	int c;

	/* words of a command may start with a dash: options end at the first word */
	while ((c = getopt_long(argc, argv, "+s:jh", long_options, NULL)) != -1) {
		switch (c) {
		case 's':
			o.path = optarg;
			break;
		case 'j':
			o.json = true;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return 0;
		default:
			return 1;
		}
	}
	if (optind < argc && strcmp(argv[argc - 1], "-j") == 0) {
		o.json = true;
		argc--;
	}
	if (optind >= argc) {
		fputs(usage_text, stderr);
		return 1;
	}
	if (join_words(argv + optind, argc - optind, command, sizeof(command)) < 0)
		return fail("the command is too long");
	if (strchr(command, '\n') != NULL)
		return fail("the command contains a line end");
	if (strcmp(command, "show servers") == 0)
		return show_servers(&o);
	if (strcmp(command, "top") == 0)
		return top(&o);
	return send_words(&o, command);
}
