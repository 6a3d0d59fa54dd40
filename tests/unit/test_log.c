/*
 * test_log.c - log lines as a syslog daemon and a terminal get them.
 *
 * Not a core test: links common_shell, sends to sockets of its own on the loopback and in /tmp.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "common/log.h"

#define N_THREADS 4
#define N_LINES   2000

static char dir[] = "/tmp/test_log_XXXXXX";
static char path[64];

static int
set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_log_XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
	log_init("proxyd");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	log_close();
	unlink(path);
	rmdir(dir);
	return 0;
}

/* A syslog daemon's socket at this address; for UDP the port it got is written back. */
static int
daemon_socket(struct addr *a)
{
	int fd = socket(a->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, &a->sa, a->len), 0);
	assert_int_equal(getsockname(fd, &a->sa, &a->len), 0);
	return fd;
}

static struct addr
unix_addr(void)
{
	struct addr a;
	struct err e;

	assert_int_equal(addr_parse(path, -1, &a, &e), 0);
	return a;
}

static struct addr
udp_addr(void)
{
	struct addr a;
	struct err e;

	assert_int_equal(addr_parse("127.0.0.1", 0, &a, &e), 0);
	return a;
}

static void
receive(int fd, char *line, size_t size)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	ssize_t n;

	assert_int_equal(poll(&pfd, 1, 5000), 1);
	n = recv(fd, line, size - 1, 0);
	assert_true(n >= 0);
	line[n] = '\0';
}

