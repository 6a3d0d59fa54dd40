/*
 * dataside_priv.h - what dataside.c (the threads) and dataside_lend.c (the descriptors) share.
 */
#ifndef PROXYD_DATASIDE_PRIV_H
#define PROXYD_DATASIDE_PRIV_H

#include <pthread.h>

#include "proxyd/dataside.h"

enum dataside_state {
	IDLE,
	GIVEN,   /* workers are here to be run */
	RUNNING, /* they are */
	JOINING, /* and control has said its last word to them */
	FAILED,  /* they could not be: `why` */
	ENDED,
	QUIT,
};

struct dataside {
	pthread_mutex_t lock; /* of state and what comes with it */
	pthread_cond_t changed;
	enum dataside_state state;
	struct workers *ws;
	const struct listen_fd *fds;
	size_t n_fds;
	struct err why;
	bool apart;
	bool stuck;  /* control: the data side did not read when we last wrote */
	int pair[2]; /* control's end, the data side's */

	pthread_mutex_t lent_lock; /* of the rest */
	int *lent;                 /* by the control thread's number: ours, -1 none */
	size_t n_lent;
	struct log_limit no_room;
	int log_fds[LOG_TARGETS_MAX]; /* of log_serial */
	int log_serial;
};

/* Where the number of what control calls `theirs` is kept; NULL: no memory.  lent_lock is held,
 * or no worker runs yet. */
int *dataside_slot(struct dataside *ds, int theirs);

#endif
