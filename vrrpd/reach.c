/*
 * reach.c - asks addresses whether they are there; reach_core.c judges.
 *
 * Each question gets a socket of its own, closed with the answer or the end of patience: routes,
 * interfaces and our own addresses may be others the next time, and sockets remember.  But for
 * ARP, whose sockets are dear to close (arp_sock.h).
 */
#include "vrrpd/reach.h"

#include <errno.h>
#include <event2/event.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/daemon.h"
#include "vrrpd/arp_sock.h"
#include "vrrpd/links.h"
#include "vrrpd/reach_frame.h"
#include "vrrpd/track_priv.h"

#ifndef ICMP_FILTER /* linux/icmp.h, which contradicts netinet's */
#define ICMP_FILTER 1
#endif

#define READS_MAX 16

struct asking {
	struct reach *reach;
	size_t index;
	struct reach_target target;
	char dev[IFNAMSIZ];
	int fd;
	struct arp_sock arp; /* kept; fd is the same while it asks */
	struct event *event;
	uint16_t ident, seq;
};

struct reach {
	struct event_base *base;
	const struct links *links;
	struct track_params params;
	int need;
	struct reach_state state;
	struct event *timer;
	reach_fn fn;
	void *arg;
	size_t n;
	struct asking asking[TRACK_TARGETS_MAX];
};

static void
end_asking(struct asking *a)
{
	if (a->event)
		event_free(a->event);
	a->event = NULL;
	if (a->fd >= 0 && a->fd != a->arp.fd)
		close(a->fd);
	a->fd = -1;
}

static void
answered(struct asking *a, bool good)
{
	struct reach *r = a->reach;

	end_asking(a);
	if (reach_answer(&r->state, &r->params, r->need, a->index, good) & REACH_DO_TELL)
		r->fn(r->arg);
}

/* --- answers ---------------------------------------------------------------------------------- */

static bool
is_answer(const struct asking *a, const uint8_t *buf, size_t len)
{
	int family = addr_family(&a->target.addr);

	if (a->target.how == REACH_ECHO)
		return reach_is_echo(family, buf, len, a->ident, a->seq);
	if (family == AF_INET)
		return reach_is_arp(buf, len, &a->target.addr);
	return reach_is_advert(buf, len, &a->target.addr);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct asking *a = arg;
	uint8_t buf[256];

	(void)what;
	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (n < 0) /* an ICMP error may come before the answer of another host's try */
			return;
		if (is_answer(a, buf, (size_t)n)) {
			answered(a, true);
			return;
		}
	}
}

static void
on_connected(evutil_socket_t fd, short what, void *arg)
{
	socklen_t len = sizeof(int);
	int error = 0;

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	answered(arg, error == 0);
}

/* --- questions -------------------------------------------------------------------------------- */

static bool
bind_to_device(const struct asking *a)
{
	return !a->target.dev || setsockopt(a->fd, SOL_SOCKET, SO_BINDTODEVICE, a->dev,
					    (socklen_t)strlen(a->dev) + 1) == 0;
}

static void
pass_only(int fd, int family, int type)
{
	uint32_t refused = ~(1u << ICMP_ECHOREPLY);
	struct icmp6_filter filter;

	if (family == AF_INET) {
		(void)!setsockopt(fd, SOL_RAW, ICMP_FILTER, &refused, sizeof(refused));
		return;
	}
	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(type, &filter);
	(void)!setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
}

static bool
ask_echo(struct asking *a)
{
	int family = addr_family(&a->target.addr);
	struct addr to = a->target.addr;
	uint8_t frame[REACH_FRAME_MAX];
	size_t len = reach_echo(family, a->ident, ++a->seq, frame);

	a->fd = socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	if (a->fd < 0 || !bind_to_device(a))
		return false;
	if (family == AF_INET6 && a->target.dev)
		to.in6.sin6_scope_id = if_nametoindex(a->dev);
	pass_only(a->fd, family, ICMP6_ECHO_REPLY);
	/* connected: nobody else's answers come in */
	return connect(a->fd, &to.sa, to.len) == 0 && send(a->fd, frame, len, 0) == (ssize_t)len;
}

static bool
ask_arp(struct asking *a, const struct nl_link *link)
{
	uint8_t frame[REACH_FRAME_MAX];
	struct addr from;

	if (!arp_sock_open(&a->arp, link->ifindex))
		return false;
	a->fd = a->arp.fd;
	arp_sock_address(&a->arp, a->dev, &from);
	return arp_sock_send(&a->arp, frame, reach_arp(link->mac, &from, &a->target.addr, frame));
}

/* To the multicast group of all whose address ends like this (RFC 4291 section 2.7.1). */
static bool
ask_solicit(struct asking *a, const struct nl_link *link)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6,
				  .sin6_scope_id = (uint32_t)link->ifindex};
	static const uint8_t group[13] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};
	uint8_t frame[REACH_FRAME_MAX];
	size_t len = reach_solicit(link->mac, &a->target.addr, frame);
	int hops = 255;

	memcpy(&to.sin6_addr, &a->target.addr.in6.sin6_addr, 16);
	memcpy(&to.sin6_addr, group, sizeof(group));
	a->fd = socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	if (a->fd < 0 || !bind_to_device(a))
		return false;
	pass_only(a->fd, AF_INET6, ND_NEIGHBOR_ADVERT);
	if (setsockopt(a->fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) < 0)
		return false;
	return sendto(a->fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)len;
}

