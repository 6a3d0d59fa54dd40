/*
 * test_proxyd_flow.c - one direction's table, step by step, and random pumping that loses nothing.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "proxyd/flowstate.h"
#include "unit.h"

#define ROOM 65536u

static struct flowstate f;

static int
fresh(void **s)
{
	(void)s;
	flowstate_init(&f, FLOW_POLICY_AUTO);
	return 0;
}

static void
a_new_flow_tries_before_asking_epoll(void **s)
{
	(void)s;
	assert_int_equal(flowstate_next(&f), FLOW_READ);
	flowstate_read(&f, FLOW_EAGAIN, ROOM);
	assert_int_equal(flowstate_next(&f), FLOW_WAIT);
	flowstate_edges(&f, true, false, false);
	assert_int_equal(flowstate_next(&f), FLOW_READ);
}

static void
a_short_read_is_the_last_one_before_the_next_edge(void **s)
{
	(void)s;
	flowstate_read(&f, 100, ROOM);
	flowstate_written(&f, 100);
	assert_int_equal(flowstate_next(&f), FLOW_WAIT);
	flowstate_edges(&f, true, false, false);
	flowstate_read(&f, ROOM, ROOM);
	flowstate_written(&f, ROOM);
	assert_int_equal(flowstate_next(&f), FLOW_READ); /* a full one is not */
}

static void
after_a_hangup_reading_goes_on_to_the_end(void **s)
{
	(void)s;
	flowstate_edges(&f, true, false, true);
	flowstate_read(&f, 100, ROOM);
	flowstate_written(&f, 100);
	assert_int_equal(flowstate_next(&f), FLOW_READ);
	flowstate_read(&f, FLOW_EOF, ROOM);
	assert_int_equal(flowstate_next(&f), FLOW_SHUTDOWN);
	flowstate_was_shut(&f);
	assert_int_equal(flowstate_next(&f), FLOW_DONE);
	flowstate_edges(&f, true, true, true);
	assert_int_equal(flowstate_next(&f), FLOW_DONE);
}

static void
a_blocked_destination_stops_reading(void **s)
{
	(void)s;
	flowstate_read(&f, ROOM, ROOM);
	flowstate_written(&f, 1000);
	assert_int_equal(f.pending, ROOM - 1000);
	assert_int_equal(flowstate_next(&f), FLOW_WAIT); /* short write: the socket is full */
	flowstate_edges(&f, true, false, false);
	assert_int_equal(flowstate_next(&f), FLOW_WAIT);
	flowstate_edges(&f, false, true, false);
	assert_int_equal(flowstate_next(&f), FLOW_WRITE);
	flowstate_written(&f, FLOW_EAGAIN);
	assert_int_equal(flowstate_next(&f), FLOW_WAIT);
	flowstate_edges(&f, false, true, false);
	flowstate_written(&f, ROOM - 1000);
	assert_int_equal(flowstate_next(&f), FLOW_READ);
}

static void
end_of_file_is_passed_on_behind_the_data(void **s)
{
	(void)s;
	flowstate_read(&f, 100, ROOM);
	flowstate_written(&f, FLOW_EAGAIN);
	flowstate_edges(&f, false, false, true);
	assert_int_equal(flowstate_next(&f), FLOW_WAIT);
	flowstate_edges(&f, false, true, false);
	assert_int_equal(flowstate_next(&f), FLOW_WRITE);
	flowstate_written(&f, 100);
	assert_int_equal(flowstate_next(&f), FLOW_READ);
	flowstate_read(&f, FLOW_EOF, ROOM);
	assert_int_equal(flowstate_next(&f), FLOW_SHUTDOWN);
}

static void
errors_end_the_flow_but_read_data_goes_out_first(void **s)
{
	(void)s;
	flowstate_read(&f, FLOW_ERROR, ROOM);
	assert_int_equal(flowstate_next(&f), FLOW_FAILED);
	flowstate_init(&f, FLOW_POLICY_AUTO);
	flowstate_read(&f, 10, ROOM);
	f.read_failed = true;
	assert_int_equal(flowstate_next(&f), FLOW_WRITE);
	flowstate_written(&f, 10);
	assert_int_equal(flowstate_next(&f), FLOW_FAILED);
	flowstate_init(&f, FLOW_POLICY_AUTO);
	flowstate_read(&f, 10, ROOM);
	flowstate_written(&f, FLOW_ERROR);
	assert_int_equal(flowstate_next(&f), FLOW_FAILED);
}

