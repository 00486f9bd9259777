/* Tests of the store with a slow disk, with many fibers at once, and with runs that stop. */
#include "test_store_help.h"

#include "base/clock.h"
#include "store/queue.h"
#include "store/space.h"

/* --- the loop goes on --- */

struct slow_disk {
	struct store *store;
	bool finished;
	int ticks;
	int64_t waited_us;
};

static void flush_slowly(void *argument)
{
	struct slow_disk *disk = argument;
	int64_t began = clock_monotonic_us();

	for (int i = 0; i < 4; i++) {
		put(disk->store, STORE_JOURNAL, STORE_KEY("change"), i);
		flush(disk->store);
	}
	disk->waited_us = clock_monotonic_us() - began;
	disk->finished = true;
}

static void tick(void *argument)
{
	struct slow_disk *disk = argument;

	while (!disk->finished) {
		assert_int_equal(fiber_sleep(1), 0);
		disk->ticks++;
	}
}

static void the_loop_does_not_wait_for_the_disk(void **state)
{
	struct loop *loop = new_loop(8);
	struct slow_disk disk = { .ticks = 0 };

	(void)state;
	disk.store =
		open_store((struct store_options){ .mode = STORE_WRITE, .test_fsync_ms = 50 }, loop);
	spawn(loop, tick, &disk);
	spawn(loop, flush_slowly, &disk);
	loop_reset_lag(loop);
	loop_run(loop);
	print_message("%d turns, longest %lld us, in %lld us\n", disk.ticks,
		(long long)loop_max_lag_us(loop), (long long)disk.waited_us);
	assert_true(disk.waited_us >= 4 * 50000);
	assert_true(disk.ticks >= 10); /* some 50 are usual; a loop that waited would have made 4 */
	close_store(disk.store);
	loop_free(loop);
}

/* --- many fibers --- */

struct crowd {
	struct store *store;
	int next, done, size;
	int64_t most_bytes;
};

static void write_some(void *argument)
{
	struct crowd *crowd = argument;
	char name[16];

	snprintf(name, sizeof(name), "%06d", crowd->next++);
	for (int i = 0; i < 5; i++) {
		char part[8];
		snprintf(part, sizeof(part), "%d", i);
		put(crowd->store, STORE_FINDINGS, STORE_KEY(name, part), i);
		flush(crowd->store);
		assert_int_equal(get(crowd->store, STORE_FINDINGS, STORE_KEY(name, part)), i);
	}
	crowd->done++;
}

static void fibers_share_commits(void **state)
{
	enum { FIBERS = 300 };
	struct loop *loop = new_loop(FIBERS);
	struct crowd crowd = { .next = 0 };

	(void)state;
	crowd.store =
		open_store((struct store_options){ .mode = STORE_WRITE, .test_fsync_ms = 5 }, loop);
	for (int i = 0; i < FIBERS; i++)
		spawn(loop, write_some, &crowd);
	loop_run(loop);
	assert_int_equal(crowd.done, FIBERS);
	assert_int_equal(count(crowd.store, STORE_FINDINGS, NULL), 5 * FIBERS);
	print_message("%d flushes in %llu commits\n", 5 * FIBERS,
		(unsigned long long)store_stats_now(crowd.store).commits);
	assert_true(store_stats_now(crowd.store).commits < 5 * FIBERS / 4);
	close_store(crowd.store);
	loop_free(loop);
}

static void flush_in_turn(void *argument)
{
	struct crowd *crowd = argument;
	char name[16];

	snprintf(name, sizeof(name), "%06d", crowd->next++);
	store_gather_begin(crowd->store);
	assert_int_equal(fiber_sleep(crowd->next / 5), 0);
	put(crowd->store, STORE_FINDINGS, STORE_KEY(name), 1);
	flush(crowd->store);
	assert_int_equal(get(crowd->store, STORE_FINDINGS, STORE_KEY(name)), 1);
	crowd->done++;
	store_gather_end(crowd->store);
}

/* Fibers that wait shortly after each other share a commit while other work is under way, even on a
 * disk that takes no time. */
