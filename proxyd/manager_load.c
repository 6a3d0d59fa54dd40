/*
 * manager_load.c - one configuration after another, switched in place.
 *
 * A reload has two phases.  First everything is built beside what runs: text parsed, generation
 * with the kept records, sockets found, endpoints opened, log targets opened; a failure undoes
 * only what is new.  Then workers get the generation, records the file's settings, the checker
 * its servers; sockets that are not wanted any more are closed when the last worker has let go.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "proxyd/channel.h"
#include "proxyd/checker.h"
#include "proxyd/dataside.h"
#include "proxyd/limits.h"
#include "proxyd/manager_priv.h"
#include "proxyd/worker.h"

static const char *
environment(const char *name)
{
	return getenv(name);
}

static struct conf *
parse(const struct chan_msg *msg, struct strbuf *why)
{
	struct errlist el;
	struct conf *conf;

	errlist_init(&el);
	conf = conf_load(msg->name, msg->text, msg->text_len, environment, &el);
	for (size_t i = 0; conf == NULL && i < el.n_lines; i++)
		strbuf_addf(why, "%s\n", el.lines[i]);
	errlist_free(&el);
	return conf;
}

void
manager_close_log_fds(struct manager *m)
{
	for (int i = 0; i < LOG_TARGETS_MAX; i++) {
		if (m->log_fds[i] >= 0)
			close(m->log_fds[i]);
		m->log_fds[i] = -1;
	}
}

/* What was connected for us outside the chroot, out of the message; listening sockets stay. */
static void
take_log_fds(struct manager *m, struct chan_msg *msg)
{
	size_t prefix = strlen(CHAN_LOG_KEY);

	manager_close_log_fds(m);
	for (size_t i = msg->n_fds; i-- > 0;) {
		struct chan_fd *cf = &msg->fds[i];
		int target;

		if (strncmp(cf->key, CHAN_LOG_KEY, prefix) != 0)
			continue;
		target = cf->key[prefix] - '0';
		if (target >= 0 && target < LOG_TARGETS_MAX && m->log_fds[target] < 0)
			m->log_fds[target] = cf->fd;
		else
			close(cf->fd);
		free(cf->key);
		*cf = msg->fds[--msg->n_fds];
	}
}

static struct log_conf
log_conf_of(const struct manager *m, const struct conf *conf)
{
	struct log_conf lc = conf->global.log;

	lc.to_stderr = m->mc.log_stderr;
	lc.stderr_level = m->mc.stderr_level;
	return lc;
}

static int
open_log(struct manager *m, const struct conf *conf, struct err *e)
{
	struct log_conf lc = log_conf_of(m, conf);
	int rc = log_open_with(&lc, m->log_fds, e);

	for (int i = 0; i < LOG_TARGETS_MAX; i++)
		m->log_fds[i] = -1; /* they are its own now */
	return rc;
}

struct listen_fd *
manager_listen_fds(const struct manager *m, const struct snapshot *snap, size_t *n,
		   struct strbuf *why)
{
	const struct conf *conf = snap->conf;
	struct listen_fd *fds;
	size_t n_all = 0;

	*n = 0;
	for (size_t i = 0; i < conf->n_frontends; i++)
		n_all += conf->frontends[i].n_binds;
	fds = calloc(n_all + 1, sizeof(*fds));
	for (size_t i = 0; fds != NULL && i < conf->n_frontends; i++) {
		for (size_t j = 0; j < conf->frontends[i].n_binds; j++) {
			const char *key = conf->frontends[i].binds[j].key;
			int fd = socket_table_find(&m->sockets, key);

			if (fd < 0) {
				strbuf_addf(why, "no socket for %s\n", key);
				free(fds);
				return NULL;
			}
			fds[(*n)++] = (struct listen_fd){.fd = fd, .frontend = i};
		}
	}
	return fds;
}

static bool
frontends_want(const struct conf *c, const char *key)
{
	for (size_t i = 0; i < c->n_frontends; i++) {
		for (size_t j = 0; j < c->frontends[i].n_binds; j++) {
			if (strcmp(c->frontends[i].binds[j].key, key) == 0)
				return true;
		}
	}
	return false;
}

