/*
 * log.c - lines to stderr and to syslog daemons, without ever waiting for them.
 *
 * The line is RFC 3164's as HAProxy writes it: "<PRI>Mon dd hh:mm:ss ident[pid]: text", without a
 * host name.  Any thread may log; the configuration is swapped under a read-write lock that
 * senders share, so they never wait for each other.  Sockets are opened in log_open(), that is
 * before a chroot; a UNIX socket whose daemon was restarted is connected again when a line is
 * refused, which counts as dropped when the path is out of reach.
 */
#include "common/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LOG_LINE_MAX 2048
#define IDENT_MAX    32

struct target {
	struct log_target conf;
	int fd; /* -1: stderr */
};

/* Where the lines of some threads go: all of them, unless log_split() was called. */
struct sinks {
	struct target targets[LOG_TARGETS_MAX];
	int n_targets;
	int stderr_level;     /* lines up to it go to stderr; -1: none */
	atomic_int max_level; /* the highest that anybody wants; read without the lock */
};

static struct {
	pthread_rwlock_t lock; /* guards everything but the atomics */
	pthread_mutex_t stderr_lock;
	char ident[IDENT_MAX];
	struct sinks sinks[2];
	_Atomic uint64_t n_dropped;
} settings = {
    .lock = PTHREAD_RWLOCK_INITIALIZER,
    .stderr_lock = PTHREAD_MUTEX_INITIALIZER,
    .ident = "?",
    .sinks = {{.stderr_level = LOG_NOTICE, .max_level = LOG_NOTICE},
	      {.stderr_level = LOG_NOTICE, .max_level = LOG_NOTICE}},
};

static _Thread_local struct sinks *mine = &settings.sinks[0];

static void
close_targets(struct target *targets, int n)
{
	for (int i = 0; i < n; i++) {
		if (targets[i].fd >= 0)
			close(targets[i].fd);
		targets[i].fd = -1;
	}
}

/* A UNIX socket is connected if it can be; a UDP one is not, so that no ICMP error reaches it. */
static int
open_target(const struct log_target *lt, int given, struct target *t, struct err *e)
{
	char text[ADDR_STRLEN];

	t->conf = *lt;
	t->fd = given;
	if (lt->addr.len == 0 || given >= 0)
		return 0;
	t->fd = socket(lt->addr.sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return err_sys(e, "log socket for %s", addr_format(&lt->addr, text));
	if (addr_family(&lt->addr) == AF_UNIX)
		(void)!connect(t->fd, &lt->addr.sa, lt->addr.len);
	return 0;
}

/* "Nov  2 21:47:59"; English whatever the locale. */
static void
format_time(char *buf, size_t size)
{
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	snprintf(buf, size, "%s %2d %02d:%02d:%02d", months[tm.tm_mon % 12], tm.tm_mday, tm.tm_hour,
		 tm.tm_min, tm.tm_sec);
}

/* Lines quote what peers sent: nothing in them may start a new line or talk to a terminal. */
static void
clean(char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			*s = s[1] == '\0' && c == '\n' ? '\0' : ' ';
	}
}

