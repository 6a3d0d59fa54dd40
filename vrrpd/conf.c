/*
 * conf.c - vrrpd.conf: sections and keys into structs, every mistake in one run.
 *
 * The key tables (conf_keys.c) are the reference of what may stand in the file.  Reading goes in
 * two steps: each section alone into a draft, then conf_check() over all drafts, so that a mistake
 * in one section hides none in another.  All memory belongs to the configuration's arena.
 */
#include "vrrpd/conf.h"

#include <string.h>

#include "common/ctl_table.h"
#include "vrrpd/conf_priv.h"

#define NAME_LEN_MAX 63

bool
conf_is_name(const char *s)
{
	return *s != '\0' && strlen(s) <= NAME_LEN_MAX && strpbrk(s, " \t\"'\\/;#") == NULL;
}

bool
conf_name_fits(struct key_ctx *kc, const struct ini_section *sec)
{
	if (conf_is_name(sec->name))
		return true;
	errlist_add(kc->el, kc->file, sec->line, sec->title, NULL,
		    "'%s' is no name, expected [%s NAME] with one word of at most %d characters",
		    sec->name, sec->type, NAME_LEN_MAX);
	return false;
}

static void
read_global(struct key_ctx *kc, const struct ini_section *sec, struct conf_draft *d, int *line)
{
	if (*sec->name)
		errlist_add(kc->el, kc->file, sec->line, sec->title, NULL, "expected [global]");
	if (*line)
		errlist_add(kc->el, kc->file, sec->line, sec->title, NULL,
			    "stands twice, first on line %d", *line);
	*line = sec->line;
	keytab_apply(global_keys, kc, sec, &d->conf->global);
}

static void
read_instance(struct key_ctx *kc, const struct ini_section *sec, struct conf_draft *d)
{
	struct instance_draft in = {
	    .section = sec->title,
	    .preempt = true,
	    .ic = {.name = sec->name,
		   .line = sec->line,
		   .priority = 100,
		   .advert_int = USEC_PER_SEC,
		   .down_timer_adverts = 3,
		   .higher_prio_send_advert = true,
		   .version = 3,
		   .family = AF_INET,
		   .vip_lease = true,
		   .wire = {.unicast_ttl = 255, .check_unicast_src = true, .rx_buffer = 1 << 20},
		   .promote_secondaries = true,
		   .accept = true,
		   .track_src_ip = true,
		   .witness = {.need = 1, .timing = {200 * USEC_PER_MS, 0, 3, 2}},
		   .garp = garp_conf_not_given()},
	};

	for (size_t i = 0; i < d->n_instances; i++)
		if (strcmp(d->instances[i].ic.name, sec->name) == 0)
			errlist_add(kc->el, kc->file, sec->line, sec->title, NULL,
				    "stands twice, first on line %d", d->instances[i].ic.line);
	keytab_apply(instance_keys, kc, sec, &in);
	in.ic.wants_master = in.state;
	if (!conf_name_fits(kc, sec))
		return;
	d->instances = arena_grow(kc->arena, d->instances, d->n_instances, sizeof(in));
	d->instances[d->n_instances++] = in;
}

static void
unknown_section(struct key_ctx *kc, const struct ini_section *sec)
{
	static const char *const types[] = {"global", "track", "instance", "sync_group", NULL};
	const char *nearest = names_nearest(types, sec->type);

	if (nearest)
		errlist_add(kc->el, kc->file, sec->line, sec->title, NULL,
			    "unknown section, did you mean [%s]?", nearest);
	else
		errlist_add(kc->el, kc->file, sec->line, sec->title, NULL,
			    "unknown section, expected [global], [track NAME], [instance NAME] or "
			    "[sync_group NAME]");
}

static void
read_sections(const struct inifile *ini, struct conf_draft *d)
{
	int global_line = 0;

	for (size_t i = 0; i < ini->n_sections; i++) {
		const struct ini_section *sec = &ini->sections[i];
		struct key_ctx kc = {.arena = d->conf->arena,
				     .file = ini->file,
				     .section = sec->title,
				     .el = d->el,
				     .unit = USEC_PER_SEC};

		if (strcmp(sec->type, "global") == 0)
			read_global(&kc, sec, d, &global_line);
		else if (strcmp(sec->type, "track") == 0)
			conf_track_read(&kc, sec, d);
		else if (strcmp(sec->type, "instance") == 0)
			read_instance(&kc, sec, d);
		else if (strcmp(sec->type, "sync_group") == 0 && conf_name_fits(&kc, sec))
			conf_sync_read(&kc, sec, d);
		else if (strcmp(sec->type, "sync_group") != 0)
			unknown_section(&kc, sec);
	}
}

