/*
 * binds.h - the monitor's listening sockets, kept open from one configuration to the next.
 *
 * A socket is known by its key, the canonical address: "0.0.0.0:3306", "/run/x.sock".
 * A change of configuration has two phases: binds_prepare opens what is new beside what is there;
 * then binds_commit closes what nobody wants any more and gives the others their new backlog and
 * owner, or binds_rollback closes what was new.  The specs stay where they are until then.
 */
#ifndef PROXYD_BINDS_H
#define PROXYD_BINDS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/addr.h"
#include "common/err.h"
#include "common/usec.h"

struct bind_spec {
	const char *key;
	struct addr addr;
	bool control;  /* control socket or status page: stays open during a soft stop */
	int backlog;   /* 0: as much as the kernel allows */
	unsigned mode; /* UNIX: permissions, 0: 0600 */
	int uid, gid;  /* UNIX: -1 unchanged */
	/* for messages */
	const char *file;
	int line;
	const char *section, *setting; /* "frontend main", "bind" */
};

struct bind_socket {
	char *key;
	int fd;
	struct addr addr;
	bool wanted; /* by the configuration being prepared, or by the last committed one */
	bool is_new; /* opened since the last commit */
	bool control;
	/* in preparation: settings for a socket that stays; they belong to whoever prepared */
	const struct bind_spec *refresh;
	unsigned long inode; /* UNIX: of our file, so that nobody else's is removed */
};

struct binds {
	struct bind_socket *sockets;
	size_t n_sockets;
};

void binds_init(struct binds *b);
/* `patience`: how long to wait for an address that a dying predecessor still holds. */
int binds_prepare(struct binds *b, const struct bind_spec *specs, size_t n_specs, usec_t patience,
		  struct errlist *el) __attribute__((warn_unused_result));
void binds_commit(struct binds *b);
void binds_rollback(struct binds *b);
/* A socket inherited from the binary before us; unwanted until a configuration names it. */
void binds_adopt(struct binds *b, const char *key, int fd, bool control);
/* A soft stop: no more connections but to control sockets and the status page. */
void binds_drain(struct binds *b);
void binds_close(struct binds *b);  /* descriptors only: in the engine's child */
void binds_remove(struct binds *b); /* at the end: UNIX files too */

#endif
