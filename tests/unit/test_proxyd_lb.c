/*
 * test_proxyd_lb.c - who gets the next connection.
 *
 * The random tests print their seed; SEED=n repeats a run.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "proxyd_pick.h"

static unsigned seed;

static void
roundrobin_is_smooth_and_follows_the_weights(void **st)
{
	static const int expected[] = {0, 0, 1, 0,
				       2, 0, 0}; /* weights 5 1 1, nginx's own example */
	struct snapshot *s;
	const struct backend_view *bv =
	    setup(&s, FRONTEND BACKEND "server a = 192.0.2.1:1 weight=5\n"
				       "server b = 192.0.2.2:1\nserver c = 192.0.2.3:1\n");

	(void)st;
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 7; i++)
			assert_int_equal(pick(bv, 0), expected[i]);
	snapshot_unref(&s);
}

static void
leastconn_picks_the_least_loaded_by_weight(void **st)
{
	struct snapshot *s;
	const struct backend_view *bv =
	    setup(&s, FRONTEND BACKEND "balance = leastconn\n"
				       "server a = 192.0.2.1:1 weight=1\n"
				       "server b = 192.0.2.2:1 weight=3\n");

	(void)st;
	for (int i = 0; i < 40; i++)
		assert_true(pick(bv, 0) >= 0);
	assert_int_equal(atomic_load(&srv(bv, 0)->n_cur), 10);
	assert_int_equal(atomic_load(&srv(bv, 1)->n_cur), 30);
	for (int i = 0; i < 8; i++)
		server_release(srv(bv, 0));
	for (int i = 0; i < 8; i++)
		assert_int_equal(pick(bv, 0), 0); /* the emptied one catches up first */
	snapshot_unref(&s);
}

static void
leastconn_takes_turns_among_equals(void **st)
{
	struct snapshot *s;
	const struct backend_view *bv =
	    setup(&s, FRONTEND BACKEND "balance = leastconn\nserver a = 192.0.2.1:1\n"
				       "server b = 192.0.2.2:1\nserver c = 192.0.2.3:1\n");

	(void)st;
	for (int i = 0; i < 9; i++) { /* short connections: load is 0 at each pick */
		int got = pick(bv, 0);

		assert_int_equal(got, i % 3);
		server_release(srv(bv, (size_t)got));
	}
	snapshot_unref(&s);
}

static void
weight_0_drain_and_maint_get_nothing(void **st)
{
	struct snapshot *s;
	const struct backend_view *bv =
	    setup(&s, FRONTEND BACKEND "server a = 192.0.2.1:1 weight=0\nserver b = 192.0.2.2:1\n"
				       "server c = 192.0.2.3:1\nserver d = 192.0.2.4:1\n");

	(void)st;
	order(bv, 1, SERVER_DRAIN);
	order(bv, 2, SERVER_MAINT);
	for (int i = 0; i < 10; i++)
		assert_int_equal(pick(bv, 0), 3);
	order(bv, 3, SERVER_MAINT);
	assert_int_equal(pick(bv, 0), -2);
	snapshot_unref(&s);
}

static void
a_server_at_its_maxconn_is_skipped_and_all_full_means_queue(void **st)
{
	struct snapshot *s;
	const struct backend_view *bv =
	    setup(&s, FRONTEND BACKEND "balance = leastconn\n"
				       "server a = 192.0.2.1:1 maxconn=1\n"
				       "server b = 192.0.2.2:1 maxconn=3\n");

	(void)st;
	for (int i = 0; i < 4; i++)
		assert_true(pick(bv, 0) >= 0);
	assert_int_equal(atomic_load(&srv(bv, 0)->n_cur), 1);
	assert_int_equal(atomic_load(&srv(bv, 1)->n_cur), 3);
	assert_int_equal(pick(bv, 0), -1);
	server_release(srv(bv, 0));
	assert_int_equal(pick(bv, 0), 0);
	snapshot_unref(&s);
}

static void
backups_wait_until_every_active_server_is_unusable(void **st)
{
	struct snapshot *s;
	const struct backend_view *bv = setup(
	    &s, FRONTEND BACKEND "server a = 192.0.2.1:1 maxconn=1\nserver x = 192.0.2.2:1 backup\n"
				 "server y = 192.0.2.3:1 backup\n");

	(void)st;
	assert_int_equal(pick(bv, 0), 0);
	assert_int_equal(pick(bv, 0), -1); /* full is not unusable */
	order(bv, 0, SERVER_MAINT);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pick(bv, 0), 1); /* only the first backup */
	order(bv, 1, SERVER_MAINT);
	assert_int_equal(pick(bv, 0), 2);
	order(bv, 0, SERVER_READY);
	server_release(srv(bv, 0));
	assert_int_equal(pick(bv, 0), 0);
	snapshot_unref(&s);
}

static void
allbackups_uses_them_together(void **st)
{
	struct snapshot *s;
	const struct backend_view *bv =
	    setup(&s, FRONTEND BACKEND "option_allbackups = yes\nserver a = 192.0.2.1:1\n"
				       "server x = 192.0.2.2:1 backup\n"
				       "server y = 192.0.2.3:1 backup\n");

	(void)st;
	order(bv, 0, SERVER_MAINT);
	assert_int_equal(pick(bv, 0), 1);
	assert_int_equal(pick(bv, 0), 2);
	assert_int_equal(pick(bv, 0), 1);
	snapshot_unref(&s);
}

