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
#include <string.h>
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

static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* What is wrong with one setting of this host's names, or NULL. */
static const char *
host_mistake(const char *key, const char *value)
{
	if (strcmp(key, "user") == 0 && find_id(value, false) < 0)
		return "no such user on this host, expected a name of /etc/passwd or a number";
	if (strcmp(key, "group") == 0 && find_id(value, true) < 0)
		return "no such group on this host, expected a name of /etc/group or a number";
	if (strcmp(key, "chroot") == 0 && !is_directory(value))
		return "not there, expected a directory";
	return NULL;
}

int
limits_owner(const struct conf *c, const char *section, int line, const char *user,
	     const char *group, struct identity *id, struct errlist *el)
{
	const char *wrong = user != NULL ? host_mistake("user", user) : NULL;

	if (wrong == NULL && group != NULL)
		wrong = host_mistake("group", group);
	*id = (struct identity){-1, -1};
	if (wrong != NULL) {
		errlist_add(el, c->file, line, section, "user and group", "%s", wrong);
		return -1;
	}
	id->uid = user != NULL ? find_id(user, false) : -1;
	id->gid = group != NULL ? find_id(group, true) : -1;
	return 0;
}

int
limits_identity(const struct conf *c, struct identity *id, struct err *e)
{
	const struct conf_global *g = &c->global;
	struct passwd *pw;

	*id = (struct identity){-1, -1};
	if (g->user != NULL && (id->uid = find_id(g->user, false)) < 0)
		return err_set(e, "user '%s' is not there any more", g->user);
	if (g->group != NULL && (id->gid = find_id(g->group, true)) < 0)
		return err_set(e, "group '%s' is not there any more", g->group);
	if (id->uid >= 0 && id->gid < 0 && (pw = getpwuid((uid_t)id->uid)) != NULL)
		id->gid = (int)pw->pw_gid;
	return 0;
}

/* Whoever leaves root's user id only would keep root's group. */
static bool
lacks_group(const struct ini_section *sec, const struct ini_entry *user)
{
	int uid = find_id(user->value, false);

	for (size_t i = 0; i < sec->n_entries; i++) {
		if (strcmp(sec->entries[i].key, "group") == 0)
			return false;
	}
	return uid >= 0 && getpwuid((uid_t)uid) == NULL;
}

static void
check_section(const char *file, const struct ini_section *sec, struct errlist *el)
{
	for (size_t i = 0; i < sec->n_entries; i++) {
		const struct ini_entry *en = &sec->entries[i];
		const char *wrong = host_mistake(en->key, en->value);

		if (wrong == NULL && strcmp(en->key, "user") == 0 && lacks_group(sec, en))
			wrong = "not in /etc/passwd, which would tell its group: give group, too";
		if (wrong != NULL)
			errlist_add(el, file, en->line, sec->title, en->key, "'%s': %s", en->value,
				    wrong);
	}
}

void
limits_check_text(const char *file, const char *text, size_t len, ini_getenv_fn getenv_fn,
		  struct errlist *el)
{
	struct arena *a = arena_new();
	struct errlist known; /* conf_load tells these */
	struct inifile ini;

	errlist_init(&known);
	(void)!inifile_parse(a, file, text, len, getenv_fn, &ini, &known);
	for (size_t i = 0; i < ini.n_sections; i++) {
		if (strcmp(ini.sections[i].title, "global") == 0)
			check_section(file, &ini.sections[i], el);
	}
	errlist_free(&known);
	arena_free(&a);
}
