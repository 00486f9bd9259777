/* Fibers: waits, wakes, timeouts, cancellation, and their stacks. */
#include "base/clock.h"
#include "io/fiber.h"
#include "io/loop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct loop *loop;

static void start_loop(size_t cap)
{
	struct loop_options options = { .fiber_cap = cap };
	struct err err = ERR_INIT;

	assert_int_equal(loop_new(&options, &loop, &err), 0);
}

static int setup(void **state)
{
	(void)state;
	start_loop(0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	loop_free(loop);
	loop = NULL;
	return 0;
}

static void spawn(void (*body)(void *argument), void *argument)
{
	struct err err = ERR_INIT;

	assert_int_equal(fiber_spawn(loop, "test", body, argument, &err), 0);
}

/* The steps that happened, in order. */
static char trace[512];

static void note(const char *what)
{
	size_t used = strlen(trace);

	assert_true(used + strlen(what) + 2 < sizeof trace);
	snprintf(trace + used, sizeof trace - used, "%s%s", used ? " " : "", what);
}

static int setup_trace(void **state)
{
	trace[0] = '\0';
	return setup(state);
}

/* --- waits and wakes --- */

static struct fiber_ticket shared_ticket;

static void wait_for_wake(void *argument)
{
	shared_ticket = fiber_ticket();
	note("waits");
	*(int *)argument = fiber_wait(FIBER_FOREVER);
	note("woken");
}

static void wake_shared(void *argument)
{
	note("wakes");
	fiber_wake(shared_ticket, *(int *)argument);
	fiber_wake(shared_ticket, 99); /* this wake is dropped, since the ticket was used */
	note("goes on");
}

static void test_wake(void **state)
{
	int result = -7, value = 42;

	(void)state;
	spawn(wait_for_wake, &result);
	spawn(wake_shared, &value);
	assert_null(fiber_self());
	loop_run(loop);
	assert_int_equal(result, 42);
	assert_string_equal(trace, "waits wakes goes on woken");
	assert_int_equal(loop_fibers_alive(loop), 0);
	assert_int_equal(loop_fibers_peak(loop), 2);
}

static void wake_early(void *argument)
{
	(void)argument;
	struct fiber_ticket ticket = fiber_ticket();
	fiber_wake(ticket, 5);
	fiber_wake(ticket, 6);
	assert_int_equal(fiber_wait(FIBER_FOREVER), 5);
	/* Stale from here on: it must neither end this wait nor shorten it. */
	fiber_wake(ticket, 7);
	int64_t start_us = clock_monotonic_us();
	assert_int_equal(fiber_wait(30), FIBER_TIMED_OUT);
	int64_t took_us = clock_monotonic_us() - start_us;
	assert_true(took_us >= 30000);
	fiber_wake(ticket, 8);
	assert_int_equal(fiber_wait(0), FIBER_TIMED_OUT);
}

static void test_wake_before_wait_and_stale(void **state)
{
	(void)state;
	spawn(wake_early, NULL);
	loop_run(loop);
}

static void wake_ended(void *argument)
{
	(void)argument;
	/* The fiber of this ticket has ended, and its memory may be another fiber's by now. */
	fiber_wake(shared_ticket, 1);
	fiber_wake((struct fiber_ticket){ 0 }, 1);
}

static void take_ticket(void *argument)
{
	(void)argument;
	shared_ticket = fiber_ticket();
}

static void sleep_20(void *argument)
{
	(void)argument;
	int64_t start_us = clock_monotonic_us();
	assert_int_equal(fiber_sleep(20), 0);
	assert_true(clock_monotonic_us() - start_us >= 20000);
}

static void test_ticket_outlives_fiber(void **state)
{
	(void)state;
	spawn(take_ticket, NULL);
	loop_run(loop);
	spawn(sleep_20, NULL); /* takes the struct of the fiber that ended */
	spawn(wake_ended, NULL);
	loop_run(loop);
	spawn(wake_ended, NULL);
	loop_run(loop);
}

/* A completion that arrives in the very turn in which the timeout fires: exactly one counts. */
struct race {
	struct fiber_ticket ticket;
	int64_t timeout_ms;
	int result, next;
};

static void race_waiter(void *argument)
{
	struct race *race = argument;

	race->ticket = fiber_ticket();
	race->result = fiber_wait(race->timeout_ms);
	race->next = fiber_wait(1);
}

static void race_waker(void *argument)
{
	struct race *race = argument;
	int64_t end_us = clock_monotonic_us() + 2000;

	/* Keeps the loop busy without yielding, so that the timer is due when the wake is made. */
	while (clock_monotonic_us() < end_us)
		;
	fiber_wake(race->ticket, 3);
	assert_int_equal(fiber_sleep(0), 0);
	fiber_wake(race->ticket, 4);
}

static void test_timeout_against_wake(void **state)
{
	(void)state;
	for (int64_t timeout_ms = 0; timeout_ms < 4; timeout_ms++) {
		struct race race = { .timeout_ms = timeout_ms };

		spawn(race_waiter, &race);
		spawn(race_waker, &race);
		loop_run(loop);
		assert_true(race.result == 3 || race.result == FIBER_TIMED_OUT);
		assert_int_equal(race.next, FIBER_TIMED_OUT);
	}
}

static void yield_often(void *argument)
{
	for (int i = 0; i < 20000; i++)
		assert_int_equal(fiber_sleep(0), 0);
	(*(int *)argument)++;
}

static void test_many_switches(void **state)
{
	int ended = 0;

	(void)state;
	for (int i = 0; i < 5; i++)
		spawn(yield_often, &ended);
	loop_run(loop);
	assert_int_equal(ended, 5);
}

/* --- cancellation --- */

static void cancelled_waiter(void *argument)
{
	(void)argument;
	assert_int_equal(fiber_wait(FIBER_FOREVER), FIBER_CANCELLED);
	assert_int_equal(fiber_wait(FIBER_FOREVER), FIBER_CANCELLED);
	assert_int_equal(fiber_sleep(10000), FIBER_CANCELLED);
	/* A wake that is already there is not lost. */
	fiber_wake(fiber_ticket(), 11);
	assert_int_equal(fiber_wait(FIBER_FOREVER), 11);
	note("cancelled");
}

static void shielded_waiter(void *argument)
{
	(void)argument;
	fiber_shield();
	fiber_shield();
	assert_int_equal(fiber_sleep(20), 0);
	fiber_unshield();
	assert_int_equal(fiber_sleep(20), 0);
	fiber_unshield();
	assert_int_equal(fiber_sleep(20), FIBER_CANCELLED);
	note("shielded");
}

static void cancel(void *argument)
{
	(void)argument;
	assert_int_equal(fiber_sleep(5), 0);
	assert_false(loop_cancelled(loop));
	loop_cancel(loop);
	assert_true(loop_cancelled(loop));
	note("cancel");
}

static void test_cancellation(void **state)
{
	(void)state;
	spawn(cancelled_waiter, NULL);
	spawn(shielded_waiter, NULL);
	spawn(cancel, NULL);
	loop_run(loop);
	assert_string_equal(trace, "cancel cancelled shielded");
}

/* --- the pool and its stacks --- */

static void test_cap(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	loop_free(loop);
	start_loop(3);
	for (int i = 0; i < 3; i++) {
		assert_true(fiber_available(loop));
		spawn(sleep_20, NULL);
	}
	assert_false(fiber_available(loop));
	assert_int_equal(fiber_spawn(loop, "one more", sleep_20, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	assert_string_equal(err.code, "FiberCap");
	assert_non_null(strstr(err.message, "one more"));
	loop_run(loop);
	assert_true(fiber_available(loop));
	spawn(sleep_20, NULL);
	loop_run(loop);
	assert_int_equal(loop_fibers_peak(loop), 3);
}

static int __attribute__((noinline)) descend(int levels)
{
	volatile char frame[1024];

	memset((char *)frame, levels, sizeof frame);
	if (levels <= 0)
		return frame[17];
	return descend(levels - 1) + frame[1023];
}

static void go_deep(void *argument)
{
	volatile int result = descend(*(int *)argument);

	(void)result;
	assert_int_equal(fiber_sleep(1), 0);
	result = descend(*(int *)argument);
}

/* Uses stacks deeply many times, with waits in between; the stacks are used again. */
static void test_deep_use_and_reuse(void **state)
{
	static int levels = 60;

	(void)state;
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 100; i++)
			spawn(go_deep, &levels);
		loop_run(loop);
	}
	assert_int_equal(loop_fibers_peak(loop), 100);
}

static void test_overflow_hits_the_guard(void **state)
{
	static int levels = 1 << 20;

	(void)state;
	pid_t child = fork();
	if (child == 0) {
		struct rlimit no_core = { 0 };

		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would turn the signal into an exit */
		spawn(go_deep, &levels);
		loop_run(loop);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void chain(void *argument)
{
	int *left = argument;

	if (--*left > 0)
		spawn(chain, left);
}

/* A fiber that ends is reused at once, and a loop can be run again and again. */
static void test_spawn_from_fiber(void **state)
{
	int left = 5000;

	(void)state;
	spawn(chain, &left);
	loop_run(loop);
	assert_int_equal(left, 0);
	assert_true(loop_fibers_peak(loop) <= 2);
}

/* --- cancellation of one --- */

struct lone {
	struct fiber_ref ref;
	int results[3];
	bool stopping, shielded;
};

static void wait_thrice(void *argument)
{
	struct lone *lone = argument;

	lone->ref = fiber_ref();
	if (lone->shielded)
		fiber_shield();
	lone->results[0] = fiber_wait(60);
	if (lone->shielded)
		fiber_unshield();
	lone->stopping = fiber_stopping();
	lone->results[1] = fiber_wait(1);
	lone->results[2] = fiber_wait(1);
}

static void cancel_one(void *argument)
{
	struct lone *lone = argument;

	while (lone->ref.fiber == NULL)
		(void)!fiber_sleep(1);
	fiber_cancel(lone->ref);
	assert_false(fiber_stopping());
	assert_int_equal(fiber_sleep(1), 0);
}

static void test_cancel_one(void **state)
{
	struct lone lone = { .shielded = false }, other = { .shielded = false };

	(void)state;
	spawn(wait_thrice, &lone);
	spawn(wait_thrice, &other);
	spawn(cancel_one, &lone);
	loop_run(loop);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(lone.results[i], FIBER_CANCELLED);
		assert_int_equal(other.results[i], FIBER_TIMED_OUT);
	}
	assert_true(lone.stopping);
	assert_false(other.stopping);
}

static void test_cancel_one_that_is_shielded(void **state)
{
	struct lone lone = { .shielded = true };

	(void)state;
	spawn(wait_thrice, &lone);
	spawn(cancel_one, &lone);
	loop_run(loop);
	assert_int_equal(lone.results[0], FIBER_TIMED_OUT);
	assert_int_equal(lone.results[1], FIBER_CANCELLED);
	assert_true(lone.stopping);
}

/* A reference to a fiber that ended does nothing to the one that has its stack now. */
static void test_cancel_one_that_ended(void **state)
{
	struct lone ended = { .shielded = false }, next = { .shielded = false };

	(void)state;
	spawn(wait_thrice, &ended);
	loop_run(loop);
	spawn(wait_thrice, &next);
	fiber_cancel(ended.ref);
	fiber_cancel((struct fiber_ref){ .fiber = NULL });
	loop_run(loop);
	assert_ptr_equal(next.ref.fiber, ended.ref.fiber);
	for (int i = 0; i < 3; i++)
		assert_int_equal(next.results[i], FIBER_TIMED_OUT);
}

static void count_after_a_wait(void *argument)
{
	int *count = argument;
	volatile char frame[4096]; /* what an earlier body left there is of no consequence */

	memset((char *)frame, 0x5a, sizeof frame);
	assert_int_equal(fiber_wait(0), FIBER_TIMED_OUT);
	(*count)++;
}

/* When many fibers end together, some stacks give their pages back to the system, and are used
 * again later. */
static void test_stacks_that_were_given_back(void **state)
{
	int count = 0;

	(void)state;
	for (int round = 1; round <= 3; round++) {
		for (int i = 0; i < 300; i++)
			spawn(count_after_a_wait, &count);
		loop_run(loop);
		assert_int_equal(count, 300 * round);
	}
	assert_int_equal(loop_fibers_alive(loop), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cancel_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cancel_one_that_is_shielded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cancel_one_that_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wake, setup_trace, teardown),
		cmocka_unit_test_setup_teardown(test_wake_before_wait_and_stale, setup_trace, teardown),
		cmocka_unit_test_setup_teardown(test_ticket_outlives_fiber, setup_trace, teardown),
		cmocka_unit_test_setup_teardown(test_timeout_against_wake, setup_trace, teardown),
		cmocka_unit_test_setup_teardown(test_many_switches, setup_trace, teardown),
		cmocka_unit_test_setup_teardown(test_cancellation, setup_trace, teardown),
		cmocka_unit_test_setup_teardown(test_cap, setup_trace, teardown),
		cmocka_unit_test_setup_teardown(test_deep_use_and_reuse, setup_trace, teardown),
		cmocka_unit_test_setup_teardown(test_stacks_that_were_given_back, setup_trace, teardown),
		cmocka_unit_test_setup_teardown(test_overflow_hits_the_guard, setup_trace, teardown),
		cmocka_unit_test_setup_teardown(test_spawn_from_fiber, setup_trace, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
