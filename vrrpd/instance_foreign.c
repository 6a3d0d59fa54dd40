/*
 * instance_foreign.c - alarms about an instance's addresses in the hands of somebody else.
 */
#include "common/daemon.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/links.h"
#include "vrrpd/nl.h"
#include "vrrpd/show.h"

static const char *
device_name(const struct instance *in, int ifindex)
{
	const struct links *l = in->world->links;

	for (size_t i = 0; i < l->n_links; i++)
		if (l->list[i].ifindex == ifindex)
			return l->list[i].name;
	return "?";
}

static const struct vip_conf *
find_vip(const struct instance *in, const struct addr *a)
{
	for (size_t i = 0; i < in->conf->n_held; i++)
		if (addr_ip_equal(&in->conf->vips[i].addr, a))
			return &in->conf->vips[i];
	return NULL;
}

void
instance_foreign_begin(struct instance *in)
{
	foreign_begin(&in->foreign);
}

void
instance_foreign_look(struct instance *in, const struct nl_address *a)
{
	const struct vip_conf *vip = find_vip(in, &a->addr);
	struct foreign_seen seen = {.addr = &a->addr,
				    .ifindex = a->ifindex,
				    .prefix_len = a->prefix_len,
				    .marked = a->proto == NL_PROTO_VRRP};
	char text[ADDR_STRLEN];
	unsigned skipped;
	bool holds;

	if (!vip || in->conf->priority == VRRP_PRIORITY_OWNER) /* an owner's are the host's */
		return;
	seen.as_ours =
	    vip->prefix_len == a->prefix_len && instance_vip_ifindex(in, vip) == a->ifindex;
	/* one that a reload added is not held yet, whatever we are */
	holds = vrrp_fsm_holds_vips(&in->fsm) && in->held[vip - in->conf->vips].there;
	if (!foreign_look(&in->foreign, &seen, holds || in->resuming, clock_boot()))
		return;
	in->count.vips_foreign++;
	if (log_limit_pass(&in->foreign_limit, clock_now(), &skipped))
		log_warn("%s: vip_foreign: somebody else configured %s/%d on %s of this host; it "
			 "is left alone, and may be a second holder",
			 in->conf->name, addr_format_ip(&a->addr, text), a->prefix_len,
			 device_name(in, a->ifindex));
}

void
instance_foreign_end(struct instance *in)
{
	char text[ADDR_STRLEN];
	struct foreign gone;
	unsigned skipped;

	while (foreign_end(&in->foreign, &gone))
		if (log_limit_pass(&in->foreign_limit, clock_now(), &skipped))
			log_notice("%s: vip_foreign is over: %s/%d is not on %s any more",
				   in->conf->name, addr_format_ip(&gone.addr, text),
				   gone.prefix_len, device_name(in, gone.ifindex));
}

bool
instance_lists(const struct instance *in, const struct addr *a)
{
	return find_vip(in, a) != NULL;
}

bool
instance_is_foreign(const struct instance *in, const struct vip_conf *vip, int ifindex)
{
	return foreign_has(&in->foreign, ifindex, &vip->addr, vip->prefix_len);
}

/* --- show ------------------------------------------------------------------------------------- */

void
instance_alarms_text(const struct instance *in, struct strbuf *b)
{
	char text[ADDR_STRLEN];

	instance_conflict_text(in, b);
	for (size_t i = 0; i < in->foreign.n; i++) {
		const struct foreign *f = &in->foreign.list[i];

		strbuf_addf(b, "  ALARM      vip_foreign: %s/%d dev %s is not ours, for ",
			    addr_format_ip(&f->addr, text), f->prefix_len,
			    device_name(in, f->ifindex));
		show_duration(b, clock_boot() - f->since);
		strbuf_addc(b, '\n');
	}
}

void
instance_alarms_json(const struct instance *in, struct strbuf *b)
{
	char text[ADDR_STRLEN];

	instance_conflict_json(in, b);
	strbuf_adds(b, ",\"vip_foreign\":[");
	for (size_t i = 0; i < in->foreign.n; i++) {
		const struct foreign *f = &in->foreign.list[i];

		strbuf_addf(b, "%s{\"address\":\"%s\",\"prefix\":%d,\"interface\":", i ? "," : "",
			    addr_format_ip(&f->addr, text), f->prefix_len);
		strbuf_add_json(b, device_name(in, f->ifindex));
		strbuf_addf(b, ",\"age_s\":%.3f}",
			    (double)(clock_boot() - f->since) / (double)USEC_PER_SEC);
	}
	strbuf_adds(b, "]");
}
