/* Tests of the means by which fibers wait for each other: semaphore, group, once. */
#include "io/fiber.h"
#include "io/fiber_sync.h"
#include "io/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct loop *loop;

/* The steps that happened, in order. */
static char trace[512];

static int setup(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	trace[0] = '\0';
	return loop_new(NULL, &loop, &err);
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

static void note(const char *what)
{
	size_t used = strlen(trace);

	assert_true(used + strlen(what) + 2 < sizeof trace);
	snprintf(trace + used, sizeof trace - used, "%s%s", used ? " " : "", what);
}

static void cancel(void *argument)
{
	(void)argument;
	assert_int_equal(fiber_sleep(5), 0);
	loop_cancel(loop);
	note("cancel");
}

/* --- semaphore --- */

static struct fiber_semaphore semaphore;

static void acquire_and_note(void *argument)
{
	if (fiber_semaphore_acquire(&semaphore) == FIBER_CANCELLED) {
		note("-");
		return;
	}
	note(argument);
	assert_int_equal(fiber_sleep(1), 0);
	fiber_semaphore_release(&semaphore);
}

static void test_semaphore_is_fifo(void **state)
{
	static char *const names[] = { "a", "b", "c", "d", "e", "f" };

	(void)state;
	fiber_semaphore_init(&semaphore, loop, 2);
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		spawn(acquire_and_note, names[i]);
	loop_run(loop);
	assert_string_equal(trace, "a b c d e f");
	assert_int_equal(semaphore.available, 2);
	assert_null(semaphore.first);
}

static void hold_over_cancel(void *argument)
{
	(void)argument;
	fiber_shield();
	assert_int_equal(fiber_semaphore_acquire(&semaphore), 0);
	while (!loop_cancelled(loop)) /* however long a busy machine takes to get there */
		assert_int_equal(fiber_sleep(1), 0);
	assert_int_equal(fiber_sleep(5), 0);
	fiber_semaphore_release(&semaphore);
	fiber_unshield();
}

static void acquire_shielded(void *argument)
{
	fiber_shield();
	acquire_and_note(argument);
	fiber_unshield();
}

static void test_semaphore_cancel_while_queued(void **state)
{
	(void)state;
	fiber_semaphore_init(&semaphore, loop, 1);
	spawn(hold_over_cancel, NULL);
	spawn(acquire_and_note, "x");
	spawn(acquire_shielded, "kept");
	spawn(acquire_and_note, "y");
	spawn(cancel, NULL);
	loop_run(loop);
	assert_string_equal(trace, "cancel - - kept");
	assert_int_equal(semaphore.available, 1);
	assert_null(semaphore.first);
	assert_null(semaphore.last);
}

static void release_and_cancel(void *argument)
{
	assert_int_equal(fiber_semaphore_acquire(&semaphore), 0);
	assert_int_equal(fiber_sleep(5), 0);
	if (argument != NULL) {
		loop_cancel(loop); /* the waiter's wait has ended, and it is still queued */
		fiber_semaphore_release(&semaphore);
	} else {
		fiber_semaphore_release(&semaphore);
		loop_cancel(loop);
	}
}

static void test_semaphore_grant_meets_cancel(void **state)
{
	(void)state;
	fiber_semaphore_init(&semaphore, loop, 1);
	spawn(release_and_cancel, "cancel first");
	spawn(acquire_and_note, "x");
	loop_run(loop);
	assert_string_equal(trace, "-");
	assert_int_equal(semaphore.available, 1); /* the grant was handed on */
}

static void acquire_only(void *argument)
{
	*(int *)argument = fiber_semaphore_acquire(&semaphore);
	if (*(int *)argument == 0)
		fiber_semaphore_release(&semaphore);
}

static void test_semaphore_grant_before_cancel(void **state)
{
	int result = 1;

	(void)state;
	fiber_semaphore_init(&semaphore, loop, 1);
	spawn(release_and_cancel, NULL);
	spawn(acquire_only, &result);
	loop_run(loop);
	assert_int_equal(result, 0);
	assert_int_equal(semaphore.available, 1);
}

/* --- group and once --- */

static struct fiber_group group;

static void member(void *argument)
{
	(void)!fiber_sleep(*(int *)argument);
	note("member");
	fiber_group_done(&group);
}

static void group_leader(void *argument)
{
	static int times[] = { 3, 0, 1 };

	(void)argument;
	fiber_group_init(&group);
	fiber_group_wait(&group); /* nothing to wait for */
	for (size_t i = 0; i < ARRAY_LENGTH(times); i++) {
		fiber_group_add(&group);
		spawn(member, &times[i]);
	}
	fiber_group_wait(&group);
	note("leader");
}

static void test_group(void **state)
{
	(void)state;
	spawn(group_leader, NULL);
	loop_run(loop);
	assert_string_equal(trace, "member member member leader");
}

static void shielded_member(void *argument)
{
	fiber_shield();
	member(argument);
	fiber_unshield();
}

static void cancelled_leader(void *argument)
{
	static int ms = 20;

	(void)argument;
	fiber_group_init(&group);
	fiber_group_add(&group);
	spawn(shielded_member, &ms);
	loop_cancel(loop);
	fiber_group_wait(&group);
	note("leader");
	assert_int_equal(fiber_sleep(1), FIBER_CANCELLED);
}

static void test_group_waits_though_cancelled(void **state)
{
	(void)state;
	spawn(cancelled_leader, NULL);
	loop_run(loop);
	assert_string_equal(trace, "member leader");
}

static struct fiber_once once;
static int once_value, once_runs;

static void want_once(void *argument)
{
	(void)argument;
	if (fiber_once_begin(&once)) {
		once_runs++;
		(void)!fiber_sleep(5);
		once_value = 17;
		fiber_once_finish(&once);
	}
	assert_int_equal(once_value, 17);
	note("has");
}

static void test_once(void **state)
{
	(void)state;
	once = (struct fiber_once){ .state = FIBER_ONCE_NEW };
	once_value = once_runs = 0;
	for (int i = 0; i < 4; i++)
		spawn(want_once, NULL);
	loop_run(loop);
	spawn(want_once, NULL); /* it is done, so there is no wait */
	loop_run(loop);
	assert_int_equal(once_runs, 1);
	assert_string_equal(trace, "has has has has has");
	fiber_once_reset(&once);
	once_value = 0;
	spawn(want_once, NULL);
	loop_run(loop);
	assert_int_equal(once_runs, 2);
}

static void test_once_under_cancellation(void **state)
{
	(void)state;
	once = (struct fiber_once){ .state = FIBER_ONCE_NEW };
	once_value = once_runs = 0;
	for (int i = 0; i < 3; i++)
		spawn(want_once, NULL);
	loop_cancel(loop);
	loop_run(loop);
	assert_int_equal(once_runs, 1);
	assert_string_equal(trace, "has has has");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_semaphore_is_fifo, setup, teardown),
		cmocka_unit_test_setup_teardown(test_semaphore_cancel_while_queued, setup, teardown),
		cmocka_unit_test_setup_teardown(test_semaphore_grant_meets_cancel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_semaphore_grant_before_cancel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_group, setup, teardown),
		cmocka_unit_test_setup_teardown(test_group_waits_though_cancelled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_once_under_cancellation, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
