/*
 * fuzz_ctl_server.c - any bytes on a connection to a control socket, framing and all.
 *
 * The first byte says in how many pieces they arrive.  The server ends each connection whose client
 * has said all it will, whatever that was.
 */
#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/ctl_server.h"
#include "tests/fuzz/fuzz.h"

#define TURNS_MAX 200000

static const struct ctl_command table[] = {
    {"show stat [typed|json]", "counters", CTL_USER},
    {"set server <b>/<s> state ready|drain|maint", "state", CTL_ADMIN},
    {"clear counters", "maxima", CTL_OPERATOR},
    {0},
};

struct rig {
	struct event_base *base;
	struct ctl_server *server;
	struct sockaddr_un at;
	socklen_t at_len;
	unsigned n_handled;
};

static int
handle(const struct ctl_words *w, enum ctl_level level, struct strbuf *reply, void *arg)
{
	struct rig *r = arg;

	r->n_handled++;
	FUZZ_ASSERT(w->n_words > 0 && w->n_words <= CTL_WORDS_MAX && level <= CTL_ADMIN);
	if (!ctl_words_match(w, "show stat"))
		return -1;
	strbuf_adds(reply, w->words[w->n_words - 1]);
	return 0;
}

/* A listening socket under a name that the kernel chooses. */
static void
set_up(struct rig *r)
{
	struct ctl_server_conf conf = {
	    .level = CTL_ADMIN, .commands = table, .handler = handle, .arg = r};
	sa_family_t family = AF_UNIX;

	conf.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	r->at_len = sizeof(r->at);
	FUZZ_ASSERT(conf.fd >= 0);
	FUZZ_ASSERT(bind(conf.fd, (struct sockaddr *)&family, sizeof(family)) == 0);
	FUZZ_ASSERT(getsockname(conf.fd, (struct sockaddr *)&r->at, &r->at_len) == 0);
	FUZZ_ASSERT(listen(conf.fd, 8) == 0);
	r->base = event_base_new();
	r->server = ctl_server_new(r->base, &conf);
	FUZZ_ASSERT(r->base && r->server);
}

/* Take what is there; false: the server has ended the connection. */
static bool
take(struct rig *r, int fd)
{
	char answer[4096];
	ssize_t n;

	event_base_loop(r->base, EVLOOP_NONBLOCK);
	n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
	return n != 0 && (n > 0 || errno == EAGAIN);
}

static void
talk(struct rig *r, int fd, const uint8_t *bytes, size_t size, size_t pieces)
{
	size_t step = size / pieces + 1;
	bool open = true;
	int turns = 0;

	for (size_t at = 0; at < size && open; turns++) {
		size_t n = size - at < step ? size - at : step;
		ssize_t sent = send(fd, bytes + at, n, MSG_DONTWAIT | MSG_NOSIGNAL);

		at += sent > 0 ? (size_t)sent : 0;
		open = take(r, fd);
		FUZZ_ASSERT(turns < TURNS_MAX);
	}
	shutdown(fd, SHUT_WR);
	while (open) {
		open = take(r, fd);
		FUZZ_ASSERT(turns++ < TURNS_MAX); /* it ends by itself */
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig r;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!r.server)
		set_up(&r);
	FUZZ_ASSERT(fd >= 0 && connect(fd, (struct sockaddr *)&r.at, r.at_len) == 0);
	r.n_handled = 0;
	talk(&r, fd, data + (size > 0), size > 0 ? size - 1 : 0, size > 0 ? data[0] % 8 + 1 : 1);
	FUZZ_ASSERT(r.n_handled <= size);
	close(fd);
	event_base_loop(r.base, EVLOOP_NONBLOCK);
	return 0;
}
