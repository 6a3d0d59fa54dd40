/*
 * main.c - proxyd's command line.
 */
#include <errno.h>
#include <event2/event.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/version.h"
#include "proxyd/monitor.h"

#define DEFAULT_CONFIG "/etc/proxyd/proxyd.conf"

static const char usage_text[] =
    "proxyd - TCP load balancer, version " PROJECT_VERSION "\n"
    "\n"
    "  proxyd [-f FILE] [-D] [-p FILE] [-d] [-q]\n"
    "  proxyd -c [-f FILE]\n"
    "\n"
    "  -f, --config FILE   configuration (default " DEFAULT_CONFIG ")\n"
    "  -c, --check         check the configuration, print every mistake, touch nothing\n"
    "  -D, --daemon        go to the background once ready\n"
    "  -p, --pidfile FILE  write the process number there; one proxyd per pidfile\n"
    "  -d, --debug         log more\n"
    "  -q, --quiet         nothing but errors of the start on stderr\n"
    "  -v, --version       print the version; twice: libraries and features\n"
    "  -h, --help          this text\n"
    "\n"
    "Signals: HUP reload, TERM and INT stop, USR1 stop with the last connection,\n"
    "USR2 become a new binary without losing a connection.\n";

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'f'},
    {"check", no_argument, NULL, 'c'},
    {"daemon", no_argument, NULL, 'D'},
    {"pidfile", required_argument, NULL, 'p'},
    {"debug", no_argument, NULL, 'd'},
    {"quiet", no_argument, NULL, 'q'},
    {"version", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

enum action { ACTION_RUN, ACTION_CHECK, ACTION_VERSION, ACTION_HELP, ACTION_WRONG };

struct command_line {
	enum action action;
	int n_versions; /* -v, -vv */
	struct monitor_conf mc;
};

static void
print_version(int n)
{
	printf("proxyd %s (%s)\n", PROJECT_VERSION, PROJECT_RELEASE_DATE);
	if (n < 2)
		return;
	printf("libevent %s (built with %s)\n", event_get_version(), LIBEVENT_VERSION);
#if defined(__clang__)
	printf("compiler clang %s\n", __clang_version__);
#else
	printf("compiler gcc %s\n", __VERSION__);
#endif
	printf("event methods:");
	for (const char **name = event_get_supported_methods(); *name != NULL; name++)
		printf(" %s", *name);
	printf("\nfeatures: splice, in-place reload, re-exec (SIGUSR2), sd_notify, IP_FREEBIND\n");
}

static struct command_line
parse(int argc, char **argv)
{
	struct command_line cl = {.mc = {.name = DEFAULT_CONFIG, .argv = argv}};
	int c;

	while ((c = getopt_long(argc, argv, "f:cDp:dqvh", long_options, NULL)) != -1) {
		switch (c) {
		case 'f':
			cl.mc.name = optarg;
			break;
		case 'c':
			cl.action = ACTION_CHECK;
			break;
		case 'D':
			cl.mc.daemon = true;
			break;
		case 'p':
			cl.mc.pidfile = optarg;
			break;
		case 'd':
			cl.mc.debug = true;
			break;
		case 'q':
			cl.mc.quiet = true;
			break;
		case 'v':
			cl.action = ACTION_VERSION;
			cl.n_versions++;
			break;
		case 'h':
			cl.action = ACTION_HELP;
			break;
		default:
			cl.action = ACTION_WRONG;
			return cl;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "proxyd: '%s': only options are expected (see proxyd -h)\n",
			argv[optind]);
		cl.action = ACTION_WRONG;
	}
	return cl;
}

/* A path that stays right when the working directory changes. */
static char *
absolute(const char *path)
{
	char cwd[PATH_MAX], *out;

	if (path[0] == '/' || getcwd(cwd, sizeof(cwd)) == NULL)
		return strdup(path);
	return asprintf(&out, "%s/%s", cwd, path) >= 0 ? out : NULL;
}

static char *
own_binary(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return strdup("proxyd");
	path[n] = '\0';
	return strdup(path);
}

static int
run(struct command_line *cl)
{
	char *path = absolute(cl->mc.name), *exe = own_binary();
	int status = 1;

	if (path != NULL && exe != NULL) {
		cl->mc.path = path;
		cl->mc.exe = exe;
		log_init("proxyd");
		status = cl->action == ACTION_CHECK ? monitor_check(&cl->mc) : monitor_run(&cl->mc);
	}
	free(path);
	free(exe);
	return status;
}

int
main(int argc, char **argv)
{
	struct command_line cl = parse(argc, argv);

	switch (cl.action) {
	case ACTION_WRONG:
		return 1;
	case ACTION_HELP:
		fputs(usage_text, stdout);
		return 0;
	case ACTION_VERSION:
		print_version(cl.n_versions);
		return 0;
	case ACTION_RUN:
	case ACTION_CHECK:
		break;
	}
	return run(&cl);
}
