/* Token buckets: their arithmetic with the test's own clock, and waiting on fibers. */
#include "aws/ratelimit.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/err.h"
#include "io/fiber.h"
#include "io/loop.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define S 1000000LL

static const struct limit ten = { "test", NULL, 10, 20, NULL };
static const struct limit slow = { "test", NULL, 0.25, 1, NULL };

static int64_t start_us(void)
{
	return clock_monotonic_us();
}

/* Takes as many tokens as there are, and returns their number. */
static int drain(struct ratelimit_bucket *bucket, int64_t now_us)
{
	int count = 0;

	while (ratelimit_try(bucket, now_us) == 0)
		count++;
	return count;
}

static void a_bucket_bursts_then_keeps_its_rate(void **state)
{
	struct ratelimit *limit = ratelimit_new();
	struct ratelimit_bucket *bucket = ratelimit_get(limit, &ten, limit, "1");
	int64_t now_us = start_us();

	(void)state;
	assert_int_equal(drain(bucket, now_us), 19); /* one less than AWS allows */
	assert_in_range(ratelimit_try(bucket, now_us), 99000, 100100);
	assert_int_equal(drain(bucket, now_us + S), 10);
	assert_int_equal(drain(bucket, now_us + 100 * S), 19);
	ratelimit_release(limit, bucket);
	ratelimit_free(limit);
}

static void throttling_halves_and_pauses_once_a_round_trip(void **state)
{
	struct ratelimit *limit = ratelimit_new();
	struct ratelimit_bucket *bucket = ratelimit_get(limit, &ten, limit, "1");
	int64_t now_us = start_us();

	(void)state;
	drain(bucket, now_us);
	ratelimit_throttled(bucket, now_us, now_us + 50000, -1);
	assert_true(ratelimit_rate(bucket) == 5);
	/* Answers to calls of the same burst slow the bucket down only once. */
	for (int i = 0; i < 19; i++)
		ratelimit_throttled(bucket, now_us, now_us + 60000, -1);
	assert_true(ratelimit_rate(bucket) == 5);
	assert_true(ratelimit_try(bucket, now_us + 100000) > 0);
	/* A named pause is kept, but bounded. */
	ratelimit_throttled(bucket, now_us + 200000, now_us + 250000, 3000);
	assert_true(ratelimit_try(bucket, now_us + 250000 + 2999000) > 0);
	assert_int_equal(drain(bucket, now_us + 250000 + 3000000), 1);
	ratelimit_throttled(bucket, now_us + 4 * S, now_us + 5 * S, 3600000);
	assert_true(ratelimit_try(bucket, now_us + 5 * S) <= 20 * S);
	ratelimit_release(limit, bucket);
	ratelimit_free(limit);
}

static void the_rate_has_a_floor_and_recovers(void **state)
{
	struct ratelimit *limit = ratelimit_new();
	struct ratelimit_bucket *bucket = ratelimit_get(limit, &ten, limit, "1");
	struct ratelimit_bucket *slow_one = ratelimit_get(limit, &slow, limit, "1");
	int64_t now_us = start_us();

	(void)state;
	for (int i = 0; i < 20; i++) {
		ratelimit_throttled(bucket, now_us + 1, now_us + 2, -1);
		now_us += 10;
	}
	assert_true(ratelimit_rate(bucket) == 0.5);
	ratelimit_throttled(slow_one, now_us, now_us + 1, -1);
	assert_true(ratelimit_rate(slow_one) == 0.25);
	/* The rate grows by a twentieth of the ceiling (0.5) a second: from 0.5 to 10 it takes 19 s,
	 * after a second in which it stays. */
	for (int i = 0; i < 10 * 10; i++)
		ratelimit_try(bucket, now_us + i * S / 10);
	assert_true(ratelimit_rate(bucket) > 3 && ratelimit_rate(bucket) < 7);
	for (int i = 100; i < 25 * 10; i++)
		ratelimit_try(bucket, now_us + i * S / 10);
	assert_true(ratelimit_rate(bucket) == 10);
	ratelimit_release(limit, bucket);
	ratelimit_release(limit, slow_one);
	ratelimit_free(limit);
}

static void it_settles_below_a_limit_that_is_lower_than_ours(void **state)
{
	struct ratelimit *limit = ratelimit_new();
	static const struct limit hundred = { "test", NULL, 100, 100, NULL };
	struct ratelimit_bucket *bucket = ratelimit_get(limit, &hundred, limit, "1");
	int64_t now_us = start_us(), end_us = now_us + 60 * S;
	double theirs = 5, tokens = 5;
	int taken = 0, refused = 0;

	(void)state;
	for (; now_us < end_us; now_us += 1000) {
		tokens = tokens + theirs / 1000 > 5 ? 5 : tokens + theirs / 1000;
		while (ratelimit_try(bucket, now_us) == 0) {
			taken++;
			if (tokens >= 1) {
				tokens -= 1;
				continue;
			}
			refused++;
			ratelimit_throttled(bucket, now_us, now_us, -1);
		}
	}
	/* 60 s at 5 a second is 300 at best. */
	assert_in_range(taken - refused, 150, 305);
	assert_in_range(refused, 1, 120);
	ratelimit_release(limit, bucket);
	ratelimit_free(limit);
}

