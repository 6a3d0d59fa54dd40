/*
 * tune.h - what the configuration says about a data socket: kernel buffers, own address.
 */
#ifndef PROXYD_TUNE_H
#define PROXYD_TUNE_H

#include "proxyd/conf.h"

/* Set what is configured, nothing otherwise; the kernel bounds sizes by itself. */
void tune_buffers(int fd, const struct conf_tune *t);
/*
 * Bind the outgoing address; nothing to do when there is none.  Without a port the kernel chooses
 * one at connect(), so that connections to different servers may have the same.  -1: errno.
 */
int tune_source(int fd, const struct addr *source) __attribute__((warn_unused_result));

#endif
