/*
 * instance_conflict.c - a master's ear for others who answer for its addresses.
 *
 * One packet socket per instance and family; a filter in the kernel passes nothing but claims of
 * its own addresses' protocol.  The probes go through the announcer's queue, behind the
 * announcements and the advert: a takeover waits for no answer.
 *
 * A master that leaves makes its socket deaf and keeps it: close() of a packet socket waits until
 * every processor has passed a quiet moment (synchronize_net), tens of milliseconds in which the
 * successor would not have heard of the leaving.
 */
#include <event2/event.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/json.h"
#include "vrrpd/announce.h"
#include "vrrpd/conflict.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/links.h"
#include "vrrpd/show.h"

#define READ_MAX  64
#define QUEUE_MAX 65536 /* more frames than a socket's queue holds */

struct conflict_ear {
	struct conflict_watch watch;
	struct conflict *vips; /* by the order of conf->vips; for n */
	size_t n;
	struct {
		int fd; /* -1: no address of that family; at its end it becomes a deaf_fd */
		struct event *readable;
	} socks[CONFLICT_SOCKS];
	struct event *timer;
};

static const struct {
	int family, protocol;
} kinds[CONFLICT_SOCKS] = {{AF_INET, ETHERTYPE_ARP}, {AF_INET6, ETHERTYPE_IPV6}};

/* ARP, and neighbour advertisements. */
static const struct sock_filter passes[] = {
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_ARP, 5, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IPV6, 0, 5),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 0, 3),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 136, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 128),
    BPF_STMT(BPF_RET | BPF_K, 0),
};

static const struct sock_filter passes_nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};

static bool
is_of_this_host(const struct instance *in, const uint8_t mac[6])
{
	const struct links *l = in->world->links;

	for (size_t i = 0; i < l->n_links; i++)
		if (l->list[i].has_mac && memcmp(l->list[i].mac, mac, 6) == 0)
			return true;
	return false;
}

