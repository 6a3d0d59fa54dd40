/*
 * test_vrrp_conf_auth.c - authentication in vrrpd.conf: values, defaults, what reaches the packet,
 * and secrets in files.
 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vrrpd/conf.h"
#include "vrrpd/hmac_keys.h"

#define GOOD                                                                                       \
	"[instance VI_1]\ninterface = eth0\nvirtual_router_id = 11\n"                              \
	"virtual_ipaddress = 10.0.0.100/24\n"
#define TEXT "0123456789abcdef0123456789abcdef"

static const char *
no_env(const char *name)
{
	(void)name;
	return NULL;
}

static struct vrrpd_conf *
parse(const char *more, struct errlist *el)
{
	char text[1024];

	errlist_init(el);
	snprintf(text, sizeof(text), "%s%s", GOOD, more);
	return vrrpd_conf_parse("f", text, strlen(text), no_env, el);
}

static struct vrrpd_conf *
good(const char *more)
{
	struct errlist el;
	struct vrrpd_conf *c = parse(more, &el);

	for (size_t i = 0; i < el.n_lines; i++)
		fail_msg("%s", el.lines[i]);
	assert_non_null(c);
	errlist_free(&el);
	return c;
}

static struct vrrp_wire
wire_of(const struct vrrpd_conf *c)
{
	const struct addr none = {.len = 0};
	struct vrrp_wire w;

	instance_conf_wire(&c->instances[0], &none, &w);
	return w;
}

static void
one_key_signs_without_being_named_and_the_rest_has_defaults(void **s)
{
	struct vrrpd_conf *c = good("auth_hmac_key = 9 ascii:" TEXT "\n");
	struct vrrp_wire w = wire_of(c);

	(void)s;
	assert_non_null(w.hmac);
	assert_int_equal(w.hmac->n_keys, 1);
	assert_int_equal(w.hmac->active_key, 9);
	assert_int_equal(w.hmac->keys[0].len, 32);
	assert_memory_equal(w.hmac->keys[0].bytes, TEXT, 32);
	assert_int_equal(w.hmac->mode, HMAC_ENFORCE);
	assert_int_equal(w.hmac->anti_replay, HMAC_TIME);
	assert_int_equal(w.hmac->window, 5 * USEC_PER_SEC);
	vrrpd_conf_free(&c);
	c = good("");
	assert_null(wire_of(c).hmac);
	vrrpd_conf_free(&c);
}

static void
all_keys_are_taken_from_one_line_and_from_several(void **s)
{
	struct vrrpd_conf *c =
	    good("auth_hmac_key = 1 hex:000102030405060708090a0b0c0d0e0f"
		 "101112131415161718191a1b1c1d1e1f, 2 ascii:" TEXT "\n  200 ascii:x" TEXT "\n"
		 "auth_hmac_active_key = 200\nauth_hmac_anti_replay = monotonic\n"
		 "auth_hmac_mode = receive-only\n");
	const struct vrrp_hmac *h = &c->instances[0].hmac;

	(void)s;
	assert_int_equal(h->n_keys, 3);
	assert_int_equal(h->keys[0].bytes[31], 31);
	assert_int_equal(hmac_find_key(h, 200)->len, 33);
	assert_null(hmac_find_key(h, 3));
	assert_int_equal(h->active_key, 200);
	assert_int_equal(h->anti_replay, HMAC_MONOTONIC);
	assert_int_equal(h->mode, HMAC_RECEIVE_ONLY);
	vrrpd_conf_free(&c);
}

static void
window_is_three_intervals_within_its_bounds(void **s)
{
	static const struct {
		const char *more;
		usec_t window;
	} cases[] = {
	    {"advert_int = 100ms\n", 5 * USEC_PER_SEC},
	    {"advert_int = 2500ms\n", 8 * USEC_PER_SEC},
	    {"version = 2\nadvert_int = 255\n", 300 * USEC_PER_SEC},
	    {"auth_hmac_time_window = 1\n", USEC_PER_SEC},
	    {"auth_hmac_time_window = 300\n", 300 * USEC_PER_SEC},
	};

	(void)s;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char more[256];
		struct vrrpd_conf *c;

		snprintf(more, sizeof(more), "auth_hmac_key = 1 ascii:%s\n%s", TEXT, cases[i].more);
		c = good(more);
		assert_int_equal(c->instances[0].hmac.window, cases[i].window);
		vrrpd_conf_free(&c);
	}
}

static void
more_peers_than_are_remembered_are_refused(void **s)
{
	char more[1024] = "auth_hmac_key = 1 ascii:" TEXT "\nunicast_peer = 10.0.1.1";
	struct vrrpd_conf *c;
	struct errlist el;

	(void)s;
	for (int i = 2; i <= HMAC_PEERS_MAX + 1; i++)
		snprintf(more + strlen(more), sizeof(more) - strlen(more), ", 10.0.1.%d", i);
	strcat(more, "\n");
	c = parse(more, &el);
	assert_null(c);
	assert_string_equal(el.lines[0],
			    "f:5: [instance VI_1] auth_hmac_key: with 33 unicast peers, "
			    "expected at most 32");
	errlist_free(&el);
}

static void
pass_is_taken_with_a_warning_and_ah_without(void **s)
{
	struct errlist el;
	struct vrrpd_conf *c = parse("version = 2\nauth_type = PASS\nauth_pass = asd\n", &el);

	(void)s;
	assert_non_null(c);
	assert_int_equal(el.n_errors, 0);
	assert_int_equal(el.n_lines, 1);
	assert_string_equal(el.lines[0],
			    "f:6: [instance VI_1] auth_type: warning: PASS is in clear in each "
			    "advertisement and protects from nobody, auth_hmac_key does");
	errlist_free(&el);
	vrrpd_conf_free(&c);
	c = good("version = 2\nauth_type = AH\nauth_pass = asd\n");
	assert_int_equal(c->instances[0].auth_type, VRRP_AUTH_AH);
	vrrpd_conf_free(&c);
}

static void
no_message_repeats_a_secret(void **s)
{
	static const char *const mistakes[] = {
	    "auth_hmac_key = TopSecret\n",
	    "auth_hmac_key = 1 TopSecret\n",
	    "auth_hmac_key = 1 ascii:TopSecret\n",
	    "auth_hmac_key = 1 hex:TopSecret1\n",
	    "auth_hmac_key = 1 hex:TopSecretTopSecretTopSecretTopSecretTopSecret1\n",
	    "version = 2\nauth_type = AH\nauth_pass = TopSecret\n",
	    "auth_pass = TopSec\nauth_hmac_mode = x\n",
	};

	(void)s;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		struct errlist el;

		assert_null(parse(mistakes[i], &el));
		for (size_t k = 0; k < el.n_lines; k++)
			assert_null(strstr(el.lines[k], "TopSec"));
		errlist_free(&el);
	}
}

/* --- files ------------------------------------------------------------------------------------ */

