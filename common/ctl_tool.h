/*
 * ctl_tool.h - what the command line clients of the control sockets share.
 */
#ifndef COMMON_CTL_TOOL_H
#define COMMON_CTL_TOOL_H

#include <stdbool.h>

#include "common/strbuf.h"
#include "common/usec.h"

#define CTL_TOOL_TIMEOUT (5 * USEC_PER_SEC)

struct ctl_tool {
	const char *name;
	const char *usage;
	const char *path; /* of the socket: the default, or what -s says */
	bool json;        /* -j, before or behind the words */
};

/*
 * Options off the command line, the words joined into *command.  True: go on.  False: everything
 * is said, leave with *status.
 */
bool ctl_tool_parse(struct ctl_tool *t, int argc, char **argv, struct strbuf *command, int *status);
/* Says why on stderr; returns the exit status 1. */
int ctl_tool_fail(const struct ctl_tool *t, const char *why);

/* Does an answer to a command say that it failed? */
typedef bool (*ctl_tool_is_error)(const char *command, const char *reply);

/*
 * Send the command, print the answer; the exit status.  json_command: what to send under -j for an
 * answer that is JSON already; NULL: there is none, and the text is wrapped in an object.
 */
int ctl_tool_ask(const struct ctl_tool *t, const char *command, const char *json_command,
		 ctl_tool_is_error is_error);

#endif
