/*
 * control_priv.h - the commands of the control socket, one function each.
 *
 * w: the command's words; answers go to reply (HAProxy's texts, scripts match on them).
 */
#ifndef PROXYD_CONTROL_PRIV_H
#define PROXYD_CONTROL_PRIV_H

#include <stdbool.h>

#include "common/ctl_line.h"
#include "common/strbuf.h"

struct manager;

struct manager_server;

typedef void (*control_fn)(struct manager *m, const struct ctl_words *w, struct strbuf *reply);

/* control_show.c */
void control_show_info(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_show_stat(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_show_servers_state(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_show_health(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_show_backend(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_show_sess(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_show_version(struct manager *m, const struct ctl_words *w, struct strbuf *reply);

/* control_server.c */
void control_set_server(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_set_weight(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_get_weight(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_enable_server(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_disable_server(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_enable_health(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_disable_health(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_shutdown_sessions(struct manager *m, const struct ctl_words *w, struct strbuf *reply);

/* control_limits.c */
void control_set_maxconn_server(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_set_maxconn_frontend(struct manager *m, const struct ctl_words *w,
				  struct strbuf *reply);
void control_set_maxconn_global(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_enable_frontend(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_disable_frontend(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_clear_all(struct manager *m, const struct ctl_words *w, struct strbuf *reply);
void control_clear_maxima(struct manager *m, const struct ctl_words *w, struct strbuf *reply);

/* The server named by word i; false: reply has the answer why not. */
bool control_find_server(struct manager *m, const struct ctl_words *w, int i,
			 struct manager_server *out, struct strbuf *reply);

static inline const char *
control_word(const struct ctl_words *w, int i)
{
	return i < w->n_words ? w->words[i] : "";
}

#endif
