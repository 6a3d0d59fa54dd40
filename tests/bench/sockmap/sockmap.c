/*
 * sockmap.c - a proxy whose bytes never leave the kernel: a measuring device, not a product.
 *
 *	sockmap PROGRAM.o FRONT_PORT SERVER_PORT
 *
 * Accepts on FRONT_PORT, connects to 127.0.0.1:SERVER_PORT, puts both sockets into a sockhash and
 * leaves the rest to redirect.bpf.c.  Bytes that came before the pair was in the map are copied.
 * When one side ends both are closed at once: half-closes are not passed on and bytes under way
 * may be lost, which a proxy would have to see to.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS  256
#define BATCH   64
#define EARLY   65536
#define BACKLOG 4096

struct side {
	int fd;
	struct side *other;
};

struct proxy {
	int epfd, listener, pairs;
	struct sockaddr_in server;
};

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "sockmap: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_in
loopback(uint32_t address, const char *port)
{
	return (struct sockaddr_in){
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)atoi(port)),
	    .sin_addr.s_addr = htonl(address),
	};
}

/* The program attached to the map; the map's descriptor. */
static int
load_program(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	int pairs;

	if (!object || bpf_object__load(object) < 0)
		die(path);
	program = bpf_object__find_program_by_name(object, "redirect");
	pairs = bpf_object__find_map_fd_by_name(object, "pairs");
	if (!program || pairs < 0)
		die("no program or map in the object");
	if (bpf_prog_attach(bpf_program__fd(program), pairs, BPF_SK_SKB_STREAM_VERDICT, 0) < 0)
		die("attach");
	return pairs;
}

static int
listen_on(struct sockaddr_in at)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, BACKLOG) < 0)
		die("listen");
	return fd;
}

static void
watch(const struct proxy *p, int fd, void *ptr, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = ptr};

	if (epoll_ctl(p->epfd, EPOLL_CTL_ADD, fd, &ev) < 0)
		die("epoll_ctl");
}

static int
pair_up(const struct proxy *p, const struct side *from)
{
	uint64_t cookie, to = (uint64_t)from->other->fd;
	socklen_t len = sizeof(cookie);

	if (getsockopt(from->fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) < 0)
		return -1;
	return bpf_map_update_elem(p->pairs, &cookie, &to, BPF_ANY);
}

/* What came too early for the program. */
static void
copy_early(const struct side *from)
{
	char buf[EARLY];
	ssize_t n = recv(from->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n > 0 && send(from->other->fd, buf, (size_t)n, MSG_NOSIGNAL) != n)
		die("send of early bytes");
}

static void
close_pair(struct side *s)
{
	struct side *other = s->other;

	close(s->fd);
	close(other->fd);
	free(s < other ? s : other); /* both are in one allocation */
}

static void
new_pair(const struct proxy *p, int client)
{
	struct side *side = calloc(2, sizeof(*side));
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!side || server < 0)
		die("new pair");
	setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	side[0] = (struct side){client, &side[1]};
	side[1] = (struct side){server, &side[0]};
	if (connect(server, (const struct sockaddr *)&p->server, sizeof(p->server)) < 0 ||
	    pair_up(p, &side[0]) < 0 || pair_up(p, &side[1]) < 0) {
		fprintf(stderr, "sockmap: pair: %s\n", strerror(errno));
		close_pair(side);
		return;
	}
	copy_early(&side[0]);
	copy_early(&side[1]);
	watch(p, client, &side[0], EPOLLRDHUP);
	watch(p, server, &side[1], EPOLLRDHUP);
}

static void
accept_some(const struct proxy *p)
{
	for (int i = 0; i < BATCH; i++) {
		int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			return;
		new_pair(p, fd);
	}
}

/* A pair may be named twice in one batch: its second event is forgotten. */
static void
forget(struct epoll_event *ev, int n, const struct side *s)
{
	for (int i = 0; i < n; i++)
		if (ev[i].data.ptr == s || ev[i].data.ptr == s->other)
			ev[i].data.ptr = NULL;
}

static _Noreturn void
run(struct proxy *p)
{
	struct epoll_event ev[EVENTS];

	for (;;) {
		int n = epoll_wait(p->epfd, ev, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct side *s = ev[i].data.ptr;

			if (ev[i].data.ptr == p) {
				accept_some(p);
			} else if (s) {
				forget(ev + i, n - i, s);
				close_pair(s);
			}
		}
	}
}

int
main(int argc, char **argv)
{
	struct proxy p = {0};

	if (argc != 4) {
		fprintf(stderr, "usage: sockmap PROGRAM.o FRONT_PORT SERVER_PORT\n");
		return 2;
	}
	p.epfd = epoll_create1(EPOLL_CLOEXEC);
	p.pairs = load_program(argv[1]);
	p.server = loopback(INADDR_LOOPBACK, argv[3]);
	p.listener = listen_on(loopback(INADDR_ANY, argv[2]));
	watch(&p, p.listener, &p, EPOLLIN);
	run(&p);
}
