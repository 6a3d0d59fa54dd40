/*
 * vrrpctl.c - vrrpd's control socket for people.
 *
 * Words are sent as they stand; the exit status is 1 when the daemon answered an error.
 */
#include <string.h>

#include "common/ctl_tool.h"
#include "vrrpd/conf.h"

static const char usage_text[] =
    "vrrpctl [-s SOCKET] [-j] WORDS...\n"
    "\n"
    "  show                   state of all instances and trackers (also without any words)\n"
    "  show json              the same as JSON\n"
    "  show version\n"
    "  switchover INSTANCE    a master gives its role to the next router\n"
    "  help                   everything that the daemon understands\n"
    "\n"
    "  -s, --socket PATH   control socket (default " VRRPD_SOCKET_DEFAULT ")\n"
    "  -j, --json          JSON\n"
    "  -v, --version       print the version\n"
    "  -h, --help          this text\n"
    "\n"
    "Exit status: 0, or 1 when the daemon answered an error or could not be reached.\n";

static bool
is_error(const char *command, const char *reply)
{
	static const char *const starts[] = {"error: ", "Unknown command", "Permission denied"};

	(void)command;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (strncmp(reply, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

/* What answers in JSON of its own, and how it is asked for. */
static const char *
json_command(const char *command)
{
	static const char *const pairs[][2] = {{"show", "show json"}, {"show json", "show json"}};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (strcmp(command, pairs[i][0]) == 0)
			return pairs[i][1];
	return NULL;
}

int
main(int argc, char **argv)
{
	struct ctl_tool t = {.name = "vrrpctl", .usage = usage_text, .path = VRRPD_SOCKET_DEFAULT};
	struct strbuf command;
	int status;

	strbuf_init(&command);
	if (ctl_tool_parse(&t, argc, argv, &command, &status)) {
		if (command.len == 0)
			strbuf_adds(&command, "show");
		status = ctl_tool_ask(&t, strbuf_str(&command), json_command(strbuf_str(&command)),
				      is_error);
	}
	strbuf_free(&command);
	return status;
}
