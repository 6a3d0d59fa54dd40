/*
 * conf.h - proxyd.conf as plain data: exactly what the file says, const once loaded.
 *
 * Pure: text in, structs or a list of errors out.  Everything lives in the conf's arena.  Names
 * of users and groups are checked for shape only; the monitor resolves them.  Each field says
 * which part of the shell carries it out: a key that nothing carries out is not accepted.
 * Owner: a snapshot (snapshot.h), which frees it with its last reference.
 */
#ifndef PROXYD_CONF_H
#define PROXYD_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/arena.h"
#include "common/err.h"
#include "common/inifile.h"
#include "common/log.h"
#include "common/usec.h"

#define CONF_TEXT_MAX        (4u << 20) /* bytes of a configuration file */
#define CONF_NAME_MAX        63         /* bytes of a frontend's, backend's or server's name */
#define CONF_MAXCONN_MAX     1000000
#define CONF_WEIGHT_MAX      256
#define CONF_DEFAULT_MAXCONN 10000 /* [global] maxconn when the file has none */
#define CONF_THREADS_MAX     64

enum conf_balance { BALANCE_ROUNDROBIN, BALANCE_LEASTCONN };

/* Same values as common/ctl_server.h's enum ctl_level. */
enum conf_level { CONF_LEVEL_USER, CONF_LEVEL_OPERATOR, CONF_LEVEL_ADMIN };

/*
 * One listening socket.  Port ranges and comma lists are expanded: one entry per socket.
 * The monitor binds it with IP_FREEBIND, SO_REUSEADDR and, for IPv6, IPV6_V6ONLY (so that :3306
 * and [::]:3306 live side by side); UNIX paths are unlinked first, then mode, user, group set.
 */
struct conf_bind {
	struct addr addr;
	const char *key; /* canonical address text ("0.0.0.0:3306"): identity over reloads */
	int mode;        /* UNIX: permission bits, -1 not given */
	const char *user, *group; /* UNIX: NULL not given */
	int line;
};

/* A control socket: bound by the monitor (ctl_listen_unix), served by the engine's control thread.
 */
struct conf_stats_socket {
	const char *path;
	int mode;              /* default 0600 */
	enum conf_level level; /* default operator, as HAProxy */
	const char *user, *group;
	int line;
};

/* Kernel buffers of one side's sockets, bytes; 0: as the kernel sizes them. */
struct conf_tune {
	int64_t rcvbuf, sndbuf;
	int64_t notsent_lowat; /* writable only while less than this waits unsent */
};

struct conf_global {
	struct log_conf
	    log;     /* targets in file order, at most LOG_TARGETS_MAX; log_open before chroot */
	int maxconn; /* process: above it every frontend stops accepting */
	const char *user, *group; /* NULL: keep root's ids (engine) */
	const char *chroot;       /* NULL: none (engine) */
	const char *pidfile;      /* NULL: none; -p on the command line wins (monitor) */
	bool daemon;              /* as -D (monitor) */
	struct conf_stats_socket *stats_sockets;
	size_t n_stats_sockets;
	int forwarding; /* enum flow_policy; connections from now on (worker) */
	struct conf_tune tune_client, tune_server; /* likewise */
	int threads;             /* workers; 0: auto, one per core.  Fixed at engine start */
	int ulimit_n;            /* RLIMIT_NOFILE; 0: computed from maxconn (monitor) */
	usec_t busy_poll;        /* a worker asks again for so long before it sleeps; 0: never */
	usec_t health_stall;     /* a worker's heartbeat older than this fails `show health` */
	usec_t hard_stop_after;  /* a soft stop ends by force after this; 0: never */
	const char *node;        /* page and `show info`; NULL: host name */
	const char *description; /* NULL: none */
};

/* TCP keepalive of one side; idle, intvl, cnt 0: the kernel's. */
struct conf_keepalive {
	bool on;
	usec_t idle, intvl; /* whole seconds */
	int cnt;
};

