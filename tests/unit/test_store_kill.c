/* Tests with processes that are killed while they write or read. */
#include "store/queue.h"
#include "store/read.h"
#include "test_store_help.h"

#include <signal.h>
#include <sys/wait.h>

/* Writes pairs of records, one batch each, and reports each that is on disk to the parent. */
static void write_and_tell(int from, int to_parent)
{
	struct store *store = open_writer(NULL);
	char name[16];

	for (int i = from;; i++) {
		snprintf(name, sizeof(name), "%08d", i);
		store_batch_begin(store);
		put(store, STORE_JOURNAL, STORE_KEY(name), i);
		put(store, STORE_AUDIT, STORE_KEY(name), i);
		store_batch_end(store);
		if (i % 3 != 0)
			continue;
		flush(store);
		if (write(to_parent, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
}

/* Lets a child write for a while and kills it. Returns the last number that it reported. */
static int kill_a_writer(int from, useconds_t after_us)
{
	int ends[2], told = -1, one, status;

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		test_child = true;
		close(ends[0]);
		write_and_tell(from, ends[1]);
	}
	close(ends[1]);
	/* Waits until the child has begun, so that each round does something. */
	if (read(ends[0], &one, sizeof(one)) == sizeof(one))
		told = one;
	usleep(after_us);
	kill(child, SIGKILL);
	while (read(ends[0], &one, sizeof(one)) == sizeof(one))
		told = one;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	return told;
}

static int check_pair(void *argument, const struct store_key *key, const json_t *value)
{
	assert_int_equal(get(argument, STORE_AUDIT, *key), json_integer_value(value));
	return 0;
}

static void flushed_writes_survive_a_kill(void **state)
{
	int told = -1, written = 0;

	(void)state;
	srand(1);
	for (int round = 0; round < 20; round++) {
		struct err err = ERR_INIT;

		told = kill_a_writer(written, (useconds_t)(rand() % 30000));
		struct store *store = open_writer(NULL);
		written = count(store, STORE_JOURNAL, NULL);
		assert_true(told >= 0 && written > told);
		/* No record is missing, and no batch is there by half. */
		assert_int_equal(count(store, STORE_AUDIT, NULL), written);
		for (int i = 0; i < written; i++) {
			char name[16];
			snprintf(name, sizeof(name), "%08d", i);
			assert_int_equal(get(store, STORE_JOURNAL, STORE_KEY(name)), i);
		}
		assert_ok(store_each_json(store, STORE_JOURNAL, NULL, check_pair, store, &err));
		close_store(store);
	}
	print_message("%d records over 20 kills\n", written);
}

/* A reader keeps the lock table in use, so the next writer inherits it and not a new one. */
static void a_kill_beside_a_reader(void **state)
{
	int written = 0;

	(void)state;
	close_store(open_writer(NULL));
	struct store *reader = open_reader();
	for (int round = 0; round < 5; round++) {
		int told = kill_a_writer(written, 5000);
		assert_true(told >= written);
		written = count(reader, STORE_JOURNAL, NULL);
		assert_true(written > told);
	}
	close_store(reader);
}

static int stay_in_iteration(void *argument, const struct store_key *key, const void *value,
	size_t length)
{
	(void)key, (void)value, (void)length;
	while (write(*(int *)argument, "", 1) == 1)
		pause();
	_exit(70);
}

/* The pages of a snapshot are kept while it is read. Those of a reader that was killed must become
 * free again. */
static void a_dead_reader_keeps_no_pages(void **state)
{
	enum { VALUE_BYTES = 100 << 10, ROUNDS = 100 }; /* 10 MB go through a map of 2 MB */
	struct store *store =
		open_store((struct store_options){ .mode = STORE_WRITE, .map_bytes = 2 << 20 }, NULL);
	struct store_key key = STORE_KEY("x");
	struct err err = ERR_INIT;
	char *text = xcalloc(1, VALUE_BYTES), byte;
	int ends[2];

	(void)state;
	put(store, STORE_RUNS, key, 1);
	flush(store);
	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		test_child = true;
		(void)!store_each(open_reader(), STORE_RUNS, NULL, stay_in_iteration, &ends[1], &err);
		_exit(70);
	}
	assert_int_equal(read(ends[0], &byte, 1), 1);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(ends[0]);
	close(ends[1]);
	for (int i = 0; i < ROUNDS; i++) {
		assert_ok(store_put(store, STORE_META, &key, text, VALUE_BYTES, &err));
		assert_ok(store_flush(store, &err));
	}
	free(text);
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(flushed_writes_survive_a_kill),
		store_test(a_kill_beside_a_reader),
		store_test(a_dead_reader_keeps_no_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