static void
full_reads_in_a_row_make_a_streamer(void **s)
{
	(void)s;
	for (int i = 0; i < FLOW_STREAK_TO_SPLICE; i++) {
		assert_false(f.want_splice);
		flowstate_read(&f, ROOM, ROOM);
		flowstate_written(&f, ROOM);
	}
	assert_true(f.want_splice);
	flowstate_spliced(&f, false); /* no pipe left */
	assert_false(f.want_splice);
	assert_int_equal(flowstate_next(&f), FLOW_READ);
	for (int i = 0; i < FLOW_STREAK_TO_SPLICE; i++) {
		flowstate_read(&f, ROOM, ROOM);
		flowstate_written(&f, ROOM);
	}
	assert_true(f.want_splice);
	flowstate_spliced(&f, true);
	assert_int_equal(flowstate_next(&f), FLOW_FILL);
}

static void
a_small_read_breaks_the_streak(void **s)
{
	(void)s;
	for (int i = 0; i < 10; i++) {
		flowstate_edges(&f, true, true, false);
		flowstate_read(&f, i % 2 ? 10 : ROOM, ROOM);
		flowstate_written(&f, f.pending);
	}
	assert_false(f.want_splice);
}

static void
splicing_fills_drains_and_ends_with_small_fills(void **s)
{
	(void)s;
	flowstate_spliced(&f, true);
	flowstate_read(&f, 500000, 1 << 20);
	assert_int_equal(flowstate_next(&f), FLOW_DRAIN);
	flowstate_written(&f, 200000);
	assert_int_equal(flowstate_next(&f), FLOW_DRAIN); /* a short splice proves nothing */
	flowstate_written(&f, FLOW_EAGAIN);
	assert_int_equal(flowstate_next(&f), FLOW_WAIT);
	flowstate_edges(&f, false, true, false);
	flowstate_written(&f, 300000);
	assert_int_equal(flowstate_next(&f), FLOW_FILL);
	for (int i = 0; i < FLOW_STREAK_TO_COPY; i++) {
		assert_false(flowstate_wants_copy(&f));
		flowstate_read(&f, 100, 1 << 20);
		assert_false(flowstate_wants_copy(&f)); /* not with bytes in the pipe */
		flowstate_written(&f, 100);
		assert_int_equal(flowstate_next(&f), FLOW_FILL); /* only EAGAIN ends it */
	}
	assert_true(flowstate_wants_copy(&f));
	flowstate_copying(&f);
	assert_int_equal(flowstate_next(&f), FLOW_READ);
}

static void
copy_never_asks_for_a_pipe(void **s)
{
	(void)s;
	flowstate_init(&f, FLOW_POLICY_COPY);
	for (int i = 0; i < 10 * FLOW_STREAK_TO_SPLICE; i++) {
		assert_false(f.want_splice);
		flowstate_read(&f, ROOM, ROOM);
		flowstate_written(&f, ROOM);
	}
	assert_false(f.want_splice);
}

static void
splice_asks_before_the_first_byte_and_stays_with_it(void **s)
{
	(void)s;
	flowstate_init(&f, FLOW_POLICY_SPLICE);
	assert_true(f.want_splice);
	flowstate_spliced(&f, true);
	for (int i = 0; i < 10 * FLOW_STREAK_TO_COPY; i++) {
		assert_int_equal(flowstate_next(&f), FLOW_FILL);
		flowstate_read(&f, 1, 1 << 20);
		flowstate_written(&f, 1);
		assert_false(flowstate_wants_copy(&f));
	}
}

static void
splice_without_a_pipe_copies_and_asks_again(void **s)
{
	(void)s;
	flowstate_init(&f, FLOW_POLICY_SPLICE);
	flowstate_spliced(&f, false);
	assert_int_equal(flowstate_next(&f), FLOW_READ);
	flowstate_read(&f, 1, ROOM);
	flowstate_written(&f, 1);
	assert_true(f.want_splice);
}

static void
urgent_data_ends_splicing_once_the_pipe_is_empty(void **s)
{
	(void)s;
	flowstate_init(&f, FLOW_POLICY_SPLICE);
	flowstate_spliced(&f, true);
	flowstate_read(&f, 1000, 1 << 20);
	flowstate_urgent(&f);
	assert_false(flowstate_wants_copy(&f));
	assert_int_equal(flowstate_next(&f), FLOW_DRAIN);
	flowstate_written(&f, 1000);
	assert_true(flowstate_wants_copy(&f));
	flowstate_copying(&f);
	flowstate_read(&f, ROOM, ROOM);
	flowstate_written(&f, ROOM);
	assert_false(f.want_splice);
	assert_int_equal(flowstate_next(&f), FLOW_READ);
}

