/*
 * namespace.c - net_namespace: the network that vrrpd works in, as `ip netns` names them.
 */
#include "vrrpd/namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "common/names.h"

#define DIRECTORY "/run/netns/"

int
namespace_enter(const struct global_conf *g, struct err *e)
{
	char path[sizeof(DIRECTORY) + 256];
	int fd, result = 0;

	if (!g->net_namespace)
		return 0;
	snprintf(path, sizeof(path), DIRECTORY "%s", g->net_namespace);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "net_namespace %s", path);
	if (setns(fd, CLONE_NEWNET) < 0)
		result = err_sys(e, "entering net_namespace %s", g->net_namespace);
	close(fd);
	return result;
}

int
namespace_keep(const struct global_conf *before, const struct global_conf *after, struct err *e)
{
	if (text_same(before->net_namespace, after->net_namespace))
		return 0;
	return err_set(e, "net_namespace changed, which needs a restart");
}
