/*
 * hmac_keys.c - secrets that stand in files of their own, read when the configuration is.
 */
#include "vrrpd/hmac_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX (4 + 2 * HMAC_KEY_MAX + 2) /* "hex:", the digits, CR LF */

static int
open_secret(const char *path, struct err *e)
{
	/* a FIFO must not stop us */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_sys(e, "%s", path);
	if (fstat(fd, &st) < 0)
		err_sys(e, "%s", path);
	else if (!S_ISREG(st.st_mode))
		err_set(e, "%s is no file", path);
	else if (st.st_uid != 0 && st.st_uid != geteuid())
		err_set(e, "%s belongs to user %u, expected root", path, st.st_uid);
	else if (st.st_mode & (S_IRWXG | S_IRWXO))
		err_set(e, "%s is open to others (mode %03o), expected 600 or 400", path,
			(unsigned)st.st_mode & 0777);
	else
		return fd;
	close(fd);
	return -1;
}

/* Its text without the newline, which editors leave. */
static int
read_secret(const char *path, char text[TEXT_MAX + 1], struct err *e)
{
	int fd = open_secret(path, e);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, TEXT_MAX + 1);
	close(fd);
	if (n < 0)
		return err_sys(e, "%s", path);
	if (n > TEXT_MAX)
		return err_set(e,
			       "%s is longer than any key, expected %d to %d bytes, or "
			       "'hex:' and twice as many digits",
			       path, HMAC_KEY_MIN, HMAC_KEY_MAX);
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	if (memchr(text, '\0', (size_t)n))
		return err_set(e, "%s has a zero byte, expected text or 'hex:'", path);
	text[n] = '\0';
	return 0;
}

static int
load(const struct hmac_key_file *file, struct hmac_key *key, struct err *e)
{
	char text[TEXT_MAX + 1];
	struct err why;
	int result = read_secret(file->path, text, e);

	if (result == 0 && hmac_key_parse(text, key, &why) < 0)
		result = err_set(e, "%s: %s", file->path, why.text);
	explicit_bzero(text, sizeof(text));
	return result;
}

static void
load_instance(const struct vrrpd_conf *c, struct instance_conf *ic, struct errlist *el)
{
	char section[128];
	struct err e;

	snprintf(section, sizeof(section), "instance %s", ic->name);
	for (size_t i = 0; i < ic->n_hmac_files; i++) {
		const struct hmac_key_file *file = &ic->hmac_files[i];

		if (load(file, &ic->hmac.keys[file->key], &e) < 0)
			errlist_add(el, c->file, file->line, section, "auth_hmac_key", "%s",
				    e.text);
	}
}

/* A secret that stands in the configuration itself; PASS is on the LAN for everybody anyway. */
static bool
has_inline_secret(const struct instance_conf *ic)
{
	return ic->auth_type == VRRP_AUTH_AH || ic->hmac.n_keys > ic->n_hmac_files;
}

static void
warn_if_readable(const struct vrrpd_conf *c, const struct instance_conf *ic, struct errlist *el)
{
	struct stat st;

	if (!has_inline_secret(ic) || stat(c->file, &st) < 0 || !(st.st_mode & S_IROTH))
		return;
	errlist_warn(
	    el, c->file, 0, NULL, NULL,
	    "everybody may read the secret of [instance %s] here (mode %03o), expected 640 "
	    "or 600",
	    ic->name, (unsigned)st.st_mode & 0777);
}

int
hmac_keys_load(struct vrrpd_conf *c, struct errlist *el)
{
	size_t n_errors = el->n_errors;

	for (size_t i = 0; i < c->n_instances; i++) {
		load_instance(c, &c->instances[i], el);
		warn_if_readable(c, &c->instances[i], el);
	}
	return el->n_errors > n_errors ? -1 : 0;
}
