/*
 * stats_fields.c - which of HAProxy's columns a frontend, backend or server has, and its value.
 *
 * Columns that a type does not have stay empty; where HAProxy always prints a number that means
 * nothing for TCP (requests denied, reused connections ...) it is a true 0.
 */
#include "proxyd/stats_fields.h"

#include <stdio.h>

/* clang-format off */
const struct stats_column stats_columns[STATS_COLUMNS] = {
    {"pxname", "KNS"}, {"svname", "KNS"}, {"qcur", "MGP"}, {"qmax", "MMP"},
    {"scur", "MGP"}, {"smax", "MMP"}, {"slim", "CLP"}, {"stot", "MCP"}, {"bin", "MCP"},
    {"bout", "MCP"}, {"dreq", "MCP"}, {"dresp", "MCP"}, {"ereq", "MCP"}, {"econ", "MCP"},
    {"eresp", "MCP"}, {"wretr", "MCP"}, {"wredis", "MCP"}, {"status", "SGP"},
    {"weight", "MaP"}, {"act", "SGP"}, {"bck", "SGP"}, {"chkfail", "MCP"},
    {"chkdown", "MCP"}, {"lastchg", "MAP"}, {"downtime", "MCP"}, {"qlimit", "CLS"},
    {"pid", "KGP"}, {"iid", "KGS"}, {"sid", "KGS"}, {"throttle", "MaS"}, {"lbtot", "MCP"},
    {"tracked", "CNS"}, {"type", "CGS"}, {"rate", "MRP"}, {"rate_lim", "CLP"},
    {"rate_max", "MMP"}, {"check_status", "MOP"}, {"check_code", "MOP"},
    {"check_duration", "MDP"}, {"hrsp_1xx", "MCP"}, {"hrsp_2xx", "MCP"},
    {"hrsp_3xx", "MCP"}, {"hrsp_4xx", "MCP"}, {"hrsp_5xx", "MCP"}, {"hrsp_other", "MCP"},
    {"hanafail", "MCP"}, {"req_rate", "MRP"}, {"req_rate_max", "MMP"}, {"req_tot", "MCP"},
    {"cli_abrt", "MCP"}, {"srv_abrt", "MCP"}, {"comp_in", "MCP"}, {"comp_out", "MCP"},
    {"comp_byp", "MCP"}, {"comp_rsp", "MCP"}, {"lastsess", "MAP"}, {"last_chk", "MOP"},
    {"last_agt", "MOP"}, {"qtime", "MaP"}, {"ctime", "MaP"}, {"rtime", "MaP"},
    {"ttime", "MaP"}, {"agent_status", "MOP"}, {"agent_code", "MOP"},
    {"agent_duration", "MDP"}, {"check_desc", "MOP"}, {"agent_desc", "MOP"},
    {"check_rise", "CGS"}, {"check_fall", "CGS"}, {"check_health", "CGS"},
    {"agent_rise", "CGS"}, {"agent_fall", "CGS"}, {"agent_health", "CGS"}, {"addr", "CGS"},
    {"cookie", "CNS"}, {"mode", "CGS"}, {"algo", "CGS"}, {"conn_rate", "MRP"},
    {"conn_rate_max", "MMP"}, {"conn_tot", "MCP"}, {"intercepted", "MCP"}, {"dcon", "MCP"},
    {"dses", "MCP"}, {"wrew", "MCP"}, {"connect", "MCP"}, {"reuse", "MCP"},
    {"cache_lookups", "MCP"}, {"cache_hits", "MCP"}, {"srv_icur", "MGP"},
    {"src_ilim", "CLS"}, {"qtime_max", "MMP"}, {"ctime_max", "MMP"}, {"rtime_max", "MMP"},
    {"ttime_max", "MMP"}, {"eint", "MCP"}, {"idle_conn_cur", "MGP"},
    {"safe_conn_cur", "MGP"}, {"used_conn_cur", "MGP"}, {"need_conn_est", "MGP"},
    {"uweight", "MaP"}, {"agg_server_status", "MGP"}, {"agg_server_check_status", "MGP"},
    {"agg_check_status", "MGP"},
};

