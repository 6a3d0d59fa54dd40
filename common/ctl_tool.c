/*
 * ctl_tool.c - what the command line clients of the control sockets share.
 */
#include "common/ctl_tool.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/ctl_client.h"
#include "common/version.h"

static const struct option long_options[] = {
    {"socket", required_argument, NULL, 's'},
    {"json", no_argument, NULL, 'j'},
    {"version", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

int
ctl_tool_fail(const struct ctl_tool *t, const char *why)
{
	fprintf(stderr, "%s: %s\n", t->name, why);
	return 1;
}

/* Words of a command may start with a dash: options end at the first word ('+'). */
static bool
read_options(struct ctl_tool *t, int argc, char **argv, int *status)
{
	int c;

	while ((c = getopt_long(argc, argv, "+s:jvh", long_options, NULL)) != -1) {
		switch (c) {
		case 's':
			t->path = optarg;
			break;
		case 'j':
			t->json = true;
			break;
		case 'v':
			printf("%s %s (%s)\n", t->name, PROJECT_VERSION, PROJECT_RELEASE_DATE);
			*status = 0;
			return false;
		case 'h':
			fputs(t->usage, stdout);
			*status = 0;
			return false;
		default:
			*status = 1;
			return false;
		}
	}
	return true;
}

bool
ctl_tool_parse(struct ctl_tool *t, int argc, char **argv, struct strbuf *command, int *status)
{
	if (!read_options(t, argc, argv, status))
		return false;
	if (optind < argc && strcmp(argv[argc - 1], "-j") == 0) {
		t->json = true;
		argc--;
	}
	for (int i = optind; i < argc; i++)
		strbuf_addf(command, "%s%s", i > optind ? " " : "", argv[i]);
	if (!command->failed)
		return true;
	*status = ctl_tool_fail(t, "out of memory");
	return false;
}

static void
print_wrapped(const char *command, const char *reply, bool ok)
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

int
ctl_tool_ask(const struct ctl_tool *t, const char *command, const char *json_command,
	     ctl_tool_is_error is_error)
{
	bool is_json = t->json && json_command != NULL;
	struct strbuf reply;
	struct err e;
	bool ok;

	strbuf_init(&reply);
	if (ctl_client_ask(t->path, is_json ? json_command : command, CTL_TOOL_TIMEOUT, &reply,
			   &e) < 0) {
		strbuf_free(&reply);
		return ctl_tool_fail(t, e.text);
	}
	ok = !is_error(command, strbuf_str(&reply));
	if (t->json && (!is_json || !ok))
		print_wrapped(command, strbuf_str(&reply), ok);
	else
		fputs(strbuf_str(&reply), ok ? stdout : stderr);
	strbuf_free(&reply);
	return ok ? 0 : 1;
}
