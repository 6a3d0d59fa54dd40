/*
 * test_ctl_server.c - a control socket as clients see it: framing, levels, limits, garbage.
 *
 * Not a core test: links common_shell and uses real UNIX sockets.  Server and clients share this
 * thread; pump() turns the server's event loop until the client has seen what it waits for.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/addr.h"
#include "common/ctl_client.h"
#include "common/ctl_server.h"
#include "common/daemon.h"

#define DEADLINE   (10 * USEC_PER_SEC)
#define BIG_ANSWER ((size_t)100 * 1000)

struct client {
	int fd;
	struct strbuf got;
	bool ended;
};

static struct event_base *base;
static struct ctl_server *server;
static char dir[] = "/tmp/test_ctl_XXXXXX";
static char path[64];
static int n_handled;
static int max_conns;
static enum ctl_level server_level;

static const struct ctl_command commands[] = {
    {"echo <word>", "say it", CTL_USER},
    {"nothing", "say nothing", CTL_USER},
    {"lines", "several newlines at the end", CTL_USER},
    {"big", "a long answer", CTL_USER},
    {"unsure", "the handler does not know it", CTL_USER},
    {"clear counters", "for operators", CTL_OPERATOR},
    {"set server <b>/<s>", "for admins", CTL_ADMIN},
    {0},
};

static int
handle(const struct ctl_words *w, enum ctl_level level, struct strbuf *reply, void *arg)
{
	if (arg != &n_handled)
		return -1;
	n_handled++;
	if (ctl_words_match(w, "echo") && w->n_words > 1)
		strbuf_adds(reply, w->words[1]);
	else if (ctl_words_match(w, "lines"))
		strbuf_adds(reply, "a\n\nb\n\n\n");
	else if (ctl_words_match(w, "big"))
		for (size_t i = 0; i < BIG_ANSWER; i++)
			strbuf_addc(reply, 'x');
	else if (ctl_words_match(w, "clear counters") || ctl_words_match(w, "set server"))
		strbuf_addf(reply, "level %d", (int)level);
	else if (ctl_words_match(w, "hidden"))
		strbuf_adds(reply, "not in the table");
	else if (ctl_words_match(w, "stop"))
		event_base_loopexit(base, NULL);
	else if (!ctl_words_match(w, "nothing"))
		return -1;
	return 0;
}

static void
start_server(void)
{
	struct ctl_server_conf conf = {
	    .level = server_level,
	    .max_conns = max_conns,
	    .commands = commands,
	    .handler = handle,
	    .arg = &n_handled,
	};
	struct err e;

	conf.fd = ctl_listen_unix(path, 0, -1, -1, &e);
	if (conf.fd < 0)
		fail_msg("%s", e.text);
	server = ctl_server_new(base, &conf);
	assert_non_null(server);
}

static int
set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_ctl_XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	base = event_base_new();
	n_handled = 0;
	max_conns = 0;
	server_level = CTL_ADMIN;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	ctl_server_free(&server);
	event_base_free(base);
	libevent_global_shutdown();
	unlink(path);
	rmdir(dir);
	return 0;
}

static struct client
dial(void)
{
	struct client c = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)};
	struct addr a;
	struct err e;

	strbuf_init(&c.got);
	assert_int_equal(addr_parse(path, -1, &a, &e), 0);
	assert_int_equal(connect(c.fd, &a.sa, a.len), 0);
	return c;
}

static void
hang_up(struct client *c)
{
	close(c->fd);
	strbuf_free(&c->got);
}

static void
say_bytes(struct client *c, const char *bytes, size_t len)
{
	assert_int_equal(send(c->fd, bytes, len, MSG_NOSIGNAL), len);
}

static void
say(struct client *c, const char *text)
{
	say_bytes(c, text, strlen(text));
}

static void
turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
hear(struct client *c)
{
	char buf[65536];
	ssize_t n;

	while ((n = recv(c->fd, buf, sizeof(buf), 0)) > 0)
		strbuf_add(&c->got, buf, (size_t)n);
	if (n == 0 || errno != EAGAIN)
		c->ended = true;
}

/* Until the client has heard `text` at the end of all it heard, or (NULL) until the end. */
static void
await(struct client *c, const char *text)
{
	usec_t deadline = clock_now() + DEADLINE;

	while (clock_now() < deadline) {
		turn();
		hear(c);
		if (!text && c->ended)
			return;
		if (text && c->got.len >= strlen(text) &&
		    strcmp(c->got.s + c->got.len - strlen(text), text) == 0)
			return;
		if (text && c->ended)
			break;
		usleep(1000);
	}
	fail_msg("awaited '%s', heard '%s'%s", text ? text : "the end", strbuf_str(&c->got),
		 c->ended ? " and the end" : "");
}

