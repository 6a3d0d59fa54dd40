/*
 * metrics_server.c - the metrics over HTTP, where metrics_bind says.
 *
 * We run at real-time priority, and strangers may be able to ask: a page is made at most ten times
 * a second, and whoever asks more often gets the same one again.
 */
#include "vrrpd/metrics_server.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ctl_server.h"
#include "common/daemon.h"
#include "common/http_server.h"
#include "common/promtext.h"
#include "vrrpd/registry.h"

#define PAGE_LIFE       (100 * USEC_PER_MS)
#define REQUEST_TIME    (5 * USEC_PER_SEC)
#define KEEP_ALIVE_TIME (90 * USEC_PER_SEC) /* longer than scrapes are apart */
#define BACKLOG         16

struct metrics_server {
	const struct registry *registry;
	struct http_server *http;
	struct addr bind;
	unsigned mode;
	struct strbuf page;
	usec_t page_at;
};

static const struct strbuf *
page(struct metrics_server *m)
{
	usec_t now = clock_now();

	if (m->page.len == 0 || m->page.failed || now - m->page_at >= PAGE_LIFE) {
		strbuf_free(&m->page);
		registry_metrics(m->registry, &m->page);
		m->page_at = now;
	}
	return &m->page;
}

static void
answer(const struct http_request *rq, struct http_answer *a, void *arg)
{
	size_t len = strcspn(rq->target, "?");

	if (len != strlen("/metrics") || strncmp(rq->target, "/metrics", len) != 0) {
		a->status = 404;
		strbuf_adds(&a->body, "not found, the metrics are at /metrics\n");
		return;
	}
	a->type = PROMTEXT_TYPE;
	strbuf_adds(&a->body, strbuf_str(page(arg)));
}

static usec_t
request_time(void *arg)
{
	(void)arg;
	return REQUEST_TIME;
}

static usec_t
keep_alive_time(void *arg)
{
	(void)arg;
	return KEEP_ALIVE_TIME;
}

static int
listen_on(const struct addr *a, unsigned mode, struct err *e)
{
	char text[ADDR_STRLEN];
	int fd, on = 1;

	if (addr_family(a) == AF_UNIX)
		return ctl_listen_unix(a->un.sun_path, mode, -1, -1, e);
	fd = socket(addr_family(a), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, "metrics_bind %s", addr_format(a, text));
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    bind(fd, &a->sa, a->len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	err_sys(e, "metrics_bind %s", addr_format(a, text));
	close(fd);
	return -1;
}

int
metrics_server_new(struct event_base *base, const struct registry *r, const struct global_conf *g,
		   struct metrics_server **out, struct err *e)
{
	struct http_server_conf conf = {
	    .handler = answer, .request_time = request_time, .keep_alive_time = keep_alive_time};
	struct metrics_server *m;

	*out = NULL;
	if (g->metrics_bind.len == 0)
		return 0;
	conf.fd = listen_on(&g->metrics_bind, g->metrics_mode, e);
	if (conf.fd < 0)
		return -1;
	m = calloc(1, sizeof(*m));
	if (!m) {
		close(conf.fd);
		return err_set(e, "metrics_bind: out of memory");
	}
	conf.arg = m;
	m->registry = r;
	m->bind = g->metrics_bind;
	m->mode = g->metrics_mode;
	strbuf_init(&m->page);
	m->http = http_server_new(base, &conf);
	if (!m->http) {
		metrics_server_free(&m);
		return err_set(e, "metrics_bind: out of memory");
	}
	*out = m;
	return 0;
}

static bool
is_same_place(const struct metrics_server *m, const struct global_conf *g)
{
	return m && g->metrics_bind.len > 0 && addr_equal(&m->bind, &g->metrics_bind);
}

int
metrics_server_replace(struct event_base *base, const struct registry *r,
		       const struct global_conf *g, struct metrics_server **m, struct err *e)
{
	struct metrics_server *fresh;

	if (is_same_place(*m, g)) {
		bool is_path = addr_family(&g->metrics_bind) == AF_UNIX;

		if (is_path && (*m)->mode != g->metrics_mode &&
		    chmod(g->metrics_bind.un.sun_path, g->metrics_mode) < 0)
			return err_sys(e, "metrics_bind %s", g->metrics_bind.un.sun_path);
		(*m)->mode = g->metrics_mode;
		return 0;
	}
	if (metrics_server_new(base, r, g, &fresh, e) < 0)
		return -1;
	metrics_server_free(m);
	*m = fresh;
	return 0;
}

void
metrics_server_free(struct metrics_server **m)
{
	if (!*m)
		return;
	http_server_free(&(*m)->http);
	if (addr_family(&(*m)->bind) == AF_UNIX)
		unlink((*m)->bind.un.sun_path);
	strbuf_free(&(*m)->page);
	free(*m);
	*m = NULL;
}