static void buckets_are_apart_and_idle_ones_go(void **state)
{
	struct ratelimit *limit = ratelimit_new();
	struct ratelimit_bucket *a = ratelimit_get(limit, &ten, limit, "111122223333");
	struct ratelimit_bucket *b = ratelimit_get(limit, &ten, limit, "444455556666");
	struct ratelimit_bucket *c = ratelimit_get(limit, &ten, &ten, "111122223333");
	struct ratelimit_bucket *d = ratelimit_get(limit, &slow, limit, "111122223333");
	int64_t now_us = start_us();

	(void)state;
	assert_true(a != b && a != c && a != d && b != c);
	assert_ptr_equal(ratelimit_get(limit, &ten, limit, "111122223333"), a);
	ratelimit_release(limit, a);
	drain(a, now_us);
	assert_int_equal(drain(b, now_us), 19);
	ratelimit_throttled(c, now_us, now_us + 1, -1);
	ratelimit_release(limit, a);
	ratelimit_release(limit, c);
	ratelimit_drop_idle(limit, now_us + 5 * S);
	assert_int_equal(ratelimit_count(limit), 4);
	/* b and d are held, and c is still slowed down. */
	ratelimit_drop_idle(limit, now_us + 15 * S);
	assert_int_equal(ratelimit_count(limit), 3);
	ratelimit_drop_idle(limit, now_us + 400 * S);
	assert_int_equal(ratelimit_count(limit), 2);
	ratelimit_release(limit, b);
	ratelimit_release(limit, d);
	ratelimit_free(limit);
}

/* --- on fibers --- */

static struct {
	struct loop *loop;
	struct ratelimit_bucket *bucket;
	int order[64], count, cancelled;
	int64_t began_us, ended_us;
} queue;

static void take_one(void *argument)
{
	if (ratelimit_take(queue.bucket) == FIBER_CANCELLED) {
		queue.cancelled++;
		return;
	}
	queue.order[queue.count++] = (int)(intptr_t)argument;
	queue.ended_us = clock_monotonic_us();
}

static void cancel(void *argument)
{
	(void)argument;
	(void)!fiber_sleep(50);
	loop_cancel(queue.loop);
}

static void run_queue(const struct limit *row, int fibers, bool cancelling)
{
	struct ratelimit *limit = ratelimit_new();
	struct err err = ERR_INIT;

	memset(&queue, 0, sizeof queue);
	assert_int_equal(loop_new(NULL, &queue.loop, &err), 0);
	queue.bucket = ratelimit_get(limit, row, limit, "1");
	for (int i = 0; i < fibers; i++)
		assert_int_equal(fiber_spawn(queue.loop, "taker", take_one, (void *)(intptr_t)i, &err), 0);
	if (cancelling)
		assert_int_equal(fiber_spawn(queue.loop, "cancel", cancel, NULL, &err), 0);
	queue.began_us = clock_monotonic_us();
	loop_run(queue.loop);
	loop_free(queue.loop);
	ratelimit_release(limit, queue.bucket);
	ratelimit_free(limit);
}

static void waiters_are_served_in_turn(void **state)
{
	static const struct limit fast = { "test", NULL, 400, 4, NULL };

	(void)state;
	/* 61 tokens at 400 a second take 152 ms, whatever the grain of the timers. The least of several
	 * measurements counts, as the machine may be busy with something else. */
	int64_t least_us = INT64_MAX;
	for (int run = 0; run < 20 && least_us > 300000; run++) {
		run_queue(&fast, 64, false);
		assert_int_equal(queue.count, 64);
		for (int i = 0; i < 64; i++)
			assert_int_equal(queue.order[i], i);
		if (queue.ended_us - queue.began_us < least_us)
			least_us = queue.ended_us - queue.began_us;
	}
	assert_in_range(least_us, 145000, 300000);
}

static void waiting_can_be_cancelled(void **state)
{
	(void)state;
	run_queue(&slow, 30, true);
	assert_int_equal(queue.count, 1);
	assert_int_equal(queue.cancelled, 29);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_bursts_then_keeps_its_rate),
		cmocka_unit_test(throttling_halves_and_pauses_once_a_round_trip),
		cmocka_unit_test(the_rate_has_a_floor_and_recovers),
		cmocka_unit_test(it_settles_below_a_limit_that_is_lower_than_ours),
		cmocka_unit_test(buckets_are_apart_and_idle_ones_go),
		cmocka_unit_test(waiters_are_served_in_turn),
		cmocka_unit_test(waiting_can_be_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
