/* The loop: posts, other threads, signals, intervals, lag. */
#include "base/clock.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/loop_watch.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

static struct loop *loop;

static int setup(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	return loop_new(NULL, &loop, &err);
}

static int teardown(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

static void spawn(void (*body)(void *argument), void *argument)
{
	struct err err = ERR_INIT;

	assert_int_equal(fiber_spawn(loop, "test", body, argument, &err), 0);
}

static void count(void *argument)
{
	assert_null(fiber_self()); /* this runs on the loop's own stack */
	(*(int *)argument)++;
}

static int64_t times_us[4];

static void note_times(void *argument)
{
	volatile int spins = 0;

	(void)argument;
	times_us[0] = fiber_now_us();
	for (int64_t from_us = clock_monotonic_us(); clock_monotonic_us() < from_us + 50;)
		spins++;
	times_us[1] = fiber_now_us();
	assert_int_equal(fiber_sleep(0), 0);
	times_us[2] = fiber_now_us();
	assert_int_equal(fiber_sleep(5), 0);
	times_us[3] = fiber_now_us();
}

/* A fiber's time is that of its last resumption: it stands still while the fiber runs, and is never
 * ahead of the clock. */
static void test_time_of_a_fiber(void **state)
{
	int64_t before_us = fiber_now_us();

	(void)state;
	spawn(note_times, NULL);
	loop_run(loop);
	assert_true(before_us <= times_us[0]);
	assert_int_equal(times_us[0], times_us[1]);
	assert_true(times_us[1] < times_us[2] && times_us[2] < times_us[3]);
	assert_true(times_us[3] <= clock_monotonic_us());
}

static void test_free_of_nothing(void **state)
{
	(void)state;
	loop_free(NULL);
}

static void test_run_of_nothing(void **state)
{
	(void)state;
	loop_run(loop);
}

static void post_from_fiber(void *argument)
{
	int *counter = argument;

	loop_post(loop, count, counter);
	assert_int_equal(*counter, 0);
	assert_int_equal(fiber_sleep(0), 0);
	assert_int_equal(*counter, 1);
	for (int i = 0; i < 1000; i++)
		loop_post(loop, count, counter);
}

static void test_post(void **state)
{
	int counter = 0;

	(void)state;
	spawn(post_from_fiber, &counter);
	loop_run(loop);
	/* the last post was run, though no fiber waited for it */
	assert_int_equal(counter, 1001);
}

/* --- other threads --- */

enum { THREADS = 4, POSTS = 5000 };

struct crossing {
	struct fiber_ticket ticket;
	int counter;
};

static void count_and_wake(void *argument)
{
	struct crossing *crossing = argument;

	if (++crossing->counter == THREADS * POSTS)
		fiber_wake(crossing->ticket, 0);
}

static void *post_many(void *argument)
{
	assert_null(fiber_self());
	for (int i = 0; i < POSTS; i++)
		loop_post_from_thread(loop, count_and_wake, argument);
	return NULL;
}

static void wait_for_threads(void *argument)
{
	struct crossing *crossing = argument;
	pthread_t threads[THREADS];

	crossing->ticket = fiber_ticket();
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, post_many, crossing), 0);
	assert_int_equal(fiber_wait(60000), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void test_post_from_thread(void **state)
{
	struct crossing crossing = { .counter = 0 };

	(void)state;
	spawn(wait_for_threads, &crossing);
	loop_run(loop);
	assert_int_equal(crossing.counter, THREADS * POSTS);
}

static void *post_later(void *argument)
{
	usleep(30000);
	loop_post_from_thread(loop, count_and_wake, argument);
	return NULL;
}

static void wait_idle(void *argument)
{
	struct crossing *crossing = argument;
	pthread_t thread;

	crossing->counter = THREADS * POSTS - 1;
	crossing->ticket = fiber_ticket();
	assert_int_equal(pthread_create(&thread, NULL, post_later, crossing), 0);
	assert_int_equal(fiber_wait(60000), 0);
	pthread_join(thread, NULL);
}

/* An idle loop sleeps, and is woken. */
static void test_post_wakes_idle_loop(void **state)
{
	struct crossing crossing = { .counter = 0 };
	struct rusage before, after;

	(void)state;
	getrusage(RUSAGE_SELF, &before);
	spawn(wait_idle, &crossing);
	loop_run(loop);
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_nvcsw - before.ru_nvcsw < 100);
}

/* --- signals and intervals --- */

static void raise_and_wait(void *argument)
{
	int *counter = argument;

	kill(getpid(), SIGHUP);
	for (int i = 0; i < 1000 && *counter == 0; i++)
		assert_int_equal(fiber_sleep(1), 0);
}

static void test_signal(void **state)
{
	struct err err = ERR_INIT;
	int counter = 0;

	(void)state;
	assert_int_equal(loop_on_signal(loop, SIGUSR1, count, &counter, &err), -1);
	assert_int_equal(loop_on_signal(loop, SIGHUP, count, &counter, &err), 0);
	spawn(raise_and_wait, &counter);
	loop_run(loop);
	assert_int_equal(counter, 1);
}

