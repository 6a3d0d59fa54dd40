/*
 * server_conf.c - the configuration from its file, with what only this host can tell of it.
 */
#include "vrrpd/server_conf.h"

#include <stdlib.h>
#include <string.h>

#include "common/daemon.h"
#include "vrrpd/hmac_keys.h"
#include "vrrpd/script_check.h"

#define CONFIG_MAX ((size_t)4 << 20)

static const char *
from_environment(const char *name)
{
	return getenv(name);
}

struct vrrpd_conf *
server_read_conf(const char *path, struct errlist *el)
{
	struct vrrpd_conf *conf;
	struct err e;
	size_t len;
	char *text = read_file(path, CONFIG_MAX, &len, &e);

	if (!text) {
		size_t skip = strncmp(e.text, path, strlen(path)) == 0 ? strlen(path) + 2 : 0;

		errlist_add(el, path, 0, NULL, NULL, "%s", e.text + skip); /* named once */
		return NULL;
	}
	conf = vrrpd_conf_parse(path, text, len, from_environment, el);
	explicit_bzero(text, len); /* passwords */
	free(text);
	if (conf)
		script_check(conf, el);
	if (conf && (hmac_keys_load(conf, el) < 0 || el->n_errors > 0))
		vrrpd_conf_free(&conf);
	return conf;
}
