/*
 * statspage.c - the status page: pages made by stats_*.c, served by http_server.c, on the engine's
 * control thread.
 */
#include "proxyd/statspage.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/http_server.h"
#include "proxyd/http_auth.h"
#include "proxyd/logline.h"
#include "proxyd/manager.h"
#include "proxyd/stats.h"

struct statspage {
	struct manager *manager;
	struct http_server *server;
};

static const struct conf_stats *
conf_now(const struct statspage *p)
{
	return &manager_snapshot(p->manager)->conf->stats;
}

static void
fail(struct http_answer *a, int status, const char *text)
{
	a->status = status;
	strbuf_adds(&a->body, text);
}

static void
render(struct statspage *p, const struct stats_table *t, const char *suffix, struct strbuf *body)
{
	char date[LOGLINE_DATE_MAX];
	struct stats_process process;
	struct stats_page page = {.process = &process, .table = t, .conf = conf_now(p)};
	struct conf_stats quiet = *page.conf;

	manager_process(p->manager, &process);
	if (strstr(suffix, ";norefresh")) {
		quiet.refresh = 0;
		page.conf = &quiet;
	}
	logline_date((usec_t)time(NULL) * USEC_PER_SEC, date);
	page.date = date;
	stats_render_html(body, &page);
}

/* suffix: what stands behind the configured uri, options that begin with ';' as HAProxy's. */
static void
send_stats(struct statspage *p, const char *suffix, struct http_answer *a)
{
	struct stats_filter f = STATS_FILTER_ALL;
	struct stats_table t;

	if (stats_gather(manager_snapshot(p->manager), clock_now(), &t) < 0) {
		fail(a, 500, "out of memory\n");
		return;
	}
	f.only_up = strstr(suffix, ";up") != NULL;
	f.no_maint = strstr(suffix, ";no-maint") != NULL;
	a->type = "text/html; charset=utf-8";
	if (strstr(suffix, ";csv")) {
		a->type = "text/plain; charset=utf-8";
		stats_render(&a->body, &t, &f, STATS_CSV);
	} else if (strstr(suffix, ";json")) {
		a->type = "application/json";
		stats_render(&a->body, &t, &f, STATS_JSON);
	} else {
		render(p, &t, suffix, &a->body);
	}
	stats_table_free(&t);
}

static void
answer(const struct http_request *rq, struct http_answer *a, void *arg)
{
	struct statspage *p = arg;
	const struct conf_stats *conf = conf_now(p);
	size_t n = strlen(conf->uri);

	a->realm = conf->realm;
	if (strncmp(rq->target, conf->uri, n) != 0 ||
	    (rq->target[n] != '\0' && rq->target[n] != ';'))
		fail(a, 404, "not found\n");
	else if (conf->n_auth > 0 && !http_auth_ok(rq->authorization, conf->auth, conf->n_auth))
		fail(a, 401, "user and password, please\n");
	else
		send_stats(p, rq->target + n, a);
}

static usec_t
request_time(void *arg)
{
	return conf_now(arg)->timeout_http_request;
}

static usec_t
keep_alive_time(void *arg)
{
	return conf_now(arg)->timeout_http_keep_alive;
}

struct statspage *
statspage_new(struct event_base *base, struct manager *m, int fd)
{
	struct statspage *p = calloc(1, sizeof(*p));
	struct http_server_conf conf = {
	    .fd = fd,
	    .handler = answer,
	    .request_time = request_time,
	    .keep_alive_time = keep_alive_time,
	    .arg = p,
	};

	if (p == NULL) {
		close(fd);
		return NULL;
	}
	p->manager = m;
	p->server = http_server_new(base, &conf);
	if (p->server == NULL)
		statspage_free(&p);
	return p;
}

void
statspage_free(struct statspage **p)
{
	if (*p == NULL)
		return;
	http_server_free(&(*p)->server);
	free(*p);
	*p = NULL;
}
