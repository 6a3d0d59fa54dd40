/*
 * stats_state.c - `show servers state`, in the format of HAProxy's server state file, version 1.
 */
#include <string.h>

#include "proxyd/stats.h"

#define ADMIN_ANY_MAINT (ADMIN_MAINT | ADMIN_CONF)

/* HAProxy's numbers for check states. */
#define OP_STOPPED       0
#define OP_RUNNING       2
#define CHECK_CONFIGURED 2
#define CHECK_ENABLED    4
#define CHECK_PAUSED     8

static int
check_number(enum check_status s)
{
	static const int numbers[] = {
	    [CHECK_UNK] = 0,    [CHECK_INI] = 1,   [CHECK_SOCKERR] = 5, [CHECK_L4OK] = 6,
	    [CHECK_L4TOUT] = 7, [CHECK_L4CON] = 8, [CHECK_L7OK] = 15,   [CHECK_L7TOUT] = 12,
	    [CHECK_L7RSP] = 13, [CHECK_L7STS] = 17};

	return numbers[s];
}

/* 0 unknown, 2 failed, 3 passed */
static int
check_result(enum check_status s)
{
	if (s == CHECK_UNK || s == CHECK_INI)
		return 0;
	return check_status_passed(s) ? 3 : 2;
}

static int
check_state(const struct server_view *sv)
{
	int state = 0;

	if (sv->conf->check)
		state |= CHECK_CONFIGURED;
	if (sv->conf->check && sv->server->health.enabled)
		state |= CHECK_ENABLED;
	if (sv->conf->check && (sv->server->admin & ADMIN_ANY_MAINT))
		state |= CHECK_PAUSED;
	return state;
}

static void
add_server(struct strbuf *b, const struct backend_view *bv, const struct server_view *sv,
	   usec_t now)
{
	const struct server *s = sv->server;
	const struct conf_server *cs = sv->conf;
	char ip[ADDR_STRLEN], check_ip[ADDR_STRLEN];

	strbuf_addf(b, "%d %s %d %s %s %d %u %d %d %lld %d %d %d %d 0 0 0 - %d - 0 %d %s - 0\n",
		    bv->conf->id, bv->conf->name, cs->id, cs->name, addr_format_ip(&cs->addr, ip),
		    server_is_up(s) ? OP_RUNNING : OP_STOPPED, s->admin, s->weight, cs->weight,
		    (long long)((now - s->at_changed) / USEC_PER_SEC),
		    check_number(s->health.last.status), check_result(s->health.last.status),
		    s->health.counter, check_state(sv), addr_port(&cs->addr),
		    cs->has_check_port ? addr_port(&cs->check_addr) : 0,
		    cs->has_check_addr ? addr_format_ip(&cs->check_addr, check_ip) : "-");
}

void
stats_render_servers_state(struct strbuf *b, const struct snapshot *s, const char *backend,
			   usec_t now)
{
	strbuf_adds(b, "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state "
		       "srv_uweight srv_iweight srv_time_since_last_change srv_check_status "
		       "srv_check_result srv_check_health srv_check_state srv_agent_state "
		       "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl "
		       "srv_check_port srv_check_addr srv_agent_addr srv_agent_port\n");
	for (size_t i = 0; i < s->n_backends; i++) {
		const struct backend_view *bv = &s->backends[i];

		if (backend != NULL && strcmp(backend, bv->conf->name) != 0)
			continue;
		for (size_t k = 0; k < bv->n_servers; k++)
			add_server(b, bv, &bv->servers[k], now);
	}
}
