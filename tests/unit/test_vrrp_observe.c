/*
 * test_vrrp_observe.c - bytes of the host and of the network: numbers, processes, answers.
 */
#include "tests/unit/unit.h"

#include "vrrpd/checksum.h"
#include "vrrpd/observe.h"
#include "vrrpd/reach_frame.h"

static void
file_holds_a_number_and_nothing_else(void **s)
{
	static const struct {
		const char *text;
		bool is_number;
		int value;
	} cases[] = {{"5\n", true, 5},
		     {" -12 ", true, -12},
		     {"+3", true, 3},
		     {"2147483647", true, 2147483647},
		     {"-2147483647\n", true, -2147483647},
		     {"2147483648", false, 0},
		     {"99999999999999999999", false, 0},
		     {"", false, 0},
		     {"\n", false, 0},
		     {"-", false, 0},
		     {"5 6", false, 0},
		     {"0x5", false, 0},
		     {"five", false, 0}};

	(void)s;
	for (size_t i = 0; i < N_OF(cases); i++) {
		int value = 0;

		assert_int_equal(observe_number(cases[i].text, strlen(cases[i].text), &value),
				 cases[i].is_number);
		if (cases[i].is_number)
			assert_int_equal(value, cases[i].value);
	}
	assert_false(observe_number("5\0", 2, &(int){0})); /* as in a file of zeros */
}

static bool
stat_is(const char *text, const char *expected)
{
	char comm[OBSERVE_COMM_MAX + 1] = "";

	return observe_stat(text, strlen(text), comm) && strcmp(comm, expected) == 0;
}

static void
process_name_may_hold_anything_and_the_dead_do_not_count(void **s)
{
	(void)s;
	assert_true(stat_is("12 (haproxy) S 1 12 12 0", "haproxy"));
	assert_true(stat_is("12 (a) b (c) R 1", "a) b (c"));
	assert_false(stat_is("12 (haproxy) Z 1 12", "haproxy"));
	assert_false(stat_is("12 (haproxy) X", "haproxy"));
	assert_false(stat_is("12 (haproxy)", "haproxy"));
	assert_false(stat_is("12 haproxy S", "haproxy"));
	assert_false(stat_is(")(", ""));
	assert_false(stat_is("12 (sixteen-letters.) S 1", "sixteen-letters."));
}

static bool
matches(int param_match, bool full, const char *const *process, const char *cmdline, size_t len)
{
	struct track_conf tc = {.process = (const char **)(uintptr_t)process,
				.full_command = full,
				.param_match = param_match};

	while (process[tc.n_process])
		tc.n_process++;
	return observe_matches(&tc, cmdline, len);
}

#define CMD(text) (text), sizeof(text) /* with the last word's NUL */

static void
parameters_match_as_param_match_says(void **s)
{
	static const char *const two[] = {"haproxy", "-f", "/etc/h", NULL};
	static const char *const none[] = {"haproxy", NULL};

	(void)s;
	assert_true(matches(PARAMS_EXACT, false, two, CMD("/usr/sbin/haproxy\0-f\0/etc/h")));
	assert_false(matches(PARAMS_EXACT, false, two, CMD("haproxy\0-f\0/etc/h\0-D")));
	assert_false(matches(PARAMS_EXACT, false, two, CMD("haproxy\0-f")));
	assert_true(matches(PARAMS_PARTIAL, false, two, CMD("haproxy\0-f\0/etc/h\0-D")));
	assert_false(matches(PARAMS_PARTIAL, false, two, CMD("haproxy\0-f\0/etc/h.cfg")));
	assert_true(matches(PARAMS_INITIAL, false, two, CMD("haproxy\0-f\0/etc/h.cfg\0-D")));
	assert_false(matches(PARAMS_INITIAL, false, two, CMD("haproxy\0-ff\0/etc/h")));
	assert_true(matches(PARAMS_ANY, false, none, CMD("haproxy\0-x")));
	assert_false(matches(PARAMS_PARTIAL, false, none, CMD("haproxy\0-x"))); /* has some */
	assert_true(matches(PARAMS_PARTIAL, false, none, CMD("haproxy")));
	assert_false(matches(PARAMS_EXACT, false, two, "", 0));
	assert_false(matches(PARAMS_EXACT, false, two, "haproxy", 7)); /* no NUL anywhere */
}