static void
on_claim(struct instance *in, int ifindex, const struct conflict_claim *claim)
{
	struct conflict_ear *ear = in->ear;
	const uint8_t *m = claim->mac;
	char text[ADDR_STRLEN];
	unsigned skipped;

	if (is_of_this_host(in, claim->mac))
		return;
	for (size_t i = 0; i < ear->n && i < in->conf->n_held; i++) {
		const struct vip_conf *vip = &in->conf->vips[i];

		if (!addr_ip_equal(&vip->addr, &claim->addr) ||
		    instance_vip_ifindex(in, vip) != ifindex ||
		    !conflict_heard(&ear->vips[i], &ear->watch, claim->mac, clock_boot()))
			continue;
		in->count.vip_conflicts++;
		if (log_limit_pass(&in->foreign_limit, clock_now(), &skipped))
			log_warn("%s: vip_conflict: %s on %s is answered by "
				 "%02x:%02x:%02x:%02x:%02x:%02x as well",
				 in->conf->name, addr_format_ip(&vip->addr, text),
				 instance_vip_device(in->conf, vip), m[0], m[1], m[2], m[3], m[4],
				 m[5]);
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	for (int i = 0; i < READ_MAX; i++) {
		struct sockaddr_ll from = {0};
		socklen_t from_len = sizeof(from);
		struct conflict_claim claim;
		uint8_t frame[128];
		ssize_t n = recvfrom(fd, frame, sizeof(frame), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &from_len);

		if (n < 0)
			return;
		if (conflict_read(frame, (size_t)n, &claim))
			on_claim(arg, from.sll_ifindex, &claim);
	}
}

static bool
look_for_ends(struct instance *in)
{
	struct conflict_ear *ear = in->ear;
	bool standing = false;
	char text[ADDR_STRLEN];

	for (size_t i = 0; i < ear->n && i < in->conf->n_held; i++) {
		if (conflict_over(&ear->vips[i], clock_boot()))
			log_notice("%s: vip_conflict is over: nobody else answers for %s",
				   in->conf->name, addr_format_ip(&in->conf->vips[i].addr, text));
		standing |= ear->vips[i].standing;
	}
	return standing;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct instance *in = arg;
	usec_t now = clock_boot();

	(void)fd;
	(void)what;
	if (conflict_due(&in->ear->watch, look_for_ends(in), now))
		announce_probe(in->announce);
	if (in->ear->watch.probe_at != USEC_NEVER)
		instance_arm(in->ear->timer, in->ear->watch.probe_at - now);
}

static bool
attach(int fd, const struct sock_filter *filter, size_t n)
{
	struct sock_fprog program = {(unsigned short)n, (struct sock_filter *)filter};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

/* What it heard before must not be taken for an answer of today. */
static void
forget_heard(int fd)
{
	char c;

	for (int i = 0; i < QUEUE_MAX && recv(fd, &c, 1, MSG_DONTWAIT) >= 0; i++)
		;
}

static int
new_socket(int protocol)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_protocol = htons((uint16_t)protocol)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (attach(fd, passes_nothing, 1) && bind(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool
open_socket(struct instance *in, int nr)
{
	int fd = in->deaf_fds[nr] >= 0 ? in->deaf_fds[nr] : new_socket(kinds[nr].protocol);
	struct conflict_ear *ear = in->ear;

	ear->socks[nr].fd = fd;
	in->deaf_fds[nr] = -1;
	if (fd < 0)
		return false;
	forget_heard(fd);
	if (!attach(fd, passes, sizeof(passes) / sizeof(*passes)))
		return false;
	ear->socks[nr].readable =
	    event_new(in->world->base, fd, EV_READ | EV_PERSIST, on_readable, in);
	return ear->socks[nr].readable && event_add(ear->socks[nr].readable, NULL) == 0;
}

static bool
has_family(const struct instance *in, int family)
{
	for (size_t i = 0; i < in->conf->n_held; i++)
		if (addr_family(&in->conf->vips[i].addr) == family)
			return true;
	return false;
}

/* For all of its addresses, the excluded ones too. */
static bool
open_sockets(struct instance *in)
{
	for (int i = 0; i < CONFLICT_SOCKS; i++)
		if (has_family(in, kinds[i].family) && !open_socket(in, i))
			return false;
	return true;
}

/* Its lease ends by itself so long after its last word, whatever its priority was. */
static usec_t
grace_of(const struct instance *in)
{
	return (vrrp_lease_seconds(&in->params, 1) + 1) * USEC_PER_SEC;
}

static void
close_deaf(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
instance_conflict_forget(struct instance *in)
{
	for (int i = 0; i < CONFLICT_SOCKS; i++)
		close_deaf(&in->deaf_fds[i]);
}

void
instance_conflict_end(struct instance *in)
{
	struct conflict_ear *e = in->ear;

	in->ear = NULL;
	if (!e)
		return;
	for (int i = 0; i < CONFLICT_SOCKS; i++) {
		if (e->socks[i].readable)
			event_free(e->socks[i].readable);
		if (e->socks[i].fd < 0)
			continue;
		in->deaf_fds[i] = e->socks[i].fd;
		if (!attach(e->socks[i].fd, passes_nothing, 1))
			close_deaf(&in->deaf_fds[i]);
	}
	if (e->timer)
		event_free(e->timer);
	free(e->vips);
	free(e);
}

/* Without an ear there is no alarm, and a master all the same. */
void
instance_conflict_begin(struct instance *in)
{
	struct conflict_ear *ear = calloc(1, sizeof(*ear));

	instance_conflict_end(in);
	if (!ear)
		return;
	in->ear = ear;
	ear->socks[0].fd = ear->socks[1].fd = -1;
	ear->n = in->conf->n_held;
	ear->vips = calloc(ear->n + 1, sizeof(*ear->vips));
	ear->timer = evtimer_new(in->world->base, on_timer, in);
	conflict_begin(&ear->watch, grace_of(in), clock_boot());
	if (ear->vips && ear->timer && open_sockets(in)) {
		instance_arm(ear->timer, 0);
		return;
	}
	log_warn("%s: nobody listens for duplicate addresses: no socket", in->conf->name);
	instance_conflict_end(in);
}

void
instance_conflict_rival(struct instance *in)
{
	if (!in->ear)
		return;
	conflict_rival(&in->ear->watch, grace_of(in), clock_boot());
	instance_arm(in->ear->timer, in->ear->watch.probe_at - clock_boot());
}

/* --- show ------------------------------------------------------------------------------------- */

static const char *
mac_text(const uint8_t m[6], char text[18])
{
	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	return text;
}

size_t
instance_n_conflicts(const struct instance *in)
{
	size_t n = 0;

	for (size_t i = 0; in->ear && i < in->ear->n; i++)
		n += in->ear->vips[i].standing;
	return n;
}

void
instance_conflict_text(const struct instance *in, struct strbuf *b)
{
	char text[ADDR_STRLEN], mac[18];

	for (size_t i = 0; in->ear && i < in->ear->n && i < in->conf->n_held; i++) {
		const struct conflict *c = &in->ear->vips[i];

		if (!c->standing)
			continue;
		strbuf_addf(b, "  ALARM      vip_conflict: %s is answered by %s as well, for ",
			    addr_format_ip(&in->conf->vips[i].addr, text), mac_text(c->mac, mac));
		show_duration(b, clock_boot() - c->since);
		strbuf_addc(b, '\n');
	}
}

void
instance_conflict_json(const struct instance *in, struct strbuf *b)
{
	char text[ADDR_STRLEN], mac[18];

	json_open(b, "vip_conflict", '[');
	for (size_t i = 0; in->ear && i < in->ear->n && i < in->conf->n_held; i++) {
		const struct conflict *c = &in->ear->vips[i];

		if (!c->standing)
			continue;
		json_open(b, NULL, '{');
		json_str(b, "address", addr_format_ip(&in->conf->vips[i].addr, text));
		json_str(b, "interface", instance_vip_device(in->conf, &in->conf->vips[i]));
		json_str(b, "mac", mac_text(c->mac, mac));
		json_seconds(b, "age_s", clock_boot() - c->since);
		json_close(b, '}');
	}
	json_close(b, ']');
}
