/*
 * limits.c - what a configuration asks of the operating system: threads, descriptors, identity.
 *
 * The configuration core checks shapes only; names of users and groups are looked up here, in
 * the monitor, where /etc is still in sight.
 */
#include "proxyd/limits.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

unsigned
limits_threads(const struct conf *c)
{
	cpu_set_t cpus;
	int n;

	if (c->global.threads > 0)
		return (unsigned)c->global.threads;
	n = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
	return (unsigned)(n < CONF_THREADS_MAX ? n : CONF_THREADS_MAX);
}

size_t
limits_nofile(const struct conf *c)
{
	if (c->global.ulimit_n > 0)
		return (size_t)c->global.ulimit_n;
	return conf_fds_needed(c, (int)limits_threads(c));
}

/* A name, or a number as it stands. */
static int
find_id(const char *name, bool is_group)
{
	struct passwd *pw = is_group ? NULL : getpwnam(name);
	struct group *gr = is_group ? getgrnam(name) : NULL;
	char *end;
	long n;

	if (pw != NULL)
		return (int)pw->pw_uid;
	if (gr != NULL)
		return (int)gr->gr_gid;
	errno = 0;
	n = strtol(name, &end, 10);
	return errno == 0 && end != name && *end == '\0' && n >= 0 && n < INT32_MAX ? (int)n : -1;
}

int
limits_owner(const struct conf *c, const char *section, int line, const char *user,
	     const char *group, struct identity *id, struct errlist *el)
{
	*id = (struct identity){-1, -1};
	if (user != NULL && (id->uid = find_id(user, false)) < 0) {
		errlist_add(el, c->file, line, section, "user",
			    "no user '%s' on this host, expected a name of /etc/passwd or a number",
			    user);
		return -1;
	}
	if (group != NULL && (id->gid = find_id(group, true)) < 0) {
		errlist_add(el, c->file, line, section, "group",
			    "no group '%s' on this host, expected a name of /etc/group or a number",
			    group);
		return -1;
	}
	return 0;
}

int
limits_identity(const struct conf *c, struct identity *id, struct errlist *el)
{
	const struct conf_global *g = &c->global;
	struct stat st;
	int rc = limits_owner(c, "global", 0, g->user, g->group, id, el);

	if (g->user != NULL && g->group == NULL && id->uid >= 0) {
		struct passwd *pw = getpwuid((uid_t)id->uid);

		id->gid = pw != NULL ? (int)pw->pw_gid : -1;
	}
	if (g->chroot != NULL && (stat(g->chroot, &st) < 0 || !S_ISDIR(st.st_mode))) {
		errlist_add(el, c->file, 0, "global", "chroot",
			    "'%s' is not there, expected a directory", g->chroot);
		rc = -1;
	}
	return rc;
}
