/*
 * test_proxyd_queue.c - who waits for a place at a server, and who gets the one that is free.
 */
#include "proxyd/queue.h"
#include "proxyd_pick.h"

static struct queue_slot *delivered[64];
static size_t n_delivered;

static void
deliver(struct queue_slot *slot, void *arg)
{
	(void)arg;
	delivered[n_delivered++] = slot;
}

static unsigned
grant(const struct backend_view *bv)
{
	n_delivered = 0;
	return queue_grant(bv->backend, deliver, NULL);
}

static void
the_oldest_slot_gets_the_free_place(void **st)
{
	struct snapshot *s;
	const struct backend_view *bv =
	    setup(&s, FRONTEND BACKEND "server a = 192.0.2.1:1 maxconn=1\n");
	struct queue_slot one = {0}, two = {0};

	(void)st;
	assert_int_equal(pick(bv, 0), 0);
	queue_enter(bv->backend, &one, bv, 0, 0, 5);
	queue_enter(bv->backend, &two, bv, 0, 1, 6);
	assert_int_equal(one.n_ahead, 0);
	assert_int_equal(two.n_ahead, 1);
	assert_int_equal(atomic_load(&bv->backend->n_queued), 2);
	assert_int_equal(grant(bv), 0);
	server_release(srv(bv, 0));
	assert_int_equal(grant(bv), 1);
	assert_ptr_equal(delivered[0], &one);
	assert_int_equal(one.state, QUEUE_GRANTED);
	assert_int_equal(atomic_load(&srv(bv, 0)->n_cur), 1); /* the place is taken already */
	assert_ptr_equal(queue_delivered(&one), srv(bv, 0));
	assert_int_equal(one.state, QUEUE_IDLE);
	n_delivered = 0;
	assert_int_equal(queue_give_back(bv->backend, srv(bv, 0), deliver, NULL), 1);
	assert_ptr_equal(delivered[0], &two);
	assert_int_equal(atomic_load(&bv->backend->n_queued), 0);
	assert_int_equal(atomic_load(&bv->backend->n_queued_max), 2);
	snapshot_unref(&s);
}

static void
a_slot_that_leaves_is_passed_over_and_a_granted_one_must_wait(void **st)
{
	struct snapshot *s;
	const struct backend_view *bv =
	    setup(&s, FRONTEND BACKEND "server a = 192.0.2.1:1 maxconn=1\n");
	struct queue_slot one = {0}, two = {0};

	(void)st;
	assert_int_equal(pick(bv, 0), 0);
	queue_enter(bv->backend, &one, bv, 0, 0, 0);
	queue_enter(bv->backend, &two, bv, 0, 0, 0);
	assert_true(queue_leave(bv->backend, &one));
	assert_true(queue_leave(bv->backend, &one)); /* twice does no harm */
	server_release(srv(bv, 0));
	assert_int_equal(grant(bv), 1);
	assert_ptr_equal(delivered[0], &two);
	assert_false(queue_leave(bv->backend, &two)); /* a grant is on its way */
	snapshot_unref(&s);
}

static void
places_that_open_together_are_all_given(void **st)
{
	struct snapshot *s;
	const struct backend_view *bv =
	    setup(&s, FRONTEND BACKEND "server a = 192.0.2.1:1 maxconn=1\n");
	struct queue_slot slots[5] = {0};
	struct report out;

	(void)st;
	assert_int_equal(pick(bv, 0), 0);
	for (int i = 0; i < 5; i++)
		queue_enter(bv->backend, &slots[i], bv, 0, 0, 0);
	server_set_maxconn(&bv->servers[0], 4, &out);
	assert_true(out.kick_queue);
	assert_int_equal(grant(bv), 3);
	assert_int_equal(slots[2].state, QUEUE_GRANTED);
	assert_int_equal(slots[3].state, QUEUE_WAITING);
	assert_true(queue_leave(bv->backend, &slots[3]));
	assert_true(queue_leave(bv->backend, &slots[4]));
	snapshot_unref(&s);
}