static void commits_are_gathered(void **state)
{
	enum { FIBERS = 300 };
	struct loop *loop = new_loop(FIBERS);
	struct crowd crowd = { .next = 0 };

	(void)state;
	crowd.store = open_store((struct store_options){ .mode = STORE_WRITE }, loop);
	for (int i = 0; i < FIBERS; i++)
		spawn(loop, flush_in_turn, &crowd);
	loop_run(loop);
	assert_int_equal(crowd.done, FIBERS);
	print_message("%d flushes in %llu commits\n", FIBERS,
		(unsigned long long)store_stats_now(crowd.store).commits);
	assert_true(store_stats_now(crowd.store).commits < FIBERS / 6);
	close_store(crowd.store);
	loop_free(loop);
}

/* A caller outside a fiber gets its commits, which no fiber can share, and so do fibers after
 * it. */
static void blocking_and_waiting(void **state)
{
	struct loop *loop = new_loop(8);
	struct crowd crowd = { .next = 0 };

	(void)state;
	crowd.store = open_store((struct store_options){ .mode = STORE_WRITE }, loop);
	store_gather_begin(crowd.store);
	store_gather_begin(crowd.store);
	store_gather_end(crowd.store);
	for (int i = 0; i < 4; i++)
		spawn(loop, write_some, &crowd);
	for (int i = 0; i < 20; i++) {
		put(crowd.store, STORE_RUNS, STORE_KEY("blocking"), i);
		flush(crowd.store);
		assert_int_equal(get(crowd.store, STORE_RUNS, STORE_KEY("blocking")), i);
	}
	loop_run(loop);
	store_gather_end(crowd.store);
	assert_int_equal(crowd.done, 4);
	close_store(crowd.store);
	loop_free(loop);
}

static void write_large(void *argument)
{
	struct crowd *crowd = argument;
	struct err err = ERR_INIT;
	size_t length = 300 << 10;
	char *text = xmalloc(length), name[16];

	memset(text, ' ', length);
	text[0] = '1';
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%06d", crowd->next++);
		struct store_key key = STORE_KEY(name);
		assert_ok(store_put(crowd->store, STORE_FINDINGS, &key, text, length, &err));
	}
	crowd->done++;
	free(text);
}

/* 60 MB go through a queue of 16 MB: fibers wait for room, and nothing is lost. */
static void a_full_queue_makes_fibers_wait(void **state)
{
	enum { FIBERS = 50 };
	struct loop *loop = new_loop(FIBERS);
	struct crowd crowd = { .next = 0 };

	(void)state;
	crowd.store =
		open_store((struct store_options){ .mode = STORE_WRITE, .test_fsync_ms = 2 }, loop);
	for (int i = 0; i < FIBERS; i++)
		spawn(loop, write_large, &crowd);
	loop_run(loop);
	assert_int_equal(crowd.done, FIBERS);
	close_store(crowd.store);
	loop_free(loop);
	struct store *store = open_reader();
	assert_int_equal(count(store, STORE_FINDINGS, NULL), 4 * FIBERS);
	close_store(store);
}

static void a_full_queue_blocks_outside_a_fiber(void **state)
{
	struct crowd crowd = { .next = 0 };

	(void)state;
	crowd.store = open_writer(NULL);
	for (int i = 0; i < 40; i++)
		write_large(&crowd);
	flush(crowd.store);
	assert_int_equal(count(crowd.store, STORE_FINDINGS, NULL), 160);
	close_store(crowd.store);
}

/* --- a run that stops --- */

struct stop {
	struct loop *loop;
	struct store *store;
	int cancelled, committed;
};

static void wait_until_stopped(void *argument)
{
	struct stop *stop = argument;
	struct err err = ERR_INIT;
	char name[16];

	snprintf(name, sizeof(name), "%p", (void *)fiber_self());
	put(stop->store, STORE_JOURNAL, STORE_KEY(name), 1);
	if (store_flush(stop->store, &err) < 0 && err.kind == ERR_CANCELLED)
		stop->cancelled++;
}

static void wait_shielded(void *argument)
{
	struct stop *stop = argument;

	fiber_shield();
	put(stop->store, STORE_JOURNAL, STORE_KEY("shielded"), 1);
	flush(stop->store);
	stop->committed++;
	fiber_unshield();
}

/* Spawned last, it runs when all the others wait. */
static void stop_all(void *argument)
{
	struct stop *stop = argument;

	loop_cancel(stop->loop);
}

