/*
 * endpoints.h - the control sockets and status pages that a generation wants.
 *
 * Kept ones go on undisturbed over a reload, connections included.  Control thread.
 */
#ifndef PROXYD_ENDPOINTS_H
#define PROXYD_ENDPOINTS_H

#include "common/err.h"
#include "proxyd/sockets.h"

struct conf;
struct endpoints;
struct event_base;
struct manager;

struct endpoints *endpoints_new(struct event_base *base, struct manager *m);
void endpoints_free(struct endpoints **ep);
/* Open what this configuration adds; then commit closes what it lacks, or rollback the new ones. */
int endpoints_prepare(struct endpoints *ep, const struct conf *conf, const struct socket_table *t,
		      struct err *e) __attribute__((warn_unused_result));
void endpoints_commit(struct endpoints *ep);
void endpoints_rollback(struct endpoints *ep);

#endif
