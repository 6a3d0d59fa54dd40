/*
 * test_vrrp_notify.c - real commands in queues: a thousand that hang, crash, are slow or flap.
 */
#include "tests/unit/unit.h"

#include <event2/event.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "vrrpd/notify.h"
#include "vrrpd/spawn.h"

#define QUEUES     4
#define PER_QUEUE  250
#define AHEAD      16 /* waiting at a time: below the backlog's limit */
#define TIMEOUT    (400 * USEC_PER_MS)
#define HUNG_EACH  50 /* they take their whole time */
#define GIVE_UP_IN 60
#define KILLED_MAX 20 /* of a queue, before they wrote anything: on a busy host */

struct rig;

struct queue {
	struct rig *rig;
	struct notify *notify;
	char file[128];
	int n_pushed, n_started, n_ended, n_well;
	int running;
};

struct rig {
	struct event_base *base;
	struct notify_lane *lane;
	struct queue queues[QUEUES];
	int in_lane, most_in_lane, n_idle;
	char directory[64];
};

/* Each writes its number first; then it is good or bad in its own way. */
static void
push(struct queue *q)
{
	static const char *const manners[] = {"true", "exit 3", "kill -SEGV $$", "sleep 0.005"};
	int i = q->n_pushed++;
	const char *manner = i % HUNG_EACH == 8 ? "sleep 1000" : manners[i % 4];
	char command[256];
	struct notify_job job = {
	    .kind = i % 2 ? NOTIFY_RESTART : NOTIFY_TELL,
	    .name = "test",
	    .command = command,
	    .state = i % 2 ? "MASTER" : "BACKUP", /* it flaps */
	    .priority = 100,
	};

	snprintf(command, sizeof(command), "echo %d $VRRP_STATE >>%s; %s", i, q->file, manner);
	notify_push(q->notify, &job);
}

static void
on_start(enum notify_kind kind, void *arg)
{
	struct queue *q = arg;

	q->n_started++;
	q->running++;
	assert_int_equal(q->running, 1); /* never two of one queue */
	if (kind != NOTIFY_RESTART)
		return;
	q->rig->in_lane++;
	if (q->rig->in_lane > q->rig->most_in_lane)
		q->rig->most_in_lane = q->rig->in_lane;
}

static void
on_end(enum notify_kind kind, bool well, void *arg)
{
	struct queue *q = arg;

	q->running--;
	q->n_ended++;
	q->n_well += well;
	q->rig->in_lane -= kind == NOTIFY_RESTART;
	if (q->n_pushed < PER_QUEUE)
		push(q);
}

static void
on_change(void *arg)
{
	(void)arg;
}

static void
on_idle(void *arg)
{
	struct queue *q = arg;

	if (q->n_ended == PER_QUEUE && ++q->rig->n_idle == QUEUES)
		event_base_loopbreak(q->rig->base);
}

static void
open_queue(struct rig *r, struct queue *q, int i)
{
	struct notify_calls calls = {on_start, on_end, on_change, on_idle, q};
	struct spawn_ids ours = {.is_set = false};
	char name[8];
	struct err e;

	q->rig = r;
	snprintf(name, sizeof(name), "q%d", i);
	snprintf(q->file, sizeof(q->file), "%s/%s", r->directory, name);
	q->notify = notify_new(r->base, name, r->lane, &calls, &e);
	assert_non_null(q->notify);
	notify_set_limits(q->notify, TIMEOUT, &ours);
	for (int k = 0; k < AHEAD; k++)
		push(q);
}

static void
check_order(const struct queue *q)
{
	FILE *f = fopen(q->file, "r");
	char line[64], expected[64];
	int n = 0, i, last = -1;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		i = atoi(line);
		snprintf(expected, sizeof(expected), "%d %s\n", i, i % 2 ? "MASTER" : "BACKUP");
		assert_string_equal(line, expected);
		assert_true(i > last);
		last = i;
		n++;
	}
	fclose(f);
	unlink(q->file);
	assert_int_equal(last, PER_QUEUE - 1);
	assert_in_range(n, PER_QUEUE - KILLED_MAX, PER_QUEUE);
}

static void
a_thousand_bad_commands_keep_their_order_and_never_pile_up(void **s)
{
	struct rig r = {.directory = "/tmp/vrrp-notify-XXXXXX"};
	struct timeval limit = {.tv_sec = GIVE_UP_IN};

	(void)s;
	assert_non_null(mkdtemp(r.directory));
	r.base = event_base_new();
	r.lane = notify_lane_new();
	for (int i = 0; i < QUEUES; i++)
		open_queue(&r, &r.queues[i], i);
	event_base_loopexit(r.base, &limit);
	event_base_dispatch(r.base);
	assert_int_equal(r.most_in_lane, 1); /* restarts take turns across queues */
	for (int i = 0; i < QUEUES; i++) {
		struct queue *q = &r.queues[i];

		assert_int_equal(q->n_ended, PER_QUEUE);
		assert_int_equal(q->n_started, PER_QUEUE);
		assert_true(q->n_well > PER_QUEUE / 8 && q->n_well < PER_QUEUE * 3 / 4);
		check_order(q);
		notify_free(&q->notify);
	}
	notify_lane_free(&r.lane);
	event_base_free(r.base);
	rmdir(r.directory);
}

static void
too_many_that_wait_lose_the_oldest_and_keep_the_last(void **s)
{
	struct rig r = {.directory = "/tmp/vrrp-notify-XXXXXX"};
	struct timeval limit = {.tv_sec = GIVE_UP_IN};
	struct queue *q = &r.queues[0];
	char line[64] = "", last[64];
	FILE *f;

	(void)s;
	assert_non_null(mkdtemp(r.directory));
	r.base = event_base_new();
	r.lane = notify_lane_new();
	q->n_pushed = 0;
	open_queue(&r, q, 0);
	while (q->n_pushed < PER_QUEUE)
		push(q);
	event_base_loopexit(r.base, &limit);
	while (!notify_idle(q->notify))
		event_base_loop(r.base, EVLOOP_ONCE);
	assert_true(q->n_started <= 33);
	f = fopen(q->file, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		;
	fclose(f);
	snprintf(last, sizeof(last), "%d MASTER\n", PER_QUEUE - 1);
	assert_string_equal(line, last);
	notify_free(&q->notify);
	notify_lane_free(&r.lane);
	event_base_free(r.base);
	unlink(q->file);
	rmdir(r.directory);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_thousand_bad_commands_keep_their_order_and_never_pile_up),
    cmocka_unit_test(too_many_that_wait_lose_the_oldest_and_keep_the_last),
};

int
main(void)
{
	struct log_conf quiet = {.n_targets = 0};
	struct err e;

	log_init("test");
	(void)!log_open(&quiet, &e);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
