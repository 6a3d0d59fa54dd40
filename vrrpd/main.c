/*
 * main.c - vrrpd's command line.
 */
#include <fcntl.h>
#include <netlink/version.h>
#include <nettle/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/daemon_args.h"
#include "common/log.h"
#include "vrrpd/conf.h"
#include "vrrpd/server.h"

/* service(8) hands PATH over; others may not, and commands must be found. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void
print_features(void)
{
	printf("libnl %s\n", LIBNL_VERSION);
	printf("nettle %d.%d\n", nettle_version_major(), nettle_version_minor());
	printf("features: VRRPv2 (PASS, AH), VRRPv3, auth_hmac, multicast, unicast, IPv4, IPv6, "
	       "address leases, "
	       "in-place reload, sd_notify\n");
}

static const struct daemon_program program = {
    .name = "vrrpd",
    .summary = "virtual addresses that move between hosts (VRRP)",
    .default_config = VRRPD_CONF_DEFAULT,
    .quiet = "log nothing to stderr",
    .signals =
	"Signals: HUP reload, TERM and INT leave politely (twice: at once), USR1 and USR2 log the\n"
	"state, RTMIN+2 writes keepalived's JSON to json_dump_file.\n",
    .print_features = print_features,
};

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
	struct daemon_args args;
	int status;

	if (!daemon_args_parse(&program, argc, argv, &args, &status))
		return status;
	log_init(program.name);
	if (args.check)
		return server_check(&args);
	fill_standard_fds();
	setenv("PATH", DEFAULT_PATH, 0);
	return server_run(&args);
}
