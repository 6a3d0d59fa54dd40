/*
 * statefile.h - the state file beside the control socket: written while vrrpd runs, removed when it
 * ends well, read by the one that follows a crash.
 *
 * Changes of state replace the file at once and as a whole; between them only the instant of the
 * last advert is overwritten in place.  A file that cannot be written costs a warning and the quick
 * recovery, nothing else.
 */
#ifndef VRRPD_STATEFILE_H
#define VRRPD_STATEFILE_H

#include "vrrpd/recall.h"

struct statefile;
struct stateslot;

/* With what an earlier life left; NULL: out of memory.  The path follows from the socket's. */
struct statefile *statefile_new(const char *socket_path);
/* Removes the file, if this life has written it. */
void statefile_free(struct statefile **sf);
void statefile_move(struct statefile *sf, const char *socket_path);

/* The line of one instance.  Names need not be unique: one leaves, its successor begins. */
struct stateslot *stateslot_new(struct statefile *sf, const char *name);
void stateslot_free(struct stateslot **slot);
/* Was it master in the earlier life, with this digest? */
bool stateslot_recall(const struct stateslot *slot, uint64_t digest, usec_t *at_sent);
void stateslot_set(struct stateslot *slot, const struct recall *r);

#endif
