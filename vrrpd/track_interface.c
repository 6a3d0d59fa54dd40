/*
 * track_interface.c - a link that must be up; the registry tells when any link changed.
 */
#include <event2/event.h>
#include <stdlib.h>

#include "common/daemon.h"
#include "vrrpd/links.h"
#include "vrrpd/track_priv.h"
#include "vrrpd/verdict.h"

struct probe {
	struct track *track;
	struct verdict verdict;
	struct event *timer;
};

static void
look(struct probe *p)
{
	const struct track_conf *tc = p->track->conf;
	const struct nl_link *link = links_find(p->track->world->links, tc->interface);
	bool changed = verdict_settle(&p->verdict, tc->up_delay, tc->down_delay, link && link->up,
				      link ? "the interface is down" : "there is no such interface",
				      clock_now());

	track_arm(p->timer, p->verdict.change_at);
	if (changed)
		track_changed(p->track);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	look(arg);
}

static void *
interface_open(struct track *track)
{
	struct probe *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->track = track;
	verdict_init(&p->verdict, false);
	p->timer = evtimer_new(track->world->base, on_timer, p);
	if (p->timer)
		return p;
	free(p);
	return NULL;
}

static void
interface_look(void *probe)
{
	look(probe);
}

static void
interface_close(void *probe)
{
	struct probe *p = probe;

	event_free(p->timer);
	free(p);
}

static void
interface_fact(const void *probe, struct track_fact *out)
{
	const struct verdict *v = &((const struct probe *)probe)->verdict;

	*out = (struct track_fact){.verdict = v->now, .reason = v->reason};
}

static void
interface_text(const void *probe, struct strbuf *b)
{
	const struct probe *p = probe;

	strbuf_adds(b, p->track->conf->interface);
	if (p->verdict.change_at != USEC_NEVER)
		strbuf_addf(b, ", %s since a moment", p->verdict.seen_good ? "up" : "down");
}

static void
interface_json(const void *probe, struct strbuf *b)
{
	const struct probe *p = probe;

	track_json_text(b, "interface", p->track->conf->interface);
}

const struct track_ops track_interface_ops = {
    .open = interface_open,
    .start = interface_look,
    .close = interface_close,
    .fact = interface_fact,
    .links_changed = interface_look,
    .text = interface_text,
    .json = interface_json,
};