static bool
send_line(const struct target *t, const char *line, size_t len)
{
	const struct addr *to = &t->conf.addr;
	bool connected = addr_family(to) == AF_UNIX;
	struct iovec iov = {.iov_base = (char *)line, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (!connected) {
		msg.msg_name = (void *)&to->sa;
		msg.msg_namelen = to->len;
	}
	return sendmsg(t->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

static void
to_syslog(const struct target *t, int level, const char *time_text, const char *text)
{
	const struct addr *to = &t->conf.addr;
	char line[LOG_LINE_MAX + 128];
	int n = snprintf(line, sizeof(line), "<%d>%s %s[%d]: %s", t->conf.facility | level,
			 time_text, settings.ident, (int)getpid(), text);
	size_t len = (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1;

	if (send_line(t, line, len))
		return;
	/* the daemon behind a UNIX socket went away: perhaps another one came */
	if (addr_family(to) == AF_UNIX && errno != EAGAIN && errno != EWOULDBLOCK &&
	    connect(t->fd, &to->sa, to->len) == 0 && send_line(t, line, len))
		return;
	atomic_fetch_add_explicit(&settings.n_dropped, 1, memory_order_relaxed);
}

/* A reader that does not read (a full pipe) must not stop us: look first, under a lock. */
static void
to_stderr(int level, const char *time_text, const char *text)
{
	struct pollfd pfd = {.fd = STDERR_FILENO, .events = POLLOUT};
	char line[LOG_LINE_MAX + 128];
	int n = snprintf(line, sizeof(line), "%s %s[%d]: %s: %s\n", time_text, settings.ident,
			 (int)getpid(), log_level_name(level), text);
	size_t len = (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1;
	bool sent;

	pthread_mutex_lock(&settings.stderr_lock);
	sent = poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLOUT) &&
	       write(STDERR_FILENO, line, len) == (ssize_t)len;
	pthread_mutex_unlock(&settings.stderr_lock);
	if (!sent)
		atomic_fetch_add_explicit(&settings.n_dropped, 1, memory_order_relaxed);
}

/* With the lock held for writing. */
static void
note_max_level(void)
{
	int max = mine->stderr_level;

	for (int i = 0; i < mine->n_targets; i++) {
		if (mine->targets[i].conf.max_level > max)
			max = mine->targets[i].conf.max_level;
	}
	atomic_store_explicit(&mine->max_level, max, memory_order_relaxed);
}

bool
log_takes(int level)
{
	return level <= atomic_load_explicit(&mine->max_level, memory_order_relaxed);
}

void
log_init(const char *ident)
{
	tzset(); /* reads /etc/localtime, which a chroot hides */
	pthread_rwlock_wrlock(&settings.lock);
	snprintf(settings.ident, sizeof(settings.ident), "%s", ident);
	pthread_rwlock_unlock(&settings.lock);
}

int
log_connect(const struct log_target *lt)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, &lt->addr.sa, lt->addr.len) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void
close_given(const int *fds, int from)
{
	for (int i = from; i < LOG_TARGETS_MAX; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

int
log_open(const struct log_conf *lc, struct err *e)
{
	static const int none[LOG_TARGETS_MAX] = {-1, -1, -1, -1};

	return log_open_with(lc, none, e);
}

int
log_open_with(const struct log_conf *lc, const int fds[LOG_TARGETS_MAX], struct err *e)
{
	struct target fresh[LOG_TARGETS_MAX], old[LOG_TARGETS_MAX];
	int n_fresh = 0, n_old;

	if (lc->n_targets < 0 || lc->n_targets > LOG_TARGETS_MAX) {
		close_given(fds, 0);
		return err_set(e, "at most %d log targets are possible", LOG_TARGETS_MAX);
	}
	for (; n_fresh < lc->n_targets; n_fresh++) {
		if (open_target(&lc->targets[n_fresh], fds[n_fresh], &fresh[n_fresh], e) < 0) {
			close_given(fds, n_fresh);
			close_targets(fresh, n_fresh);
			return -1;
		}
	}
	close_given(fds, n_fresh); /* for targets that there are not */
	pthread_rwlock_wrlock(&settings.lock);
	n_old = mine->n_targets;
	memcpy(old, mine->targets, sizeof(old));
	memcpy(mine->targets, fresh, (size_t)n_fresh * sizeof(*fresh));
	mine->n_targets = n_fresh;
	mine->stderr_level = lc->to_stderr ? lc->stderr_level : -1;
	for (int i = 0; i < n_fresh; i++) {
		if (fresh[i].fd < 0 && fresh[i].conf.max_level > mine->stderr_level)
			mine->stderr_level = fresh[i].conf.max_level;
	}
	note_max_level();
	pthread_rwlock_unlock(&settings.lock);
	close_targets(old, n_old);
	return 0;
}

void
log_close(void)
{
	const struct log_conf none = {.to_stderr = true, .stderr_level = LOG_NOTICE};
	struct err e;

	(void)log_open(&none, &e);
}

void
log_split(void)
{
	struct sinks *from = &settings.sinks[0], *to = &settings.sinks[1];

	pthread_rwlock_wrlock(&settings.lock);
	memcpy(to->targets, from->targets, sizeof(to->targets));
	to->n_targets = from->n_targets;
	to->stderr_level = from->stderr_level;
	atomic_store_explicit(&to->max_level, atomic_load(&from->max_level), memory_order_relaxed);
	pthread_rwlock_unlock(&settings.lock);
}

void
log_use_second(void)
{
	mine = &settings.sinks[1];
}

int
log_sockets(int fds[LOG_TARGETS_MAX])
{
	int n = 0;

	pthread_rwlock_rdlock(&settings.lock);
	for (int i = 0; i < mine->n_targets; i++)
		if (mine->targets[i].fd >= 0)
			fds[n++] = mine->targets[i].fd;
	pthread_rwlock_unlock(&settings.lock);
	return n;
}

void
log_msg(int level, const char *fmt, ...)
{
	char text[LOG_LINE_MAX], time_text[48];
	int saved = errno;
	va_list ap;

	if (!log_takes(level))
		return;
	pthread_rwlock_rdlock(&settings.lock);
	errno = saved; /* for %m */
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clean(text);
	format_time(time_text, sizeof(time_text));
	if (level <= mine->stderr_level)
		to_stderr(level, time_text, text);
	for (int i = 0; i < mine->n_targets; i++) {
		const struct target *t = &mine->targets[i];

		if (t->fd >= 0 && level <= t->conf.max_level)
			to_syslog(t, level, time_text, text);
	}
	pthread_rwlock_unlock(&settings.lock);
	errno = saved;
}

uint64_t
log_dropped(void)
{
	return atomic_load_explicit(&settings.n_dropped, memory_order_relaxed);
}
