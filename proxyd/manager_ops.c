/*
 * manager_ops.c - what control.c and statspage.c ask of the manager: facts, health, server orders.
 *
 * Rules are the core's (server.h); here its reports are carried out: lines logged, workers told.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "common/version.h"
#include "proxyd/dataside.h"
#include "proxyd/manager_priv.h"
#include "proxyd/stats.h"
#include "proxyd/worker.h"

static void
process_memory(struct stats_process *out)
{
	struct mallinfo2 mi = mallinfo2();

	out->pool_bytes = mi.arena + mi.hblkhd;
	out->pool_used_bytes = mi.uordblks + mi.hblkhd;
}

static uint64_t
checked_servers(const struct snapshot *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->n_backends; i++) {
		for (size_t j = 0; j < s->backends[i].n_servers; j++)
			n += server_is_checked(&s->backends[i].servers[j]);
	}
	return n;
}

void
manager_process(const struct manager *m, struct stats_process *out)
{
	const struct conf_global *g = &m->snap->conf->global;
	struct workers_info wi;
	struct rlimit rl = {0, 0};

	workers_info(m->workers, &wi);
	getrlimit(RLIMIT_NOFILE, &rl);
	*out = (struct stats_process){
	    .version = PROJECT_VERSION,
	    .release_date = PROJECT_RELEASE_DATE,
	    .node = g->node != NULL ? g->node : m->node,
	    .description = g->description,
	    .pid = getpid(),
	    .n_threads = m->n_workers,
	    .uptime = clock_now() - m->mc.at_start,
	    .start_time_s = m->mc.at_start_wall,
	    .generation = m->snap->generation,
	    .maxconn = workers_maxconn(m->workers),
	    .ulimit_n = rl.rlim_cur,
	    .maxsock = rl.rlim_cur,
	    .curr_conns = wi.n_conns,
	    .cum_conns = wi.n_accepted,
	    .conn_rate = m->rate,
	    .max_conn_rate = m->rate_max,
	    .pipes_max = wi.n_pipes_max,
	    .pipes_used = wi.n_pipes_used,
	    .maxconn_reached = wi.n_limit_hits,
	    .pipes_free = wi.n_pipes - wi.n_pipes_used,
	    .pool_failed = wi.n_accept_errors,
	    .idle_pct = m->idle_pct,
	    .run_queue = wi.n_running,
	    .stopping = m->stopping,
	    .jobs = wi.n_conns + m->sockets.n_entries,
	    .listeners = m->sockets.n_entries,
	    .dropped_logs = log_dropped(),
	    .bytes_out = m->bytes_out,
	    .spliced_bytes_out = wi.spliced_bytes,
	    .n_switches = wi.n_switches,
	    .bytes_out_rate = m->bytes_out_rate,
	    .n_reloads = m->n_reloads,
	    .n_failed_reloads = m->n_failed_reloads,
	};
	out->tasks = out->jobs + checked_servers(m->snap);
	process_memory(out);
}

static bool
is_listening(int fd)
{
	int on = 0;
	socklen_t len = sizeof(on);

	return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on != 0;
}

/* Nobody accepts there: the workers had no descriptor left when it came. */
static bool
is_deaf(const struct manager *m, int fd)
{
	return workers_acked(m->workers) >= m->generation && dataside_number(m->mc.side, fd) < 0;
}

static bool
listeners_open(const struct manager *m, struct strbuf *why)
{
	const struct conf *c = m->snap->conf;

	for (size_t i = 0; i < c->n_frontends; i++) {
		for (size_t j = 0; j < c->frontends[i].n_binds; j++) {
			const char *key = c->frontends[i].binds[j].key;

			int fd = socket_table_find(&m->sockets, key);

			if (is_listening(fd) && !is_deaf(m, fd))
				continue;
			strbuf_addf(why, "listener %s is not open", key);
			return false;
		}
	}
	return true;
}