static void
a_slot_that_waits_for_another_server_does_not_block_the_rest(void **st)
{
	struct snapshot *s;
	const struct backend_view *bv =
	    setup(&s, FRONTEND BACKEND
		  "server a = 192.0.2.1:1 maxconn=1\nserver b = 192.0.2.2:1 maxconn=1\n");
	struct queue_slot wants_b = {0}, any = {0};

	(void)st;
	assert_true(pick(bv, 0) >= 0 && pick(bv, 0) >= 0);
	queue_enter(bv->backend, &wants_b, bv, lb_tried_bit(0), 0, 0);
	queue_enter(bv->backend, &any, bv, 0, 0, 0);
	server_release(srv(bv, 0));
	assert_int_equal(grant(bv), 1);
	assert_ptr_equal(delivered[0], &any);
	assert_true(queue_leave(bv->backend, &wants_b));
	snapshot_unref(&s);
}

static void
a_drained_server_gets_no_queued_connection(void **st)
{
	struct snapshot *s;
	const struct backend_view *bv =
	    setup(&s, FRONTEND BACKEND "server a = 192.0.2.1:1 maxconn=1\n");
	struct queue_slot one = {0};

	(void)st;
	assert_int_equal(pick(bv, 0), 0);
	queue_enter(bv->backend, &one, bv, 0, 0, 0);
	order(bv, 0, SERVER_DRAIN);
	server_release(srv(bv, 0));
	assert_int_equal(grant(bv), 0);
	order(bv, 0, SERVER_READY);
	assert_int_equal(grant(bv), 1);
	snapshot_unref(&s);
}

static void
a_waiting_slot_follows_its_connection_into_the_next_generation(void **st)
{
	struct snapshot *s, *next;
	const struct backend_view *bv =
	    setup(&s, FRONTEND BACKEND "server a = 192.0.2.1:1 maxconn=1\n");
	struct queue_slot one = {0}, idle = {0};

	(void)st;
	assert_int_equal(pick(bv, 0), 0);
	queue_enter(bv->backend, &one, bv, 0, 0, 0);
	next = fixture_reload(s, FRONTEND BACKEND "server z = 192.0.2.9:1\n", 0);
	assert_int_equal(grant(bv), 0); /* its old generation has only a retired server */
	assert_true(queue_repin(&one, &next->backends[0]));
	assert_false(queue_repin(&idle, &next->backends[0]));
	assert_int_equal(grant(bv), 1);
	assert_string_equal(queue_delivered(&one)->name, "z");
	snapshot_unref(&s);
	snapshot_unref(&next);
}

static void
a_slot_whose_servers_are_gone_does_not_block_the_next_generation(void **st)
{
	struct snapshot *s, *next;
	const struct backend_view *bv =
	    setup(&s, FRONTEND BACKEND "server a = 192.0.2.1:1 maxconn=1\n");
	struct queue_slot old[2] = {0}, new[2] = {0};

	(void)st;
	assert_int_equal(pick(bv, 0), 0);
	queue_enter(bv->backend, &old[0], bv, 0, 0, 0);
	queue_enter(bv->backend, &old[1], bv, 0, 0, 0);
	next = fixture_reload(s, FRONTEND BACKEND "server z = 192.0.2.9:1 maxconn=1\n", 0);
	assert_int_equal(pick(&next->backends[0], 0), 0);
	queue_enter(bv->backend, &new[0], &next->backends[0], 0, 0, 0);
	queue_enter(bv->backend, &new[1], &next->backends[0], 0, 0, 0);
	server_release(srv(&next->backends[0], 0));
	assert_int_equal(grant(bv), 1);
	assert_ptr_equal(delivered[0], &new[0]);
	assert_true(queue_leave(bv->backend, &old[0]) && queue_leave(bv->backend, &old[1]));
	assert_true(queue_leave(bv->backend, &new[1]));
	snapshot_unref(&s);
	snapshot_unref(&next);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_oldest_slot_gets_the_free_place),
	    cmocka_unit_test(a_slot_that_leaves_is_passed_over_and_a_granted_one_must_wait),
	    cmocka_unit_test(places_that_open_together_are_all_given),
	    cmocka_unit_test(a_slot_that_waits_for_another_server_does_not_block_the_rest),
	    cmocka_unit_test(a_drained_server_gets_no_queued_connection),
	    cmocka_unit_test(a_waiting_slot_follows_its_connection_into_the_next_generation),
	    cmocka_unit_test(a_slot_whose_servers_are_gone_does_not_block_the_next_generation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