/* A source with `left` bytes, a destination that blocks at will: everything arrives, once. */
struct toy {
	uint64_t left, in, out;
	bool ended;
};

static void
toy_fill(struct toy *t, unsigned *rnd, uint32_t room)
{
	uint64_t n = (uint64_t)rand_r(rnd) % (room + 1);

	if (t->left == 0 && t->ended) {
		flowstate_read(&f, FLOW_EOF, room);
		return;
	}
	n = n < t->left ? n : t->left;
	if (n == 0) {
		flowstate_read(&f, FLOW_EAGAIN, room);
		return;
	}
	t->left -= n;
	t->in += n;
	flowstate_read(&f, (int64_t)n, room);
}

static void
toy_drain(struct toy *t, unsigned *rnd)
{
	uint64_t n = (uint64_t)rand_r(rnd) % (f.pending + 1u);

	if (rand_r(rnd) % 3 == 0)
		n = f.pending;
	if (n == 0) {
		flowstate_written(&f, FLOW_EAGAIN);
		return;
	}
	t->out += n;
	flowstate_written(&f, (int64_t)n);
}

static void
toy_step(struct toy *t, unsigned *rnd)
{
	switch (flowstate_next(&f)) {
	case FLOW_READ:
		toy_fill(t, rnd, ROOM);
		if (f.pending > 0)
			toy_drain(t, rnd);
		break;
	case FLOW_FILL:
		toy_fill(t, rnd, 1 << 20);
		break;
	case FLOW_WRITE:
	case FLOW_DRAIN:
		toy_drain(t, rnd);
		break;
	case FLOW_SHUTDOWN:
		assert_true(t->left == 0 && t->ended && t->in == t->out);
		flowstate_was_shut(&f);
		break;
	case FLOW_WAIT:
		flowstate_edges(&f, t->left > 0 || t->ended, rand_r(rnd) % 2, t->ended);
		break;
	case FLOW_DONE:
	case FLOW_FAILED:
		break;
	}
	if (f.want_splice && f.pending == 0)
		flowstate_spliced(&f, rand_r(rnd) % 2);
	else if (flowstate_wants_copy(&f))
		flowstate_copying(&f);
	if (rand_r(rnd) % 5000 == 0)
		flowstate_urgent(&f);
	assert_true(f.policy != FLOW_POLICY_COPY || !f.want_splice);
}

static void
random_pumping_delivers_every_byte_and_ends(void **s)
{
	const char *given = getenv("SEED");
	unsigned rnd =
	    given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)(time(NULL) ^ getpid());

	(void)s;
	printf("SEED=%u\n", rnd);
	for (int run = 0; run < 2000; run++) {
		struct toy t = {0};
		uint64_t sent = 0;
		int steps = 0;

		flowstate_init(&f, (enum flow_policy)(run % 3));
		while (flowstate_next(&f) != FLOW_DONE) {
			if (steps < 200 && rand_r(&rnd) % 2) { /* data comes in bursts */
				uint64_t n = (uint64_t)rand_r(&rnd) % 300000;

				t.left += n;
				sent += n;
				flowstate_edges(&f, true, false, false);
			}
			if (steps == 200) {
				t.ended = true;
				flowstate_edges(&f, true, false, true);
			}
			toy_step(&t, &rnd);
			assert_true(++steps < 20000);
		}
		assert_int_equal(t.out, sent);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_new_flow_tries_before_asking_epoll, fresh),
	    cmocka_unit_test_setup(a_short_read_is_the_last_one_before_the_next_edge, fresh),
	    cmocka_unit_test_setup(after_a_hangup_reading_goes_on_to_the_end, fresh),
	    cmocka_unit_test_setup(a_blocked_destination_stops_reading, fresh),
	    cmocka_unit_test_setup(end_of_file_is_passed_on_behind_the_data, fresh),
	    cmocka_unit_test_setup(errors_end_the_flow_but_read_data_goes_out_first, fresh),
	    cmocka_unit_test_setup(full_reads_in_a_row_make_a_streamer, fresh),
	    cmocka_unit_test_setup(a_small_read_breaks_the_streak, fresh),
	    cmocka_unit_test_setup(splicing_fills_drains_and_ends_with_small_fills, fresh),
	    cmocka_unit_test(copy_never_asks_for_a_pipe),
	    cmocka_unit_test(splice_asks_before_the_first_byte_and_stays_with_it),
	    cmocka_unit_test(splice_without_a_pipe_copies_and_asks_again),
	    cmocka_unit_test(urgent_data_ends_splicing_once_the_pipe_is_empty),
	    cmocka_unit_test(random_pumping_delivers_every_byte_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
