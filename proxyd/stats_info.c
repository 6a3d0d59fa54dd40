/*
 * stats_info.c - `show info`: HAProxy's names, one "Name: value" per line.
 *
 * What proxyd does not have (TLS, compression, peers) is there with its true value, 0: monitoring
 * reads those names too.  Tools split lines at ": ", so that no value may be empty or hold one.
 */
#include <stdio.h>
#include <string.h>

#include "proxyd/stats_fields.h"

#define INFO_MAX 96

struct info {
	struct {
		const char *name;
		const char *tags;
		struct stats_field f;
	} items[INFO_MAX];
	size_t n;
};

void
stats_uptime(usec_t uptime, char *out, size_t size)
{
	long long s = uptime / USEC_PER_SEC;

	snprintf(out, size, "%lldd %lldh%02lldm%02llds", s / 86400, s / 3600 % 24, s / 60 % 60,
		 s % 60);
}

static void
add_num(struct info *in, const char *name, const char *tags, uint64_t v)
{
	in->items[in->n].name = name;
	in->items[in->n].tags = tags;
	in->items[in->n++].f = (struct stats_field){.type = FIELD_U64, .u = v};
}

static void
add_text(struct info *in, const char *name, const char *tags, const char *s)
{
	in->items[in->n].name = name;
	in->items[in->n].tags = tags;
	in->items[in->n++].f = (struct stats_field){.type = FIELD_STR, .s = s};
}

static void
add_zeros(struct info *in, const char *const *names)
{
	for (; *names != NULL; names++)
		add_num(in, *names, "MGP", 0);
}

static void
add_identity(struct info *in, const struct stats_process *p, const char *uptime)
{
	add_text(in, "Name", "POS", "proxyd");
	add_text(in, "Version", "POS", p->version);
	add_text(in, "Release_date", "POS", p->release_date);
	add_num(in, "Nbthread", "CGS", p->n_threads);
	add_num(in, "Nbproc", "CGS", 1);
	add_num(in, "Process_num", "KGP", 1);
	add_num(in, "Pid", "SGP", (uint64_t)p->pid);
	add_text(in, "Uptime", "MDP", uptime);
	add_num(in, "Uptime_sec", "MDP", (uint64_t)(p->uptime / USEC_PER_SEC));
	add_num(in, "Memmax_MB", "CLP", 0);
	add_num(in, "PoolAlloc_MB", "MGP", p->pool_bytes >> 20);
	add_num(in, "PoolUsed_MB", "MGP", p->pool_used_bytes >> 20);
	add_num(in, "PoolFailed", "MCP", p->pool_failed);
}

static void
add_connections(struct info *in, const struct stats_process *p)
{
	static const char *const ssl[] = {"MaxSslConns", "CurrSslConns", "CumSslConns", NULL};

	add_num(in, "Ulimit-n", "CLP", p->ulimit_n);
	add_num(in, "Maxsock", "CLP", p->maxsock);
	add_num(in, "Maxconn", "CLP", p->maxconn);
	add_num(in, "Hard_maxconn", "CLP", p->maxconn);
	add_num(in, "CurrConns", "MGP", p->curr_conns);
	add_num(in, "CumConns", "MCP", p->cum_conns);
	add_num(in, "CumReq", "MCP", p->cum_conns);
	add_zeros(in, ssl);
	add_num(in, "Maxpipes", "CLP", p->pipes_max);
	add_num(in, "PipesUsed", "MGP", p->pipes_used);
	add_num(in, "PipesFree", "MGP", p->pipes_free);
	add_num(in, "ConnRate", "MRP", p->conn_rate);
	add_num(in, "ConnRateLimit", "CLP", 0);
	add_num(in, "MaxConnRate", "MMP", p->max_conn_rate);
	add_num(in, "SessRate", "MRP", p->conn_rate);
	add_num(in, "SessRateLimit", "CLP", 0);
	add_num(in, "MaxSessRate", "MMP", p->max_conn_rate);
}

static void
add_absent(struct info *in)
{
	static const char *const names[] = {"SslRate",
					    "SslRateLimit",
					    "MaxSslRate",
					    "SslFrontendKeyRate",
					    "SslFrontendMaxKeyRate",
					    "SslFrontendSessionReuse_pct",
					    "SslBackendKeyRate",
					    "SslBackendMaxKeyRate",
					    "SslCacheLookups",
					    "SslCacheMisses",
					    "CompressBpsIn",
					    "CompressBpsOut",
					    "CompressBpsRateLim",
					    NULL};

	add_zeros(in, names);
}