/* Let the server do all it wants to, and demand that it stays silent. */
static void
assert_silent(struct client *c)
{
	for (int i = 0; i < 20; i++) {
		turn();
		usleep(1000);
	}
	hear(c);
	assert_false(c->ended);
	assert_string_equal(strbuf_str(&c->got), "");
}

/* One connection that says `text` (and half-closes) hears exactly `answer`, then the end. */
static void
assert_answer(const char *text, const char *answer)
{
	struct client c = dial();

	say(&c, text);
	shutdown(c.fd, SHUT_WR);
	await(&c, NULL);
	if (strcmp(strbuf_str(&c.got), answer) != 0)
		fail_msg("'%s' was answered '%s', not '%s'", text, strbuf_str(&c.got), answer);
	hang_up(&c);
}

static void
every_answer_ends_in_one_empty_line(void **state)
{
	(void)state;
	start_server();
	assert_answer("echo hi\n", "hi\n\n");
	assert_answer("echo hi\r\n", "hi\n\n");
	assert_answer("nothing\n", "\n");
	assert_answer("lines\n", "a\n\nb\n\n");
	assert_answer("echo a;echo b\n", "a\n\nb\n\n");
	assert_answer("  echo a ; ;; echo b;\n", "a\n\nb\n\n");
	assert_answer("echo a\necho b\n", "a\n\nb\n\n"); /* lines already there run too */
	assert_answer("echo \"a;b\"\n", "a;b\n\n");
	assert_answer("echo a\\;b;nothing\n", "a;b\n\n\n");
}

static void
without_prompt_one_line_ends_the_connection(void **state)
{
	struct client c;

	(void)state;
	start_server();
	c = dial();
	say(&c, "echo hi\n"); /* not half-closed */
	await(&c, NULL);
	assert_string_equal(c.got.s, "hi\n\n");
	hang_up(&c);
}

static void
empty_commands_are_ignored(void **state)
{
	struct client c;

	(void)state;
	start_server();
	assert_answer("\n", "");
	assert_answer(";\n", "");
	assert_answer("\n\r\n;;\necho a\n", "a\n\n");
	c = dial();
	say(&c, "\n");
	assert_silent(&c); /* it still waits for a command */
	say(&c, "echo a\n");
	await(&c, NULL);
	assert_string_equal(c.got.s, "a\n\n");
	hang_up(&c);
	assert_int_equal(n_handled, 2);
}

static void
a_line_without_newline_is_never_executed(void **state)
{
	struct client c;

	(void)state;
	start_server();
	c = dial();
	say(&c, "echo hi");
	assert_silent(&c);
	assert_int_equal(n_handled, 0);
	hang_up(&c);
	assert_answer("echo hi", "");
	assert_answer("echo a\necho b", "a\n\n");
	assert_int_equal(n_handled, 1);
}

static void
bytes_may_come_one_by_one(void **state)
{
	const char *text = "echo slow\n";
	struct client c;

	(void)state;
	start_server();
	c = dial();
	for (const char *s = text; *s; s++) {
		say_bytes(&c, s, 1);
		turn();
		turn();
	}
	await(&c, NULL);
	assert_string_equal(c.got.s, "slow\n\n");
	hang_up(&c);
}