static bool
backend_usable(const struct manager *m, const char *name, struct strbuf *why)
{
	const struct backend_view *bv = snapshot_backend(m->snap, name);

	if (bv == NULL) {
		strbuf_addf(why, "no backend %s", name);
		return false;
	}
	for (size_t i = 0; i < bv->n_servers; i++) {
		if (server_is_usable(bv->servers[i].server))
			return true;
	}
	strbuf_addf(why, "backend %s has no usable server", name);
	return false;
}

bool
manager_healthy(const struct manager *m, const char *backend, struct strbuf *why)
{
	usec_t stall = m->snap->conf->global.health_stall;
	int worker;

	if (m->stopping) {
		strbuf_adds(why, "stopping");
		return false;
	}
	worker = workers_stalled(m->workers, clock_now(), stall);
	if (worker >= 0) {
		strbuf_addf(why, "worker %d has been stuck for more than %lld ms", worker,
			    (long long)(stall / USEC_PER_MS));
		return false;
	}
	if (!listeners_open(m, why))
		return false;
	return backend == NULL || backend_usable(m, backend, why);
}

int
manager_find_server(const struct manager *m, const char *path, struct manager_server *out,
		    struct err *e)
{
	const char *slash = strchr(path, '/');
	char backend[CONF_NAME_MAX + 1];

	if (slash == NULL || slash == path || slash[1] == '\0')
		return err_set(e, "Require 'backend/server'.");
	if ((size_t)(slash - path) >= sizeof(backend))
		return err_set(e, "No such backend.");
	memcpy(backend, path, (size_t)(slash - path));
	backend[slash - path] = '\0';
	out->backend = snapshot_backend(m->snap, backend);
	if (out->backend == NULL)
		return err_set(e, "No such backend.");
	out->server = snapshot_server(out->backend, slash + 1);
	if (out->server == NULL)
		return err_set(e, "No such server.");
	return 0;
}

void
manager_carry_out(struct manager *m, const struct manager_server *s, const struct report *r)
{
	for (int i = 0; i < r->n_lines && s->backend->conf->px.log; i++)
		log_msg(r->lines[i].level, "%s", r->lines[i].text);
	workers_backend_changed(m->workers, s->backend->backend);
}

void
manager_set_server_state(struct manager *m, const struct manager_server *s, enum server_order order)
{
	struct report r;

	server_set_state(s->backend, s->server, order, clock_now(), &r);
	manager_carry_out(m, s, &r);
}

static int
percent_of(int initial, long percent)
{
	long n = percent < 100L * CONF_WEIGHT_MAX ? percent : 100L * CONF_WEIGHT_MAX;
	long weight = (initial * n + 99) / 100; /* upwards */

	return weight < CONF_WEIGHT_MAX ? (int)weight : CONF_WEIGHT_MAX;
}

/*
 * HAProxy's rules: "N" is 0..256; "N%" of the file's weight, at most 256.  Unlike there a
 * percentage above 0 never comes to nothing: 50% of weight 1 does not drain the server.
 */
static int
parse_weight(const char *text, int initial, int *weight, struct err *e)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text)
		return err_set(e, "Empty weight string empty or preceded by garbage");
	if (end[0] == '%' && end[1] == '\0') {
		if (n < 0)
			return err_set(e, "Relative weight must be positive.");
		*weight = percent_of(initial, n);
		return 0;
	}
	if (end[0] != '\0')
		return err_set(e, "Trailing garbage in weight string");
	if (n < 0 || n > CONF_WEIGHT_MAX)
		return err_set(e, "Absolute weight can only be between 0 and 256 inclusive.");
	*weight = (int)n;
	return 0;
}

int
manager_set_server_weight(struct manager *m, const struct manager_server *s, const char *text,
			  struct err *e)
{
	struct report r;
	int weight = 0;

	if (parse_weight(text, s->server->conf->weight, &weight, e) < 0)
		return -1;
	server_set_weight(s->backend, s->server, weight, clock_now(), &r);
	manager_carry_out(m, s, &r);
	return 0;
}

int
manager_shutdown_sessions(struct manager *m, const struct manager_server *s, struct err *e)
{
	if (workers_kill_server_sessions(m->workers, m->snap, s->server->server, 'K') < 0)
		return err_set(e, "Out of memory.");
	return 0;
}
