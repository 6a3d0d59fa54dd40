/*
 * server.h - the running vrrpd: from the configuration file to the event loop and out again.
 */
#ifndef VRRPD_SERVER_H
#define VRRPD_SERVER_H

#include <stdbool.h>

struct server_options {
	const char *config;  /* path */
	const char *pidfile; /* NULL: none */
	bool daemon;
	bool debug;
	bool quiet;
};

/* Exit status. */
int server_check(const struct server_options *o);
int server_run(const struct server_options *o);

#endif
