/*
 * vip.c - an address of the configuration as the kernel is told of it, whoever holds it.
 */
#include "vrrpd/vip.h"

#include "vrrpd/sysctl.h"

struct nl_vip
vip_for_kernel(const struct vip_conf *vip, int ifindex, uint8_t proto)
{
	return (struct nl_vip){
	    .ifindex = ifindex,
	    .addr = &vip->addr,
	    .prefix_len = vip->prefix_len,
	    .label = vip->label,
	    .broadcast = &vip->broadcast,
	    .peer = &vip->peer,
	    .scope = vip->scope,
	    .flags = vip->flags,
	    .proto = proto,
	    .preferred_s = vip->preferred_s,
	};
}

int
vip_delete_alone(struct nl *nl, const char *dev, const struct nl_vip *v, struct err *e)
{
	bool guard = addr_family(v->addr) == AF_INET && !sysctl_promotes_secondaries(dev);
	int guarded = guard ? sysctl_promote_secondaries(dev, true, e) : 0, result;
	bool was_there;

	result = nl_vip_delete(nl, v, &was_there, e);
	if (guard && guarded == 0)
		guarded = sysctl_promote_secondaries(dev, false, e);
	return result < 0 ? result : guarded;
}