static char path[64];

static void
write_file(const char *bytes, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* The message, or NULL when the file was taken. */
static char *
load(struct vrrpd_conf **c)
{
	char more[128], *text = NULL;
	struct errlist el;
	int result;

	snprintf(more, sizeof(more), "auth_hmac_key = 4 file:%s\n", path);
	*c = good(more);
	errlist_init(&el);
	result = hmac_keys_load(*c, &el);
	assert_int_equal(result, el.n_errors ? -1 : 0);
	if (el.n_errors)
		text = strdup(el.lines[0]);
	errlist_free(&el);
	return text;
}

static void
taken(const char *bytes, const char *expected)
{
	struct vrrpd_conf *c;
	const struct hmac_key *key;

	write_file(bytes, strlen(bytes), 0600);
	assert_null(load(&c));
	key = hmac_find_key(&c->instances[0].hmac, 4);
	assert_int_equal(key->len, 32);
	assert_memory_equal(key->bytes, expected, 32);
	vrrpd_conf_free(&c);
}

static void
refused(const char *bytes, size_t len, mode_t mode, const char *why)
{
	char expected[256];
	struct vrrpd_conf *c;
	char *text;

	write_file(bytes, len, mode);
	text = load(&c);
	snprintf(expected, sizeof(expected), "f:5: [instance VI_1] auth_hmac_key: %s%s", path, why);
	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
	vrrpd_conf_free(&c);
}

static void
key_file_holds_text_or_digits_and_a_newline(void **s)
{
	(void)s;
	taken(TEXT, TEXT);
	taken(TEXT "\n", TEXT);
	taken(TEXT "\r\n", TEXT);
	taken("hex:3031323334353637383961626364656630313233343536373839616263646566\n", TEXT);
}

static void
key_file_that_is_wrong_is_refused_by_name(void **s)
{
	char much[200];

	(void)s;
	memset(much, 'x', sizeof(much));
	refused("", 0, 0600, ": a key of 0 bytes, expected 32 to 64");
	refused(much, 65, 0600, ": a key of 65 bytes, expected 32 to 64");
	refused(much, 200, 0600,
		" is longer than any key, expected 32 to 64 bytes, or 'hex:' and twice as many "
		"digits");
	refused(TEXT "\0" TEXT, 50, 0600, " has a zero byte, expected text or 'hex:'");
}

static void
key_file_that_others_may_read_is_refused(void **s)
{
	(void)s;
	refused(TEXT, 32, 0640, " is open to others (mode 640), expected 600 or 400");
	refused(TEXT, 32, 0604, " is open to others (mode 604), expected 600 or 400");
	refused(TEXT, 32, 0620, " is open to others (mode 620), expected 600 or 400");
}

static void
key_file_that_is_no_file_is_refused(void **s)
{
	struct vrrpd_conf *c;
	char *text;

	(void)s;
	unlink(path);
	text = load(&c);
	assert_non_null(strstr(text, "No such file or directory"));
	free(text);
	vrrpd_conf_free(&c);
	assert_int_equal(mkfifo(path, 0600), 0); /* nobody writes: must not wait */
	text = load(&c);
	assert_non_null(strstr(text, "is no file"));
	free(text);
	vrrpd_conf_free(&c);
	unlink(path);
}

static void
configuration_with_secrets_that_everybody_may_read_gets_a_warning(void **s)
{
	static const struct {
		const char *more;
		mode_t mode;
		bool warned;
	} cases[] = {
	    {"auth_hmac_key = 1 ascii:" TEXT "\n", 0644, true},
	    {"auth_hmac_key = 1 ascii:" TEXT "\n", 0640, false},
	    {"version = 2\nauth_type = AH\nauth_pass = a\n", 0604, true},
	    {"", 0644, false},
	};

	(void)s;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct vrrpd_conf *c = good(cases[i].more);
		char expected[256];
		struct errlist el;

		write_file("", 0, cases[i].mode);
		c->file = path;
		errlist_init(&el);
		assert_int_equal(hmac_keys_load(c, &el), 0);
		assert_int_equal(el.n_lines, cases[i].warned);
		snprintf(expected, sizeof(expected),
			 "%s: warning: everybody may read the secret of [instance VI_1] here (mode "
			 "%03o), expected 640 or 600",
			 path, (unsigned)cases[i].mode);
		if (cases[i].warned)
			assert_string_equal(el.lines[0], expected);
		errlist_free(&el);
		vrrpd_conf_free(&c);
	}
}

static int
make_path(void **s)
{
	int fd;

	(void)s;
	strcpy(path, "/tmp/test_vrrp_hmac_XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int
remove_path(void **s)
{
	(void)s;
	unlink(path);
	return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_key_signs_without_being_named_and_the_rest_has_defaults),
    cmocka_unit_test(all_keys_are_taken_from_one_line_and_from_several),
    cmocka_unit_test(window_is_three_intervals_within_its_bounds),
    cmocka_unit_test(more_peers_than_are_remembered_are_refused),
    cmocka_unit_test(pass_is_taken_with_a_warning_and_ah_without),
    cmocka_unit_test(no_message_repeats_a_secret),
    cmocka_unit_test(key_file_holds_text_or_digits_and_a_newline),
    cmocka_unit_test(key_file_that_is_wrong_is_refused_by_name),
    cmocka_unit_test(key_file_that_others_may_read_is_refused),
    cmocka_unit_test(key_file_that_is_no_file_is_refused),
    cmocka_unit_test(configuration_with_secrets_that_everybody_may_read_gets_a_warning),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, make_path, remove_path);
}
