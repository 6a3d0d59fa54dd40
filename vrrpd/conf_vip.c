/*
 * conf_vip.c - virtual_ipaddress and virtual_ipaddress_excluded: an address and keepalived's words.
 */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "vrrpd/conf_priv.h"
#include "vrrpd/conf_words.h"

static bool
is_v6(const struct vip_conf *vip)
{
	return addr_family(&vip->addr) == AF_INET6;
}

static bool
only_v4(struct word_ctx *w, const struct vip_conf *vip)
{
	if (is_v6(vip))
		key_error(w->kc, w->en, "%s: an IPv6 address has none", w->row->name);
	return !is_v6(vip);
}

/* "+" sets the host's bits, "-" clears them. */
static void
broadcast_of(struct vip_conf *vip, bool ones)
{
	uint32_t mask = vip->prefix_len ? ~(uint32_t)0 << (32 - vip->prefix_len) : 0;
	uint32_t ip = ntohl(vip->addr.in.sin_addr.s_addr);

	vip->broadcast = vip->addr;
	vip->broadcast.in.sin_addr.s_addr = htonl(ones ? ip | ~mask : ip & mask);
}

static bool
take_broadcast(struct word_ctx *w, const char *value)
{
	struct vip_conf *vip = w->obj;

	if (!only_v4(w, vip))
		return false;
	if (strcmp(value, "+") == 0 || strcmp(value, "-") == 0) {
		broadcast_of(vip, *value == '+');
		return true;
	}
	if (!conf_word_address(w, value, &vip->broadcast))
		return false;
	if (addr_family(&vip->broadcast) == AF_INET)
		return true;
	key_error(w->kc, w->en, "brd: '%s' is not an IPv4 address, '+' or '-'", value);
	return false;
}

static bool
take_device(struct word_ctx *w, const char *value)
{
	struct vip_conf *vip = w->obj;

	return conf_word_device(w, value, &vip->dev);
}

static bool
take_label(struct word_ctx *w, const char *value)
{
	struct vip_conf *vip = w->obj;

	if (!only_v4(w, vip))
		return false;
	if (strlen(value) >= IFNAMSIZ) {
		key_error(w->kc, w->en, "label '%s' is too long, expected at most %d characters",
			  value, IFNAMSIZ - 1);
		return false;
	}
	vip->label = value;
	return true;
}

static bool
take_scope(struct word_ctx *w, const char *value)
{
	struct vip_conf *vip = w->obj;
	uint32_t scope;

	if (!conf_word_name(w, value, conf_scopes, 255, &scope))
		return false;
	vip->scope = (uint8_t)scope;
	return true;
}

/* The prefix of the address becomes the peer's, as in `ip address`. */
static bool
take_peer(struct word_ctx *w, const char *value)
{
	struct vip_conf *vip = w->obj;
	struct err e;

	if (addr_parse_prefix(value, &vip->peer, &vip->prefix_len, &e) < 0) {
		key_error(w->kc, w->en, "peer: %s", e.text);
		return false;
	}
	if (addr_family(&vip->peer) == addr_family(&vip->addr))
		return true;
	key_error(w->kc, w->en, "peer: '%s' is of another family than the address", value);
	return false;
}

/* The row's argument is a flag of the kernel's, of IPv6 alone but for NOPREFIXROUTE. */
static bool
take_flag(struct word_ctx *w, const char *value)
{
	struct vip_conf *vip = w->obj;

	(void)value;
	if (!is_v6(vip) && w->row->arg != IFA_F_NOPREFIXROUTE) {
		key_error(w->kc, w->en, "%s: is for IPv6 addresses", w->row->name);
		return false;
	}
	if (w->row->arg > 0)
		vip->flags |= (unsigned)w->row->arg;
	else
		vip->flags &= ~(unsigned)-w->row->arg;
	return true;
}

static bool
take_no_track(struct word_ctx *w, const char *value)
{
	struct vip_conf *vip = w->obj;

	(void)value;
	vip->no_track = true;
	return true;
}

static bool
take_preferred(struct word_ctx *w, const char *value)
{
	struct vip_conf *vip = w->obj;

	if (strcmp(value, "forever") != 0)
		return conf_word_number(w, value, 0, UINT32_MAX - 1, &vip->preferred_s);
	vip->preferred_s = VIP_FOREVER;
	return true;
}

static bool
refuse_autojoin(struct word_ctx *w, const char *value)
{
	(void)value;
	key_error(w->kc, w->en, "autojoin: is for multicast addresses, which no virtual one is");
	return false;
}

static bool
refuse_vmac(struct word_ctx *w, const char *value)
{
	(void)value;
	key_error(w->kc, w->en, "use_vmac: vrrpd moves addresses by gratuitous ARP, expected none");
	return false;
}