static void
add_work(struct info *in, const struct stats_process *p)
{
	static const char *const peers[] = {"ActivePeers", "ConnectedPeers", NULL};
	static const char *const none[] = {"BusyPolling", "FailedResolutions", NULL};

	add_num(in, "Tasks", "MGP", p->tasks);
	add_num(in, "Run_queue", "MGP", p->run_queue);
	add_num(in, "Idle_pct", "MaP", p->idle_pct);
	if (p->node != NULL && p->node[0] != '\0')
		add_text(in, "node", "COS", p->node);
	if (p->description != NULL && p->description[0] != '\0')
		add_text(in, "description", "COS", p->description);
	add_num(in, "Stopping", "MGP", p->stopping);
	add_num(in, "Jobs", "MGP", p->jobs);
	add_num(in, "Unstoppable Jobs", "MGP", 0);
	add_num(in, "Listeners", "MGP", p->listeners);
	add_zeros(in, peers);
	add_num(in, "DroppedLogs", "MGP", p->dropped_logs);
	add_zeros(in, none);
	add_num(in, "TotalBytesOut", "MGP", p->bytes_out);
	add_num(in, "TotalSplicedBytesOut", "MGP", p->spliced_bytes_out);
	add_num(in, "BytesOutRate", "MRP", p->bytes_out_rate);
	add_num(in, "DebugCommandsIssued", "MGP", 0);
	add_num(in, "CumRecvLogs", "MCP", 0);
	add_text(in, "Build info", "POS", p->version);
	add_num(in, "Memmax_bytes", "CLP", 0);
	add_num(in, "PoolAlloc_bytes", "MGP", p->pool_bytes);
	add_num(in, "PoolUsed_bytes", "MGP", p->pool_used_bytes);
	add_num(in, "Start_time_sec", "MDP", (uint64_t)p->start_time_s);
	add_num(in, "Tainted", "SGP", 0);
	add_num(in, "MaxconnReached", "MCP", p->maxconn_reached);
	add_num(in, "Generation", "MCP", p->generation);
	add_num(in, "Reloads", "MCP", p->n_reloads);
	add_num(in, "FailedReloads", "MCP", p->n_failed_reloads);
	add_num(in, "ForwardingSwitches", "MCP", p->n_switches);
}

/* ": " would look like a second name to the tools that split there. */
static void
add_one_line(struct strbuf *b, const struct stats_field *f)
{
	if (f->type != FIELD_STR) {
		field_add(b, f);
		return;
	}
	for (const char *s = f->s; *s != '\0'; s++)
		if (!(s[0] == ':' && s[1] == ' '))
			strbuf_add(b, *s == '\n' ? " " : s, 1);
}

static void
render_json(struct strbuf *b, const struct info *in)
{
	strbuf_addc(b, '[');
	for (size_t i = 0; i < in->n; i++) {
		strbuf_addf(b, "%s{\"field\":{\"pos\":%zu,\"name\":\"%s\"},\"processNum\":1,",
			    i > 0 ? "," : "", i, in->items[i].name);
		field_add_json(b, &in->items[i].f, in->items[i].tags);
		strbuf_addc(b, '}');
	}
	strbuf_adds(b, "]\n");
}

void
stats_render_info(struct strbuf *b, const struct stats_process *p, enum stats_format format)
{
	struct info in = {.n = 0};
	char uptime[48];

	stats_uptime(p->uptime, uptime, sizeof(uptime));
	add_identity(&in, p, uptime);
	add_connections(&in, p);
	add_absent(&in);
	add_work(&in, p);
	if (format == STATS_JSON) {
		render_json(b, &in);
		return;
	}
	for (size_t i = 0; i < in.n; i++) {
		if (format == STATS_TYPED)
			strbuf_addf(b, "%zu.%s.1:%s:%s:", i, in.items[i].name, in.items[i].tags,
				    field_type_name(in.items[i].f.type));
		else
			strbuf_addf(b, "%s: ", in.items[i].name);
		add_one_line(b, &in.items[i].f);
		strbuf_addc(b, '\n');
	}
}