static void
prompt_keeps_the_connection(void **state)
{
	struct client c;

	(void)state;
	start_server();
	c = dial();
	say(&c, "prompt\n");
	await(&c, "\n> ");
	say(&c, "echo a\n");
	await(&c, "\n> a\n\n> ");
	say(&c, "nothing;echo b\n");
	await(&c, "a\n\n> \n> b\n\n> ");
	say(&c, "\n"); /* return: the prompt again */
	await(&c, "b\n\n> \n> ");
	say(&c, "echo c;quit;echo d\n");
	await(&c, NULL);
	assert_string_equal(c.got.s, "\n> a\n\n> \n> b\n\n> \n> c\n\n> ");
	assert_int_equal(n_handled, 4);
	hang_up(&c);
}

static void
second_prompt_ends_prompt_mode(void **state)
{
	struct client c;

	(void)state;
	start_server();
	c = dial();
	say(&c, "prompt\n");
	await(&c, "> ");
	say(&c, "prompt;echo a\n");
	await(&c, NULL);
	assert_string_equal(c.got.s, "\n> \na\n\n");
	hang_up(&c);
	assert_answer("quit\n", "");
}

static void
unknown_commands_name_the_nearest(void **state)
{
	struct client c;

	(void)state;
	start_server();
	c = dial();
	say(&c, "ehco x\n");
	await(&c, NULL);
	assert_non_null(strstr(c.got.s, "Unknown command, but maybe one of the following ones is a "
					"better match:\n  echo <word>"));
	assert_string_equal(c.got.s + c.got.len - 2, "\n\n");
	hang_up(&c);
	c = dial();
	say(&c, "unsure\n"); /* in the table, but the handler answers -1 */
	await(&c, NULL);
	assert_non_null(strstr(c.got.s, "Unknown command"));
	hang_up(&c);
	assert_answer("\"open\n", "Unmatched quote.\n\n");
}

static void
levels_are_enforced_by_the_table(void **state)
{
	(void)state;
	server_level = CTL_OPERATOR;
	start_server();
	assert_answer("clear counters\n", "level 1\n\n");
	assert_answer("set server b/s\n", "Permission denied\n\n");
	assert_answer("set server\n", "Permission denied\n\n");
	assert_answer("user;clear counters;echo a\n", "\nPermission denied\n\na\n\n");
	assert_answer("user;operator\n", "\nPermission denied\n\n");
	assert_answer("operator;clear counters\n", "\nlevel 1\n\n");
	assert_int_equal(n_handled, 3);
}

static void
commands_without_a_row_are_for_admins(void **state)
{
	struct client c;

	(void)state;
	start_server();
	assert_answer("hidden\n", "not in the table\n\n");
	c = dial();
	say(&c, "operator;hidden\n");
	await(&c, NULL);
	assert_non_null(strstr(c.got.s, "Unknown command"));
	hang_up(&c);
	assert_int_equal(n_handled, 1);
}

static void
help_depends_on_the_level(void **state)
{
	struct client c;

	(void)state;
	start_server();
	c = dial();
	say(&c, "user;help\n");
	await(&c, NULL);
	assert_non_null(strstr(c.got.s, "The following commands are valid at this level:\n"));
	assert_non_null(strstr(c.got.s, "  echo <word>"));
	assert_null(strstr(c.got.s, "set server"));
	hang_up(&c);
}

static void
over_long_lines_end_the_connection(void **state)
{
	static char line[CTL_LINE_MAX + 64];
	struct client c;

	(void)state;
	start_server();
	memset(line, 'x', sizeof(line));
	c = dial();
	say_bytes(&c, line, CTL_LINE_MAX + 1); /* no newline yet, and already too long */
	await(&c, NULL);
	assert_string_equal(strbuf_str(&c.got), "");
	hang_up(&c);
	c = dial();
	line[CTL_LINE_MAX + 1] = '\n';
	say_bytes(&c, line, CTL_LINE_MAX + 2);
	await(&c, NULL);
	assert_string_equal(strbuf_str(&c.got), "");
	hang_up(&c);
	memset(line, ' ', sizeof(line)); /* the longest possible line */
	memcpy(line, "echo", 4);
	line[CTL_LINE_MAX - 1] = 'y';
	line[CTL_LINE_MAX] = '\n';
	c = dial();
	say_bytes(&c, line, CTL_LINE_MAX + 1);
	await(&c, NULL);
	assert_string_equal(strbuf_str(&c.got), "y\n\n");
	hang_up(&c);
}