static void a_stop_ends_waits_and_keeps_writes(void **state)
{
	enum { FIBERS = 20 };
	struct loop *loop = new_loop(64);
	struct stop stop = { .loop = loop };

	(void)state;
	stop.store =
		open_store((struct store_options){ .mode = STORE_WRITE, .test_fsync_ms = 150 }, loop);
	for (int i = 0; i < FIBERS; i++)
		spawn(loop, wait_until_stopped, &stop);
	spawn(loop, wait_shielded, &stop);
	spawn(loop, stop_all, &stop);
	loop_run(loop);
	assert_int_equal(stop.cancelled, FIBERS);
	assert_int_equal(stop.committed, 1);
	close_store(stop.store);
	loop_free(loop);
	stop.store = open_reader();
	assert_int_equal(count(stop.store, STORE_JOURNAL, NULL), FIBERS + 1);
	close_store(stop.store);
}

/* The store closes while a commit of cancelled waits is still under way. */
static void closing_right_after_a_stop(void **state)
{
	struct loop *loop = new_loop(64);
	struct stop stop = { .loop = loop };

	(void)state;
	stop.store =
		open_store((struct store_options){ .mode = STORE_WRITE, .test_fsync_ms = 30 }, loop);
	for (int i = 0; i < 5; i++)
		spawn(loop, wait_until_stopped, &stop);
	spawn(loop, stop_all, &stop);
	loop_run(loop);
	assert_int_equal(stop.cancelled, 5);
	close_store(stop.store);
	loop_run(loop); /* callbacks that were posted meanwhile find no store */
	loop_free(loop);
}

enum { LARGE_BYTES = 10 << 20 }; /* two are more than the queue's bound */
static char large[LARGE_BYTES];

static void write_beyond_room(void *argument)
{
	struct stop *stop = argument;
	struct err err = ERR_INIT;
	char name[24];

	snprintf(name, sizeof(name), "%p", (void *)fiber_self());
	struct store_key key = STORE_KEY(name);
	if (store_put(stop->store, STORE_JOURNAL, &key, large, LARGE_BYTES, &err) < 0 &&
		err.kind == ERR_CANCELLED)
		stop->cancelled++;
}

static void a_stop_while_waiting_for_room_keeps_the_write(void **state)
{
	struct loop *loop = new_loop(64);
	struct stop stop = { .loop = loop };

	(void)state;
	stop.store =
		open_store((struct store_options){ .mode = STORE_WRITE, .test_fsync_ms = 300 }, loop);
	for (int i = 0; i < 3; i++)
		spawn(loop, write_beyond_room, &stop);
	spawn(loop, stop_all, &stop);
	loop_run(loop);
	assert_int_equal(stop.cancelled, 2);
	close_store(stop.store);
	loop_free(loop);
	stop.store = open_reader();
	assert_int_equal(count(stop.store, STORE_JOURNAL, NULL), 3);
	close_store(stop.store);
}

struct order {
	struct store *store;
	int next;
};

static void write_in_turn(void *argument)
{
	struct order *order = argument;
	struct err err = ERR_INIT;
	struct store_key key = STORE_KEY("the same");

	large[0] = (char)('0' + order->next++);
	assert_ok(store_put(order->store, STORE_JOURNAL, &key, large, LARGE_BYTES, &err));
}

/* Fibers that wait for room go on in the order in which they came. */
static void room_is_given_in_order(void **state)
{
	struct loop *loop = new_loop(64);
	struct order order = { .next = 0 };

	(void)state;
	memset(large, ' ', sizeof(large));
	order.store = open_writer(loop);
	for (int i = 0; i < 8; i++)
		spawn(loop, write_in_turn, &order);
	loop_run(loop);
	flush(order.store);
	assert_int_equal(get(order.store, STORE_JOURNAL, STORE_KEY("the same")), 7);
	close_store(order.store);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(the_loop_does_not_wait_for_the_disk),
		store_test(fibers_share_commits),
		store_test(commits_are_gathered),
		store_test(blocking_and_waiting),
		store_test(a_full_queue_makes_fibers_wait),
		store_test(a_full_queue_blocks_outside_a_fiber),
		store_test(a_stop_ends_waits_and_keeps_writes),
		store_test(closing_right_after_a_stop),
		store_test(a_stop_while_waiting_for_room_keeps_the_write),
		store_test(room_is_given_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
