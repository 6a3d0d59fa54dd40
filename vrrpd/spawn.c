/*
 * spawn.c - one command of the operator's as a child process, watched to its end by its pidfd.
 *
 * Words are executed as they are, found in PATH, as keepalived does; a line with quotes, pipes or
 * other signs of the shell goes to /bin/sh -c.  posix_spawn() keeps our locked memory out of it.
 */
#include "vrrpd/spawn.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/keytab.h"
#include "vrrpd/schedule.h"

#define SETPRIV     "/usr/bin/setpriv"
#define N_SETPRIV   6
#define WORDS_MAX   64
#define TERM_GRACE  (2 * USEC_PER_SEC) /* from SIGTERM to SIGKILL */
#define PLAIN_SIGNS "@%+=:,./-_ \t"

extern char **environ;

struct spawn {
	pid_t pid;
	int pidfd;
	struct event *exit_event;
	struct event *timer;
	bool overdue;
	spawn_fn fn;
	void *arg;
};

/* --- what to execute -------------------------------------------------------------------------- */

static bool
needs_shell(const char *command)
{
	for (const char *s = command; *s; s++) {
		bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
			     (*s >= '0' && *s <= '9') || strchr(PLAIN_SIGNS, *s);

		if (!plain)
			return true;
	}
	/* "NAME=value command" */
	return memchr(command, '=', strcspn(command, " \t")) != NULL;
}

/*
 * Another user's rights are taken by setpriv(1) of util-linux, which is on every Debian: between
 * a vfork() and its exec nothing but posix_spawn's own attributes is safe, and they know no user.
 */
static int
add_setpriv(struct arena *a, const struct spawn_ids *ids, const char **argv)
{
	char *uid = arena_alloc(a, 32), *gid = arena_alloc(a, 32);

	if (!ids->is_set || (ids->uid == geteuid() && ids->gid == getegid()))
		return 0;
	snprintf(uid, 32, "--reuid=%ju", (uintmax_t)ids->uid);
	snprintf(gid, 32, "--regid=%ju", (uintmax_t)ids->gid);
	argv[0] = SETPRIV;
	argv[1] = uid;
	argv[2] = gid;
	argv[3] = ids->is_user ? "--init-groups" : "--clear-groups";
	argv[4] = "--inh-caps=-all";
	argv[5] = "--";
	return N_SETPRIV;
}

static char **
build_argv(struct arena *a, const struct spawn_order *o, struct err *e)
{
	const char **all =
	    arena_alloc(a, (N_SETPRIV + WORDS_MAX + SPAWN_ARGS_MAX + 5) * sizeof(*all));
	const char **argv = all + add_setpriv(a, &o->ids, all);
	int n;

	if (needs_shell(o->command)) {
		size_t len = strlen(o->command) + 8;
		char *line = arena_alloc(a, len);

		/* the appended words reach the command as keepalived appends them */
		snprintf(line, len, "%s%s", o->command, o->args[0] ? " \"$@\"" : "");
		argv[0] = "/bin/sh";
		argv[1] = "-c";
		argv[2] = line;
		argv[3] = "sh";
		n = 4;
	} else {
		n = split_words(a, o->command, argv, WORDS_MAX, e);
	}
	if (n < 0)
		return NULL;
	if (n == 0) {
		err_set(e, "empty command");
		return NULL;
	}
	for (int i = 0; i < SPAWN_ARGS_MAX && o->args[i]; i++)
		argv[n++] = o->args[i];
	return (char **)all;
}

/* Ours, without what concerns ourselves alone, and what the order adds. */
static char **
build_env(struct arena *a, const struct spawn_order *o)
{
	size_t n = 0, k = 0;
	char **env;

	while (environ[n])
		n++;
	env = arena_alloc(a, (n + SPAWN_ENV_MAX + 1) * sizeof(*env));
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], "NOTIFY_SOCKET=", 14) != 0)
			env[k++] = environ[i];
	for (int i = 0; i < SPAWN_ENV_MAX && o->env[i]; i++)
		env[k++] = (char *)o->env[i];
	return env;
}

/* Own group, default signals, nothing blocked, ordinary scheduling. */
static void
set_attributes(posix_spawnattr_t *attr)
{
	struct sched_param param = {.sched_priority = 0};
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	sigdelset(&all, SIGKILL);
	sigdelset(&all, SIGSTOP);
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &all);
	posix_spawnattr_setschedpolicy(attr, SCHED_OTHER);
	posix_spawnattr_setschedparam(attr, &param);
	posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
					   POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSCHEDULER);
}

static pid_t
execute(const struct spawn_order *o, char **argv, char **env, struct err *e)
{
	static const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	pid_t pid = -1;
	int code;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	set_attributes(&attr);
	if (o->input_fd > 0)
		posix_spawn_file_actions_adddup2(&files, o->input_fd, STDIN_FILENO);
	else
		posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (o->output_fd >= 0)
		posix_spawn_file_actions_adddup2(&files, o->output_fd, STDOUT_FILENO);
	else
		posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	schedule_unbind();
	code = posix_spawnp(&pid, argv[0], &files, &attr, argv, env);
	schedule_rebind();
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	if (code == 0) {
		/* our limit; a service that it starts may have a priority of its own */
		(void)prlimit(pid, RLIMIT_RTTIME, &unlimited, NULL);
		return pid;
	}
	errno = code;
	return err_sys(e, "%s", argv[0]);
}

/* --- its life --------------------------------------------------------------------------------- */