static void cancel_loop(void *argument)
{
	loop_cancel(argument);
}

static void raise_and_be_cancelled(void *argument)
{
	(void)argument;
	kill(getpid(), SIGTERM);
	assert_int_equal(fiber_wait(FIBER_FOREVER), FIBER_CANCELLED);
}

static void test_signal_cancels(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(loop_on_signal(loop, SIGTERM, cancel_loop, loop, &err), 0);
	spawn(raise_and_be_cancelled, NULL);
	loop_run(loop);
	assert_true(loop_cancelled(loop));
}

static void sleep_100(void *argument)
{
	(void)argument;
	assert_int_equal(fiber_sleep(100), 0);
}

static void until_three(void *argument)
{
	const int *counter = argument;

	while (*counter < 3)
		assert_int_equal(fiber_sleep(1), 0);
}

static void test_interval(void **state)
{
	struct err err = ERR_INIT;
	int counter = 0;

	(void)state;
	assert_int_equal(loop_on_interval(loop, 0, count, &counter, &err), -1);
	int64_t began_us = clock_monotonic_us();
	assert_int_equal(loop_on_interval(loop, 10, count, &counter, &err), 0);
	spawn(until_three, &counter);
	loop_run(loop); /* ends, though the interval goes on */
	/* One fewer than counted, since libevent counts from its cached, coarse time, which may be a
	 * little behind. */
	assert_true((counter - 1) * INT64_C(10000) <= clock_monotonic_us() - began_us);
}

/* --- lag --- */

static void busy_30(void *argument)
{
	(void)argument;
	int64_t end_us = clock_monotonic_us() + 30000;
	while (clock_monotonic_us() < end_us)
		;
}

/* Returns the least lag of several runs, since the machine may be busy with something else. */
static int64_t least_lag_us(void (*body)(void *argument), int64_t enough_us)
{
	int64_t least_us = INT64_MAX;

	for (int i = 0; i < 20 && least_us > enough_us; i++) {
		loop_reset_lag(loop);
		assert_int_equal(loop_max_lag_us(loop), 0);
		spawn(body, NULL);
		loop_run(loop);
		if (loop_max_lag_us(loop) < least_us)
			least_us = loop_max_lag_us(loop);
	}
	return least_us;
}

static void test_lag(void **state)
{
	(void)state;
	assert_true(least_lag_us(sleep_100, 50000) < 50000); /* waiting is not lag */
	assert_true(least_lag_us(busy_30, 0) >= 30000);
}

static void test_lag_in_callback(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(loop_on_interval(loop, 70, busy_30, NULL, &err), 0);
	int64_t lag_us = least_lag_us(sleep_100, 60000);
	assert_true(lag_us >= 30000);
	assert_true(lag_us <= 60000); /* the wait before the callback is not in it */
}

/* Fibers that are always ready keep neither timers nor events from their turn. */
static bool stopped;

static void spin(void *argument)
{
	(void)argument;
	while (!stopped)
		assert_int_equal(fiber_sleep(0), 0);
}

static void stop_later(void *argument)
{
	(void)argument;
	assert_int_equal(fiber_sleep(20), 0);
	stopped = true;
}

static void test_ready_fibers_starve_nobody(void **state)
{
	(void)state;
	stopped = false;
	for (int i = 0; i < 3; i++)
		spawn(spin, NULL);
	spawn(stop_later, NULL);
	loop_run(loop);
	assert_true(stopped);
}

static void on_foreign(evutil_socket_t fd, short what, void *argument)
{
	(void)fd;
	(void)what;
	fiber_wake(*(struct fiber_ticket *)argument, 9);
}

static void wait_for_foreign(void *argument)
{
	struct fiber_ticket *ticket = argument;
	struct timeval soon = { .tv_usec = 5000 };
	struct event *event = event_new(loop_event_base(loop), -1, 0, on_foreign, ticket);

	*ticket = fiber_ticket();
	event_add(event, &soon);
	assert_int_equal(fiber_wait(FIBER_FOREVER), 9);
	event_free(event);
}

static void test_events_of_others(void **state)
{
	struct fiber_ticket ticket;

	(void)state;
	spawn(wait_for_foreign, &ticket);
	loop_run(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_free_of_nothing),
		cmocka_unit_test_setup_teardown(test_run_of_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time_of_a_fiber, setup, teardown),
		cmocka_unit_test_setup_teardown(test_post, setup, teardown),
		cmocka_unit_test_setup_teardown(test_post_from_thread, setup, teardown),
		cmocka_unit_test_setup_teardown(test_post_wakes_idle_loop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_signal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_signal_cancels, setup, teardown),
		cmocka_unit_test_setup_teardown(test_interval, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lag, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lag_in_callback, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ready_fibers_starve_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_events_of_others, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
