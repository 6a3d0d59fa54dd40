/*
 * mailbox.h - messages to a worker: the only way into its thread.
 *
 * A mutex, a list and an eventfd.  Anybody may post; only the owner takes.  Wishes that carry no
 * data are flags and coalesce.  Grants of a place at a server are linked through the waiting
 * connection itself, so that posting one (under backend.lock) cannot fail.
 */
#ifndef PROXYD_MAILBOX_H
#define PROXYD_MAILBOX_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/err.h"
#include "common/usec.h"
#include "proxyd/listener.h"

struct conn;
struct server;
struct session_list;
struct snapshot;

enum {
	MAIL_RELISTEN = 1 << 0,  /* limits changed, room may be there: look at the listeners */
	MAIL_KICK = 1 << 1,      /* a server changed: look at connections between two tries */
	MAIL_STOP_SOFT = 1 << 2, /* accept no more */
	MAIL_STOP_HARD = 1 << 3, /* close everything, end the thread */
};

enum mail_type { MAIL_SNAPSHOT, MAIL_TAKE_FD, MAIL_KILL, MAIL_LIST };

/* A client's address; of a UNIX one nothing but the family. */
union peer {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* An accepted connection that another worker is to serve; its place is already counted. */
struct accepted {
	int fd;
	struct snapshot *snap; /* a reference travels along */
	size_t frontend;
	usec_t at_accept;
	union peer peer;
};

struct mail {
	STAILQ_ENTRY(mail) link;
	enum mail_type type;
	struct snapshot *snap; /* SNAPSHOT, KILL: a reference travels along */
	uint64_t generation;   /* SNAPSHOT */
	struct listen_fd *fds; /* SNAPSHOT: owned; control's numbers until translate() */
	size_t n_fds;
	int log_serial;           /* of log */
	struct log_conf *log;     /* SNAPSHOT: owned; targets to open on the data side, or NULL */
	struct accepted accepted; /* TAKE_FD */
	struct server *server;    /* KILL */
	char who;
	struct session_list *list; /* LIST: a reference travels along */
};

STAILQ_HEAD(mail_head, mail);
STAILQ_HEAD(grant_head, conn);

struct mailbox {
	pthread_mutex_t lock;
	struct mail_head mails;
	struct grant_head grants;
	unsigned flags;
	bool signalled; /* the eventfd is readable or about to be */
	int fd;
};

/* What one look into the box brought. */
struct mail_batch {
	struct mail_head mails;
	struct grant_head grants;
	unsigned flags;
};

int mailbox_init(struct mailbox *mb, struct err *e);
void mailbox_fini(struct mailbox *mb); /* must have been emptied */
struct mail *mail_new(enum mail_type type);
void mail_free(struct mail *m); /* with what travels in it: descriptor, references */
void mailbox_post(struct mailbox *mb, struct mail *m);
void mailbox_flag(struct mailbox *mb, unsigned flags);
void mailbox_grant(struct mailbox *mb, struct conn *c);
void mailbox_take(struct mailbox *mb, struct mail_batch *out);

#endif
