/*
 * main.c - proxyd's command line.
 */
#include <event2/event.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/daemon_args.h"
#include "common/log.h"
#include "proxyd/monitor.h"

static void
print_features(void)
{
	printf("event methods:");
	for (const char **name = event_get_supported_methods(); *name != NULL; name++)
		printf(" %s", *name);
	printf("\nfeatures: splice, in-place reload, re-exec (SIGUSR2), sd_notify, IP_FREEBIND\n");
}

static const struct daemon_program program = {
    .name = "proxyd",
    .summary = "TCP load balancer",
    .default_config = "/etc/proxyd/proxyd.conf",
    .quiet = "nothing but errors of the start on stderr",
    .signals = "Signals: HUP reload, TERM and INT stop, USR1 stop with the last connection,\n"
	       "USR2 become a new binary without losing a connection.\n",
    .print_features = print_features,
};

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

int
main(int argc, char **argv)
{
	struct monitor_conf mc = {.argv = argv};
	struct daemon_args args;
	char *path, *exe;
	int status;

	if (!daemon_args_parse(&program, argc, argv, &args, &status))
		return status;
	path = absolute(args.config);
	exe = own_binary();
	status = 1;
	if (path != NULL && exe != NULL) {
		mc.name = args.config;
		mc.path = path;
		mc.exe = exe;
		mc.pidfile = args.pidfile;
		mc.daemon = args.daemon;
		mc.quiet = args.quiet;
		mc.debug = args.debug;
		log_init(program.name);
		status = args.check ? monitor_check(&mc) : monitor_run(&mc);
	}
	free(path);
	free(exe);
	return status;
}
