/*
 * instance_held.c - the state of what an instance holds, and what follows when it cannot.
 *
 * What fails is tried again.  A master that can add none of its addresses serves nobody and is in
 * the way of others: it goes to FAULT, for a while that grows from time to time.
 */
#include <event2/event.h>

#include "common/arena.h"
#include "common/daemon.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/links.h"

static void
keep_states(const struct instance *in, const struct instance_conf *before, struct held *list)
{
	const struct instance_conf *ic = in->conf;
	const struct held *old = in->held;

	for (size_t i = 0; i < ic->n_held; i++)
		for (size_t k = 0; k < before->n_held; k++)
			if (instance_same_vip(before, &before->vips[k], ic, &ic->vips[i]))
				list[i] = old[k];
	list += ic->n_held;
	old += before->n_held;
	for (size_t i = 0; i < ic->n_routes; i++)
		for (size_t k = 0; k < before->n_routes; k++)
			if (route_equal(&before->routes[k], &ic->routes[i]))
				list[i] = old[k];
	list += ic->n_routes;
	old += before->n_routes;
	for (size_t i = 0; i < ic->n_rules; i++)
		for (size_t k = 0; k < before->n_rules; k++)
			if (rule_equal(&before->rules[k], &ic->rules[i]))
				list[i] = old[k];
}

void
instance_remake_held(struct instance *in, const struct instance_conf *before)
{
	struct arena *arena = arena_new();
	size_t n = in->conf->n_held + in->conf->n_routes + in->conf->n_rules;
	struct held *list = arena_alloc(arena, (n + 1) * sizeof(*list));

	if (before)
		keep_states(in, before, list);
	if (in->held_arena)
		arena_free(&in->held_arena);
	in->held_arena = arena;
	in->held = list;
	in->n_all_held = n;
	in->unable_until = 0; /* this one is worth a try */
}

static bool
any_device(const struct instance *in)
{
	for (size_t i = 0; i < in->conf->n_held; i++)
		if (instance_vip_ifindex(in, &in->conf->vips[i]) != 0)
			return true;
	return false;
}

bool
instance_cannot_hold(const struct instance *in)
{
	return clock_boot() < in->unable_until || !any_device(in);
}

static bool
is_holding(const struct instance *in)
{
	return vrrp_fsm_holds_vips(&in->fsm);
}

void
instance_settle_held(struct instance *in)
{
	usec_t now = clock_boot(), next = held_next_retry(in->held, in->n_all_held);

	if (is_holding(in) && held_all_failed(in->held, in->conf->n_held)) {
		if (in->unable_until <= now)
			in->unable_until = now + held_fault_time(++in->n_unable);
		next = now; /* not from within the step that is under way */
	} else if (is_holding(in)) {
		in->n_unable = 0;
		in->unable_until = 0;
	}
	if (in->unable_until > now && in->unable_until < next)
		next = in->unable_until;
	if (next == USEC_NEVER)
		evtimer_del(in->held_timer);
	else
		instance_arm(in->held_timer, next - now);
}

static void
on_held_timer(evutil_socket_t fd, short what, void *arg)
{
	struct instance *in = arg;

	(void)fd;
	(void)what;
	instance_weigh(in);
	if (is_holding(in))
		instance_retry_held(in);
	else
		instance_settle_held(in);
}

bool
instance_link_counts(const struct instance *in)
{
	return in->link_up || in->conf->dont_track_primary;
}

void
instance_address_gone(struct instance *in, int ifindex, const struct addr *a)
{
	char text[ADDR_STRLEN];
	unsigned skipped;

	if (!instance_holds(in, ifindex, a))
		return;
	/* We may have slept until the lease was over: then somebody else may be master. */
	instance_meet_deadline(in);
	if (in->fsm.state != VRRP_MASTER || !instance_link_counts(in) ||
	    !instance_vip_removed(in, ifindex, a))
		return;
	in->count.vips_restored++;
	instance_announce_again(in);
	if (log_limit_pass(&in->vip_limit, clock_now(), &skipped))
		log_warn("%s: %s was removed by somebody else, put back", in->conf->name,
			 addr_format_ip(a, text));
}

void
instance_assert_vips(struct instance *in)
{
	instance_meet_deadline(in);
	if (in->fsm.state != VRRP_MASTER || !instance_link_counts(in))
		return;
	instance_add_vips(in);
	instance_announce_again(in);
}

void
instance_device_changed(struct instance *in, const char *device)
{
	if (!instance_uses(in, device))
		return;
	in->unable_until = 0;
	instance_weigh(in);
	instance_assert_vips(in); /* made anew, the device has lost its addresses */
}

int
instance_open_held(struct instance *in, struct err *e)
{
	in->held_timer = evtimer_new(in->world->base, on_held_timer, in);
	if (!in->held_timer)
		return err_set(e, "instance %s: out of memory", in->conf->name);
	instance_remake_held(in, NULL);
	return 0;
}

void
instance_close_held(struct instance *in)
{
	if (in->held_timer)
		event_free(in->held_timer);
	if (in->held_arena)
		arena_free(&in->held_arena);
}
