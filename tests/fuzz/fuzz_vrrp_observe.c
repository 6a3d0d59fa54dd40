/*
 * fuzz_vrrp_observe.c - any bytes as a tracked file, as /proc, as answers of the network.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "vrrpd/observe.h"
#include "vrrpd/reach_frame.h"

static void
check_number(const char *text, size_t size)
{
	int value = 0;

	if (observe_number(text, size, &value))
		FUZZ_ASSERT(value <= TRACK_FILE_WEIGHT_MAX && value >= -TRACK_FILE_WEIGHT_MAX);
}

static void
check_process(const char *text, size_t size)
{
	static const char *const words[] = {"haproxy", "-f", "/etc/h"};
	char comm[OBSERVE_COMM_MAX + 1];
	struct track_conf tc = {.process = (const char **)(uintptr_t)words};

	if (observe_stat(text, size, comm))
		FUZZ_ASSERT(strlen(comm) <= OBSERVE_COMM_MAX);
	for (tc.n_process = 1; tc.n_process <= 3; tc.n_process++)
		for (int match = PARAMS_ANY; match <= PARAMS_INITIAL; match++) {
			bool exact, partial;

			tc.param_match = match;
			tc.full_command = match % 2;
			(void)observe_matches(&tc, text, size);
			tc.param_match = PARAMS_EXACT;
			exact = observe_matches(&tc, text, size);
			tc.param_match = PARAMS_PARTIAL;
			partial = observe_matches(&tc, text, size);
			FUZZ_ASSERT(!exact || partial); /* these and no others are these */
		}
}

static void
check_answers(const uint8_t *data, size_t size)
{
	struct addr target = {.len = sizeof(struct sockaddr_in)};
	struct addr target6 = {.len = sizeof(struct sockaddr_in6)};

	target.in.sin_family = AF_INET;
	target6.in6.sin6_family = AF_INET6;
	if (reach_is_arp(data, size, &target))
		FUZZ_ASSERT(size >= 28);
	if (reach_is_advert(data, size, &target6))
		FUZZ_ASSERT(size >= 24);
	if (reach_is_echo(AF_INET, data, size, 1, 1))
		FUZZ_ASSERT(size >= 28);
	if (reach_is_echo(AF_INET6, data, size, 1, 1))
		FUZZ_ASSERT(size >= 8);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_number((const char *)data, size);
	check_process((const char *)data, size);
	check_answers(data, size);
	return 0;
}
