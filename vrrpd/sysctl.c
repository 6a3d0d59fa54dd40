/*
 * sysctl.c - settings of the kernel below /proc/sys/net/ipv4/conf.
 */
#include "vrrpd/sysctl.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define PATH_LEN 128

static int
open_setting(const char *ifname, const char *name, int flags)
{
	char path[PATH_LEN];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/%s", ifname, name);
	return open(path, flags | O_CLOEXEC);
}

static bool
is_on(const char *ifname, const char *name)
{
	int fd = open_setting(ifname, name, O_RDONLY);
	char value = '0';

	if (fd < 0)
		return false;
	if (read(fd, &value, 1) != 1)
		value = '0';
	close(fd);
	return value != '0';
}

bool
sysctl_promotes_secondaries(const char *ifname)
{
	return is_on("all", "promote_secondaries") || is_on(ifname, "promote_secondaries");
}

int
sysctl_promote_secondaries(const char *ifname, bool on, struct err *e)
{
	int fd = open_setting(ifname, "promote_secondaries", O_WRONLY);
	int result = 0;

	if (fd < 0 || write(fd, on ? "1" : "0", 1) != 1)
		result = err_sys(e, "promote_secondaries of %s", ifname);
	if (fd >= 0)
		close(fd);
	return result;
}
