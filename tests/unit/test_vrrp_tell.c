/*
 * test_vrrp_tell.c - what is told to others: lines for the FIFO, mails.
 */
#include "tests/unit/unit.h"

#include "vrrpd/fifo_queue.h"
#include "vrrpd/mail_text.h"

static void
push(struct fifo_queue *q, const char *kind, const char *name, const char *state, uint8_t priority)
{
	const struct fifo_subject of = {kind, name};

	fifo_queue_push(q, &of, state, priority);
}

static void
expect_line(struct fifo_queue *q, const char *text)
{
	const struct fifo_line *line = fifo_queue_first(q);

	assert_non_null(line);
	assert_string_equal(line->text, text);
	assert_int_equal(line->len, strlen(text));
	fifo_queue_pop(q);
}

static void
lines_come_in_order_and_as_keepalived_writes_them(void **s)
{
	struct fifo_queue q;

	(void)s;
	fifo_queue_init(&q);
	push(&q, "INSTANCE", "VI_1", "MASTER", 100);
	push(&q, "INSTANCE", "VI_2", "BACKUP", 90);
	push(&q, "INSTANCE", "VI_1", "MASTER_PRIORITY", 254);
	push(&q, "GROUP", "VI_1", "FAULT", 0); /* names of groups are names of their own */
	expect_line(&q, "INSTANCE \"VI_1\" MASTER 100\n");
	expect_line(&q, "INSTANCE \"VI_2\" BACKUP 90\n");
	expect_line(&q, "INSTANCE \"VI_1\" MASTER_PRIORITY 254\n");
	expect_line(&q, "GROUP \"VI_1\" FAULT 0\n");
	assert_null(fifo_queue_first(&q));
	assert_int_equal(q.n_written, 4);
	assert_int_equal(q.n_left_out, 0);
}

static void
reader_that_sleeps_loses_history_and_never_the_last_state(void **s)
{
	char last[FIFO_LINE_MAX];
	struct fifo_queue q;
	int n = 0;

	(void)s;
	fifo_queue_init(&q);
	push(&q, "INSTANCE", "quiet", "BACKUP", 1);
	for (int i = 0; i < 1000; i++)
		push(&q, "INSTANCE", i % 2 ? "VI_1" : "VI_2", "MASTER", (uint8_t)(i % 250));
	expect_line(&q, "INSTANCE \"quiet\" BACKUP 1\n"); /* another's flapping costs it nothing */
	for (const struct fifo_line *line; (line = fifo_queue_first(&q)) != NULL; n++) {
		snprintf(last, sizeof(last), "%s", line->text);
		fifo_queue_pop(&q);
	}
	assert_int_equal(n, 2 * FIFO_PER_INSTANCE);
	assert_string_equal(last, "INSTANCE \"VI_1\" MASTER 249\n");
	assert_int_equal(q.n_left_out, 1000 - 2 * FIFO_PER_INSTANCE);
	push(&q, "INSTANCE", "VI_1", "FAULT", 1);
	fifo_queue_clear(&q);
	assert_null(fifo_queue_first(&q));
}

static void
longest_names_fit_into_a_line(void **s)
{
	char name[200];
	struct fifo_queue q;
	const struct fifo_line *line;

	(void)s;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	fifo_queue_init(&q);
	push(&q, "INSTANCE", name, "BACKUP_PRIORITY", 254);
	line = fifo_queue_first(&q);
	assert_int_equal(line->len, strlen(line->text));
	assert_int_equal(line->text[line->len - 1], '\n');
	fifo_queue_clear(&q);
}

static char *
text_of(const struct tell_conf *tc, const struct mail *m, struct strbuf *b)
{
	strbuf_init(b);
	mail_text(tc, m, b);
	return b->s;
}

static void
mail_has_its_headers_and_says_why(void **s)
{
	const char *to[] = {"ops@example.org", "root"};
	struct tell_conf tc = {.mail_to = to, .n_mail_to = 2, .mail_from = "vrrpd@example.org"};
	struct mail m = {.router = "px13",
			 .instance = "VI_1",
			 .state = "MASTER",
			 .priority = 100,
			 .reason = "master down timer"};
	struct strbuf b;

	(void)s;
	assert_string_equal(text_of(&tc, &m, &b), "From: vrrpd@example.org\n"
						  "To: ops@example.org,\n root\n"
						  "Subject: [px13] VRRP instance VI_1 is MASTER\n"
						  "Auto-Submitted: auto-generated\n"
						  "MIME-Version: 1.0\n"
						  "Content-Type: text/plain; charset=us-ascii\n"
						  "\n"
						  "router    px13\n"
						  "instance  VI_1\n"
						  "state     MASTER\n"
						  "priority  100\n"
						  "reason    master down timer\n");
	strbuf_free(&b);
}

static void
the_mail_of_a_group_names_it_as_one_and_no_priority(void **s)
{
	const char *to[] = {"root"};
	struct tell_conf tc = {.mail_to = to, .n_mail_to = 1};
	struct mail m = {
	    .router = "px13", .instance = "VG", .of_group = true, .state = "FAULT", .reason = ""};
	struct strbuf b;

	(void)s;
	assert_non_null(strstr(text_of(&tc, &m, &b), "Subject: [px13] VRRP group VG is FAULT\n"));
	assert_non_null(strstr(b.s, "\ngroup     VG\nstate     FAULT\n"));
	assert_null(strstr(b.s, "priority"));
	strbuf_free(&b);
}

static void
no_text_begins_another_header(void **s)
{
	const char *to[] = {"root"};
	struct tell_conf tc = {.mail_to = to, .n_mail_to = 1};
	struct mail m = {.router = "a\nBcc: evil@example.org",
			 .instance = "b\r\n\r\n.\r\nhi\x7f\xe9",
			 .state = "MASTER",
			 .reason = "x\ny",
			 .n_left_out = 7};
	struct strbuf b;
	char *text = text_of(&tc, &m, &b);

	(void)s;
	assert_null(strstr(text, "\nBcc"));
	assert_null(strchr(text, '\r'));
	assert_non_null(
	    strstr(text, "Subject: [a?Bcc: evil@example.org] VRRP instance b????.??hi??"));
	assert_non_null(strstr(text, "\n7 alerts before this one were not sent"));
	assert_ptr_equal(strstr(text, "\n\n"), strstr(text, "\n\nrouter"));
	strbuf_free(&b);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(lines_come_in_order_and_as_keepalived_writes_them),
    cmocka_unit_test(reader_that_sleeps_loses_history_and_never_the_last_state),
    cmocka_unit_test(longest_names_fit_into_a_line),
    cmocka_unit_test(mail_has_its_headers_and_says_why),
    cmocka_unit_test(the_mail_of_a_group_names_it_as_one_and_no_priority),
    cmocka_unit_test(no_text_begins_another_header),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