static void
spawn_free(struct spawn *s)
{
	if (s->exit_event)
		event_free(s->exit_event);
	if (s->timer)
		event_free(s->timer);
	if (s->pidfd >= 0)
		close(s->pidfd);
	free(s);
}

static void
describe(int status, struct spawn_end *end)
{
	end->well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (WIFEXITED(status))
		snprintf(end->text, sizeof(end->text), "status %d", WEXITSTATUS(status));
	else
		snprintf(end->text, sizeof(end->text), "killed by signal %d", WTERMSIG(status));
}

static void
on_exit_of_child(evutil_socket_t fd, short what, void *arg)
{
	struct spawn *s = arg;
	struct spawn_end end = {.timeout = s->overdue};
	spawn_fn fn = s->fn;
	void *fn_arg = s->arg;
	pid_t got;
	int status;

	(void)fd;
	(void)what;
	got = waitpid(s->pid, &status, WNOHANG);
	if (got == 0)
		return;
	if (got > 0)
		describe(status, &end);
	else /* somebody else took it: its end is all that is known, and it comes only once */
		snprintf(end.text, sizeof(end.text), "ended, %s", strerror(errno));
	if (s->overdue) {
		end.well = false;
		kill(-s->pid, SIGKILL); /* what it left of its group */
	}
	spawn_free(s);
	fn(&end, fn_arg);
}

static void
arm(struct spawn *s, usec_t delay)
{
	struct timeval tv = {.tv_sec = delay / USEC_PER_SEC, .tv_usec = delay % USEC_PER_SEC};

	evtimer_add(s->timer, &tv);
}

static void
on_overdue(evutil_socket_t fd, short what, void *arg)
{
	struct spawn *s = arg;

	(void)fd;
	(void)what;
	kill(-s->pid, s->overdue ? SIGKILL : SIGTERM);
	kill(-s->pid, SIGCONT);
	s->overdue = true;
	arm(s, TERM_GRACE);
}

static int
watch(struct event_base *base, struct spawn *s, usec_t timeout, struct err *e)
{
	s->pidfd = pidfd_open(s->pid, 0);
	if (s->pidfd < 0)
		return err_sys(e, "pidfd of a command");
	s->exit_event = event_new(base, s->pidfd, EV_READ | EV_PERSIST, on_exit_of_child, s);
	s->timer = evtimer_new(base, on_overdue, s);
	if (!s->exit_event || !s->timer || event_add(s->exit_event, NULL) < 0)
		return err_set(e, "no event for a command");
	if (timeout != USEC_NEVER)
		arm(s, timeout);
	return 0;
}

struct spawn *
spawn_start(struct event_base *base, const struct spawn_order *o, spawn_fn fn, void *arg,
	    struct err *e)
{
	struct arena *a = arena_new();
	struct spawn *s = calloc(1, sizeof(*s));
	char **argv = build_argv(a, o, e);

	if (!s || !argv) {
		if (!s)
			err_set(e, "out of memory");
		free(s);
		arena_free(&a);
		return NULL;
	}
	s->pidfd = -1;
	s->fn = fn;
	s->arg = arg;
	s->pid = execute(o, argv, build_env(a, o), e);
	arena_free(&a);
	if (s->pid < 0) {
		spawn_free(s);
		return NULL;
	}
	if (watch(base, s, o->timeout, e) < 0)
		spawn_kill(&s);
	return s;
}

static void
on_late_exit(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	(void)waitpid((pid_t)(intptr_t)arg, NULL, WNOHANG);
	close(fd);
}

/* Who does not go when asked politely. */
static void
on_late_kill(evutil_socket_t fd, short what, void *arg)
{
	int pidfd = (int)(intptr_t)arg;

	(void)fd;
	(void)what;
	(void)pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	close(pidfd);
}

/* Nobody waits for one that is stuck: the loop takes it when it ends, init when we are gone. */
static void
reap_later(struct spawn *s)
{
	static const struct timeval grace = {.tv_sec = TERM_GRACE / USEC_PER_SEC};
	struct event_base *base = event_get_base(s->exit_event);
	int again = fcntl(s->pidfd, F_DUPFD_CLOEXEC, 0);

	event_free(s->exit_event);
	s->exit_event = NULL;
	if (again >= 0 && event_base_once(base, -1, EV_TIMEOUT, on_late_kill,
					  (void *)(intptr_t)again, &grace) < 0)
		close(again);
	if (event_base_once(base, s->pidfd, EV_READ, on_late_exit, (void *)(intptr_t)s->pid,
			    NULL) == 0)
		s->pidfd = -1; /* the loop's now */
}

static void
forget(struct spawn **s, int signal)
{
	if (!*s)
		return;
	kill(-(*s)->pid, signal);
	if (waitpid((*s)->pid, NULL, WNOHANG) == 0 && (*s)->exit_event)
		reap_later(*s);
	spawn_free(*s);
	*s = NULL;
}

void
spawn_kill(struct spawn **s)
{
	forget(s, SIGKILL);
}

void
spawn_dismiss(struct spawn **s)
{
	forget(s, SIGTERM);
}

void
spawn_finish(struct spawn **s, usec_t grace)
{
	struct pollfd end;

	if (!*s)
		return;
	end = (struct pollfd){.fd = (*s)->pidfd, .events = POLLIN};
	kill(-(*s)->pid, SIGTERM);
	if (poll(&end, 1, (int)(grace / USEC_PER_MS)) <= 0)
		kill(-(*s)->pid, SIGKILL);
	forget(s, SIGKILL); /* what it left of its group */
}