enum column {
    COL_pxname, COL_svname, COL_qcur, COL_qmax, COL_scur, COL_smax, COL_slim, COL_stot,
    COL_bin, COL_bout, COL_dreq, COL_dresp, COL_ereq, COL_econ, COL_eresp, COL_wretr,
    COL_wredis, COL_status, COL_weight, COL_act, COL_bck, COL_chkfail, COL_chkdown,
    COL_lastchg, COL_downtime, COL_qlimit, COL_pid, COL_iid, COL_sid, COL_throttle,
    COL_lbtot, COL_tracked, COL_type, COL_rate, COL_rate_lim, COL_rate_max,
    COL_check_status, COL_check_code, COL_check_duration, COL_hrsp_1xx, COL_hrsp_2xx,
    COL_hrsp_3xx, COL_hrsp_4xx, COL_hrsp_5xx, COL_hrsp_other, COL_hanafail, COL_req_rate,
    COL_req_rate_max, COL_req_tot, COL_cli_abrt, COL_srv_abrt, COL_comp_in, COL_comp_out,
    COL_comp_byp, COL_comp_rsp, COL_lastsess, COL_last_chk, COL_last_agt, COL_qtime,
    COL_ctime, COL_rtime, COL_ttime, COL_agent_status, COL_agent_code, COL_agent_duration,
    COL_check_desc, COL_agent_desc, COL_check_rise, COL_check_fall, COL_check_health,
    COL_agent_rise, COL_agent_fall, COL_agent_health, COL_addr, COL_cookie, COL_mode,
    COL_algo, COL_conn_rate, COL_conn_rate_max, COL_conn_tot, COL_intercepted, COL_dcon,
    COL_dses, COL_wrew, COL_connect, COL_reuse, COL_cache_lookups, COL_cache_hits,
    COL_srv_icur, COL_src_ilim, COL_qtime_max, COL_ctime_max, COL_rtime_max, COL_ttime_max,
    COL_eint, COL_idle_conn_cur, COL_safe_conn_cur, COL_used_conn_cur, COL_need_conn_est,
    COL_uweight, COL_agg_server_status, COL_agg_server_check_status, COL_agg_check_status
};
/* clang-format on */

static void
put_u32(struct stats_fields *o, enum column c, uint64_t v)
{
	o->f[c] = (struct stats_field){.type = FIELD_U32, .u = v};
}

static void
put_u64(struct stats_fields *o, enum column c, uint64_t v)
{
	o->f[c] = (struct stats_field){.type = FIELD_U64, .u = v};
}

static void
put_str(struct stats_fields *o, enum column c, const char *s)
{
	o->f[c] = (struct stats_field){.type = FIELD_STR, .s = s};
}

/* What every row has. */
static void
common_fields(struct stats_fields *o, const struct stats_row *r)
{
	put_str(o, COL_pxname, r->pxname);
	put_str(o, COL_svname, r->svname);
	put_u32(o, COL_scur, r->scur);
	put_u32(o, COL_smax, r->smax);
	if (r->slim > 0)
		put_u32(o, COL_slim, r->slim);
	put_u64(o, COL_stot, r->stot);
	put_u64(o, COL_bin, r->bin);
	put_u64(o, COL_bout, r->bout);
	put_u64(o, COL_dresp, 0);
	put_str(o, COL_status, r->status);
	put_u32(o, COL_pid, 1);
	put_u32(o, COL_iid, (uint64_t)r->iid);
	put_u32(o, COL_sid, (uint64_t)r->sid);
	put_u32(o, COL_type, r->type);
	put_u32(o, COL_rate, r->rate);
	put_u32(o, COL_rate_max, r->rate_max);
	put_str(o, COL_mode, "tcp");
	put_u64(o, COL_wrew, 0);
	put_u64(o, COL_eint, 0);
}

static void
frontend_fields(struct stats_fields *o, const struct stats_row *r)
{
	put_u64(o, COL_dreq, 0);
	put_u64(o, COL_ereq, r->ereq);
	put_u32(o, COL_rate_lim, 0);
	put_u32(o, COL_req_rate, 0);
	put_u32(o, COL_req_rate_max, 0);
	put_u64(o, COL_req_tot, 0);
	for (enum column c = COL_comp_in; c <= COL_comp_rsp; c++)
		put_u64(o, c, 0);
	put_u32(o, COL_conn_rate, r->conn_rate);
	put_u32(o, COL_conn_rate_max, r->conn_rate_max);
	put_u64(o, COL_conn_tot, r->conn_tot);
	put_u64(o, COL_dcon, r->dcon);
	put_u64(o, COL_dses, 0);
}

