/*
 * script_check.c - the users of commands exist, and nobody but root can change what root runs.
 *
 * Each component of the path counts, and of what symbolic links lead to: who may write a directory
 * may replace what is in it.  In a line for the shell each word that names a file is looked at;
 * what a script calls in turn is beyond us.
 */
#include "vrrpd/script_check.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vrrpd/spawn.h"

#define SEPARATORS " \t\"'`;|&<>(){}="

/* One command of the configuration, and where it stands. */
struct checked {
	const struct vrrpd_conf *conf;
	struct errlist *el;
	const char *section;
	const char *key;
	int line;
};

static bool
is_roots_alone(const struct stat *st)
{
	if (st->st_uid != 0 || (st->st_mode & S_IWOTH))
		return false;
	return !(st->st_mode & S_IWGRP) || st->st_gid == 0;
}

/* The first component that others may write; false: none. */
static bool
find_weak(const char *path, char *weak, size_t size)
{
	char part[PATH_MAX];
	struct stat st;
	size_t len = strlen(path);

	if (len >= sizeof(part))
		return false;
	for (size_t n = 1; n <= len; n++) {
		if (n > 1 && n < len && path[n] != '/')
			continue;
		memcpy(part, path, n);
		part[n] = '\0';
		if (lstat(part, &st) < 0)
			return false;
		if (S_ISLNK(st.st_mode) || is_roots_alone(&st)) /* a link's target is looked at */
			continue;
		snprintf(weak, size, "%s (owner %u, mode %03o)", part, (unsigned)st.st_uid,
			 (unsigned)st.st_mode & 0777);
		return true;
	}
	return false;
}

static void
check_file(const struct checked *c, const char *path)
{
	char target[PATH_MAX], weak[PATH_MAX + 64];
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return; /* no file: a parameter that only looks like one */
	if (find_weak(path, weak, sizeof(weak)) ||
	    (realpath(path, target) && find_weak(target, weak, sizeof(weak))))
		errlist_add(c->el, c->conf->file, c->line, c->section, c->key,
			    "'%s' would run as root, but others than root may write %s "
			    "(enable_script_security)",
			    path, weak);
}

/* As the command will be found. */
static void
check_in_path(const struct checked *c, const char *name)
{
	const char *list = getenv("PATH"), *at = list ? list : "/usr/sbin:/usr/bin:/sbin:/bin";
	char path[PATH_MAX];

	for (;;) {
		size_t len = strcspn(at, ":");

		if (snprintf(path, sizeof(path), "%.*s/%s", (int)len, at, name) <
			(int)sizeof(path) &&
		    access(path, X_OK) == 0) {
			check_file(c, path);
			return;
		}
		if (at[len] == '\0')
			return;
		at += len + 1;
	}
}

static void
check_command(const struct checked *c, const char *command, const struct spawn_ids *ids)
{
	char *words, *word, *rest = NULL;

	if (!command || !c->conf->global.enable_script_security)
		return;
	if ((ids->is_set ? ids->uid : geteuid()) != 0 || !(words = strdup(command)))
		return;
	word = strtok_r(words, SEPARATORS, &rest);
	if (word && !strchr(word, '/'))
		check_in_path(c, word);
	for (; word; word = strtok_r(NULL, SEPARATORS, &rest))
		if (*word == '/')
			check_file(c, word);
	free(words);
}

static void
check_instance(const struct vrrpd_conf *conf, const struct instance_conf *ic,
	       const struct spawn_ids *ids, struct errlist *el)
{
	const struct {
		const char *key, *command;
	} all[] = {
	    {"notify_master", ic->notify_master},
	    {"notify_backup", ic->notify_backup},
	    {"notify_fault", ic->notify_fault},
	    {"notify_stop", ic->notify_stop},
	    {"notify_deleted", ic->notify_deleted},
	    {"notify_master_rx_lower_pri", ic->notify_master_rx_lower_pri},
	    {"notify", ic->notify},
	    {"recover", ic->recover},
	};
	char section[128];

	snprintf(section, sizeof(section), "instance %s", ic->name);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct checked c = {conf, el, section, all[i].key, ic->line};

		check_command(&c, all[i].command, ids);
	}
}

static void
check_sync(const struct vrrpd_conf *conf, const struct sync_conf *sc, const struct spawn_ids *ids,
	   struct errlist *el)
{
	const struct {
		const char *key, *command;
	} all[] = {
	    {"notify_master", sc->notify_master},
	    {"notify_backup", sc->notify_backup},
	    {"notify_fault", sc->notify_fault},
	    {"notify_stop", sc->notify_stop},
	    {"notify", sc->notify},
	};
	char section[128];

	snprintf(section, sizeof(section), "sync_group %s", sc->name);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct checked c = {conf, el, section, all[i].key, sc->line};

		check_command(&c, all[i].command, ids);
	}
}

static void
check_track(const struct vrrpd_conf *conf, const struct track_conf *tc, struct spawn_ids ids,
	    struct errlist *el)
{
	char section[128];
	struct checked c = {conf, el, section, "script", tc->line};
	struct err e;

	snprintf(section, sizeof(section), "track %s", tc->name);
	if (tc->user && spawn_find_ids(tc->user, &ids, &e) < 0)
		errlist_add(el, conf->file, tc->line, section, "user", "%s", e.text);
	else
		check_command(&c, tc->script, &ids);
}

/* What is there under its name and is none would only be seen when it is too late. */
static void
check_fifo(const struct vrrpd_conf *c, struct errlist *el)
{
	const struct tell_conf *t = &c->global.tell;
	struct spawn_ids ids;
	struct stat st;
	struct err e;

	if (t->fifo && lstat(t->fifo, &st) == 0 && !S_ISFIFO(st.st_mode))
		errlist_add(el, c->file, 0, "global", "vrrp_notify_fifo",
			    "'%s' is there and is no FIFO", t->fifo);
	if (t->fifo_user && spawn_find_ids(t->fifo_user, &ids, &e) < 0)
		errlist_add(el, c->file, 0, "global", "vrrp_notify_fifo", "%s", e.text);
}

static void
check_global(const struct vrrpd_conf *conf, const struct spawn_ids *ids, struct errlist *el)
{
	const struct tell_conf *t = &conf->global.tell;
	const struct {
		const char *key, *command;
	} all[] = {
	    {"vrrp_notify_fifo_script", t->fifo_script},
	    {"startup_script", t->startup_script},
	    {"shutdown_script", t->shutdown_script},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct checked c = {conf, el, "global", all[i].key, 0};

		check_command(&c, all[i].command, ids);
	}
}

void
script_check(const struct vrrpd_conf *c, struct errlist *el)
{
	struct spawn_ids ids = {.is_set = false};
	struct err e;

	if (c->global.script_user && spawn_find_ids(c->global.script_user, &ids, &e) < 0)
		errlist_add(el, c->file, 0, "global", "script_user", "%s", e.text);
	check_fifo(c, el);
	check_global(c, &ids, el);
	for (size_t i = 0; i < c->n_tracks; i++)
		check_track(c, &c->tracks[i], ids, el);
	for (size_t i = 0; i < c->n_instances; i++)
		check_instance(c, &c->instances[i], &ids, el);
	for (size_t i = 0; i < c->n_syncs; i++)
		check_sync(c, &c->syncs[i], &ids, el);
}
