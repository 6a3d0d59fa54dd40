/*
 * statspage.h - the status page over HTTP, on the engine's control thread.
 *
 * One object per listening socket.  uri, realm, auth and time limits are those of
 * manager_snapshot()->conf->stats at the time of each request: a reload needs no word to it.
 */
#ifndef PROXYD_STATSPAGE_H
#define PROXYD_STATSPAGE_H

struct event_base;
struct manager;
struct statspage;

/* Takes the listening socket over (closed in statspage_free, and on failure).  NULL: no memory. */
struct statspage *statspage_new(struct event_base *base, struct manager *m, int fd);
void statspage_free(struct statspage **p);

#endif
