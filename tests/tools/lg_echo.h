/*
 * lg_echo.h - connections that send a message and want it back, in all the rhythms of the
 * workloads: once and close, again and again, every X ms, or on demand.
 */
#ifndef TESTS_LG_ECHO_H
#define TESTS_LG_ECHO_H

#include <sys/queue.h>

#include "loadgen.h"

enum rhythm {
	RHYTHM_SHORT,    /* one message, then a new connection */
	RHYTHM_PINGPONG, /* the next message at once, or when the open loop says so */
	RHYTHM_LONG,     /* a message every interval */
	RHYTHM_IDLE,     /* one message at the start, then one on demand */
};

struct echo_conn {
	TAILQ_ENTRY(echo_conn) link; /* in one of the group's lists */
	struct echo_group *group;
	struct watch watch;
	struct timer timer; /* connect timeout, or next message of RHYTHM_LONG */
	usec_t at_op;
	uint32_t sent, got;
	bool connected, busy, ended, fresh, verifying;
};

TAILQ_HEAD(echo_list, echo_conn);

struct echo_group {
	struct load *load;
	enum rhythm rhythm;
	struct echo_conn *conns;
	size_t n_conns, n_opening, n_open;
	struct echo_list closed, idle; /* to be opened; open and without a message under way */
	struct timer pump;             /* opens more, or starts what the open loop owes */
	usec_t at_start;
	uint64_t n_started; /* operations of the open loop */
	size_t n_verifying;
	void (*verified)(struct load *l);
	uint8_t *message;
	bool ending;
};

/* Opens conns connections (as fast as `opening` allows) and keeps them in their rhythm. */
struct echo_group *echo_group_start(struct load *l, enum rhythm rhythm, int64_t conns);
/* Each open connection is to answer one message now; `done` is called when all have or broke. */
void echo_group_verify(struct echo_group *g, void (*done)(struct load *l));
size_t echo_group_open(const struct echo_group *g);  /* how many are open */
bool echo_group_settled(const struct echo_group *g); /* each is open or has failed */
void echo_group_free(struct echo_group *g);          /* closes everything */

/* lg_echo.c, for lg_group.c */
void echo_conn_init(struct echo_conn *c, struct echo_group *g);
void echo_conn_close(struct echo_conn *c);
bool echo_conn_open(struct echo_group *g, usec_t at); /* false: failed at once */
void echo_conn_send(struct echo_conn *c, usec_t at);  /* an idle one starts an operation */
bool echo_group_is_open_loop(const struct echo_group *g);
void echo_group_verified_one(struct echo_group *g);

#endif
