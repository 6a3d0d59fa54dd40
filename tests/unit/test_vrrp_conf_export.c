/*
 * test_vrrp_conf_export.c - metrics_bind and json_dump_file: values, mistakes, reload.
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "vrrpd/conf.h"

#define GOOD                                                                                       \
	"[instance VI_1]\ninterface = eth0\nvirtual_router_id = 11\n"                              \
	"virtual_ipaddress = 10.0.0.100/24\n"

static const char *
no_env(const char *name)
{
	(void)name;
	return NULL;
}

static struct vrrpd_conf *
taken(const char *text)
{
	struct vrrpd_conf *c;
	struct errlist el;

	errlist_init(&el);
	c = vrrpd_conf_parse("f", text, strlen(text), no_env, &el);
	for (size_t i = 0; i < el.n_lines; i++)
		print_error("%s\n", el.lines[i]);
	assert_non_null(c);
	errlist_free(&el);
	return c;
}

static void
assert_refused(const char *global, const char *words)
{
	struct errlist el;
	char text[256];

	snprintf(text, sizeof(text), "[global]\n%s\n" GOOD, global);
	errlist_init(&el);
	assert_null(vrrpd_conf_parse("f", text, strlen(text), no_env, &el));
	assert_int_equal(el.n_errors, 1);
	if (!strstr(el.lines[0], words) || !strstr(el.lines[0], "f:2: [global]"))
		fail_msg("no '%s' in: %s", words, el.lines[0]);
	errlist_free(&el);
}

static void
nothing_is_exported_by_default(void **state)
{
	struct vrrpd_conf *c = taken(GOOD);

	(void)state;
	assert_int_equal(c->global.metrics_bind.len, 0);
	assert_null(c->global.json_dump_file);
	vrrpd_conf_free(&c);
}

static void
places_are_addresses_and_paths(void **state)
{
	struct vrrpd_conf *c = taken("[global]\nmetrics_bind = [::1]:9650\n"
				     "json_dump_file = /tmp/keepalived.json\n" GOOD);

	(void)state;
	assert_int_equal(addr_family(&c->global.metrics_bind), AF_INET6);
	assert_int_equal(addr_port(&c->global.metrics_bind), 9650);
	assert_string_equal(c->global.json_dump_file, "/tmp/keepalived.json");
	vrrpd_conf_free(&c);
	c = taken("[global]\nmetrics_bind = /run/m.sock\n" GOOD);
	assert_int_equal(c->global.metrics_mode, 0600);
	vrrpd_conf_free(&c);
	c = taken("[global]\nmetrics_bind = /run/m.sock mode=0660\n" GOOD);
	assert_string_equal(c->global.metrics_bind.un.sun_path, "/run/m.sock");
	assert_int_equal(c->global.metrics_mode, 0660);
	vrrpd_conf_free(&c);
}

static void
mistakes_are_named(void **state)
{
	(void)state;
	assert_refused("metrics_bind = 127.0.0.1", "'127.0.0.1' is no place to listen");
	assert_refused("metrics_bind = 127.0.0.1:0", "expected ADDRESS:PORT");
	assert_refused("metrics_bind = localhost:9650", "'localhost:9650' is no place");
	assert_refused("metrics_bind = unix@run/m", "expected ADDRESS:PORT");
	assert_refused("metrics_bind = 127.0.0.1:9650 mode=660", "options belong to a path only");
	assert_refused("metrics_bind = /run/m mode=999", "'999' is no mode");
	assert_refused("metrics_bind = /run/m level=user", "level");
	assert_refused("json_dump_file = keepalived.json", "'keepalived.json' is no file");
	assert_refused("json_dump_file = /tmp/", "expected a path that begins with '/'");
}

static bool
exports_change(const char *before, const char *after)
{
	struct vrrpd_conf *b = taken(before), *a = taken(after);
	struct arena *arena = arena_new();
	struct conf_diff d;
	bool changed;

	conf_diff(arena, b, a, &d);
	changed = d.exports;
	assert_int_equal(d.instances[0].change, CONF_KEEP);
	arena_free(&arena);
	vrrpd_conf_free(&b);
	vrrpd_conf_free(&a);
	return changed;
}

static void
a_reload_sees_each_of_them(void **state)
{
	(void)state;
	assert_false(exports_change(GOOD, GOOD));
	assert_true(exports_change(GOOD, "[global]\nmetrics_bind = :9650\n" GOOD));
	assert_true(exports_change("[global]\nmetrics_bind = /m\n" GOOD,
				   "[global]\nmetrics_bind = /m mode=666\n" GOOD));
	assert_true(exports_change(GOOD, "[global]\njson_dump_file = /j\n" GOOD));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_is_exported_by_default),
    cmocka_unit_test(places_are_addresses_and_paths),
    cmocka_unit_test(mistakes_are_named),
    cmocka_unit_test(a_reload_sees_each_of_them),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
