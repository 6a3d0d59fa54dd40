/*
 * reexec.c - SIGUSR2: a new binary takes the monitor's place in the same process.
 *
 * The new binary is first tried on the configuration (`-c`).  Then exec: listening sockets and
 * the channel to the serving engine stay open over it, and a memfd says which is which, with the
 * text that runs, so that even a file that breaks in between changes nothing.  The new monitor
 * starts its own engine on the same sockets and sends the old one away when that is ready.
 *
 * The memfd's lines (then the text):  proxyd-state 1 / start WALL MONO / counts R F E /
 * engine PID FD STATE / socket FD CONTROL KEY / pidfile FD / text LEN
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "common/strbuf.h"
#include "proxyd/channel.h"
#include "proxyd/monitor_priv.h"

#define STATE_ENV    "PROXYD_STATE_FD"
#define STATE_HEAD   "proxyd-state 1\n"
#define TRY_PATIENCE (10 * USEC_PER_SEC)
#define TRY_POLL_MS  5

/* Does the new binary accept the configuration? */
static int
try_binary(const struct monitor *m, struct err *e)
{
	usec_t deadline = clock_now() + TRY_PATIENCE;
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return err_sys(e, "fork");
	if (pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execl(m->mc.exe, m->mc.argv[0], "-q", "-c", "-f", m->mc.path, (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_now() >= deadline) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return err_set(e, "%s -c does not end", m->mc.exe);
		}
		poll(NULL, 0, TRY_POLL_MS);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(e, "%s -c -f %s fails", m->mc.exe, m->mc.path);
	return 0;
}

static void
keep_over_exec(int fd, bool keep)
{
	fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

static void
keep_all(const struct monitor *m, bool keep)
{
	for (size_t i = 0; i < m->binds.n_sockets; i++)
		keep_over_exec(m->binds.sockets[i].fd, keep);
	for (int i = 0; i < ENGINES_MAX; i++) {
		if (m->engines[i].channel != NULL)
			keep_over_exec(channel_fd(m->engines[i].channel), keep);
	}
	if (daemon_pidfile_fd() >= 0)
		keep_over_exec(daemon_pidfile_fd(), keep);
}

static void
describe(const struct monitor *m, struct strbuf *b)
{
	strbuf_addf(b, "%sstart %lld %lld\ncounts %llu %llu %llu\n", STATE_HEAD,
		    (long long)m->at_start_wall, (long long)m->at_start,
		    (unsigned long long)m->n_reloads, (unsigned long long)m->n_failed_reloads,
		    (unsigned long long)m->n_engines);
	for (int i = 0; i < ENGINES_MAX; i++) {
		if (m->engines[i].state != ENGINE_NONE)
			strbuf_addf(b, "engine %d %d %d\n", (int)m->engines[i].pid,
				    channel_fd(m->engines[i].channel), i);
	}
	for (size_t i = 0; i < m->binds.n_sockets; i++)
		strbuf_addf(b, "socket %d %d %s\n", m->binds.sockets[i].fd,
			    m->binds.sockets[i].control, m->binds.sockets[i].key);
	if (daemon_pidfile_fd() >= 0)
		strbuf_addf(b, "pidfile %d\n", daemon_pidfile_fd());
	strbuf_addf(b, "text %zu\n", m->plan.text_len);
	strbuf_add(b, m->plan.text, m->plan.text_len);
}

static int
write_state(const struct monitor *m, struct err *e)
{
	struct strbuf b;
	int fd = memfd_create("proxyd-state", 0);

	if (fd < 0)
		return err_sys(e, "memfd_create");
	strbuf_init(&b);
	describe(m, &b);
	if (b.failed || write(fd, b.s, b.len) != (ssize_t)b.len) {
		err_set(e, "writing the state: out of memory");
		close(fd);
		fd = -1;
	}
	strbuf_free(&b);
	return fd;
}

void
reexec_now(struct monitor *m)
{
	char number[16];
	struct err e;
	int fd = -1;

	if (try_binary(m, &e) < 0 || (fd = write_state(m, &e)) < 0) {
		log_err("SIGUSR2: %s; everything stays as it is", e.text);
		return;
	}
	log_notice("SIGUSR2: becoming %s", m->mc.exe);
	snprintf(number, sizeof(number), "%d", fd);
	setenv(STATE_ENV, number, 1);
	keep_all(m, true);
	execv(m->mc.exe, m->mc.argv);
	log_err("SIGUSR2: %s: %s; everything stays as it is", m->mc.exe, strerror(errno));
	keep_all(m, false);
	unsetenv(STATE_ENV);
	close(fd);
}

static int
adopt_engine(struct monitor *m, const char *line)
{
	int pid, fd, place;
	struct engine_proc *p;

	if (sscanf(line, "engine %d %d %d", &pid, &fd, &place) != 3 || place < 0 ||
	    place >= ENGINES_MAX)
		return -1;
	keep_over_exec(fd, false);
	p = place == 0 ? &m->heir_of : &m->engines[place];
	*p = (struct engine_proc){
	    .state = place == 0 ? ENGINE_SERVING : ENGINE_DRAINING,
	    .pid = pid,
	    .channel = channel_new(fd, CHANNEL_MONITOR),
	};
	return 0;
}

static int
adopt_socket(struct monitor *m, const char *line)
{
	int fd, control, at = 0;

	if (sscanf(line, "socket %d %d %n", &fd, &control, &at) != 2 || at == 0)
		return -1;
	keep_over_exec(fd, false);
	binds_adopt(&m->binds, line + at, fd, control != 0);
	return 0;
}

static int
adopt_line(struct monitor *m, const char *line)
{
	long long wall, mono;
	unsigned long long r, f, n;
	int fd;

	if (strncmp(line, "engine ", 7) == 0)
		return adopt_engine(m, line);
	if (strncmp(line, "socket ", 7) == 0)
		return adopt_socket(m, line);
	if (sscanf(line, "pidfile %d", &fd) == 1) { /* with its lock: nobody can come between */
		keep_over_exec(fd, false);
		daemon_pidfile_adopt(fd);
		return 0;
	}
	if (sscanf(line, "start %lld %lld", &wall, &mono) == 2) {
		m->at_start_wall = (time_t)wall;
		m->at_start = mono;
		return 0;
	}
	if (sscanf(line, "counts %llu %llu %llu", &r, &f, &n) == 3) {
		m->n_reloads = r;
		m->n_failed_reloads = f;
		m->n_engines = n;
		return 0;
	}
	return -1;
}

/* The configuration that runs, in case the file cannot be read any more. */
static int
adopt_text(struct monitor *m, const char *text, size_t len)
{
	struct errlist el;
	char *copy = malloc(len + 1);
	int rc;

	if (copy == NULL)
		return -1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	errlist_init(&el);
	rc = plan_from_text(&m->plan, copy, len, m->mc.name, &el);
	errlist_free(&el);
	return rc;
}

static int
adopt_state(struct monitor *m, char *state, size_t len)
{
	size_t head = strlen(STATE_HEAD);
	char *line = state + head, *end;

	if (len < head || memcmp(state, STATE_HEAD, head) != 0)
		return -1;
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		size_t text_len;

		*end = '\0';
		if (sscanf(line, "text %zu", &text_len) == 1)
			return text_len == (size_t)(state + len - (end + 1))
				   ? adopt_text(m, end + 1, text_len)
				   : -1;
		if (adopt_line(m, line) < 0)
			return -1;
	}
	return -1;
}

static char *
read_state(int fd, size_t *len)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *state = size > 0 ? malloc((size_t)size + 1) : NULL;

	if (state == NULL || pread(fd, state, (size_t)size, 0) != (ssize_t)size) {
		free(state);
		return NULL;
	}
	state[size] = '\0';
	*len = (size_t)size;
	return state;
}

int
reexec_adopt(struct monitor *m, struct err *e)
{
	const char *number = getenv(STATE_ENV);
	char *state;
	size_t len;
	int fd, rc;

	if (number == NULL)
		return 0;
	fd = atoi(number);
	unsetenv(STATE_ENV);
	state = read_state(fd, &len);
	rc = state != NULL ? adopt_state(m, state, len) : -1;
	free(state);
	close(fd);
	if (rc < 0)
		return err_set(e, "the state left by the binary before us makes no sense");
	m->was_ready = true;
	return 1;
}
