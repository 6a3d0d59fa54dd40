/*
 * statefile.c - the state file beside the control socket.
 */
#include "vrrpd/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"

#define OLD_MAX ((size_t)64 << 10)
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

struct stateslot {
	LIST_ENTRY(stateslot) link;
	struct statefile *file;
	char *name;
	struct recall now;
	off_t at; /* of its digits in the file */
};

LIST_HEAD(slot_list, stateslot);

struct statefile {
	char *path;
	char boot[RECALL_BOOT_MAX];
	char *old; /* of the earlier life */
	size_t old_len;
	int fd; /* -1: not written yet */
	bool complained;
	struct slot_list slots;
};

/* --- reading ---------------------------------------------------------------------------------- */

static size_t
read_all(int fd, char *buf, size_t max)
{
	size_t len = 0;
	ssize_t n;

	while (len < max && (n = read(fd, buf + len, max - len)) > 0)
		len += (size_t)n;
	return len;
}

static void
read_boot_id(struct statefile *sf)
{
	int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	sf->boot[read_all(fd, sf->boot, sizeof(sf->boot) - 1)] = '\0';
	sf->boot[strcspn(sf->boot, "\n")] = '\0';
	close(fd);
}

/* Only what nobody else can have written. */
static void
read_old(struct statefile *sf)
{
	int fd = open(sf->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    !(st.st_mode & (S_IWGRP | S_IWOTH)))
		sf->old = malloc(OLD_MAX);
	if (sf->old)
		sf->old_len = read_all(fd, sf->old, OLD_MAX);
	close(fd);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void
complain(struct statefile *sf, const char *what)
{
	if (!sf->complained)
		log_warn("state file %s: %s: %s; after a crash the election starts anew", sf->path,
			 what, strerror(errno));
	sf->complained = true;
}

static int
write_lines(struct statefile *sf, int fd)
{
	char line[RECALL_LINE_MAX];
	size_t len = recall_header(sf->boot, line), at;
	struct stateslot *slot;
	off_t offset = 0;

	if (write(fd, line, len) != (ssize_t)len)
		return -1;
	LIST_FOREACH (slot, &sf->slots, link) {
		offset += (off_t)len;
		len = recall_line(slot->name, &slot->now, line, &at);
		slot->at = offset + (off_t)at;
		if (write(fd, line, len) != (ssize_t)len)
			return -1;
	}
	return 0;
}

static void
forget_fd(struct statefile *sf)
{
	if (sf->fd >= 0)
		close(sf->fd);
	sf->fd = -1;
}

static void
rewrite(struct statefile *sf)
{
	char fresh[4096];
	int fd;

	if (snprintf(fresh, sizeof(fresh), "%s.new", sf->path) >= (int)sizeof(fresh))
		return;
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		complain(sf, "open");
		if (sf->fd >= 0)
			unlink(sf->path); /* what it says is not so any more */
		forget_fd(sf);
		return;
	}
	if (write_lines(sf, fd) < 0 || rename(fresh, sf->path) < 0) {
		complain(sf, "write");
		unlink(fresh);
		unlink(sf->path); /* what it says is not so any more */
		close(fd);
		fd = -1;
	}
	forget_fd(sf);
	sf->fd = fd;
}

static void
beat(struct stateslot *slot)
{
	char digits[RECALL_AT_LEN + 1];

	if (slot->file->fd < 0)
		return;
	recall_at(slot->now.at_sent, digits);
	if (pwrite(slot->file->fd, digits, RECALL_AT_LEN, slot->at) != RECALL_AT_LEN)
		complain(slot->file, "write");
}

/* --- the file --------------------------------------------------------------------------------- */

/* /run/vrrpd/vrrpd.sock -> /run/vrrpd/vrrpd.state */
static char *
path_beside(const char *socket_path)
{
	size_t len = strlen(socket_path);
	char *path;

	if (len > 5 && strcmp(socket_path + len - 5, ".sock") == 0)
		len -= 5;
	return asprintf(&path, "%.*s.state", (int)len, socket_path) < 0 ? NULL : path;
}

struct statefile *
statefile_new(const char *socket_path)
{
	struct statefile *sf = calloc(1, sizeof(*sf));

	if (!sf)
		return NULL;
	LIST_INIT(&sf->slots);
	sf->fd = -1;
	sf->path = path_beside(socket_path);
	if (!sf->path) {
		free(sf);
		return NULL;
	}
	read_boot_id(sf);
	read_old(sf);
	return sf;
}

static void
remove_file(struct statefile *sf)
{
	if (sf->fd >= 0)
		unlink(sf->path);
	forget_fd(sf);
}

void
statefile_free(struct statefile **sf)
{
	if (!*sf)
		return;
	remove_file(*sf);
	free((*sf)->old);
	free((*sf)->path);
	free(*sf);
	*sf = NULL;
}

void
statefile_move(struct statefile *sf, const char *socket_path)
{
	char *path = path_beside(socket_path);

	if (!path || strcmp(path, sf->path) == 0) {
		free(path);
		return;
	}
	remove_file(sf);
	free(sf->path);
	sf->path = path;
	sf->complained = false;
	rewrite(sf);
}

/* --- one instance's line ---------------------------------------------------------------------- */

struct stateslot *
stateslot_new(struct statefile *sf, const char *name)
{
	struct stateslot *slot = calloc(1, sizeof(*slot));

	if (slot)
		slot->name = strdup(name);
	if (!slot || !slot->name) {
		free(slot);
		return NULL;
	}
	slot->file = sf;
	LIST_INSERT_HEAD(&sf->slots, slot, link);
	return slot;
}

void
stateslot_free(struct stateslot **slot)
{
	struct statefile *sf;

	if (!*slot)
		return;
	sf = (*slot)->file;
	LIST_REMOVE(*slot, link);
	free((*slot)->name);
	free(*slot);
	*slot = NULL;
	if (sf->fd >= 0)
		rewrite(sf);
}

bool
stateslot_recall(const struct stateslot *slot, uint64_t digest, usec_t *at_sent)
{
	const struct statefile *sf = slot->file;

	return sf->old && sf->boot[0] &&
	       recall_find(sf->old, sf->old_len, sf->boot, slot->name, digest, at_sent);
}

void
stateslot_set(struct stateslot *slot, const struct recall *r)
{
	bool same = slot->now.digest == r->digest && slot->now.master == r->master;

	slot->now = *r;
	if (!same || (slot->file->fd < 0 && !slot->file->complained))
		rewrite(slot->file);
	else if (r->master)
		beat(slot);
}
