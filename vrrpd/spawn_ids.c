/*
 * spawn_ids.c - users and groups of commands, by name or number.
 *
 * Looked up when the configuration is read and not when a command starts: a directory service may
 * take its time, and the election has none.
 */
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/spawn.h"

#define ID_MAX 0xfffffffeL

static bool
is_number(const char *text, unsigned *n)
{
	char *end;
	long long value;

	if (*text < '0' || *text > '9')
		return false;
	value = strtoll(text, &end, 10);
	*n = (unsigned)value;
	return *end == '\0' && value <= ID_MAX;
}

static int
find_user(const char *name, struct spawn_ids *ids, struct err *e)
{
	unsigned n;
	const struct passwd *pw = is_number(name, &n) ? getpwuid(n) : getpwnam(name);

	ids->is_set = true;
	if (pw) {
		ids->is_user = true;
		ids->uid = pw->pw_uid;
		ids->gid = pw->pw_gid;
		return 0;
	}
	if (!is_number(name, &n))
		return err_set(e, "there is no user '%s'", name);
	ids->uid = n;
	ids->gid = n;
	return 0;
}

static int
find_group(const char *name, struct spawn_ids *ids, struct err *e)
{
	unsigned n;
	const struct group *gr;

	if (is_number(name, &n)) {
		ids->gid = n;
		return 0;
	}
	gr = getgrnam(name);
	if (!gr)
		return err_set(e, "there is no group '%s'", name);
	ids->gid = gr->gr_gid;
	return 0;
}

int
spawn_find_ids(const char *text, struct spawn_ids *ids, struct err *e)
{
	char user[256], group[256] = "";
	size_t len = strcspn(text, " \t:"), skip;

	*ids = (struct spawn_ids){.is_set = true};
	skip = len + strspn(text + len, " \t:");
	if (len == 0 || len >= sizeof(user) || strlen(text + skip) >= sizeof(group) ||
	    strpbrk(text + skip, " \t"))
		return err_set(e, "'%s' is no user, expected 'USER [GROUP]'", text);
	memcpy(user, text, len);
	user[len] = '\0';
	memcpy(group, text + skip, strlen(text + skip) + 1);
	if (find_user(user, ids, e) < 0)
		return -1;
	return *group ? find_group(group, ids, e) : 0;
}
