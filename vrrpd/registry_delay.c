/*
 * registry_delay.c - interfaces whose changes count only when they last (interface_up_down_delays).
 *
 * Whatever the kernel tells of such an interface passes here first; what it said last is kept, and
 * told again when its time has come.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/daemon.h"
#include "vrrpd/registry_priv.h"
#include "vrrpd/verdict.h"

struct delayed_link {
	TAILQ_ENTRY(delayed_link) link;
	struct registry *r;
	const struct link_delay *conf; /* of the present generation */
	struct verdict verdict;
	struct nl_link raw; /* ifindex 0: nothing known */
	struct event *timer;
};

static struct delayed_link *
find(const struct registry *r, const char *name)
{
	struct delayed_link *d;

	TAILQ_FOREACH (d, &r->delayed, link)
		if (strcmp(d->conf->name, name) == 0)
			return d;
	return NULL;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct delayed_link *d = arg;

	(void)fd;
	(void)what;
	if (d->raw.ifindex)
		registry_on_link(d->r, &d->raw);
}

static void
arm(struct delayed_link *d)
{
	usec_t left = d->verdict.change_at - clock_boot();
	struct timeval tv = {.tv_sec = left / USEC_PER_SEC, .tv_usec = left % USEC_PER_SEC};

	if (d->verdict.change_at == USEC_NEVER) {
		evtimer_del(d->timer);
		return;
	}
	if (left < 0)
		tv = (struct timeval){.tv_sec = 0};
	evtimer_add(d->timer, &tv);
}

void
registry_settle_link(struct registry *r, struct nl_link *link)
{
	struct delayed_link *d = find(r, link->name);

	if (!d)
		return;
	if (link->gone) { /* the next of that name is another one */
		d->raw.ifindex = 0;
		verdict_init(&d->verdict, false);
		evtimer_del(d->timer);
		return;
	}
	d->raw = *link;
	(void)verdict_settle(&d->verdict, d->conf->up, d->conf->down, link->up, "", clock_boot());
	arm(d);
	if (link->up != (d->verdict.now == TRACK_OK))
		log_info("%s is %s, which counts in %lld ms", link->name, link->up ? "up" : "down",
			 (long long)((d->verdict.change_at - clock_boot()) / USEC_PER_MS));
	link->up = d->verdict.now == TRACK_OK;
}

void
registry_settle_links(struct registry *r)
{
	for (size_t i = 0; i < r->links.n_links; i++)
		registry_settle_link(r, &r->links.list[i]);
}

static struct delayed_link *
delayed_new(struct registry *r)
{
	struct delayed_link *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->r = r;
	verdict_init(&d->verdict, false);
	d->timer = evtimer_new(r->base, on_timer, d);
	if (d->timer)
		return d;
	free(d);
	return NULL;
}

static void
delayed_free(struct registry *r, struct delayed_link *d)
{
	TAILQ_REMOVE(&r->delayed, d, link);
	event_free(d->timer);
	free(d);
}

/* Those that are not in the configuration any more: what the kernel said counts at once. */
static void
drop_old(struct registry *r, const struct global_conf *g)
{
	struct delayed_link *d, *next;

	for (d = TAILQ_FIRST(&r->delayed); d; d = next) {
		struct nl_link raw = d->raw;
		size_t i = 0;

		next = TAILQ_NEXT(d, link);
		while (i < g->n_link_delays && strcmp(g->link_delays[i].name, d->conf->name) != 0)
			i++;
		if (i < g->n_link_delays)
			continue;
		delayed_free(r, d);
		if (raw.ifindex)
			registry_on_link(r, &raw);
	}
}

/* A change that waits, waits as long as it is told now, from the moment that it was seen. */
static void
follow_delay(struct delayed_link *d, const struct link_delay *before)
{
	bool up = d->verdict.seen_good;

	if (d->verdict.change_at == USEC_NEVER)
		return;
	d->verdict.change_at +=
	    (up ? d->conf->up : d->conf->down) - (up ? before->up : before->down);
	arm(d);
}

void
registry_set_delays(struct registry *r, const struct global_conf *g)
{
	drop_old(r, g);
	for (size_t i = 0; i < g->n_link_delays; i++) {
		struct delayed_link *d = find(r, g->link_delays[i].name);
		const struct link_delay *before;
		const struct nl_link *known;
		bool is_new = !d;

		if (is_new && (d = delayed_new(r)) == NULL) {
			log_err("interface_up_down_delays: out of memory");
			return;
		}
		before = d->conf;
		d->conf = &g->link_delays[i];
		if (!is_new) {
			follow_delay(d, before);
			continue;
		}
		TAILQ_INSERT_TAIL(&r->delayed, d, link);
		known = links_find(&r->links, d->conf->name);
		if (known) {
			struct nl_link now = *known;

			registry_settle_link(r, &now);
		}
	}
}

void
registry_free_delays(struct registry *r)
{
	struct delayed_link *d;

	while ((d = TAILQ_FIRST(&r->delayed)) != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the freed one has left the list */
		delayed_free(r, d);
}
