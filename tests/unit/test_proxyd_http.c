/*
 * test_proxyd_http.c - request heads, basic authentication and answer heads of the status page.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "common/http.h"
#include "proxyd/conf.h"
#include "proxyd/http_auth.h"

static size_t
parse(const char *text, struct http_request *rq)
{
	return http_parse(text, strlen(text), rq);
}

static void
an_incomplete_head_needs_more_bytes(void **s)
{
	static const char whole[] = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
	struct http_request rq;

	(void)s;
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		assert_int_equal(http_parse(whole, n, &rq), 0);
	assert_int_equal(http_parse(whole, sizeof(whole) - 1, &rq), sizeof(whole) - 1);
	assert_int_equal(rq.status, 0);
	assert_string_equal(rq.target, "/x");
	assert_true(rq.keep_alive);
	assert_false(rq.is_head);
}

static void
only_the_head_is_consumed_when_requests_are_pipelined(void **s)
{
	static const char two[] = "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n";
	struct http_request rq;
	size_t used = parse(two, &rq);

	(void)s;
	assert_string_equal(rq.target, "/a");
	assert_int_equal(used, strlen("GET /a HTTP/1.1\r\n\r\n"));
	assert_int_not_equal(parse(two + used, &rq), 0);
	assert_string_equal(rq.target, "/b");
}

static void
refusals_have_their_status_and_close(void **s)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
	    {"POST /x HTTP/1.1\r\n\r\n", 405},
	    {"GET /x HTTP/2.0\r\n\r\n", 505},
	    {"GET /x\r\n\r\n", 400},
	    {"garbage\n\n", 400},
	    {"GET  HTTP/1.1\r\n\r\n", 400},
	    {"GET /x FTP/1.1\r\n\r\n", 400},
	    {"GET /x HTTP/1.1\r\nno colon\r\n\r\n", 400},
	    {"GET /x HTTP/1.1\r\nA: b\r\n folded: c\r\n\r\n", 400},
	    {"GET /x HTTP/1.1\r\n: empty\r\n\r\n", 400},
	    {"GET /x HTTP/1.1\r\nContent-Length: 5\r\n\r\n", 413},
	    {"GET /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 413},
	};

	(void)s;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request rq;

		assert_int_not_equal(parse(cases[i].text, &rq), 0);
		assert_int_equal(rq.status, cases[i].status);
		assert_false(rq.keep_alive);
	}
}

static void
nul_bytes_and_long_heads_are_refused(void **s)
{
	char text[HTTP_HEAD_MAX + 100];
	struct http_request rq;

	(void)s;
	memcpy(text, "GET /\0 HTTP/1.1\r\n\r\n", 19);
	assert_int_equal(http_parse(text, 19, &rq), 19);
	assert_int_equal(rq.status, 400);

	memset(text, 'a', sizeof(text));
	assert_int_equal(http_parse(text, HTTP_HEAD_MAX - 1, &rq), 0);
	assert_int_equal(http_parse(text, sizeof(text), &rq), sizeof(text));
	assert_int_equal(rq.status, 431);

	memcpy(text, "GET /", 5);
	memcpy(text + 2000, " HTTP/1.1\r\n\r\n", 13);
	assert_int_not_equal(http_parse(text, 2013, &rq), 0);
	assert_int_equal(rq.status, 414);
}

static void
connection_headers_and_version_decide_keep_alive(void **s)
{
	struct http_request rq;

	(void)s;
	parse("GET / HTTP/1.0\r\n\r\n", &rq);
	assert_false(rq.keep_alive);
	parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", &rq);
	assert_true(rq.keep_alive);
	parse("HEAD / HTTP/1.1\nconnection:close\n\n", &rq);
	assert_false(rq.keep_alive);
	assert_true(rq.is_head);
	parse("GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", &rq);
	assert_int_equal(rq.status, 0);
}

static void
basic_auth_knows_every_user_and_nobody_else(void **s)
{
	static const struct conf_auth auth[] = {{"admin", "admin"}, {"a", "b:c"}};
	static const struct {
		const char *value;
		bool ok;
	} cases[] = {
	    {"Basic YWRtaW46YWRtaW4=", true},  /* admin:admin */
	    {"basic YTpiOmM=", true},          /* a:b:c */
	    {"Basic YWRtaW46YWRtaW5=", false}, /* one bit off */
	    {"Basic YWRtaW46", false},          {"Basic ", false},
	    {"Bearer YWRtaW46YWRtaW4=", false}, {"", false},
	};

	(void)s;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(http_auth_ok(cases[i].value, auth, 2), cases[i].ok);
	assert_false(http_auth_ok(cases[0].value, auth, 0));
}

static void
authorization_is_taken_without_outer_blanks(void **s)
{
	struct http_request rq;

	(void)s;
	parse("GET / HTTP/1.1\r\nAUTHORIZATION: \t Basic eDp5 \r\n\r\n", &rq);
	assert_string_equal(rq.authorization, "Basic eDp5");
}

static void
an_answer_head_asks_for_the_password_with_the_realm_quoted(void **s)
{
	struct strbuf b;

	(void)s;
	strbuf_init(&b);
	http_head(&b, 401, "text/plain", 7, false, "a \"b\"");
	assert_non_null(strstr(b.s, "HTTP/1.1 401 Unauthorized\r\n"));
	assert_non_null(strstr(b.s, "WWW-Authenticate: Basic realm=\"a \\\"b\\\"\"\r\n"));
	assert_non_null(strstr(b.s, "Content-Length: 7\r\n"));
	assert_non_null(strstr(b.s, "Connection: close\r\n\r\n"));
	strbuf_clear(&b);
	http_head(&b, 405, "text/plain", 0, true, "");
	assert_non_null(strstr(b.s, "Allow: GET, HEAD\r\n"));
	assert_non_null(strstr(b.s, "Connection: keep-alive\r\n\r\n"));
	assert_null(strstr(b.s, "WWW-"));
	strbuf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_incomplete_head_needs_more_bytes),
	    cmocka_unit_test(only_the_head_is_consumed_when_requests_are_pipelined),
	    cmocka_unit_test(refusals_have_their_status_and_close),
	    cmocka_unit_test(nul_bytes_and_long_heads_are_refused),
	    cmocka_unit_test(connection_headers_and_version_decide_keep_alive),
	    cmocka_unit_test(basic_auth_knows_every_user_and_nobody_else),
	    cmocka_unit_test(authorization_is_taken_without_outer_blanks),
	    cmocka_unit_test(an_answer_head_asks_for_the_password_with_the_realm_quoted),
	};

	return cmocka_run_group_tests_name("proxyd_http", tests, NULL, NULL);
}
