/*
 * test_addr.c - addresses as people write them.
 */
#include "tests/unit/unit.h"

#include "common/addr.h"

static void
accepted_addresses(void **state)
{
	static const struct {
		const char *text;
		int default_port, family, port;
		const char *formatted;
	} rows[] = {
	    {"192.0.2.1:3306", -1, AF_INET, 3306, "192.0.2.1:3306"},
	    {"192.0.2.1:1", -1, AF_INET, 1, "192.0.2.1:1"},
	    {"192.0.2.1:65535", -1, AF_INET, 65535, "192.0.2.1:65535"},
	    {"192.0.2.1", 3306, AF_INET, 3306, "192.0.2.1:3306"},
	    {"192.0.2.1", 0, AF_INET, 0, "192.0.2.1:0"},
	    {":8888", -1, AF_INET, 8888, "0.0.0.0:8888"},
	    {"*:8888", -1, AF_INET, 8888, "0.0.0.0:8888"},
	    {"*", 80, AF_INET, 80, "0.0.0.0:80"},
	    {"ipv4@:80", -1, AF_INET, 80, "0.0.0.0:80"},
	    {"ipv4@192.0.2.1:80", -1, AF_INET, 80, "192.0.2.1:80"},
	    {"ipv6@:80", -1, AF_INET6, 80, "[::]:80"},
	    {"ipv6@*:80", -1, AF_INET6, 80, "[::]:80"},
	    {"ipv6@::1:80", -1, AF_INET6, 80, "[::1]:80"},
	    {"ipv6@[::1]:80", -1, AF_INET6, 80, "[::1]:80"},
	    {"[2001:db8::1]:3306", -1, AF_INET6, 3306, "[2001:db8::1]:3306"},
	    {"[2001:db8::1]", 3306, AF_INET6, 3306, "[2001:db8::1]:3306"},
	    {"2001:db8::1:3306", -1, AF_INET6, 3306, "[2001:db8::1]:3306"},
	    {"2001:db8::1", 53, AF_INET6, 53, "[2001:db8::1]:53"},
	    {"::1", 53, AF_INET6, 53, "[::1]:53"},
	    {"::", 53, AF_INET6, 53, "[::]:53"},
	    {":::53", -1, AF_INET6, 53, "[::]:53"},
	    {"[::]:3306", -1, AF_INET6, 3306, "[::]:3306"},
	    {"[::ffff:192.0.2.1]:80", -1, AF_INET6, 80, "[::ffff:192.0.2.1]:80"},
	    {"/run/x.sock", -1, AF_UNIX, 0, "/run/x.sock"},
	    {"/run/a:1-2", -1, AF_UNIX, 0, "/run/a:1-2"},
	    {"unix@/run/x.sock", 80, AF_UNIX, 0, "/run/x.sock"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char buf[ADDR_STRLEN];
		struct addr a;
		struct err e = {""};

		if (addr_parse(rows[i].text, rows[i].default_port, &a, &e) != 0)
			fail_msg("%s: %s", rows[i].text, e.text);
		assert_int_equal(addr_family(&a), rows[i].family);
		assert_int_equal(addr_port(&a), rows[i].port);
		assert_string_equal(addr_format(&a, buf), rows[i].formatted);
	}
}

static void
refused_addresses_say_why(void **state)
{
	static const struct {
		const char *text;
		int default_port;
		const char *part_of_error;
	} rows[] = {
	    {"", -1, "empty"},
	    {"192.0.2.1", -1, "port is missing"},
	    {"[::1]", -1, "port is missing"},
	    {"192.0.2.1:", 80, "port is missing"},
	    {"192.0.2.1:0", -1, "1 to 65535"},
	    {"192.0.2.1:70000", -1, "1 to 65535"},
	    {"192.0.2.1:065536", -1, "1 to 65535"},
	    {"192.0.2.1:99999999999999999999", -1, "1 to 65535"},
	    {"192.0.2.1:-1", -1, "1 to 65535"},
	    {"192.0.2.1:+1", -1, "1 to 65535"},
	    {"192.0.2.1:mysql", -1, "1 to 65535"},
	    {"192.0.2.1:1-2", -1, "range"},
	    {"192.0.2.256:80", -1, "not an IP address"},
	    {"192.0.2:80", -1, "not an IP address"},
	    {"localhost:80", -1, "not looked up"},
	    {"db1", 80, "not looked up"},
	    {"[::1", 80, "[ADDRESS]:PORT"},
	    {"[::1]80", -1, "[ADDRESS]:PORT"},
	    {"[192.0.2.1]:80", -1, "IPv6"},
	    {"[]:80", -1, "IPv6"},
	    {"[::1%eth0]:80", -1, "IPv6"},
	    {"ipv4@::1:80", -1, "IPv4"},
	    {"ipv4@[::1]:80", -1, "IPv4"},
	    {"ipv6@192.0.2.1:80", -1, "IPv6"},
	    {"unix@", -1, "starts with '/'"},
	    {"unix@x", -1, "starts with '/'"},
	    {"/123456789012345678901234567890123456789012345678901234567890123456789012345678901234"
	     "56789012345678901234567",
	     -1, "at most 107"},
	    {"1234567890123456789012345678901234567890123456789012345678901234567890:1", -1,
	     "not an IP address"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct addr a;
		struct err e = {""};

		if (addr_parse(rows[i].text, rows[i].default_port, &a, &e) != -1)
			fail_msg("%s: accepted", rows[i].text);
		if (!strstr(e.text, rows[i].part_of_error) &&
		    !(strcmp(rows[i].part_of_error, "not an IP address") == 0 &&
		      strstr(e.text, "has not an IP address")))
			fail_msg("%s: %s", rows[i].text, e.text);
	}
}

static void
port_ranges(void **state)
{
	static const struct {
		const char *text;
		unsigned n_ports; /* 0: refused */
	} rows[] = {
	    {"192.0.2.1:80", 1},      {"192.0.2.1:80-80", 1}, {"192.0.2.1:80-89", 10},
	    {"[::1]:1-65535", 65535}, {"/run/x", 1},          {"192.0.2.1:89-80", 0},
	    {"192.0.2.1:80-", 0},     {"192.0.2.1:-80", 0},   {"192.0.2.1:1-2-3", 0},
	    {"192.0.2.1:1-65536", 0}, {"192.0.2.1:80-x", 0},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		unsigned n_ports = 99;
		struct addr a;
		struct err e;
		int rc = addr_parse_range(rows[i].text, -1, &a, &n_ports, &e);

		assert_int_equal(rc, rows[i].n_ports ? 0 : -1);
		if (rc == 0)
			assert_int_equal(n_ports, rows[i].n_ports);
	}
}

static void
bare_ip_addresses(void **state)
{
	char buf[ADDR_STRLEN];
	struct addr a;
	struct err e;

	(void)state;
	assert_int_equal(addr_parse_ip("192.0.2.1", &a, &e), 0);
	assert_string_equal(addr_format_ip(&a, buf), "192.0.2.1");
	assert_int_equal(addr_parse_ip("2001:DB8::1", &a, &e), 0);
	assert_string_equal(addr_format_ip(&a, buf), "2001:db8::1");
	assert_int_equal(addr_port(&a), 0);
	assert_int_equal(addr_parse_ip("192.0.2.1:80", &a, &e), -1);
	assert_int_equal(addr_parse_ip("", &a, &e), -1);
	assert_int_equal(addr_parse_ip("*", &a, &e), -1);
	assert_int_equal(addr_parse_ip("/run/x", &a, &e), -1);
}

static void
prefixes(void **state)
{
	static const struct {
		const char *text;
		int family, len; /* len -1: refused */
	} rows[] = {
	    {"192.0.2.1/24", AF_INET, 24},
	    {"192.0.2.1", AF_INET, 32},
	    {"0.0.0.0/0", AF_INET, 0},
	    {"192.0.2.1/32", AF_INET, 32},
	    {"2001:db8::1/64", AF_INET6, 64},
	    {"2001:db8::1", AF_INET6, 128},
	    {"::/0", AF_INET6, 0},
	    {"192.0.2.1/33", 0, -1},
	    {"::1/129", 0, -1},
	    {"192.0.2.1/", 0, -1},
	    {"192.0.2.1/x", 0, -1},
	    {"192.0.2.1/-1", 0, -1},
	    {"192.0.2/24", 0, -1},
	    {"/24", 0, -1},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		uint8_t len = 255;
		struct addr a;
		struct err e;

		assert_int_equal(addr_parse_prefix(rows[i].text, &a, &len, &e),
				 rows[i].len < 0 ? -1 : 0);
		if (rows[i].len < 0)
			continue;
		assert_int_equal(addr_family(&a), rows[i].family);
		assert_int_equal(len, rows[i].len);
	}
}

static struct addr
addr_of(const char *text)
{
	struct addr a;
	struct err e;

	assert_int_equal(addr_parse(text, 0, &a, &e), 0);
	return a;
}

static void
comparisons(void **state)
{
	struct addr a = addr_of("192.0.2.1:80"), same = addr_of("192.0.2.1:80");
	struct addr other_port = addr_of("192.0.2.1:81"), higher = addr_of("192.0.3.0:80");
	struct addr v6 = addr_of("[::1]:80"), v6_high = addr_of("[ff::1]:80");
	struct addr path = addr_of("/run/a"), path2 = addr_of("/run/ab"), none = {.len = 0};

	(void)state;
	assert_true(addr_equal(&a, &same));
	assert_false(addr_equal(&a, &other_port));
	assert_true(addr_ip_equal(&a, &other_port));
	assert_false(addr_ip_equal(&a, &higher));
	assert_false(addr_equal(&a, &v6));
	assert_true(addr_equal(&path, &path));
	assert_false(addr_equal(&path, &path2));
	assert_true(addr_equal(&none, &none));
	assert_false(addr_equal(&none, &a));
	assert_true(addr_ip_compare(&a, &higher) < 0);
	assert_true(addr_ip_compare(&higher, &a) > 0);
	assert_int_equal(addr_ip_compare(&a, &other_port), 0);
	assert_true(addr_ip_compare(&v6, &v6_high) < 0);
}

static void
any_addresses_and_ports(void **state)
{
	struct addr any = addr_of("*:1"), any6 = addr_of("[::]:1"), a = addr_of("192.0.2.1:80");
	struct addr path = addr_of("/run/a"), none = {.len = 0};
	char buf[ADDR_STRLEN];

	(void)state;
	assert_true(addr_is_any(&any));
	assert_true(addr_is_any(&any6));
	assert_false(addr_is_any(&a));
	assert_false(addr_is_any(&path));
	assert_false(addr_is_any(&none));
	addr_set_port(&a, 81);
	addr_set_port(&any6, 82);
	addr_set_port(&path, 83);
	assert_int_equal(addr_port(&a), 81);
	assert_int_equal(addr_port(&any6), 82);
	assert_int_equal(addr_port(&path), 0);
	assert_int_equal(addr_family(&none), AF_UNSPEC);
	assert_string_equal(addr_format(&none, buf), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accepted_addresses),
	    cmocka_unit_test(refused_addresses_say_why),
	    cmocka_unit_test(port_ranges),
	    cmocka_unit_test(bare_ip_addresses),
	    cmocka_unit_test(prefixes),
	    cmocka_unit_test(comparisons),
	    cmocka_unit_test(any_addresses_and_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