static const struct word vip_words[] = {
    {"dev", true, take_device, 0},
    {"label", true, take_label, 0},
    {"brd", true, take_broadcast, 0},
    {"broadcast", true, take_broadcast, 0},
    {"scope", true, take_scope, 0},
    {"peer", true, take_peer, 0},
    {"nodad", false, take_flag, IFA_F_NODAD},
    {"-nodad", false, take_flag, -IFA_F_NODAD},
    {"home", false, take_flag, IFA_F_HOMEADDRESS},
    {"mngtmpaddr", false, take_flag, IFA_F_MANAGETEMPADDR},
    {"noprefixroute", false, take_flag, IFA_F_NOPREFIXROUTE},
    {"preferred_lft", true, take_preferred, 0},
    {"no_track", false, take_no_track, 0},
    {"autojoin", false, refuse_autojoin, 0},
    {"use_vmac", false, refuse_vmac, 0},
    {0},
};

/* What a virtual one is unless its words say otherwise. */
static void
begin_virtual(struct vip_conf *vip)
{
	if (!is_v6(vip))
		return;
	/* our own look for duplicates is quicker than the kernel's second of silence */
	vip->flags = IFA_F_NODAD;
	/* a host's own traffic does not begin at an address that moves */
	if (vip->prefix_len == 128)
		vip->preferred_s = 0;
}

bool
conf_read_vip(struct key_ctx *kc, const struct ini_entry *en, const char *item, bool is_static,
	      struct vip_conf *vip)
{
	struct word_ctx w = {.kc = kc, .en = en, .obj = vip};
	const char *words[CONF_WORDS_MAX];
	struct err e;
	int n = split_words(kc->arena, item, words, CONF_WORDS_MAX, &e);

	if (n < 0 || addr_parse_prefix(words[0], &vip->addr, &vip->prefix_len, &e) < 0) {
		key_error(kc, en, "%s", e.text);
		return false;
	}
	vip->text = item;
	vip->line = en->line;
	vip->preferred_s = VIP_FOREVER;
	if (!is_static)
		begin_virtual(vip);
	return conf_words_apply(vip_words, &w, words + 1, n - 1) &&
	       conf_host_address(kc, en, words[0], &vip->addr);
}

static const struct vip_conf *
find_vip(const struct vip_conf *vips, size_t n, const struct addr *a)
{
	for (size_t i = 0; i < n; i++)
		if (addr_ip_equal(&vips[i].addr, a))
			return &vips[i];
	return NULL;
}

static bool
is_new(struct key_ctx *kc, const struct ini_entry *en, const struct instance_draft *d,
       const char *text, const struct vip_conf *vip)
{
	const struct vip_conf *same = find_vip(d->ic.vips, d->ic.n_vips, &vip->addr);

	if (!same)
		same = find_vip(d->excluded, d->n_excluded, &vip->addr);
	if (same)
		key_error(kc, en, "'%s' stands twice, first on line %d", text, same->line);
	return !same;
}

/* As iproute2 demands it: old tools show nothing else of such an address. */
bool
conf_label_fits(const char *label, const char *dev)
{
	size_t len = strlen(dev);

	return strncmp(label, dev, len) == 0 && (label[len] == '\0' || label[len] == ':');
}

static void
one_vip(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct instance_draft *d = obj;
	struct vip_conf vip = {.line = 0};

	const char *text = arena_strndup(kc->arena, item, strcspn(item, " \t"));

	if (!conf_read_vip(kc, en, item, false, &vip) || !is_new(kc, en, d, text, &vip))
		return;
	d->ic.vips = arena_grow(kc->arena, d->ic.vips, d->ic.n_vips, sizeof(vip));
	d->ic.vips[d->ic.n_vips++] = vip;
}

static void
one_excluded(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct instance_draft *d = obj;
	struct vip_conf vip = {.line = 0};

	const char *text = arena_strndup(kc->arena, item, strcspn(item, " \t"));

	if (!conf_read_vip(kc, en, item, false, &vip) || !is_new(kc, en, d, text, &vip))
		return;
	d->excluded = arena_grow(kc->arena, d->excluded, d->n_excluded, sizeof(vip));
	d->excluded[d->n_excluded++] = vip;
}

void
conf_value_vip(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_vip, obj);
}

void
conf_value_vip_excluded(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_excluded, obj);
}

/*
 * A virtual MAC address needs an interface of its own (macvlan) in each instance.  It is refused
 * rather than ignored: who wrote it relies on hosts that never learn another address.
 */
void
conf_value_use_vmac(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct err e;
	bool on;

	(void)obj;
	if (parse_bool(en->value, &on, &e) < 0)
		key_error(kc, en, "%s", e.text);
	else if (on)
		key_error(kc, en,
			  "vrrpd makes no macvlan interface for a virtual MAC address, it moves "
			  "addresses by gratuitous ARP; expected 'no', and garp_master_refresh for "
			  "devices that learn badly");
}
