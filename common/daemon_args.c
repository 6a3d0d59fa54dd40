/*
 * daemon_args.c - the command line that both daemons have.
 */
#include "common/daemon_args.h"

#include <event2/event.h>
#include <getopt.h>
#include <stdio.h>

#include "common/version.h"

static const char usage_text[] =
    "%1$s - %2$s, version " PROJECT_VERSION "\n"
    "\n"
    "  %1$s [-f FILE] [-D] [-p FILE] [-d] [-q]\n"
    "  %1$s -c [-f FILE]\n"
    "\n"
    "  -f, --config FILE   configuration (default %3$s)\n"
    "  -c, --check         check the configuration, print every mistake, touch nothing\n"
    "  -D, --daemon        go to the background once ready\n"
    "  -p, --pidfile FILE  write the process number there; one %1$s per pidfile\n"
    "  -d, --debug         log more\n"
    "  -q, --quiet         %4$s\n"
    "  -v, --version       print the version; twice: libraries and features\n"
    "  -h, --help          this text\n"
    "\n"
    "%5$s";

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

static void
print_version(const struct daemon_program *p, int n)
{
	printf("%s %s (%s)\n", p->name, PROJECT_VERSION, PROJECT_RELEASE_DATE);
	if (n < 2)
		return;
	printf("libevent %s (built with %s)\n", event_get_version(), LIBEVENT_VERSION);
#if defined(__clang__)
	printf("compiler clang %s\n", __clang_version__);
#else
	printf("compiler gcc %s\n", __VERSION__);
#endif
	p->print_features();
}

/* What the words ask for: 'r'un, 'h'elp, 'v'ersion; '?' was a mistake. */
static int
read_options(int argc, char **argv, struct daemon_args *a, int *n_versions)
{
	int c, wish = 'r';

	while ((c = getopt_long(argc, argv, "f:cDp:dqvh", long_options, NULL)) != -1) {
		switch (c) {
		case 'f':
			a->config = optarg;
			break;
		case 'c':
			a->check = true;
			break;
		case 'D':
			a->daemon = true;
			break;
		case 'p':
			a->pidfile = optarg;
			break;
		case 'd':
			a->debug = true;
			break;
		case 'q':
			a->quiet = true;
			break;
		case 'v':
			*n_versions += 1;
			wish = 'v';
			break;
		case 'h':
			wish = 'h';
			break;
		default:
			return '?';
		}
	}
	return wish;
}

bool
daemon_args_parse(const struct daemon_program *p, int argc, char **argv, struct daemon_args *a,
		  int *status)
{
	int n_versions = 0, wish;

	*a = (struct daemon_args){.config = p->default_config};
	wish = read_options(argc, argv, a, &n_versions);
	*status = 1;
	if (wish == '?')
		return false;
	if (optind < argc) {
		fprintf(stderr, "%s: '%s': only options are expected (see %s -h)\n", p->name,
			argv[optind], p->name);
		return false;
	}
	*status = 0;
	if (wish == 'h')
		printf(usage_text, p->name, p->summary, p->default_config, p->quiet, p->signals);
	else if (wish == 'v')
		print_version(p, n_versions);
	return wish == 'r';
}
