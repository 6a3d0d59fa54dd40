/*
 * vrrpctl.c - vrrpd's control socket for people.
 *
 * Words are sent as they stand; the exit status is 1 when the daemon answered an error.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/ctl_client.h"
#include "common/ctl_line.h"
#include "common/version.h"
#include "vrrpd/conf.h"

#define TIMEOUT (5 * USEC_PER_SEC)

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

static const struct option long_options[] = {
    {"socket", required_argument, NULL, 's'},
    {"json", no_argument, NULL, 'j'},
    {"version", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int
fail(const char *text)
{
	fprintf(stderr, "vrrpctl: %s\n", text);
	return 1;
}

static bool
is_error(const char *reply)
{
	static const char *const starts[] = {"error: ", "Unknown command", "Permission denied"};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (strncmp(reply, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

static void
print_json(const char *command, const char *reply, bool ok)
{
	struct strbuf b;

	strbuf_init(&b);
	strbuf_adds(&b, "{\"command\":");
	strbuf_add_json(&b, command);
	strbuf_addf(&b, ",\"ok\":%s,\"answer\":", ok ? "true" : "false");
	strbuf_add_json(&b, reply);
	strbuf_adds(&b, "}\n");
	fputs(strbuf_str(&b), stdout);
	strbuf_free(&b);
}

static int
ask(const char *path, const char *command, bool json)
{
	bool is_json = json && strcmp(command, "show") == 0;
	struct strbuf reply;
	struct err e;
	bool ok;

	strbuf_init(&reply);
	if (ctl_client_ask(path, is_json ? "show json" : command, TIMEOUT, &reply, &e) < 0) {
		strbuf_free(&reply);
		return fail(e.text);
	}
	ok = !is_error(strbuf_str(&reply));
	if (json && !is_json && strcmp(command, "show json") != 0)
		print_json(command, strbuf_str(&reply), ok);
	else
		fputs(strbuf_str(&reply), ok ? stdout : stderr);
	strbuf_free(&reply);
	return ok ? 0 : 1;
}

int
main(int argc, char **argv)
{
	const char *path = VRRPD_SOCKET_DEFAULT;
	struct strbuf line;
	bool json = false;
	int c, status;

	/* '+': what follows the first word is the daemon's */
	while ((c = getopt_long(argc, argv, "+s:jvh", long_options, NULL)) != -1) {
		switch (c) {
		case 's':
			path = optarg;
			break;
		case 'j':
			json = true;
			break;
		case 'v':
			printf("vrrpctl %s (%s)\n", PROJECT_VERSION, PROJECT_RELEASE_DATE);
			return 0;
		case 'h':
			fputs(usage_text, stdout);
			return 0;
		default:
			return 1;
		}
	}
	strbuf_init(&line);
	for (int i = optind; i < argc; i++)
		strbuf_addf(&line, "%s%s", i > optind ? " " : "", argv[i]);
	if (line.len == 0)
		strbuf_adds(&line, "show");
	status = line.failed ? fail("out of memory") : ask(path, strbuf_str(&line), json);
	strbuf_free(&line);
	return status;
}