static void
full_command_is_the_first_word_as_it_stands(void **s)
{
	static const char *const full[] = {"/usr/sbin/haproxy", NULL};

	(void)s;
	assert_true(matches(PARAMS_ANY, true, full, CMD("/usr/sbin/haproxy\0-f")));
	assert_false(matches(PARAMS_ANY, true, full, CMD("haproxy\0-f")));
	assert_false(matches(PARAMS_ANY, true, full, CMD("/usr/sbin/haproxy2")));
}

static void
short_name_is_that_of_the_kernel(void **s)
{
	const char *longer[] = {"a-name-longer-than-15"}, *path[] = {"/usr/sbin/haproxy"};
	struct track_conf tc = {.process = longer, .n_process = 1};

	(void)s;
	assert_true(observe_may_match(&tc, "a-name-longer-t"));
	assert_false(observe_may_match(&tc, "a-name"));
	tc.process = path;
	assert_true(observe_may_match(&tc, "haproxy"));
	assert_false(observe_may_match(&tc, "haproxy2"));
}

/* --- answers of the network ------------------------------------------------------------------- */

static struct addr
ip(const char *text)
{
	struct addr a;
	struct err e;

	assert_int_equal(addr_parse_ip(text, &a, &e), 0);
	return a;
}

static void
echo_is_answered_by_its_own_reply_only(void **s)
{
	uint8_t frame[REACH_FRAME_MAX], reply[20 + REACH_FRAME_MAX] = {0x45};
	size_t len = reach_echo(AF_INET, 0x1234, 7, frame);

	(void)s;
	assert_int_equal(frame[0], 8);
	assert_int_equal(checksum_plain(frame, len), 0);
	memcpy(reply + 20, frame, len);
	assert_false(reach_is_echo(AF_INET, reply, 20 + len, 0x1234, 7)); /* our own request */
	reply[20] = 0;
	assert_true(reach_is_echo(AF_INET, reply, 20 + len, 0x1234, 7));
	assert_false(reach_is_echo(AF_INET, reply, 20 + len, 0x1234, 6));
	assert_false(reach_is_echo(AF_INET, reply, 20 + len, 0x1235, 7));
	assert_false(reach_is_echo(AF_INET, reply, 27, 0x1234, 7));
	assert_false(reach_is_echo(AF_INET, reply, 0, 0x1234, 7));
	reply[0] = 0x4f; /* claims 60 bytes of header */
	assert_false(reach_is_echo(AF_INET, reply, 20 + len, 0x1234, 7));
	len = reach_echo(AF_INET6, 0x1234, 7, frame);
	assert_int_equal(frame[0], 128);
	frame[0] = 129;
	assert_true(reach_is_echo(AF_INET6, frame, len, 0x1234, 7));
}

static void
arp_is_answered_by_the_target_only(void **s)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	struct addr target = ip("10.0.0.1"), from = ip("10.0.0.2");
	uint8_t frame[REACH_FRAME_MAX];
	size_t len = reach_arp(mac, &from, &target, frame);

	(void)s;
	assert_int_equal(len, 28);
	assert_memory_equal(frame + 8, mac, 6);
	assert_memory_equal(frame + 14, "\x0a\0\0\2", 4);
	assert_memory_equal(frame + 24, "\x0a\0\0\1", 4);
	assert_false(reach_is_arp(frame, len, &target));
	frame[7] = 2;
	assert_false(reach_is_arp(frame, len, &target));
	assert_true(reach_is_arp(frame, len, &from));
	assert_false(reach_is_arp(frame, len - 1, &from));
}

static void
solicitation_is_answered_by_an_advertisement_of_the_target(void **s)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	struct addr target = ip("fe80::1"), other = ip("fe80::2");
	uint8_t frame[REACH_FRAME_MAX];
	size_t len = reach_solicit(mac, &target, frame);

	(void)s;
	assert_int_equal(len, 32);
	assert_false(reach_is_advert(frame, len, &target));
	frame[0] = 136;
	assert_true(reach_is_advert(frame, len, &target));
	assert_false(reach_is_advert(frame, len, &other));
	assert_false(reach_is_advert(frame, 23, &target));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(file_holds_a_number_and_nothing_else),
    cmocka_unit_test(process_name_may_hold_anything_and_the_dead_do_not_count),
    cmocka_unit_test(parameters_match_as_param_match_says),
    cmocka_unit_test(full_command_is_the_first_word_as_it_stands),
    cmocka_unit_test(short_name_is_that_of_the_kernel),
    cmocka_unit_test(echo_is_answered_by_its_own_reply_only),
    cmocka_unit_test(arp_is_answered_by_the_target_only),
    cmocka_unit_test(solicitation_is_answered_by_an_advertisement_of_the_target),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
