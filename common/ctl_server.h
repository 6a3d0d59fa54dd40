/*
 * ctl_server.h - a control socket on a libevent base, HAProxy's framing.
 *
 * One line per connection (or several commands with ';'), each answer ends with an empty line,
 * then the socket closes; `prompt` keeps it open with "> " after each answer, `quit` ends it.
 * The server answers prompt, quit, help's frame, `set timeout cli`, `operator`, `user` itself and
 * hands everything else to the handler.  Idle connections end after 10 s (not in prompt mode
 * with a longer `set timeout cli`).  At most max_conns connections, the rest are closed at once.
 * A client that does not read its answer is closed after the same time.
 *
 * The server enforces the level of the table's row ("Permission denied"); commands without a row
 * reach the handler only at level admin.
 */
#ifndef COMMON_CTL_SERVER_H
#define COMMON_CTL_SERVER_H

#include <stdint.h>

#include "common/ctl_line.h"
#include "common/ctl_table.h"
#include "common/err.h"
#include "common/strbuf.h"

struct event_base;
struct ctl_server;

/*
 * Answer one command into reply (no trailing empty line; the frame adds it).  Text without a final
 * newline gets one.  Unknown commands: return -1 and the server writes the "Unknown command" text
 * with the nearest of `commands`.  The handler must not free the server.
 */
typedef int (*ctl_handler)(const struct ctl_words *w, enum ctl_level level, struct strbuf *reply,
			   void *arg);

struct ctl_server_conf {
	int fd; /* a listening, non-blocking socket; the server closes it in ctl_server_free */
	enum ctl_level level;
	int max_conns; /* 0: 10 */
	const struct ctl_command *commands;
	ctl_handler handler;
	void *arg;
};

struct ctl_server *ctl_server_new(struct event_base *base, const struct ctl_server_conf *conf);
void ctl_server_free(struct ctl_server **s); /* closes its connections and the socket */

/*
 * Bind and listen on a UNIX stream socket: a stale socket file is replaced (connect() tells), a
 * live one is refused.  mode 0: 0600; uid, gid -1: unchanged.  Returns the fd or -1.
 */
int ctl_listen_unix(const char *path, unsigned mode, int uid, int gid, struct err *e);

#endif
