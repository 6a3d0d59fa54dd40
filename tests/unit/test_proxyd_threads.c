/*
 * test_proxyd_threads.c - several workers on one backend: no place is lost or given twice.
 *
 * Each thread is a worker with connections that come, wait, are granted a place and go, while the
 * main thread changes states, weights and generations.  Under ThreadSanitizer it also shows which
 * fields need the lock.
 */
#include <pthread.h>

#include "proxyd/queue.h"
#include "proxyd/stats.h"
#include "proxyd_fixture.h"

#define WORKERS   4u
#define CONNS     8u
#define ROUNDS    4000
#define MAXCONN_A 3u
#define MAXCONN_B 2u

struct test_conn {
	struct queue_slot slot;
	struct server *server; /* holds a place */
	bool granted;          /* under the backend's lock: the message to its owner */
};

struct test_worker {
	pthread_t thread;
	unsigned id, seed;
	uint64_t n_sessions;
	struct test_conn conns[CONNS];
};

static struct test_worker workers[WORKERS];
static struct snapshot *snap;
static atomic_bool done;

static struct backend *
backend(void)
{
	return snap->backends[0].backend;
}

static void
deliver(struct queue_slot *slot, void *arg)
{
	struct test_conn *c = (void *)((char *)slot - offsetof(struct test_conn, slot));

	(void)arg;
	c->granted = true;
}

static void
arrived(struct test_worker *w, struct test_conn *c, struct server *s)
{
	c->server = s;
	w->n_sessions++;
	server_count_session(backend(), s, w->id, 1);
	counter_add(&s->counters[w->id].bin, 10);
}

/* Lock held. */
static void
start(struct test_worker *w, struct test_conn *c)
{
	const struct backend_view *bv = &snap->backends[0];
	size_t picked;

	switch (lb_pick(bv, 0, &picked)) {
	case LB_SERVER:
		server_take(bv->servers[picked].server);
		arrived(w, c, bv->servers[picked].server);
		break;
	case LB_QUEUE:
		queue_enter(backend(), &c->slot, bv, 0, w->id, 0);
		break;
	case LB_NONE:
		break;
	}
}

/* One event of one connection; lock held. */
static void
step(struct test_worker *w, struct test_conn *c)
{
	if (c->granted) {
		c->granted = false;
		arrived(w, c, queue_delivered(&c->slot));
	} else if (c->server != NULL) {
		struct server *s = c->server;

		c->server = NULL;
		queue_give_back(backend(), s, deliver, NULL);
	} else if (c->slot.state == QUEUE_WAITING) {
		if (rand_r(&w->seed) % 4 == 0)
			assert_true(queue_leave(backend(), &c->slot));
	} else {
		start(w, c);
	}
}

static void *
work(void *arg)
{
	struct test_worker *w = arg;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&backend()->lock);
		step(w, &w->conns[(unsigned)rand_r(&w->seed) % CONNS]);
		pthread_mutex_unlock(&backend()->lock);
	}
	return NULL;
}

/* The main thread of it: orders, statistics, and a look at the limits. */
static void *
rule(void *arg)
{
	const struct backend_view *bv = &snap->backends[0];
	struct stats_table t;
	unsigned seed = 7;
	struct report out;

	(void)arg;
	while (!atomic_load(&done)) {
		size_t i = (size_t)rand_r(&seed) % 2;

		server_set_state(bv, &bv->servers[i], (enum server_order)(rand_r(&seed) % 3), 0,
				 &out);
		server_set_weight(bv, &bv->servers[i], rand_r(&seed) % 5, 0, &out);
		stats_account(snap, SEC);
		assert_int_equal(stats_gather(snap, 0, &t), 0);
		stats_table_free(&t);
		pthread_mutex_lock(&backend()->lock);
		queue_grant(backend(), deliver, NULL);
		assert_true(atomic_load(&bv->servers[0].server->n_cur) <= MAXCONN_A);
		assert_true(atomic_load(&bv->servers[1].server->n_cur) <= MAXCONN_B);
		pthread_mutex_unlock(&backend()->lock);
		snapshot_unref(&(struct snapshot *){snapshot_ref(snap)});
	}
	return NULL;
}

static void
end_all(void)
{
	for (unsigned w = 0; w < WORKERS; w++) {
		for (unsigned i = 0; i < CONNS; i++) {
			struct test_conn *c = &workers[w].conns[i];

			if (c->granted)
				c->server = queue_delivered(&c->slot);
			else
				assert_true(queue_leave(backend(), &c->slot));
			if (c->server != NULL)
				server_release(c->server);
		}
	}
}

static void
places_are_neither_lost_nor_given_twice(void **s)
{
	uint64_t n = 0, stot = 0;
	struct stats_table t;
	pthread_t ruler;

	(void)s;
	snap = snapshot_build(fixture_conf(FRONTEND BACKEND
					   "balance = leastconn\nserver a = 192.0.2.1:1 maxconn=3\n"
					   "server b = 192.0.2.2:1 maxconn=2\n"),
			      NULL, 0, WORKERS);
	assert_non_null(snap);
	snapshot_commit(snap, NULL, 0);
	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i].id = i;
		workers[i].seed = i;
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	}
	pthread_create(&ruler, NULL, rule, NULL);
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_join(workers[i].thread, NULL);
	atomic_store(&done, true);
	pthread_join(ruler, NULL);
	end_all();
	assert_int_equal(stats_gather(snap, 0, &t), 0);
	for (size_t i = 0; i < t.n_rows; i++) {
		assert_int_equal(t.rows[i].scur + t.rows[i].qcur, 0);
		stot += t.rows[i].type == STATS_SERVER ? t.rows[i].stot : 0;
	}
	for (unsigned i = 0; i < WORKERS; i++)
		n += workers[i].n_sessions;
	assert_int_equal(stot, n);
	assert_true(n > 0);
	stats_table_free(&t);
	snapshot_unref(&snap);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(places_are_neither_lost_nor_given_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