static void
garbage_ends_the_connection_and_nothing_else(void **state)
{
	unsigned seed = 1;
	struct client c;

	(void)state;
	start_server();
	c = dial();
	say_bytes(&c, "echo a\0b\n", 9);
	await(&c, NULL);
	assert_int_equal(n_handled, 0);
	hang_up(&c);
	for (int i = 0; i < 200; i++) {
		char bytes[512];

		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (char)rand_r(&seed);
		c = dial();
		(void)!send(c.fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
		turn();
		(void)!send(c.fd, "\n", 1, MSG_NOSIGNAL);
		turn();
		hang_up(&c); /* at any moment */
		turn();
	}
	assert_answer("echo alive\n", "alive\n\n");
}

static void
big_answers_arrive_whole(void **state)
{
	struct client c;

	(void)state;
	start_server();
	c = dial();
	say(&c, "big;big;big;big;big;big;big;big;echo end\n"); /* far over the output limit */
	shutdown(c.fd, SHUT_WR);
	await(&c, NULL);
	assert_int_equal(c.got.len, 8 * (BIG_ANSWER + 2) + 5);
	assert_string_equal(c.got.s + c.got.len - 5, "end\n\n");
	hang_up(&c);
}

static void
a_client_that_does_not_read_holds_one_answer_and_is_closed(void **state)
{
	struct client c;
	usec_t start;

	(void)state;
	start_server();
	c = dial();
	say(&c, "prompt;set timeout cli 1\n");
	await(&c, "> ");
	for (int i = 0; i < 50; i++)
		say(&c, "big;big;big;big;big;big;big;big;big;big\n");
	start = clock_now();
	while (clock_now() - start < 1500 * USEC_PER_MS) { /* it does not read; the server closes */
		turn();
		usleep(1000);
	}
	assert_true(n_handled > 0 && n_handled < 20); /* of 500: it waits for the client */
	hear(&c);
	await(&c, NULL);
	hang_up(&c);
	assert_answer("echo alive\n", "alive\n\n");
}

static void
idle_connections_end(void **state)
{
	struct client c;
	usec_t start = clock_now();

	(void)state;
	start_server();
	assert_answer("set timeout cli x\n", "Expects an integer value.\n\n");
	assert_answer("set timeout cli 0\n", "Expects an integer value.\n\n");
	assert_answer("set timeout cli\n", "Expects an integer value.\n\n");
	c = dial();
	say(&c, "prompt;set timeout cli 1\n");
	await(&c, NULL);
	assert_string_equal(c.got.s, "\n> \n> ");
	assert_in_range(clock_now() - start, 900 * USEC_PER_MS, 5 * USEC_PER_SEC);
	hang_up(&c);
}

static void
connections_over_the_limit_are_closed(void **state)
{
	struct client a, b, c;

	(void)state;
	max_conns = 2;
	start_server();
	a = dial();
	b = dial();
	turn();
	c = dial();
	await(&c, NULL);
	assert_string_equal(strbuf_str(&c.got), "");
	hang_up(&c);
	say(&a, "echo a\n");
	await(&a, NULL);
	assert_string_equal(a.got.s, "a\n\n");
	hang_up(&a);
	assert_answer("echo again\n", "again\n\n"); /* there is room again */
	hang_up(&b);
}

static void
freeing_the_server_closes_its_connections(void **state)
{
	struct client c;
	struct err e;
	int fd;

	(void)state;
	start_server();
	c = dial();
	say(&c, "prompt\n");
	await(&c, "> ");
	ctl_server_free(&server);
	assert_null(server);
	await(&c, NULL);
	hang_up(&c);
	fd = ctl_listen_unix(path, 0, -1, -1, &e); /* what is left is a stale socket */
	assert_true(fd >= 0);
	close(fd);
}

static void
listening_replaces_stale_sockets_and_respects_live_ones(void **state)
{
	struct stat st;
	struct err e;
	FILE *f;
	int fd, fd2;

	(void)state;
	fd = ctl_listen_unix(path, 0660, -1, -1, &e);
	assert_true(fd >= 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(ctl_listen_unix(path, 0, -1, -1, &e), -1);
	assert_non_null(strstr(e.text, "another process listens there"));
	close(fd);
	fd2 = ctl_listen_unix(path, 0, -1, -1, &e);
	assert_true(fd2 >= 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	close(fd2);
	unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(ctl_listen_unix(path, 0, -1, -1, &e), -1);
	assert_non_null(strstr(e.text, "is not a socket"));
	assert_int_equal(stat(path, &st), 0); /* and it is still there */
	assert_int_equal(ctl_listen_unix("/nonexistent/x", 0, -1, -1, &e), -1);
	assert_int_equal(ctl_listen_unix("127.0.0.1:80", 0, -1, -1, &e), -1);
}

static void *
serve(void *arg)
{
	(void)arg;
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

static void
client_asks_one_line(void **state)
{
	struct strbuf reply;
	pthread_t thread;
	struct err e;

	(void)state;
	start_server();
	strbuf_init(&reply);
	pthread_create(&thread, NULL, serve, NULL);
	assert_int_equal(ctl_client_ask(path, "echo hi", DEADLINE, &reply, &e), 0);
	assert_string_equal(strbuf_str(&reply), "hi\n");
	assert_int_equal(ctl_client_ask(path, "nothing", DEADLINE, &reply, &e), 0);
	assert_string_equal(strbuf_str(&reply), "");
	assert_int_equal(ctl_client_ask(path, "big;big;big;big", DEADLINE, &reply, &e), 0);
	assert_int_equal(reply.len, 4 * (BIG_ANSWER + 2) - 1);
	assert_int_equal(ctl_client_ask(path, "quit", DEADLINE, &reply, &e), -1);
	assert_non_null(strstr(e.text, "without an answer"));
	assert_int_equal(ctl_client_ask(path, "a\nb", DEADLINE, &reply, &e), -1);
	assert_int_equal(ctl_client_ask(path, "prompt", 50 * USEC_PER_MS, &reply, &e), -1);
	assert_non_null(strstr(e.text, "no answer in time"));
	assert_int_equal(ctl_client_ask("/nonexistent/x", "a", DEADLINE, &reply, &e), -1);
	assert_non_null(strstr(e.text, "No such file"));
	assert_int_equal(ctl_client_ask("127.0.0.1:1", "a", DEADLINE, &reply, &e), -1);
	(void)ctl_client_ask(path, "stop", 100 * USEC_PER_MS, &reply, &e);
	pthread_join(thread, NULL);
	strbuf_free(&reply);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_answer_ends_in_one_empty_line),
	    TEST(without_prompt_one_line_ends_the_connection),
	    TEST(empty_commands_are_ignored),
	    TEST(a_line_without_newline_is_never_executed),
	    TEST(bytes_may_come_one_by_one),
	    TEST(prompt_keeps_the_connection),
	    TEST(second_prompt_ends_prompt_mode),
	    TEST(unknown_commands_name_the_nearest),
	    TEST(levels_are_enforced_by_the_table),
	    TEST(commands_without_a_row_are_for_admins),
	    TEST(help_depends_on_the_level),
	    TEST(over_long_lines_end_the_connection),
	    TEST(garbage_ends_the_connection_and_nothing_else),
	    TEST(big_answers_arrive_whole),
	    TEST(a_client_that_does_not_read_holds_one_answer_and_is_closed),
	    TEST(idle_connections_end),
	    TEST(connections_over_the_limit_are_closed),
	    TEST(freeing_the_server_closes_its_connections),
	    TEST(listening_replaces_stale_sockets_and_respects_live_ones),
	    TEST(client_asks_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