static void
tried_servers_are_avoided_while_another_is_usable(void **st)
{
	struct snapshot *s;
	const struct backend_view *bv = setup(
	    &s, FRONTEND BACKEND "server a = 192.0.2.1:1\nserver b = 192.0.2.2:1 maxconn=9\n");

	(void)st;
	for (int i = 0; i < 9; i++)
		assert_int_equal(pick(bv, lb_tried_bit(0)), 1);
	assert_int_equal(pick(bv, lb_tried_bit(0)), -1); /* b is full, not gone: wait for it */
	order(bv, 1, SERVER_MAINT);
	assert_int_equal(pick(bv, lb_tried_bit(0)), 0); /* better the one tried than none */
	order(bv, 0, SERVER_MAINT);
	assert_int_equal(pick(bv, lb_tried_bit(0)), -2);
	assert_int_equal(lb_tried_bit(64), 0);
	snapshot_unref(&s);
}

/* A random backend; every property that must hold whatever the numbers. */
struct world {
	struct snapshot *s;
	const struct backend_view *bv;
	bool leastconn;
};

static void
make_world(struct world *w, unsigned *rnd)
{
	char text[4096];
	int n = 1 + rand_r(rnd) % 7, len;

	w->leastconn = rand_r(rnd) % 2;
	len = sprintf(text, FRONTEND BACKEND "balance = %s\n",
		      w->leastconn ? "leastconn" : "roundrobin");
	for (int i = 0; i < n; i++)
		len += sprintf(text + len, "server s%d = 192.0.2.%d:1 weight=%d maxconn=%d%s\n", i,
			       i + 1, rand_r(rnd) % 8, rand_r(rnd) % 3 ? rand_r(rnd) % 20 : 0,
			       rand_r(rnd) % 4 == 0 ? " backup" : "");
	w->s = fixture_snapshot(text);
	w->bv = &w->s->backends[0];
}

static bool
load_is_least(const struct world *w, size_t picked)
{
	const struct server *p = srv(w->bv, picked);
	uint64_t p_load = atomic_load(&p->n_cur), p_weight = (uint64_t)atomic_load(&p->eff_weight);

	for (size_t i = 0; i < w->bv->n_servers; i++) {
		const struct server *o = srv(w->bv, i);

		if (w->bv->servers[i].conf->backup != w->bv->servers[picked].conf->backup ||
		    !lb_has_room(o) || i == picked)
			continue;
		if ((atomic_load(&o->n_cur) + 1) * p_weight <
		    (p_load + 1) * (uint64_t)atomic_load(&o->eff_weight))
			return false;
	}
	return true;
}

static void
check_pick(const struct world *w, size_t picked)
{
	const struct conf_server *cs = w->bv->servers[picked].conf;

	assert_true(lb_has_room(srv(w->bv, picked)));
	if (cs->backup)
		for (size_t i = 0; i < w->bv->n_servers; i++)
			assert_true(w->bv->servers[i].conf->backup ||
				    !server_is_usable(srv(w->bv, i)));
	if (w->leastconn && !cs->backup)
		assert_true(load_is_least(w, picked));
}

static void
random_life(struct world *w, unsigned *rnd)
{
	for (int step = 0; step < 300; step++) {
		size_t i = (size_t)rand_r(rnd) % w->bv->n_servers, picked;

		switch (rand_r(rnd) % 8) {
		case 0:
			order(w->bv, i, (enum server_order)(rand_r(rnd) % 3));
			break;
		case 1:
		case 2:
			if (atomic_load(&srv(w->bv, i)->n_cur) > 0)
				server_release(srv(w->bv, i));
			break;
		default:
			if (lb_pick(w->bv, 0, &picked) != LB_SERVER)
				break;
			check_pick(w, picked);
			server_take(srv(w->bv, picked));
			break;
		}
	}
}

static void
random_backends_keep_every_rule(void **st)
{
	unsigned rnd = seed;

	(void)st;
	for (int i = 0; i < 300; i++) {
		struct world w;

		make_world(&w, &rnd);
		random_life(&w, &rnd);
		snapshot_unref(&w.s);
	}
}

static void
random_roundrobin_gives_each_its_share_in_every_window(void **st)
{
	unsigned rnd = seed ^ 1;

	(void)st;
	for (int run = 0; run < 50; run++) {
		int weights[5], total = 0, got[5] = {0}, len;
		char text[1024];
		struct snapshot *s;

		len = sprintf(text, FRONTEND BACKEND);
		for (int i = 0; i < 5; i++) {
			total += weights[i] = 1 + rand_r(&rnd) % 30;
			len += sprintf(text + len, "server s%d = 192.0.2.%d:1 weight=%d\n", i,
				       i + 1, weights[i]);
		}
		s = fixture_snapshot(text);
		for (int i = 0; i < 3 * total; i++)
			got[pick(&s->backends[0], 0)]++;
		for (int i = 0; i < 5; i++)
			assert_int_equal(got[i], 3 * weights[i]);
		snapshot_unref(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(roundrobin_is_smooth_and_follows_the_weights),
	    cmocka_unit_test(leastconn_picks_the_least_loaded_by_weight),
	    cmocka_unit_test(leastconn_takes_turns_among_equals),
	    cmocka_unit_test(weight_0_drain_and_maint_get_nothing),
	    cmocka_unit_test(a_server_at_its_maxconn_is_skipped_and_all_full_means_queue),
	    cmocka_unit_test(backups_wait_until_every_active_server_is_unusable),
	    cmocka_unit_test(allbackups_uses_them_together),
	    cmocka_unit_test(tried_servers_are_avoided_while_another_is_usable),
	    cmocka_unit_test(random_backends_keep_every_rule),
	    cmocka_unit_test(random_roundrobin_gives_each_its_share_in_every_window),
	};
	const char *given = getenv("SEED");

	seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)(time(NULL) ^ getpid());
	printf("SEED=%u\n", seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
