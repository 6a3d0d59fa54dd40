/*
 * channel.h - messages between the monitor and the engine: text and descriptors.
 *
 * One SOCK_SEQPACKET pair per engine.  The monitor sends configurations (text in a memfd,
 * listening descriptors in batches) and orders to stop; the engine answers with short texts
 * and never sends descriptors.  Both sides use non-blocking sockets; a send waits at most
 * `timeout` for a peer that does not read.
 */
#ifndef PROXYD_CHANNEL_H
#define PROXYD_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/usec.h"

/* The numbers are wire format: after a re-exec an old engine and a new monitor talk with them. */
enum chan_type {
	CHAN_CONFIG =
	    1, /* monitor: file name, text, (key, fd) list; the first one starts the engine */
	CHAN_STOP = 2,  /* monitor: close everything and exit now */
	CHAN_DRAIN = 3, /* monitor: stop accepting, exit with the last connection; text: usec bound,
			   0 none */
	CHAN_DONE = 4,  /* engine: the CONFIG with this id runs (for the first one: READY) */
	CHAN_REFUSED = 5, /* engine: nothing changed; text says why, one reason a line */
	CHAN_FACTS = 6,   /* monitor: "RELOADS FAILED_RELOADS ENGINES", for `show info` */
};

#define CHAN_TEXT_MAX   ((size_t)16 << 20) /* longest configuration text */
#define CHAN_ANSWER_MAX ((size_t)32 << 10) /* longest text of an answer; more is cut */
#define CHAN_FDS_MAX    20000

#define CHAN_LOG_KEY "log:" /* and the number of a log target: a socket connected to it */

/* A listening socket and the name under which both sides know it (binds.h says how). */
struct chan_fd {
	char *key;
	int fd; /* -1: taken over by whoever set it so */
};

struct chan_msg {
	enum chan_type type;
	uint32_t id; /* answers carry the id of the CONFIG they answer */
	char *name;  /* CONFIG: file name for messages; else NULL */
	char *text;  /* NUL terminated; NULL when empty */
	size_t text_len;
	struct chan_fd *fds;
	size_t n_fds;
};

void chan_msg_free(struct chan_msg *m); /* closes the descriptors that are not -1 */

struct channel;

int channel_pair(int fds[2], struct err *e);
enum channel_side { CHANNEL_MONITOR, CHANNEL_ENGINE }; /* the monitor's takes no descriptors */
struct channel *channel_new(int fd, enum channel_side side); /* takes fd over */
void channel_free(struct channel **ch);
int channel_fd(const struct channel *ch);
/* Borrows everything in m.  -1: the peer is gone or did not read for `timeout`. */
int channel_send(struct channel *ch, const struct chan_msg *m, usec_t timeout, struct err *e)
    __attribute__((warn_unused_result));
int channel_send_text(struct channel *ch, enum chan_type type, uint32_t id, const char *text,
		      usec_t timeout, struct err *e) __attribute__((warn_unused_result));
/* 1: a whole message (caller frees); 0: not yet; -1: the peer is gone or speaks nonsense. */
int channel_recv(struct channel *ch, struct chan_msg *out, struct err *e)
    __attribute__((warn_unused_result));

#endif
