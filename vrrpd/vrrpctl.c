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
    "  history [INSTANCE]     the last 100 transitions with their causes\n"
    "  metrics                figures for Prometheus\n"
    "  switchover INSTANCE    a master gives its role to the next router\n"
    "  disable INSTANCE       leave politely, and stay out until enabled\n"
    "  enable INSTANCE        take part again\n"
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

/* What answers in JSON of its own is asked with this word behind its first one. */
static bool
ask_for_json(const char *command, struct strbuf *out)
{
	static const char *const words[] = {"show", "history"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *rest = command + strlen(words[i]);

		if (strncmp(command, words[i], strlen(words[i])) != 0 ||
		    (*rest != '\0' && *rest != ' ') || strcmp(command, "show version") == 0)
			continue;
		rest += strncmp(rest, " json", 5) == 0 ? 5 : 0;
		strbuf_addf(out, "%s json%s", words[i], rest);
		return true;
	}
	return false;
}

int
main(int argc, char **argv)
{
	struct ctl_tool t = {.name = "vrrpctl", .usage = usage_text, .path = VRRPD_SOCKET_DEFAULT};
	struct strbuf command, json;
	int status;

	strbuf_init(&command);
	strbuf_init(&json);
	if (ctl_tool_parse(&t, argc, argv, &command, &status)) {
		if (command.len == 0)
			strbuf_adds(&command, "show");
		status = ctl_tool_ask(
		    &t, strbuf_str(&command),
		    ask_for_json(strbuf_str(&command), &json) ? strbuf_str(&json) : NULL, is_error);
	}
	strbuf_free(&command);
	strbuf_free(&json);
	return status;
}
