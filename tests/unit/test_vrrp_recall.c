/*
 * test_vrrp_recall.c - the state file's text: who may go on after a crash, and who must not.
 */
#include "tests/unit/unit.h"

#include "vrrpd/conf.h"
#include "vrrpd/recall.h"

#define BOOT "7f3a"

static const char *
no_env(const char *name)
{
	(void)name;
	return NULL;
}

static uint64_t
digest_of(const char *keys)
{
	char text[512];
	struct vrrpd_conf *c;
	struct errlist el;
	uint64_t digest;

	snprintf(text, sizeof(text), "[instance X]\ninterface = eth0\nvirtual_router_id = 1\n%s",
		 keys);
	errlist_init(&el);
	c = vrrpd_conf_parse("f", text, strlen(text), no_env, &el);
	assert_non_null(c);
	errlist_free(&el);
	digest = recall_digest(&c->instances[0]);
	vrrpd_conf_free(&c);
	return digest;
}

static size_t
write_file(char *text, const struct recall *a, const struct recall *b)
{
	size_t at, len = recall_header(BOOT, text);

	len += recall_line("VI_1", a, text + len, &at);
	return len + recall_line("VI_10", b, text + len, &at);
}

static void
what_is_written_is_found(void **s)
{
	const struct recall a = {.digest = 0xabc, .master = true, .at_sent = 123456789};
	const struct recall b = {.digest = 0xdef, .master = false, .at_sent = 5};
	char text[3 * RECALL_LINE_MAX];
	size_t len = write_file(text, &a, &b);
	usec_t at = 0;

	(void)s;
	assert_true(recall_find(text, len, BOOT, "VI_1", 0xabc, &at));
	assert_int_equal(at, 123456789);
	assert_false(recall_find(text, len, BOOT, "VI_10", 0xdef, &at)); /* it was no master */
	assert_false(recall_find(text, len, BOOT, "VI_1", 0xabd, &at));
	assert_false(recall_find(text, len, BOOT, "VI", 0xabc, &at));
	assert_false(recall_find(text, len, "7f3b", "VI_1", 0xabc, &at));
}

static void
instant_is_overwritten_in_place(void **s)
{
	const struct recall r = {.digest = 1, .master = true, .at_sent = 1};
	char text[2 * RECALL_LINE_MAX], digits[RECALL_AT_LEN + 1];
	size_t head = recall_header(BOOT, text), at_digits;
	size_t len = head + recall_line("X", &r, text + head, &at_digits);
	usec_t at;

	(void)s;
	recall_at(99887766554433, digits);
	memcpy(text + head + at_digits, digits, RECALL_AT_LEN);
	assert_true(recall_find(text, len, BOOT, "X", 1, &at));
	assert_int_equal(at, 99887766554433);
}

static void
no_truncation_and_no_changed_byte_is_believed_wrongly(void **s)
{
	const struct recall r = {.digest = 1, .master = true, .at_sent = 4711};
	char text[3 * RECALL_LINE_MAX];
	size_t len = write_file(text, &r, &r), head = recall_header(BOOT, text);
	size_t first = (size_t)((char *)memchr(text + head, '\n', len - head) - text);
	usec_t at;

	(void)s;
	len = write_file(text, &r, &r);
	for (size_t n = 0; n <= first; n++)
		assert_false(recall_find(text, n, BOOT, "VI_1", 1, &at));
	for (size_t i = 0; i < first - RECALL_AT_LEN; i++) {
		char was = text[i];

		text[i] ^= 1;
		assert_false(recall_find(text, len, BOOT, "VI_1", 1, &at));
		text[i] = was;
	}
	text[first - 1] = 'x';
	assert_false(recall_find(text, len, BOOT, "VI_1", 1, &at));
	memset(text + first - RECALL_AT_LEN, '9', RECALL_AT_LEN); /* beyond 64 bits */
	assert_false(recall_find(text, len, BOOT, "VI_1", 1, &at));
	text[head + 5] = '\0';
	assert_false(recall_find(text, len, BOOT, "VI_1", 1, &at));
}

static void
longest_name_fits_the_line(void **s)
{
	const struct recall r = {.digest = UINT64_MAX, .master = true, .at_sent = 1};
	char name[64], line[RECALL_LINE_MAX];
	size_t at;

	(void)s;
	memset(name, 'n', 63);
	name[63] = '\0';
	assert_true(recall_line(name, &r, line, &at) < RECALL_LINE_MAX);
	assert_int_equal(line[strlen(line) - 1], '\n');
}

static void
digest_tells_another_configuration_but_not_another_command(void **s)
{
	static const char *const others[] = {
	    "virtual_ipaddress = 10.0.0.1/24\npriority = 101\n",
	    "virtual_ipaddress = 10.0.0.1/24\nadvert_int = 2\n",
	    "virtual_ipaddress = 10.0.0.1/24\nversion = 2\n",
	    "virtual_ipaddress = 10.0.0.1/25\n",
	    "virtual_ipaddress = 10.0.0.1/24 dev eth1\n",
	    "virtual_ipaddress = 10.0.0.1/24, 10.0.0.2/24\n",
	    "virtual_ipaddress = 10.0.0.1/24\nunicast_peer = 10.0.0.9\n",
	};
	uint64_t base = digest_of("virtual_ipaddress = 10.0.0.1/24\n");

	(void)s;
	assert_true(digest_of("virtual_ipaddress = 10.0.0.1/24\nnotify = x\n") == base);
	for (size_t i = 0; i < N_OF(others); i++)
		assert_true(digest_of(others[i]) != base);
}

static void
restart_may_resume_until_one_interval_before_a_backup_can_claim(void **s)
{
	const struct vrrp_params p = {
	    .version = 3, .down_adverts = 3, .interval = 100 * USEC_PER_MS};
	usec_t sent = 1000 * USEC_PER_SEC;

	(void)s;
	assert_true(vrrp_may_resume(&p, sent, sent));
	assert_true(vrrp_may_resume(&p, sent, sent + 200 * USEC_PER_MS));
	assert_false(vrrp_may_resume(&p, sent, sent + 201 * USEC_PER_MS));
	assert_false(vrrp_may_resume(&p, sent, sent - 1)); /* from the future */
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_written_is_found),
    cmocka_unit_test(instant_is_overwritten_in_place),
    cmocka_unit_test(no_truncation_and_no_changed_byte_is_believed_wrongly),
    cmocka_unit_test(longest_name_fits_the_line),
    cmocka_unit_test(digest_tells_another_configuration_but_not_another_command),
    cmocka_unit_test(restart_may_resume_until_one_interval_before_a_backup_can_claim),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
