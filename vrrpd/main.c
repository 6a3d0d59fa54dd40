/*
 * main.c - vrrpd's command line.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <netlink/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/version.h"
#include "vrrpd/conf.h"
#include "vrrpd/server.h"

/* service(8) hands PATH over; others may not, and commands must be found. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char usage_text[] =
    "vrrpd - virtual addresses that move between hosts (VRRP), version " PROJECT_VERSION "\n"
    "\n"
    "  vrrpd [-f FILE] [-D] [-p FILE] [-d] [-q]\n"
    "  vrrpd -c [-f FILE]\n"
    "\n"
    "  -f, --config FILE   configuration (default " VRRPD_CONF_DEFAULT ")\n"
    "  -c, --check         check the configuration, print every mistake, touch nothing\n"
    "  -D, --daemon        go to the background once ready\n"
    "  -p, --pidfile FILE  write the process number there; one vrrpd per pidfile\n"
    "  -d, --debug         log more\n"
    "  -q, --quiet         log nothing to stderr\n"
    "  -v, --version       print the version; twice: libraries and features\n"
    "  -h, --help          this text\n"
    "\n"
    "Signals: HUP reload, TERM and INT leave politely (twice: at once), USR1 log the state.\n";

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
	struct server_options options;
};

static void
print_version(int n)
{
	printf("vrrpd %s (%s)\n", PROJECT_VERSION, PROJECT_RELEASE_DATE);
	if (n < 2)
		return;
	printf("libevent %s (built with %s)\n", event_get_version(), LIBEVENT_VERSION);
	printf("libnl %s\n", LIBNL_VERSION);
#if defined(__clang__)
	printf("compiler clang %s\n", __clang_version__);
#else
	printf("compiler gcc %s\n", __VERSION__);
#endif
	printf("features: VRRPv2 (PASS), VRRPv3, multicast, unicast, IPv4, address leases, "
	       "in-place reload, sd_notify\n");
}

static struct command_line
parse(int argc, char **argv)
{
	struct command_line cl = {.options = {.config = VRRPD_CONF_DEFAULT}};
	int c;

	while ((c = getopt_long(argc, argv, "f:cDp:dqvh", long_options, NULL)) != -1) {
		switch (c) {
		case 'f':
			cl.options.config = optarg;
			break;
		case 'c':
			cl.action = ACTION_CHECK;
			break;
		case 'D':
			cl.options.daemon = true;
			break;
		case 'p':
			cl.options.pidfile = optarg;
			break;
		case 'd':
			cl.options.debug = true;
			break;
		case 'q':
			cl.options.quiet = true;
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
	return cl;
}

static bool
has_more_words(int argc, char **argv)
{
	if (optind >= argc)
		return false;
	fprintf(stderr, "vrrpd: '%s': only options are expected (see vrrpd -h)\n", argv[optind]);
	return true;
}

/* Nothing that is opened later may become standard output by accident. */
static void
fill_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int
main(int argc, char **argv)
{
	struct command_line cl = parse(argc, argv);

	if (cl.action != ACTION_WRONG && has_more_words(argc, argv))
		return 1;
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
	log_init("vrrpd");
	if (cl.action == ACTION_CHECK)
		return server_check(&cl.options);
	fill_standard_fds();
	setenv("PATH", DEFAULT_PATH, 0);
	return server_run(&cl.options);
}
