/* Only one fiber at a time holds the lock of a cell. */
#include "test_store_help.h"

#include "ledger/cell_lock.h"

static struct cell_locks *locks;
static char story[64];

static void tell(char what)
{
	size_t length = strlen(story);

	assert_true(length + 1 < sizeof story);
	story[length] = what;
}

struct worker {
	const char *account, *region, *baseline;
	char name;
};

/* Each fiber adds its letter when it has the lock, and its capital letter before it gives it back.
 */
static void work(void *argument)
{
	const struct worker *worker = argument;
	struct cell_lock *lock = NULL;

	if (cell_lock(locks, worker->account, worker->region, worker->baseline, &lock) != 0) {
		assert_null(lock);
		tell('!');
		return;
	}
	tell(worker->name);
	(void)!fiber_sleep(1);
	(void)!fiber_sleep(1);
	tell((char)(worker->name - 'a' + 'A'));
	cell_unlock(locks, lock);
}

static void run_all(struct worker *workers, size_t count, bool locked)
{
	struct loop *loop = new_loop(0);

	memset(story, 0, sizeof story);
	locks = locked ? cell_locks_new(loop) : NULL;
	for (size_t i = 0; i < count; i++)
		spawn(loop, work, &workers[i]);
	loop_run(loop);
	cell_locks_free(locks);
	loop_free(loop);
}

static void test_one_at_a_time(void **state)
{
	struct worker same[] = { { "1", "r", "b", 'a' }, { "1", "r", "b", 'b' },
		{ "1", "r", "b", 'c' } };

	(void)state;
	run_all(same, 3, true);
	assert_string_equal(story, "aAbBcC");
	run_all(same, 3, false); /* a NULL table locks nothing */
	assert_memory_equal(story, "abc", 3);
}

static void test_others_go_on(void **state)
{
	struct worker others[] = { { "1", "r", "b", 'a' }, { "2", "r", "b", 'b' },
		{ "1", "s", "b", 'c' }, { "1", "r", "d", 'd' } };

	(void)state;
	run_all(others, 4, true);
	assert_memory_equal(story, "abcd", 4);
}

static void cancel(void *argument)
{
	(void)!fiber_sleep(0);
	loop_cancel(argument);
}

/* A fiber that waits when the process stops does not get the lock; the one that holds it gives it
 * back. */
static void test_cancelled(void **state)
{
	struct worker same[] = { { "1", "r", "b", 'a' }, { "1", "r", "b", 'b' } };
	struct loop *loop = new_loop(0);

	(void)state;
	memset(story, 0, sizeof story);
	locks = cell_locks_new(loop);
	spawn(loop, work, &same[0]);
	spawn(loop, work, &same[1]);
	spawn(loop, cancel, loop);
	loop_run(loop);
	assert_int_equal(strlen(story), 3);
	assert_non_null(strchr(story, '!'));
	assert_non_null(strchr(story, 'A'));
	assert_null(strchr(story, 'b'));
	cell_locks_free(locks);
	cell_locks_free(NULL);
	cell_unlock(NULL, NULL);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_others_go_on), cmocka_unit_test(test_cancelled) };

	return cmocka_run_group_tests_name("engine cell lock", tests, NULL, NULL);
}