/* What is read and checked, without the scaffolding. */
static void
take_instances(struct conf_draft *d)
{
	struct vrrpd_conf *c = d->conf;

	c->instances = arena_alloc(c->arena, (d->n_instances + 1) * sizeof(*c->instances));
	c->n_instances = d->n_instances;
	for (size_t i = 0; i < d->n_instances; i++) {
		struct instance_conf *ic = &d->instances[i].ic;

		ic->vip_addrs = arena_alloc(c->arena, (ic->n_vips + 1) * sizeof(*ic->vip_addrs));
		for (size_t k = 0; k < ic->n_vips; k++)
			ic->vip_addrs[k] = ic->vips[k].addr;
		c->instances[i] = *ic;
	}
}

struct vrrpd_conf *
vrrpd_conf_parse(const char *file, const char *text, size_t len, ini_getenv_fn getenv_fn,
		 struct errlist *el)
{
	struct arena *arena = arena_new();
	struct vrrpd_conf *c = arena_alloc(arena, sizeof(*c));
	struct conf_draft d = {.conf = c, .el = el};
	size_t n_errors = el->n_errors;
	struct inifile ini;

	c->arena = arena;
	c->file = arena_strdup(arena, file);
	c->global = (struct global_conf){
	    .stats_socket = VRRPD_SOCKET_DEFAULT,
	    .metrics_mode = 0600,
	    .stats_mode = 0600,
	    .stats_level = CTL_ADMIN,
	    .notify_timeout = 30 * USEC_PER_SEC,
	    .tell = {.sendmail = SENDMAIL_DEFAULT,
		     .startup_timeout = 10 * USEC_PER_SEC,
		     .shutdown_timeout = 10 * USEC_PER_SEC},
	    .rt_priority = 1,
	    .no_swap = true,
	    .rlimit_rttime = USEC_PER_SEC,
	    .checksum = CHECKSUM_AUTO,
	    .version = 3,
	    .higher_prio_send_advert = true,
	    .check_unicast_src = true,
	    .down_timer_adverts = 3,
	    .garp = garp_conf_not_given(),
	};
	(void)inifile_parse(arena, c->file, text, len, getenv_fn, &ini, el); /* counted in el */
	read_sections(&ini, &d);
	conf_check(&d);
	take_instances(&d);
	conf_sync_take(&d);
	if (el->n_errors > n_errors)
		vrrpd_conf_free(&c);
	return c;
}

void
vrrpd_conf_free(struct vrrpd_conf **c)
{
	struct arena *arena;

	if (!*c)
		return;
	arena = (*c)->arena; /* *c itself lives in it */
	*c = NULL;
	arena_free(&arena);
}

const struct instance_conf *
vrrpd_conf_instance(const struct vrrpd_conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_instances; i++)
		if (strcmp(c->instances[i].name, name) == 0)
			return &c->instances[i];
	return NULL;
}

void
instance_conf_params(const struct instance_conf *ic, const struct addr *source,
		     struct vrrp_params *p)
{
	*p = (struct vrrp_params){
	    .version = (uint8_t)ic->version,
	    .interval = ic->advert_int,
	    .down_adverts = (uint8_t)ic->down_timer_adverts,
	    .preempt = !ic->nopreempt,
	    .no_answer = ic->lower_prio_no_advert,
	    .last_word = ic->higher_prio_send_advert,
	    .owner_ignores = ic->owner_ignore_adverts,
	    .fast_takeover = ic->fast_takeover,
	    .preempt_delay = ic->preempt_delay,
	    .source = ic->source.len > 0 ? ic->source : *source,
	};
}

void
instance_conf_wire(const struct instance_conf *ic, const struct addr *source, struct vrrp_wire *w)
{
	*w = (struct vrrp_wire){
	    .version = (uint8_t)ic->version,
	    .family = ic->family,
	    .vrid = (uint8_t)ic->virtual_router_id,
	    .auth_type = (enum vrrp_auth)ic->auth_type,
	    .interval = ic->advert_int,
	    .src = ic->source.len > 0 ? ic->source : *source,
	    .group = ic->wire.group,
	    .unicast_ttl = (uint8_t)ic->wire.unicast_ttl,
	    .any_peer = !ic->wire.check_unicast_src,
	    .peer_ttls = ic->wire.peer_ttls,
	    .vips = ic->vip_addrs,
	    .n_vips = ic->n_vips,
	    .peers = ic->unicast_peers,
	    .n_peers = ic->n_unicast_peers,
	};
	memcpy(w->auth_pass, ic->auth_pass, sizeof(w->auth_pass));
	if (ic->hmac.n_keys > 0)
		w->hmac = &ic->hmac;
}
