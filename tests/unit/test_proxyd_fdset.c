/*
 * test_proxyd_fdset.c - closing all descriptors but some.  Not a core test: it opens files.
 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proxyd/fdset.h"

#define HIGH 200

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* In a child: the exit status is how many of 3 to HIGH are not as they should be. */
static int
wrong_after(const int *keep, size_t n)
{
	struct fdset s = {0};
	int wrong = 0, status;
	pid_t pid = fork();

	if (pid != 0) {
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		return WEXITSTATUS(status);
	}
	for (int fd = 3; fd <= HIGH; fd++)
		dup2(STDERR_FILENO, fd);
	for (size_t i = 0; i < n; i++)
		fdset_add(&s, keep[i]);
	fdset_close_others(&s);
	fdset_free(&s);
	for (int fd = 3; fd <= HIGH; fd++) {
		bool kept = false;

		for (size_t i = 0; i < n; i++)
			kept = kept || keep[i] == fd;
		wrong += is_open(fd) != kept;
	}
	wrong += !is_open(0) + !is_open(1) + !is_open(2);
	_exit(wrong > 255 ? 255 : wrong);
}

static void
only_those_in_the_set_stay(void **state)
{
	static const int some[] = {150, 3, 77, -1, 78, 77, HIGH, 4}, stdio[] = {0, 2};
	int many[130];

	(void)state;
	for (int i = 0; i < 130; i++) /* more than there is room for at first */
		many[i] = 5 + i;
	assert_int_equal(wrong_after(some, 8), 0);
	assert_int_equal(wrong_after(stdio, 2), 0);
	assert_int_equal(wrong_after(many, 130), 0);
	assert_int_equal(wrong_after(NULL, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_those_in_the_set_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
