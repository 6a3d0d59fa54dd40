/*
 * test_vrrp_intake.c - the packet filter, run on packets by a small interpreter, and the kernel's
 * time stamps in our clock.
 */
#include "tests/unit/unit.h"

#include <sys/socket.h>

#include "vrrpd/intake.h"

/* What the kernel does with a classic filter, of the instructions that we use. */
static uint32_t
run(const struct sock_filter *program, size_t n, const uint8_t *packet, size_t len)
{
	uint32_t a = 0, x = 0;

	for (size_t pc = 0; pc < n; pc++) {
		const struct sock_filter *f = &program[pc];

		switch (f->code) {
		case BPF_LDX | BPF_W | BPF_IMM: /* NOLINT(misc-redundant-expression): two are 0 */
			x = f->k;
			break;
		case BPF_LDX | BPF_B | BPF_MSH:
			if (f->k >= len)
				return 0;
			x = (packet[f->k] & 0xfu) * 4;
			break;
		case BPF_LD | BPF_W | BPF_LEN:
			a = (uint32_t)len;
			break;
		case BPF_ALU | BPF_SUB | BPF_X:
			a -= x;
			break;
		case BPF_LD | BPF_B | BPF_IND:
			if ((size_t)x + f->k >= len)
				return 0;
			a = packet[x + f->k];
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == f->k ? f->jt : f->jf;
			break;
		case BPF_RET | BPF_K:
			return f->k;
		default:
			fail_msg("instruction %x", f->code);
		}
	}
	fail_msg("ran over its end");
	return 0;
}

static bool
passes(int family, unsigned offset, const uint8_t *vrids, size_t n, const uint8_t *packet,
       size_t len)
{
	struct sock_filter program[INTAKE_FILTER_MAX];
	size_t n_program = intake_filter(family, offset, vrids, n, program);

	assert_true(n_program <= INTAKE_FILTER_MAX);
	return run(program, n_program, packet, len) > 0;
}

static void
only_configured_ids_pass(void **state)
{
	static const uint8_t vrids[] = {11, 51, 255};
	uint8_t six[12] = {0x31}, four[24 + 12] = {0x46}; /* an IP header with an option */

	(void)state;
	for (int vrid = 0; vrid < 256; vrid++) {
		bool wanted = vrid == 11 || vrid == 51 || vrid == 255;

		six[1] = four[24 + 1] = (uint8_t)vrid;
		assert_int_equal(passes(AF_INET6, 0, vrids, 3, six, sizeof(six)), wanted);
		assert_int_equal(passes(AF_INET, 0, vrids, 3, four, sizeof(four)), wanted);
	}
}

static void
id_behind_an_authentication_header_is_found(void **state)
{
	static const uint8_t vrids[] = {11};
	uint8_t packet[20 + 24 + 12] = {0x45};

	(void)state;
	assert_false(passes(AF_INET, 24, vrids, 1, packet, sizeof(packet)));
	packet[20 + 24 + 1] = 11;
	assert_false(passes(AF_INET, 24, vrids, 1, packet, sizeof(packet))); /* IPsec of others */
	assert_false(passes(AF_INET, 24, NULL, 0, packet, sizeof(packet)));
	packet[20] = 112;
	assert_true(passes(AF_INET, 24, vrids, 1, packet, sizeof(packet)));
	assert_true(passes(AF_INET, 24, NULL, 0, packet, sizeof(packet)));
	assert_false(passes(AF_INET, 24, vrids, 1, packet, 20));
}

static void
all_255_ids_fit_the_jumps(void **state)
{
	uint8_t vrids[255], packet[12] = {0x31};

	(void)state;
	for (int i = 0; i < 255; i++)
		vrids[i] = (uint8_t)(i + 1);
	for (int vrid = 0; vrid < 256; vrid++) {
		packet[1] = (uint8_t)vrid;
		assert_int_equal(passes(AF_INET6, 0, vrids, 255, packet, sizeof(packet)), vrid > 0);
	}
}

static void
messages_too_short_for_an_id_pass_to_be_counted(void **state)
{
	static const uint8_t vrids[] = {11};
	uint8_t packet[22] = {0x45};

	(void)state;
	assert_true(passes(AF_INET, 0, vrids, 1, packet, 20));
	assert_true(passes(AF_INET, 0, vrids, 1, packet, 21));
	assert_false(passes(AF_INET, 0, vrids, 1, packet, 22));
	assert_true(passes(AF_INET6, 0, vrids, 1, packet, 0));
	packet[0] = 0x4f; /* claims a header longer than the packet */
	assert_false(passes(AF_INET, 0, vrids, 1, packet, 22));
}

static void
no_ids_means_all_and_none_means_none(void **state)
{
	struct sock_filter program[INTAKE_FILTER_MAX];
	uint8_t packet[12] = {0x31, 7};

	(void)state;
	assert_true(passes(AF_INET6, 0, NULL, 0, packet, sizeof(packet)));
	assert_int_equal(run(program, intake_filter_none(program), packet, sizeof(packet)), 0);
}

#define DAY (1700000000 * USEC_PER_SEC)

static void
arrival_is_the_stamp_in_our_clock(void **state)
{
	(void)state;
	/* read 30 ms after it came */
	assert_int_equal(intake_arrival(DAY, DAY + 30000, 5000000, 4000000), 4970000);
	assert_int_equal(intake_arrival(DAY, DAY, 5000000, 4000000), 5000000);
}

static void
arrival_survives_a_jump_of_the_time_of_day(void **state)
{
	(void)state;
	/* set back after the packet came: the stamp lies in the future */
	assert_int_equal(intake_arrival(DAY, DAY - 3600000000, 5000000, 4000000), 5000000);
	/* set ahead: it seems to be hours old, but the socket was empty a second ago */
	assert_int_equal(intake_arrival(DAY, DAY + 3600000000, 5000000, 4000000), 4000000);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(only_configured_ids_pass),
    cmocka_unit_test(id_behind_an_authentication_header_is_found),
    cmocka_unit_test(all_255_ids_fit_the_jumps),
    cmocka_unit_test(messages_too_short_for_an_id_pass_to_be_counted),
    cmocka_unit_test(no_ids_means_all_and_none_means_none),
    cmocka_unit_test(arrival_is_the_stamp_in_our_clock),
    cmocka_unit_test(arrival_survives_a_jump_of_the_time_of_day),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
