/*
 * test_daemon.c - background with readiness, pidfiles, notification, limits, privileges, files.
 *
 * Not a core test: links common_shell, forks children.  in_child() runs one part in a process of
 * its own and returns its exit status; asserts belong into the parent.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/daemon.h"

static char dir[] = "/tmp/test_daemon_XXXXXX";
static char path[64];
static char captured[1024];

static int
set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_daemon_XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	daemon_pidfile_forget();
	unlink(path);
	rmdir(dir);
	return 0;
}

/* Run in a child with its stderr captured; all who hold it must have let go at the end. */
static int
in_child(int (*part)(void))
{
	int fds[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		alarm(20);
		_exit(part());
	}
	close(fds[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	while ((n = read(fds[0], captured + len, sizeof(captured) - 1 - len)) > 0)
		len += (size_t)n;
	captured[len] = '\0';
	close(fds[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static void
clocks_go_forward(void **state)
{
	usec_t now = clock_now(), boot = clock_boot();

	(void)state;
	assert_true(now > 0 && boot > 0);
	assert_true(clock_now() >= now);
	assert_true(clock_boot() >= boot);
	assert_true(boot >= now - USEC_PER_SEC); /* suspended time only adds */
}

static int
background_and_serve(void)
{
	struct err e;

	if (daemon_background(&e) < 0)
		return 9;
	usleep(100000); /* the parent must wait for this */
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	daemon_ready();
	_exit(7); /* nobody sees it: the parent left with 0 before */
}

static void
parent_leaves_with_0_when_the_child_is_ready(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(in_child(background_and_serve), 0);
	assert_int_equal(stat(path, &st), 0); /* not before */
}

static int
background_and_fail(void)
{
	struct err e;

	if (daemon_background(&e) < 0)
		return 9;
	fprintf(stderr, "cannot bind\n");
	_exit(3);
}

static void
parent_leaves_with_1_when_the_child_fails_and_its_error_is_seen(void **state)
{
	(void)state;
	assert_int_equal(in_child(background_and_fail), 1);
	assert_string_equal(captured, "cannot bind\n");
}

/* The child dies while a process that it forked lives on and holds the line open. */
static int
background_fork_and_fail(void)
{
	struct err e;

	if (daemon_background(&e) < 0)
		return 9;
	if (fork() == 0) {
		close(STDERR_FILENO);
		sleep(3);
		_exit(0);
	}
	_exit(3);
}

static void
a_grandchild_does_not_hold_the_waiting_parent(void **state)
{
	usec_t start = clock_now();

	(void)state;
	assert_int_equal(in_child(background_fork_and_fail), 1);
	assert_true(clock_now() - start < 2 * USEC_PER_SEC);
}

static int
background_with_an_engine(void)
{
	struct err e;
	int fds[2];
	char byte;

	if (daemon_background(&e) < 0 || pipe(fds) < 0)
		return 9;
	if (fork() == 0) {
		close(fds[0]);
		daemon_after_fork();
		(void)!write(fds[1], "", 1);
		usleep(1500000); /* serves on: the captured stderr must be at its end before */
		_exit(0);
	}
	(void)!read(fds[0], &byte, 1);
	daemon_ready();
	fprintf(stderr, "unseen\n");
	usleep(1500000);
	_exit(0);
}

static void
daemon_and_its_children_let_go_of_the_terminal(void **state)
{
	usec_t start = clock_now();

	(void)state;
	assert_int_equal(in_child(background_with_an_engine), 0);
	assert_true(clock_now() - start < USEC_PER_SEC); /* reading stderr came to its end */
	assert_string_equal(captured, "");
}

static int
take_lock(void)
{
	struct err e;

	if (daemon_pidfile_lock(path, &e) == 0)
		return 0;
	fputs(e.text, stderr);
	return 1;
}

static void
second_start_names_the_first_ones_pid(void **state)
{
	char expected[128], text[32] = "";
	struct err e;
	FILE *f;

	(void)state;
	assert_int_equal(daemon_pidfile_lock(path, &e), 0);
	assert_int_equal(in_child(take_lock), 1);
	assert_non_null(strstr(captured, "by a process that is starting"));
	daemon_pidfile_write();
	f = fopen(path, "r");
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_int_equal(atoi(text), getpid());
	assert_int_equal(in_child(take_lock), 1);
	snprintf(expected, sizeof(expected), "pidfile %s: already running with pid %d", path,
		 (int)getpid());
	assert_string_equal(captured, expected);
	daemon_pidfile_remove();
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(in_child(take_lock), 0);
}

static void
an_adopted_pidfile_is_locked_already_and_stays_so(void **state)
{
	struct err e;
	int fd;

	(void)state;
	assert_int_equal(daemon_pidfile_lock(path, &e), 0);
	fd = dup(daemon_pidfile_fd()); /* as after an exec: the open file with its lock */
	daemon_pidfile_adopt(fd);
	assert_int_equal(daemon_pidfile_lock(path, &e), 0);
	assert_int_equal(daemon_pidfile_fd(), fd);
	assert_int_equal(in_child(take_lock), 1);
	daemon_pidfile_remove();
	assert_int_equal(access(path, F_OK), -1);
}

static void
a_stale_pidfile_is_taken_over(void **state)
{
	struct err e;
	FILE *f = fopen(path, "w");
	char text[32] = "";

	(void)state;
	fprintf(f, "1234567890\n"); /* longer than a real pid, so that a rest would show */
	fclose(f);
	assert_int_equal(daemon_pidfile_lock(path, &e), 0);
	daemon_pidfile_write();
	f = fopen(path, "r");
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	assert_int_equal(strtol(text, NULL, 10), getpid());
	assert_int_equal(strcspn(text, "\n"), strlen(text) - 1);
}

static void
links_and_directories_are_refused(void **state)
{
	char target[80];
	struct err e;

	(void)state;
	snprintf(target, sizeof(target), "%s/target", dir);
	close(open(target, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(daemon_pidfile_lock(path, &e), -1);
	assert_non_null(strstr(e.text, path));
	unlink(path);
	assert_int_equal(link(target, path), 0); /* a second name of somebody's file */
	assert_int_equal(daemon_pidfile_lock(path, &e), -1);
	assert_non_null(strstr(e.text, "not a plain file"));
	unlink(path);
	unlink(target);
	assert_int_equal(daemon_pidfile_lock(dir, &e), -1);
	assert_int_equal(daemon_pidfile_lock("/nonexistent/pid", &e), -1);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(daemon_pidfile_lock(path, &e), -1);
}

static void
somebody_elses_pidfile_is_not_removed(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(daemon_pidfile_lock(path, &e), 0);
	unlink(path);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	daemon_pidfile_remove();
	assert_int_equal(access(path, F_OK), 0);
}

static void
a_child_that_forgets_the_pidfile_does_not_keep_it_locked(void **state)
{
	struct err e;
	int fds[2], status;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(daemon_pidfile_lock(path, &e), 0);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		daemon_after_fork();
		(void)!write(fds[1], "", 1);
		usleep(500000);
		_exit(0);
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	daemon_pidfile_forget();
	assert_int_equal(in_child(take_lock), 0);
	waitpid(pid, &status, 0);
	close(fds[0]);
	close(fds[1]);
}

/* A supervisor's datagram socket; name in sockaddr form, `len` bytes of sun_path used. */
static int
notify_socket(const char *name, size_t len)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(un.sun_path, name, len);
	assert_int_equal(bind(fd, (struct sockaddr *)&un,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
			 0);
	return fd;
}

static void
assert_notified(int fd, const char *text)
{
	char buf[128] = "";

	assert_int_equal(recv(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT), strlen(text));
	assert_string_equal(buf, text);
}

static void
supervisors_are_told_by_path_and_by_abstract_name(void **state)
{
	char name[64], env[64];
	int fd = notify_socket(path, strlen(path));
	int n = snprintf(name, sizeof(name), "%ctest_daemon_%d", '\0', (int)getpid());

	(void)state;
	setenv("NOTIFY_SOCKET", path, 1);
	daemon_ready(); /* in the foreground: stderr stays */
	assert_notified(fd, "READY=1");
	daemon_notify("STOPPING=1");
	assert_notified(fd, "STOPPING=1");
	close(fd);
	fd = notify_socket(name, (size_t)n);
	snprintf(env, sizeof(env), "@%s", name + 1);
	setenv("NOTIFY_SOCKET", env, 1);
	daemon_notify("RELOADING=1");
	assert_notified(fd, "RELOADING=1");
	close(fd);
}

static void
a_useless_notify_socket_does_no_harm(void **state)
{
	static const char *const names[] = {"", "/", "@", "relative", "/nonexistent/x"};
	char monster[200];

	(void)state;
	memset(monster, 'x', sizeof(monster) - 1);
	monster[0] = '/';
	monster[sizeof(monster) - 1] = '\0';
	for (size_t i = 0; i < N_OF(names); i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		daemon_notify("READY=1");
	}
	setenv("NOTIFY_SOCKET", monster, 1);
	daemon_notify("READY=1");
	unsetenv("NOTIFY_SOCKET");
	daemon_notify("READY=1");
}

static int
raise_within_hard_limit(void)
{
	const struct rlimit low = {.rlim_cur = 50, .rlim_max = 500};
	struct rlimit now;
	struct err e;

	if (setrlimit(RLIMIT_NOFILE, &low) < 0 || daemon_raise_nofile(20, &e) < 0 ||
	    daemon_raise_nofile(400, &e) < 0 || getrlimit(RLIMIT_NOFILE, &now) < 0)
		return 1;
	return now.rlim_cur == 400 && now.rlim_max == 500 ? 0 : 2;
}

static int
raise_beyond_as_nobody(void)
{
	const struct rlimit low = {.rlim_cur = 50, .rlim_max = 500};
	struct err e;

	if (setrlimit(RLIMIT_NOFILE, &low) < 0)
		return 2;
	if (geteuid() == 0 && daemon_drop_privileges(NULL, 65534, 65534, &e) < 0)
		return 3;
	if (daemon_raise_nofile(501, &e) == 0)
		return 4;
	fputs(e.text, stderr);
	return 0;
}

static void
file_limit_is_raised_or_refused_with_figures(void **state)
{
	(void)state;
	assert_int_equal(in_child(raise_within_hard_limit), 0);
	assert_int_equal(in_child(raise_beyond_as_nobody), 0);
	assert_non_null(strstr(captured, "501 file descriptors are needed, the limit is 500"));
}

static int
drop_to_nobody(void)
{
	gid_t groups[8];
	struct err e;

	if (daemon_drop_privileges(dir, 65534, 65533, &e) < 0) {
		fputs(e.text, stderr);
		return 1;
	}
	if (getuid() != 65534 || geteuid() != 65534 || getgid() != 65533 || getegid() != 65533)
		return 2;
	if (getgroups(8, groups) != 1 || groups[0] != 65533)
		return 3;
	if (access("/etc/passwd", F_OK) == 0 || access("/marker", F_OK) != 0)
		return 4;
	return setuid(0) == 0 || setgid(0) == 0 ? 5 : 0;
}

static int
chroot_to_nowhere(void)
{
	struct err e;

	if (daemon_drop_privileges("/nonexistent", -1, -1, &e) == 0)
		return 1;
	fputs(e.text, stderr);
	return 0;
}

static void
privileges_are_dropped_for_good(void **state)
{
	char marker[80];

	(void)state;
	if (geteuid() != 0)
		skip();
	chmod(dir, 0755);
	snprintf(marker, sizeof(marker), "%s/marker", dir);
	close(open(marker, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	assert_int_equal(in_child(drop_to_nobody), 0);
	unlink(marker);
	assert_int_equal(in_child(chroot_to_nowhere), 0);
	assert_non_null(strstr(captured, "chroot to /nonexistent: No such file"));
}

static void
files_are_read_whole_up_to_the_limit(void **state)
{
	static char text[20000];
	struct err e;
	char *got;
	size_t len = 0;
	FILE *f = fopen(path, "w");

	(void)state;
	memset(text, 'x', sizeof(text));
	fwrite(text, 1, sizeof(text), f);
	fclose(f);
	got = read_file(path, sizeof(text), &len, &e);
	assert_non_null(got);
	assert_int_equal(len, sizeof(text));
	assert_memory_equal(got, text, len);
	assert_int_equal(got[len], '\0');
	free(got);
	assert_null(read_file(path, sizeof(text) - 1, &len, &e));
	assert_non_null(strstr(e.text, "larger than 19999 bytes"));
	assert_null(read_file("/nonexistent", 10, &len, &e));
	assert_non_null(strstr(e.text, "No such file"));
	assert_null(read_file(dir, 10, &len, &e));
	got = read_file("/dev/null", 0, &len, &e);
	assert_non_null(got);
	assert_int_equal(len, 0);
	assert_string_equal(got, "");
	free(got);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(clocks_go_forward),
	    TEST(parent_leaves_with_0_when_the_child_is_ready),
	    TEST(parent_leaves_with_1_when_the_child_fails_and_its_error_is_seen),
	    TEST(a_grandchild_does_not_hold_the_waiting_parent),
	    TEST(daemon_and_its_children_let_go_of_the_terminal),
	    TEST(second_start_names_the_first_ones_pid),
	    TEST(an_adopted_pidfile_is_locked_already_and_stays_so),
	    TEST(a_stale_pidfile_is_taken_over),
	    TEST(links_and_directories_are_refused),
	    TEST(somebody_elses_pidfile_is_not_removed),
	    TEST(a_child_that_forgets_the_pidfile_does_not_keep_it_locked),
	    TEST(supervisors_are_told_by_path_and_by_abstract_name),
	    TEST(a_useless_notify_socket_does_no_harm),
	    TEST(file_limit_is_raised_or_refused_with_figures),
	    TEST(privileges_are_dropped_for_good),
	    TEST(files_are_read_whole_up_to_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