static void
assert_nothing(int fd)
{
	char c;

	assert_int_equal(recv(fd, &c, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

static void
open_log(struct addr a, int facility, int max_level)
{
	const struct log_conf lc = {
	    .targets = {{.addr = a, .facility = facility, .max_level = max_level}},
	    .n_targets = 1,
	};
	struct err e;

	if (log_open(&lc, &e) != 0)
		fail_msg("%s", e.text);
}

/* "<134>Nov 22 21:47:59 proxyd[123]: text" */
static void
assert_line(const char *line, int pri, const char *text)
{
	int got_pri, day, hour, minute, second, pid, end = 0;
	char month[4];

	assert_int_equal(sscanf(line, "<%d>%3s %2d %2d:%2d:%2d proxyd[%d]: %n", &got_pri, month,
				&day, &hour, &minute, &second, &pid, &end),
			 7);
	assert_int_equal(got_pri, pri);
	assert_non_null(strstr("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", month));
	assert_int_equal(pid, getpid());
	assert_string_equal(line + end, text);
	assert_int_equal(line[strcspn(line, ">") + 1 + 6], ' '); /* the day takes two places */
}

static void
udp_lines_look_as_haproxys(void **state)
{
	struct addr a = udp_addr();
	int fd = daemon_socket(&a);
	char line[4096];

	(void)state;
	open_log(a, LOG_LOCAL0, LOG_DEBUG);
	log_info("%s connected", "192.0.2.1:1");
	receive(fd, line, sizeof(line));
	assert_line(line, 134, "192.0.2.1:1 connected");
	log_notice("n");
	receive(fd, line, sizeof(line));
	assert_line(line, 133, "n");
	log_msg(LOG_EMERG, "e");
	receive(fd, line, sizeof(line));
	assert_line(line, 128, "e");
	close(fd);
}

static void
lines_above_the_level_are_not_sent(void **state)
{
	struct addr a = udp_addr();
	int fd = daemon_socket(&a);
	char line[4096];

	(void)state;
	open_log(a, LOG_LOCAL2, LOG_WARNING);
	log_notice("no");
	log_debug("no");
	log_warn("yes");
	receive(fd, line, sizeof(line));
	assert_line(line, 148, "yes");
	assert_nothing(fd);
	close(fd);
}

static void
peers_cannot_forge_lines(void **state)
{
	struct addr a = udp_addr();
	int fd = daemon_socket(&a);
	char line[4096];

	(void)state;
	open_log(a, LOG_LOCAL0, LOG_INFO);
	log_info("user '%s'", "x\n<0>root: \x1b[2J\x7f");
	receive(fd, line, sizeof(line));
	assert_line(line, 134, "user 'x <0>root:  [2J '");
	log_info("ends in a newline\n");
	receive(fd, line, sizeof(line));
	assert_line(line, 134, "ends in a newline");
	close(fd);
}

static void
long_lines_are_cut(void **state)
{
	struct addr a = udp_addr();
	int fd = daemon_socket(&a);
	static char text[10000], line[10000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	open_log(a, LOG_LOCAL0, LOG_INFO);
	log_info("%s", text);
	receive(fd, line, sizeof(line));
	assert_in_range(strlen(line), 2000, 2200);
	close(fd);
}

static void
unix_daemon_may_come_late_and_go_and_come(void **state)
{
	struct addr a = unix_addr();
	uint64_t dropped = log_dropped();
	char line[4096];
	int fd;

	(void)state;
	open_log(a, LOG_LOCAL0, LOG_INFO); /* nobody there yet: no error */
	log_info("lost");
	assert_int_equal(log_dropped(), dropped + 1);
	fd = daemon_socket(&a);
	log_info("first");
	receive(fd, line, sizeof(line));
	assert_line(line, 134, "first");
	close(fd);
	unlink(path);
	log_info("lost");
	assert_int_equal(log_dropped(), dropped + 2);
	fd = daemon_socket(&a); /* restarted */
	log_info("second");
	receive(fd, line, sizeof(line));
	assert_line(line, 134, "second");
	assert_int_equal(log_dropped(), dropped + 2);
	close(fd);
}

static void *
second_set(void *arg)
{
	const struct addr *to = arg;
	int fds[LOG_TARGETS_MAX];

	log_use_second();
	assert_int_equal(log_sockets(fds), 1);
	log_info("as before");
	if (to)
		open_log(*to, LOG_LOCAL1, LOG_WARNING);
	log_info("no");
	log_warn("second");
	return NULL;
}

static void
run_second_set(struct addr *to)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, second_set, to), 0);
	pthread_join(thread, NULL);
}

/* The sockets of the second set are closed by nobody here: with one table they are the first's. */
static void
a_second_set_of_targets(void **state)
{
	struct addr a = udp_addr(), b = udp_addr();
	int fd_a = daemon_socket(&a), fd_b = daemon_socket(&b);
	int before[LOG_TARGETS_MAX], given[LOG_TARGETS_MAX] = {-1, -1, -1, -1};
	char line[4096];

	(void)state;
	open_log(a, LOG_LOCAL0, LOG_INFO);
	assert_int_equal(log_sockets(before), 1);
	given[0] = dup(before[0]); /* the second set closes its number when it is replaced */
	log_split();
	run_second_set(&b);
	receive(fd_a, line, sizeof(line));
	assert_line(line, 134, "as before");
	receive(fd_b, line, sizeof(line));
	assert_line(line, 140, "second");
	assert_nothing(fd_b);
	assert_int_equal(dup2(given[0], before[0]), before[0]);
	close(given[0]);
	log_info("first");
	receive(fd_a, line, sizeof(line));
	assert_line(line, 134, "first");
	assert_nothing(fd_b);
	close(fd_a);
	close(fd_b);
}

static void
a_full_daemon_drops_lines_and_never_blocks(void **state)
{
	struct addr a = unix_addr();
	uint64_t dropped = log_dropped();
	int fd = daemon_socket(&a);

	(void)state;
	open_log(a, LOG_LOCAL0, LOG_INFO);
	for (int i = 0; i < 5000; i++) /* a blocking send would hang the test here */
		log_info("line %d", i);
	assert_true(log_dropped() > dropped);
	close(fd);
}

static void
a_failed_open_keeps_the_old_targets(void **state)
{
	struct addr a = udp_addr();
	int fd = daemon_socket(&a);
	struct log_conf bad = {.n_targets = LOG_TARGETS_MAX + 1};
	struct err e;
	char line[4096];

	(void)state;
	open_log(a, LOG_LOCAL0, LOG_INFO);
	assert_int_equal(log_open(&bad, &e), -1);
	bad.n_targets = 1;
	bad.targets[0].addr = a;
	bad.targets[0].addr.sa.sa_family = 200;
	assert_int_equal(log_open(&bad, &e), -1);
	log_info("still here");
	receive(fd, line, sizeof(line));
	assert_line(line, 134, "still here");
	close(fd);
}

/* What goes to stderr while `act` runs. */
static void
capture_stderr(void (*act)(void), char *text, size_t size)
{
	int fds[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	dup2(fds[1], STDERR_FILENO);
	act();
	dup2(saved, STDERR_FILENO);
	n = read(fds[0], text, size - 1);
	text[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	close(fds[1]);
	close(saved);
}

static void
log_two_levels(void)
{
	log_notice("a notice");
	log_info("an info");
}

static void
stderr_has_its_own_level(void **state)
{
	struct log_conf lc = {.to_stderr = true, .stderr_level = LOG_INFO};
	char text[1024];
	struct err e;

	(void)state;
	capture_stderr(log_two_levels, text, sizeof(text)); /* before log_open */
	assert_non_null(strstr(text, "]: notice: a notice\n"));
	assert_null(strstr(text, "an info"));
	assert_int_equal(log_open(&lc, &e), 0);
	capture_stderr(log_two_levels, text, sizeof(text));
	assert_non_null(strstr(text, "]: info: an info\n"));
	lc = (struct log_conf){.n_targets = 1, .targets = {{.max_level = LOG_NOTICE}}};
	assert_int_equal(log_open(&lc, &e), 0); /* stderr as a target */
	capture_stderr(log_two_levels, text, sizeof(text));
	assert_non_null(strstr(text, "a notice\n"));
	assert_null(strstr(text, "an info"));
	lc = (struct log_conf){0};
	assert_int_equal(log_open(&lc, &e), 0);
	capture_stderr(log_two_levels, text, sizeof(text));
	assert_string_equal(text, "");
}

static void
log_more_than_a_pipe_holds(void)
{
	int flags = fcntl(STDERR_FILENO, F_GETFL);

	fcntl(STDERR_FILENO, F_SETFL, flags & ~O_NONBLOCK); /* a write() could block now */
	for (int i = 0; i < 3000; i++)
		log_notice("a line of some length that fills a pipe which nobody reads %d", i);
}

static void
a_stderr_that_nobody_reads_never_blocks(void **state)
{
	struct log_conf lc = {.to_stderr = true, .stderr_level = LOG_INFO};
	uint64_t dropped = log_dropped();
	char text[1024];
	struct err e;

	(void)state;
	assert_int_equal(log_open(&lc, &e), 0);
	capture_stderr(log_more_than_a_pipe_holds, text, sizeof(text));
	assert_true(log_dropped() > dropped);
}

static void
errno_survives(void **state)
{
	struct addr a = unix_addr();

	(void)state;
	open_log(a, LOG_LOCAL0, LOG_INFO);
	errno = 12345;
	log_info("to nobody");
	assert_int_equal(errno, 12345);
}

static void *
log_many(void *arg)
{
	for (int i = 0; i < N_LINES; i++)
		log_info("thread %d line %d", *(int *)arg, i);
	return NULL;
}

static void
threads_log_while_the_targets_change(void **state)
{
	struct addr a = unix_addr();
	int fd = daemon_socket(&a);
	pthread_t threads[N_THREADS];
	int ids[N_THREADS];
	char line[4096];

	(void)state;
	open_log(a, LOG_LOCAL0, LOG_INFO);
	for (int i = 0; i < N_THREADS; i++) {
		ids[i] = i;
		pthread_create(&threads[i], NULL, log_many, &ids[i]);
	}
	for (int i = 0; i < 200; i++) {
		log_init("proxyd");
		open_log(a, LOG_LOCAL0, LOG_INFO);
		while (recv(fd, line, sizeof(line), MSG_DONTWAIT) > 0)
			;
	}
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	while (recv(fd, line, sizeof(line), MSG_DONTWAIT) > 0)
		;
	log_info("after all");
	receive(fd, line, sizeof(line));
	assert_line(line, 134, "after all");
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(udp_lines_look_as_haproxys),
	    TEST(lines_above_the_level_are_not_sent),
	    TEST(peers_cannot_forge_lines),
	    TEST(long_lines_are_cut),
	    TEST(unix_daemon_may_come_late_and_go_and_come),
	    TEST(a_second_set_of_targets),
	    TEST(a_full_daemon_drops_lines_and_never_blocks),
	    TEST(a_failed_open_keeps_the_old_targets),
	    TEST(stderr_has_its_own_level),
	    TEST(a_stderr_that_nobody_reads_never_blocks),
	    TEST(errno_survives),
	    TEST(threads_log_while_the_targets_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
