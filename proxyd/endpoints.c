/*
 * endpoints.c - the control sockets and status pages that a generation wants.
 *
 * Each endpoint listens on a duplicate of its descriptor, so that the table of sockets alone
 * decides when a listening socket really ends.
 */
#include "proxyd/endpoints.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proxyd/conf.h"
#include "proxyd/control.h"
#include "proxyd/statspage.h"

struct endpoint {
	char *key;
	struct control *control; /* one of the two */
	struct statspage *page;
	enum conf_level level; /* of the control socket */
	bool wanted, is_new;
};

struct endpoints {
	struct event_base *base;
	struct manager *manager;
	struct endpoint *list;
	size_t n_list;
};

struct endpoints *
endpoints_new(struct event_base *base, struct manager *m)
{
	struct endpoints *ep = calloc(1, sizeof(*ep));

	if (ep == NULL)
		return NULL;
	ep->base = base;
	ep->manager = m;
	return ep;
}

static void
drop_endpoint(struct endpoints *ep, size_t i)
{
	struct endpoint *en = &ep->list[i];

	control_free(&en->control);
	statspage_free(&en->page);
	free(en->key);
	ep->list[i] = ep->list[--ep->n_list];
}

void
endpoints_free(struct endpoints **ep)
{
	if (*ep == NULL)
		return;
	while ((*ep)->n_list > 0)
		drop_endpoint(*ep, (*ep)->n_list - 1);
	free((*ep)->list);
	free(*ep);
	*ep = NULL;
}

static struct endpoint *
find_endpoint(struct endpoints *ep, const char *key, bool is_control, enum conf_level level)
{
	for (size_t i = 0; i < ep->n_list; i++) {
		struct endpoint *en = &ep->list[i];

		if (strcmp(en->key, key) == 0 && (en->control != NULL) == is_control &&
		    (!is_control || en->level == level))
			return en;
	}
	return NULL;
}

static int
want(struct endpoints *ep, const struct socket_table *t, const char *key, bool is_control,
     enum conf_level level, struct err *e)
{
	struct endpoint *en = find_endpoint(ep, key, is_control, level);
	int fd = socket_table_find(t, key);

	if (en != NULL) {
		en->wanted = true;
		return 0;
	}
	en = realloc(ep->list, (ep->n_list + 1) * sizeof(*en));
	if (en == NULL)
		return err_set(e, "out of memory");
	ep->list = en;
	fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (fd < 0)
		return err_set(e, "no socket for %s", key);
	en = &ep->list[ep->n_list];
	*en = (struct endpoint){.level = level, .wanted = true, .is_new = true};
	en->key = strdup(key);
	if (is_control)
		en->control = control_new(ep->base, ep->manager, fd, level);
	else
		en->page = statspage_new(ep->base, ep->manager, fd);
	ep->n_list++;
	if (en->key == NULL || (en->control == NULL && en->page == NULL))
		return err_set(e, "cannot serve %s: out of memory", key);
	return 0;
}

int
endpoints_prepare(struct endpoints *ep, const struct conf *conf, const struct socket_table *t,
		  struct err *e)
{
	const struct conf_global *g = &conf->global;

	for (size_t i = 0; i < ep->n_list; i++)
		ep->list[i].wanted = false;
	for (size_t i = 0; i < g->n_stats_sockets; i++) {
		if (want(ep, t, g->stats_sockets[i].path, true, g->stats_sockets[i].level, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < conf->stats.n_binds; i++) {
		if (want(ep, t, conf->stats.binds[i].key, false, CONF_LEVEL_USER, e) < 0)
			return -1;
	}
	return 0;
}

void
endpoints_commit(struct endpoints *ep)
{
	for (size_t i = ep->n_list; i-- > 0;) {
		ep->list[i].is_new = false;
		if (!ep->list[i].wanted)
			drop_endpoint(ep, i);
	}
}

void
endpoints_rollback(struct endpoints *ep)
{
	for (size_t i = ep->n_list; i-- > 0;) {
		if (ep->list[i].is_new)
			drop_endpoint(ep, i);
	}
}