/* What [defaults] can preset; a frontend uses its part, a backend its own.  Times: 0 = none. */
struct conf_proxy {
	/* both */
	int mode; /* tcp is the only one */
	bool log; /* log = global | no: connection lines (frontend), server state lines (backend) */
	/* frontend: data path */
	int maxconn;                /* this frontend's connections; accept pauses above it */
	int backlog;                /* listen(2); 0: maxconn */
	bool option_tcplog;         /* line at the end; off: "Connect from" line at the start */
	bool option_dontlognull;    /* no line for connections without a byte in either direction */
	bool option_dontlog_normal; /* no line for connections that ended "--" */
	struct conf_keepalive clitcpka;
	usec_t timeout_client;     /* client's inactivity */
	usec_t timeout_client_fin; /* same, once either direction is shut; 0: as before */
	/* backend: data path */
	int balance; /* enum conf_balance */
	int retries;
	bool option_redispatch; /* the last retry goes to another server */
	bool option_allbackups; /* use all usable backups together, not only the first */
	struct conf_keepalive srvtcpka;
	struct addr source; /* preset of conf_server.source; len 0: none */
	usec_t timeout_connect;
	usec_t timeout_server;
	usec_t timeout_server_fin;
	usec_t timeout_tunnel; /* replaces timeout_client and _server once connected; 0: not */
	usec_t timeout_queue;  /* 0 in the file's absence: timeout_connect (resolved at load) */
	/* backend: checker */
	usec_t timeout_check; /* read phase of a check; 0: inter bounds the whole check */
	bool option_log_health_checks;
	/* [stats] only */
	usec_t timeout_http_request;    /* whole request head must have come by then */
	usec_t timeout_http_keep_alive; /* idle between requests; 0: timeout_http_request */
};

struct conf_frontend {
	const char *name;
	int id; /* iid: position among all frontends and backends of the file, from 2 */
	struct conf_proxy px; /* maxconn is resolved: never 0 */
	struct conf_bind *binds;
	size_t n_binds;
	const char *default_backend;
	int default_backend_line;
	size_t backend; /* index into conf.backends */
	int line;
};

struct conf_server {
	const char *name;
	int id; /* sid: position in the backend, from 1 */
	struct addr addr;
	bool check;
	struct addr check_addr; /* complete: address and port to check (addr=, port= applied) */
	struct addr source;     /* outgoing address, port 0: any; len 0: the kernel's choice */
	bool has_check_addr, has_check_port; /* for `show servers state` */
	usec_t inter, fastinter, downinter;  /* resolved: fastinter/downinter = inter when absent */
	int rise, fall;
	int weight;  /* 0..256 */
	int maxconn; /* 0: unlimited */
	bool backup;
	bool disabled; /* starts in maintenance */
	int line;
};

struct conf_backend {
	const char *name;
	int id;
	struct conf_proxy px;
	struct conf_server *servers;
	size_t n_servers;
	int fullconn; /* shown as the backend's session limit: a tenth of its frontends' maxconn */
	int line;
};

struct conf_auth {
	const char *user, *password;
};

/* The status page (HTTP, engine's control thread).  n_binds 0: no page. */
struct conf_stats {
	struct conf_bind *binds;
	size_t n_binds;
	const char *uri;        /* default /haproxy?stats */
	const char *realm;      /* default proxyd */
	struct conf_auth *auth; /* any of these; none: open to all */
	size_t n_auth;
	bool hide_version;
	usec_t refresh; /* page asks the browser to reload; 0: not */
	usec_t timeout_http_request, timeout_http_keep_alive;
	int line;
};

struct conf {
	struct arena *arena;
	const char *file; /* name for messages */
	struct conf_global global;
	struct conf_stats stats;
	struct conf_frontend *frontends;
	size_t n_frontends;
	struct conf_backend *backends;
	size_t n_backends;
};

/*
 * The configuration in `len` bytes of text, or NULL when `el` gained errors (every one of the
 * file, with its line).  Warnings may be in `el` either way.  `file` is for messages only.
 */
struct conf *conf_load(const char *file, const char *text, size_t len, ini_getenv_fn getenv_fn,
		       struct errlist *el) __attribute__((warn_unused_result));
void conf_free(struct conf **c);

/* File descriptors that the engine may need at full load; the base of ulimit_n 0. */
size_t conf_fds_needed(const struct conf *c, int n_workers);

#endif
