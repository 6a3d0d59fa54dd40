/*
 * conf_priv.h - shared by the conf*.c files while a configuration is being loaded.
 */
#ifndef PROXYD_CONF_PRIV_H
#define PROXYD_CONF_PRIV_H

#include "common/keytab.h"
#include "proxyd/conf.h"

#define CONF_BINDS_MAX   4096 /* listening sockets of the whole file */
#define CONF_SERVERS_MAX 1024 /* servers of one backend */
#define CONF_TIME_MAX    (365 * (usec_t)86400 * USEC_PER_SEC)
#define TIME_UNSET       ((usec_t)-1) /* while loading: not in the file, resolved at the end */

struct loader {
	struct conf *conf;
	struct key_ctx kc;
	const struct inifile *ini;
	struct conf_proxy defaults;
	struct conf_proxy *px; /* of the section being read */
};

/* Sections into the conf; the key tables live beside them. */
void load_global(struct loader *l, const struct ini_section *sec);
void load_stats(struct loader *l, const struct ini_section *sec);
void load_defaults(struct loader *l, const struct ini_section *sec);
void load_frontend(struct loader *l, const struct ini_section *sec);
void load_backend(struct loader *l, const struct ini_section *sec);
void proxy_init(struct conf_proxy *px);
/* "ADDR[:PORT]" or "*"; false: reported. */
bool parse_source_addr(struct key_ctx *kc, const struct ini_entry *en, struct addr *out);

/* KEY_CUSTOM parsers.  kc->user is the loader. */
void parse_log_target(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void parse_stats_socket(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void parse_frontend_bind(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void parse_stats_bind(struct key_ctx *kc, const struct ini_entry *en, void *obj);
void parse_server(struct key_ctx *kc, const struct ini_entry *en, void *obj);

/* A name that fits CSV, logs and `backend/server`; anything else is reported. */
void check_valid_name(struct key_ctx *kc, int line, const char *what, const char *name);
/* Everything that needs the whole file: references, duplicates, conflicts, what is missing. */
void conf_check_all(struct loader *l);

#endif
