/*
 * ctl_client.h - a blocking client of a control socket, for proxyctl and vrrpctl.
 */
#ifndef COMMON_CTL_CLIENT_H
#define COMMON_CTL_CLIENT_H

#include "common/err.h"
#include "common/strbuf.h"
#include "common/usec.h"

/* Send one command line, read the whole answer (without the frame's empty line) into reply. */
int ctl_client_ask(const char *path, const char *line, usec_t timeout, struct strbuf *reply,
		   struct err *e);

#endif
