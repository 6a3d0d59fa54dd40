/*
 * conf_global.c - what [global] says in place of instances, and of the process itself.
 */
#include <string.h>

#include "vrrpd/conf_priv.h"
#include "vrrpd/conf_words.h"

/* --- values ----------------------------------------------------------------------------------- */

static void
one_cpu(struct key_ctx *kc, const struct ini_entry *en, const char *item, void *obj)
{
	struct global_conf *g = obj;
	int64_t cpu;
	struct err e;

	if (parse_int(item, 0, CPU_MAX, &cpu, &e) < 0) {
		key_error(kc, en, "%s", e.text);
		return;
	}
	for (size_t i = 0; i < g->n_cpus; i++) {
		if (g->cpus[i] == (int)cpu) {
			key_error(kc, en, "'%s' stands twice", item);
			return;
		}
	}
	g->cpus = arena_grow(kc->arena, g->cpus, g->n_cpus, sizeof(*g->cpus));
	g->cpus[g->n_cpus++] = (int)cpu;
}

void
conf_value_cpus(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	conf_each_item(kc, en, one_cpu, obj);
}

void
conf_value_namespace(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct global_conf *g = obj;
	const char *name = en->value;

	if (strlen(name) > 255 || strchr(name, '/') || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		key_error(kc, en, "'%s' is no network namespace, expected a name below /run/netns",
			  name);
	else
		g->net_namespace = arena_strdup(kc->arena, name);
}

void
conf_value_default_interface(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	struct global_conf *g = obj;

	if (conf_is_ifname(en->value))
		g->default_interface = arena_strdup(kc->arena, en->value);
	else
		key_error(kc, en, "'%s' is no interface name", en->value);
}

/* Words of keepalived's that many files have, and what they are here. */
static const struct {
	const char *word, *instead;
} elsewhere[] = {
    {"vrrp_strict", "says nothing here: what the RFC forbids is an error of its own where it "
		    "stands, expected no such line"},
    {"smtp_server", "is not asked: mail goes to the system's sendmail, expected sendmail = PATH"},
    {"smtp_helo_name", "is the system's sendmail's matter, expected no such line"},
    {"smtp_connect_timeout", "is the system's sendmail's matter, expected no such line"},
    {"dynamic_interfaces", "is always so, expected no such line"},
    {"vrrp_iptables", "is nftables here, for no_accept, expected no such line"},
    {"vrrp_ipsets", "is nftables here, for no_accept, expected no such line"},
    {"enable_snmp_vrrp", "is not there, expected metrics_bind or vrrpctl -j"},
    {"enable_dbus", "is not there, expected vrrpctl"},
    {"reload_check_config", "is always so, expected no such line"},
};

void
belongs_to_others(struct key_ctx *kc, const struct ini_entry *en, void *obj)
{
	(void)obj;
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		if (strcmp(elsewhere[i].word, en->key) == 0)
			key_error(kc, en, "%s", elsewhere[i].instead);
}

/* --- what instances do not say themselves ----------------------------------------------------- */

static void
take_interface(struct conf_draft *d, struct instance_draft *in)
{
	if (in->line_interface)
		return;
	in->ic.interface = d->conf->global.default_interface;
	if (!in->ic.interface)
		errlist_add(d->el, d->conf->file, in->ic.line, in->section, "interface",
			    "is missing, the section needs it");
}

/* As in keepalived an instance with IPv6 addresses is of version 3 unless it says otherwise. */
static void
take_version(const struct global_conf *g, struct instance_draft *in)
{
	bool v6 = in->ic.n_vips > 0 && addr_family(&in->ic.vips[0].addr) == AF_INET6;

	if (!in->line_version)
		in->ic.version = v6 ? 3 : g->version;
}

void
conf_global_defaults(struct conf_draft *d, struct instance_draft *in)
{
	const struct global_conf *g = &d->conf->global;
	struct instance_conf *ic = &in->ic;

	take_interface(d, in);
	take_version(g, in);
	if (!in->line_lower_prio)
		ic->lower_prio_no_advert = g->lower_prio_no_advert;
	if (!in->line_higher_prio)
		ic->higher_prio_send_advert = g->higher_prio_send_advert;
	if (!in->line_owner_ignore && ic->priority == VRRP_PRIORITY_OWNER)
		ic->owner_ignore_adverts = g->owner_ignore_adverts;
	if (!in->line_check_src && in->line_peers && !in->line_peer_ttl)
		ic->wire.check_unicast_src = g->check_unicast_src;
}

bool
cpus_equal(const struct global_conf *a, const struct global_conf *b)
{
	return a->n_cpus == b->n_cpus &&
	       (a->n_cpus == 0 || memcmp(a->cpus, b->cpus, a->n_cpus * sizeof(*a->cpus)) == 0);
}