static bool
ask_link(struct asking *a)
{
	const struct nl_link *link = links_find(a->reach->links, a->dev);

	if (!link || !link->has_mac)
		return false;
	return addr_family(&a->target.addr) == AF_INET ? ask_arp(a, link) : ask_solicit(a, link);
}

static bool
ask_tcp(struct asking *a)
{
	const struct addr *to = &a->target.addr;

	a->fd = socket(addr_family(to), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (a->fd < 0 || !bind_to_device(a))
		return false;
	return connect(a->fd, &to->sa, to->len) == 0 || errno == EINPROGRESS;
}

/* What cannot be asked has not answered when the time is up. */
static void
ask(struct asking *a)
{
	bool is_tcp = a->target.how == REACH_TCP;
	bool asked;

	end_asking(a);
	if (is_tcp)
		asked = ask_tcp(a);
	else
		asked = a->target.how == REACH_ECHO ? ask_echo(a) : ask_link(a);
	if (asked)
		a->event =
		    event_new(a->reach->base, a->fd, is_tcp ? EV_WRITE : EV_READ | EV_PERSIST,
			      is_tcp ? on_connected : on_readable, a);
	if (!a->event || event_add(a->event, NULL) < 0)
		end_asking(a);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct reach *r = arg;
	unsigned wishes;

	(void)fd;
	(void)what;
	/* an answer that came while we slept counts before the clock does */
	for (size_t i = 0; i < r->n; i++)
		if (r->asking[i].event && r->asking[i].target.how != REACH_TCP)
			on_readable(r->asking[i].fd, EV_READ, &r->asking[i]);
	wishes = reach_tick(&r->state, &r->params, r->need, clock_now());
	for (size_t i = 0; i < r->n; i++) {
		if (wishes & REACH_DO_END)
			end_asking(&r->asking[i]);
		if (wishes & REACH_DO_ASK)
			ask(&r->asking[i]);
	}
	track_arm(r->timer, reach_deadline(&r->state));
	if (wishes & REACH_DO_TELL)
		r->fn(r->arg);
}

/* --- life ------------------------------------------------------------------------------------- */

struct reach *
reach_new(struct event_base *base, const struct links *links, const struct reach_target *targets,
	  size_t n, reach_fn fn, void *arg)
{
	struct reach *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->base = base;
	r->links = links;
	r->fn = fn;
	r->arg = arg;
	r->n = n < TRACK_TARGETS_MAX ? n : TRACK_TARGETS_MAX;
	r->timer = evtimer_new(base, on_timer, r);
	for (size_t i = 0; i < r->n; i++) {
		struct asking *a = &r->asking[i];

		*a = (struct asking){
		    .reach = r, .index = i, .target = targets[i], .fd = -1, .arp = {.fd = -1}};
		a->ident = (uint16_t)((unsigned)getpid() + (unsigned)(uintptr_t)r / 64 + i);
		if (targets[i].dev)
			memcpy(a->dev, targets[i].dev, strnlen(targets[i].dev, IFNAMSIZ - 1));
		a->target.dev = targets[i].dev ? a->dev : NULL;
	}
	reach_init(&r->state, r->n, clock_now());
	if (!r->timer)
		reach_free(&r);
	return r;
}

void
reach_free(struct reach **reach)
{
	struct reach *r = *reach;

	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++) {
		end_asking(&r->asking[i]);
		arp_sock_close(&r->asking[i].arp);
	}
	if (r->timer)
		event_free(r->timer);
	free(r);
	*reach = NULL;
}

void
reach_set_params(struct reach *r, const struct track_params *p, int need)
{
	r->params = *p;
	r->need = need;
}

void
reach_start(struct reach *r, const struct track_params *p, int need)
{
	reach_set_params(r, p, need);
	track_arm(r->timer, clock_now());
}

const struct reach_state *
reach_now(const struct reach *r)
{
	return &r->state;
}

static const char *
target_text(const struct asking *a, char buf[ADDR_STRLEN])
{
	if (a->target.how == REACH_TCP)
		return addr_format(&a->target.addr, buf);
	return addr_format_ip(&a->target.addr, buf);
}

void
reach_text(const struct reach *r, struct strbuf *b)
{
	char text[ADDR_STRLEN];

	for (size_t i = 0; i < r->n; i++)
		strbuf_addf(b, "%s%s %s", i ? ", " : "", target_text(&r->asking[i], text),
			    track_verdict_name(r->state.one[i].verdict.now));
	strbuf_addf(b, ", need %d", r->need);
}

void
reach_json(const struct reach *r, struct strbuf *b)
{
	char text[ADDR_STRLEN];

	strbuf_adds(b, "[");
	for (size_t i = 0; i < r->n; i++)
		strbuf_addf(b, "%s{\"address\":\"%s\",\"verdict\":\"%s\"}", i ? "," : "",
			    target_text(&r->asking[i], text),
			    track_verdict_name(r->state.one[i].verdict.now));
	strbuf_adds(b, "]");
}
