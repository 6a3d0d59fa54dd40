/*
 * fifo.h - the notify FIFO: one line per change of state, for a program that reads along.
 */
#ifndef VRRPD_FIFO_H
#define VRRPD_FIFO_H

#include "common/strbuf.h"
#include "vrrpd/fifo_queue.h"
#include "vrrpd/spawn.h"
#include "vrrpd/tell_conf.h"

struct event_base;
struct fifo;

/* A reader has come: tell it everything with fifo_tell(). */
typedef void (*fifo_replay_fn)(void *arg);

/* NULL: out of memory. */
struct fifo *fifo_new(struct event_base *base, fifo_replay_fn replay, void *arg);
void fifo_free(struct fifo **f);
/* Another configuration, kept till the next; NULL or without a FIFO: close it. */
void fifo_set_conf(struct fifo *f, const struct tell_conf *tc, const struct spawn_ids *ids);
void fifo_tell(struct fifo *f, const struct fifo_subject *of, const char *state, uint8_t priority);
void fifo_text(const struct fifo *f, struct strbuf *b);
void fifo_json(const struct fifo *f, struct strbuf *b); /* ,"notify_fifo":{...} or nothing */

#endif