static bool
conf_wants(const struct conf *c, const char *key)
{
	if (frontends_want(c, key))
		return true;
	for (size_t i = 0; i < c->stats.n_binds; i++) {
		if (strcmp(c->stats.binds[i].key, key) == 0)
			return true;
	}
	for (size_t i = 0; i < c->global.n_stats_sockets; i++) {
		if (strcmp(c->global.stats_sockets[i].path, key) == 0)
			return true;
	}
	return false;
}

int
manager_lend_sockets(struct manager *m, const struct conf *conf, struct err *e)
{
	for (size_t i = 0; i < m->sockets.n_entries; i++) {
		struct socket_entry *en = &m->sockets.entries[i];

		if (en->lent || !frontends_want(conf, en->key))
			continue;
		if (dataside_lend(m->mc.side, en->fd, e) < 0)
			return -1;
		en->lent = true;
	}
	return 0;
}

static int
lend_log_sockets(struct manager *m, struct err *e)
{
	m->log_serial++;
	for (int i = 0; i < LOG_TARGETS_MAX; i++) {
		if (m->log_fds[i] >= 0 &&
		    dataside_lend_log(m->mc.side, m->log_fds[i], i, m->log_serial, e) < 0)
			return -1;
	}
	return 0;
}

/* False: not now; with the workers gone there is nothing to take back. */
static bool
take_back(struct manager *m, int fd)
{
	struct err e;

	return m->workers == NULL || dataside_take_back(m->mc.side, fd, &e) == 0;
}

void
manager_close_dying(struct manager *m)
{
	uint64_t acked = m->workers != NULL ? workers_acked(m->workers) : UINT64_MAX;

	for (size_t i = m->n_dying; i-- > 0;) {
		if (m->dying[i].generation > acked)
			continue;
		if (m->dying[i].lent && !take_back(m, m->dying[i].fd))
			continue;
		close(m->dying[i].fd);
		m->dying[i] = m->dying[--m->n_dying];
	}
}

/* Out of the table what `all` or the current configuration says; closed when workers let go. */
static void
retire(struct manager *m, uint64_t generation, bool all)
{
	struct dying_fd *d =
	    realloc(m->dying, (m->n_dying + m->sockets.n_entries + 1) * sizeof(*d));

	if (d == NULL)
		return; /* they stay open and unwatched; the next reload tries again */
	m->dying = d;
	for (size_t i = m->sockets.n_entries; i-- > 0;) {
		struct socket_entry *en = &m->sockets.entries[i];

		if (!all && conf_wants(m->snap->conf, en->key))
			continue;
		m->dying[m->n_dying++] = (struct dying_fd){en->fd, en->lent, generation};
		free(en->key);
		*en = m->sockets.entries[--m->sockets.n_entries];
	}
	manager_close_dying(m);
}

void
manager_retire_all(struct manager *m, uint64_t generation)
{
	retire(m, generation, true);
}

/* Sockets that came with a configuration that is not taken: out of the table, closed. */
static void
forget_sockets(struct manager *m, size_t n_before)
{
	struct dying_fd *d =
	    realloc(m->dying, (m->n_dying + m->sockets.n_entries + 1) * sizeof(*d));

	if (d == NULL)
		return; /* kept: the next reload finds them here */
	m->dying = d;
	while (m->sockets.n_entries > n_before) {
		struct socket_entry *en = &m->sockets.entries[--m->sockets.n_entries];

		m->dying[m->n_dying++] = (struct dying_fd){en->fd, en->lent, 0};
		free(en->key);
	}
	manager_close_dying(m);
}

int
manager_load(struct manager *m, struct chan_msg *msg, struct strbuf *why)
{
	struct conf *conf = parse(msg, why);
	struct err e = {""};

	take_log_fds(m, msg);
	if (conf == NULL)
		return -1;
	m->n_workers = limits_threads(conf);
	if (open_log(m, conf, &e) < 0) {
		strbuf_addf(why, "log: %s\n", e.text);
		conf_free(&conf);
		return -1;
	}
	m->snap = snapshot_build(conf, NULL, clock_now(), m->n_workers);
	if (m->snap == NULL || socket_table_add(&m->sockets, msg->fds, msg->n_fds) < 0) {
		strbuf_adds(why, "out of memory\n");
		return -1;
	}
	snapshot_commit(m->snap, NULL, clock_now());
	return 0;
}

