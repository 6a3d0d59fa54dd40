/*
 * server.h - the running vrrpd: from the configuration file to the event loop and out again.
 */
#ifndef VRRPD_SERVER_H
#define VRRPD_SERVER_H

struct daemon_args;

/* Exit status. */
int server_check(const struct daemon_args *o);
int server_run(const struct daemon_args *o);

#endif
