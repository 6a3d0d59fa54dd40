/*
 * fifo_priv.h - between fifo.c and fifo_show.c.
 */
#ifndef VRRPD_FIFO_PRIV_H
#define VRRPD_FIFO_PRIV_H

#include "common/log.h"
#include "common/usec.h"
#include "vrrpd/fifo.h"
#include "vrrpd/fifo_queue.h"
#include "vrrpd/spawn.h"

struct event;
struct notify_output;

struct fifo {
	struct event_base *base;
	fifo_replay_fn replay;
	void *arg;
	const struct tell_conf *conf; /* NULL: none */
	struct spawn_ids ids;
	char *path, *script; /* what is open, and running */
	char *user;          /* fifo_user that the FIFO has */
	bool made_it;
	int fd, inotify;
	struct event *try_timer, *replay_timer, *script_timer;
	struct event *hangup, *writable, *opened;
	struct fifo_queue queue;
	uint64_t n_readers;
	struct spawn *reader;
	struct notify_output *output;
	usec_t script_began, script_pause;
	struct log_limit limit;
};

#endif