static void
time_fields(struct stats_fields *o, const struct stats_row *r)
{
	put_u32(o, COL_qtime, r->qtime);
	put_u32(o, COL_ctime, r->ctime);
	put_u32(o, COL_rtime, 0);
	put_u32(o, COL_ttime, r->ttime);
	put_u32(o, COL_qtime_max, r->qtime_max);
	put_u32(o, COL_ctime_max, r->ctime_max);
	put_u32(o, COL_rtime_max, 0);
	put_u32(o, COL_ttime_max, r->ttime_max);
}

/* What a backend and a server have in common. */
static void
serving_fields(struct stats_fields *o, const struct stats_row *r)
{
	put_u32(o, COL_qcur, r->qcur);
	put_u32(o, COL_qmax, r->qmax);
	put_u64(o, COL_econ, r->econ);
	put_u64(o, COL_eresp, r->eresp);
	put_u64(o, COL_wretr, r->wretr);
	put_u64(o, COL_wredis, r->wredis);
	put_u32(o, COL_weight, r->weight);
	put_u32(o, COL_act, r->act);
	put_u32(o, COL_bck, r->bck);
	put_u32(o, COL_lastchg, r->lastchg_s);
	put_u64(o, COL_lbtot, r->lbtot);
	put_u64(o, COL_cli_abrt, r->cli_abrt);
	put_u64(o, COL_srv_abrt, r->srv_abrt);
	o->f[COL_lastsess] = (struct stats_field){.type = FIELD_S32, .i = r->lastsess_s};
	time_fields(o, r);
	put_u64(o, COL_connect, r->connect);
	put_u64(o, COL_reuse, 0);
	put_u32(o, COL_uweight, r->uweight);
}

static void
backend_fields(struct stats_fields *o, const struct stats_row *r)
{
	serving_fields(o, r);
	put_u64(o, COL_dreq, 0);
	put_u64(o, COL_chkdown, r->chkdown);
	put_u32(o, COL_downtime, r->downtime_s);
	for (enum column c = COL_comp_in; c <= COL_comp_rsp; c++)
		put_u64(o, c, 0);
	put_str(o, COL_algo, r->algo);
	put_u32(o, COL_agg_server_status, 0);
	put_u32(o, COL_agg_server_check_status, 0);
	put_u32(o, COL_agg_check_status, 0);
}

static void
check_fields(struct stats_fields *o, const struct stats_row *r)
{
	snprintf(o->check_status, sizeof(o->check_status), "%s%s", r->check_running ? "* " : "",
		 check_status_code(r->check_status));
	put_u64(o, COL_chkfail, r->chkfail);
	put_u64(o, COL_chkdown, r->chkdown);
	put_u32(o, COL_downtime, r->downtime_s);
	put_str(o, COL_check_status, o->check_status);
	if (r->check_code >= 0)
		put_u32(o, COL_check_code, (uint64_t)r->check_code);
	put_u64(o, COL_check_duration, r->check_ms);
	put_str(o, COL_last_chk, r->last_chk);
	put_str(o, COL_check_desc, check_status_text(r->check_status));
	put_u32(o, COL_check_rise, (uint64_t)r->rise);
	put_u32(o, COL_check_fall, (uint64_t)r->fall);
	put_u32(o, COL_check_health, (uint64_t)r->health);
}

static void
server_fields(struct stats_fields *o, const struct stats_row *r)
{
	serving_fields(o, r);
	if (r->has_check) {
		check_fields(o, r);
	} else if (r->state == STATE_MAINT) {
		put_u64(o, COL_chkdown, r->chkdown);
		put_u32(o, COL_downtime, r->downtime_s);
	}
	put_str(o, COL_addr, r->addr);
	put_u32(o, COL_srv_icur, 0);
	for (enum column c = COL_idle_conn_cur; c <= COL_need_conn_est; c++)
		put_u32(o, c, 0);
}

void
stats_fields(const struct stats_row *r, struct stats_fields *out)
{
	*out = (struct stats_fields){0};
	common_fields(out, r);
	switch (r->type) {
	case STATS_FRONTEND:
		frontend_fields(out, r);
		break;
	case STATS_BACKEND:
		backend_fields(out, r);
		break;
	case STATS_SERVER:
		server_fields(out, r);
		break;
	}
}