/* Nothing can fail any more: the new generation becomes the current one. */
static void
switch_to(struct manager *m, struct snapshot *next, uint64_t generation)
{
	struct snapshot *old = m->snap;
	struct err e;

	m->snap = next;
	m->generation = generation;
	snapshot_commit(next, old, clock_now());
	if (checker_apply(m->checker, next, &e) < 0)
		log_err("health checks: %s", e.text);
	endpoints_commit(m->endpoints);
	workers_set_maxconn(m->workers, (unsigned)next->conf->global.maxconn);
	manager_kick_all(m);
	retire(m, generation, false);
	snapshot_unref(&old);
}

/* The first phase's last steps; the generation's number, or 0 with nothing changed. */
static uint64_t
post(struct manager *m, struct snapshot *next, struct strbuf *why)
{
	const struct log_conf lc = log_conf_of(m, next->conf);
	struct listen_fd *fds;
	struct err e = {"out of memory"};
	uint64_t generation = 0;
	size_t n_fds;

	fds = manager_listen_fds(m, next, &n_fds, why);
	if (fds == NULL)
		return 0;
	if (endpoints_prepare(m->endpoints, next->conf, &m->sockets, &e) == 0 &&
	    manager_lend_sockets(m, next->conf, &e) == 0 && lend_log_sockets(m, &e) == 0 &&
	    open_log(m, next->conf, &e) == 0)
		generation =
		    workers_post_snapshot(m->workers, next, fds, n_fds, &lc, m->log_serial);
	if (generation == 0) {
		endpoints_rollback(m->endpoints);
		strbuf_addf(why, "%s\n", e.text);
	}
	free(fds);
	return generation;
}

int
manager_reload(struct manager *m, struct chan_msg *msg, struct strbuf *why)
{
	size_t n_before = m->sockets.n_entries;
	struct snapshot *next;
	struct conf *conf;
	uint64_t generation;
	struct err e;

	if (m->stopping) {
		strbuf_adds(why, "the proxy is stopping\n");
		return -1;
	}
	take_log_fds(m, msg);
	conf = parse(msg, why);
	if (conf == NULL)
		return -1;
	if (daemon_raise_nofile(limits_nofile(conf), &e) < 0) {
		strbuf_addf(why, "%s\n", e.text);
		conf_free(&conf);
		return -1;
	}
	next = snapshot_build(conf, m->snap, clock_now(), m->n_workers);
	if (next == NULL || socket_table_add(&m->sockets, msg->fds, msg->n_fds) < 0) {
		snapshot_unref(&next);
		strbuf_adds(why, "out of memory\n");
		return -1;
	}
	generation = post(m, next, why);
	if (generation == 0) {
		forget_sockets(m, n_before);
		snapshot_unref(&next);
		return -1;
	}
	switch_to(m, next, generation);
	return 0;
}

void
manager_lend_again(struct manager *m)
{
	struct listen_fd *fds;
	struct strbuf why;
	uint64_t generation;
	size_t n_fds;
	bool lost = false;
	struct err e;

	if (m->stopping || workers_acked(m->workers) < m->generation)
		return; /* they may be on their way */
	for (size_t i = 0; i < m->sockets.n_entries; i++) {
		struct socket_entry *en = &m->sockets.entries[i];

		if (!en->lent || dataside_number(m->mc.side, en->fd) >= 0)
			continue;
		en->lent = false;
		lost = true;
	}
	if (!lost || manager_lend_sockets(m, m->snap->conf, &e) < 0)
		return;
	strbuf_init(&why);
	fds = manager_listen_fds(m, m->snap, &n_fds, &why);
	generation = fds ? workers_post_snapshot(m->workers, m->snap, fds, n_fds, NULL, 0) : 0;
	if (generation > 0)
		m->generation = generation;
	free(fds);
	strbuf_free(&why);
}
