/* Tests of how much a store may hold, and how much address space its map takes. */
#include "store/errors.h"
#include "store/queue.h"
#include "store/read.h"
#include "store/space.h"
#include "test_store_help.h"

#include <sys/resource.h>
#include <sys/wait.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#define MIB ((uint64_t)1 << 20)

static int put_one(struct store *store, int number, struct err *err)
{
	char name[16], text[2000];

	memset(text, ' ', sizeof(text));
	text[sizeof(text) - 1] = '1';
	snprintf(name, sizeof(name), "%08d", number);
	struct store_key key = STORE_KEY(name);
	return store_put(store, STORE_FINDINGS, &key, text, sizeof(text), err);
}

/* Puts records that take some 3 KiB each, including LMDB's own needs. */
static int put_many(struct store *store, int from, int to, struct err *err)
{
	for (int i = from; i < to; i++)
		if (put_one(store, i, err) < 0)
			return -1;
	return store_flush(store, err);
}

static struct store *open_bounded(uint64_t max_bytes)
{
	return open_store((struct store_options){ .mode = STORE_WRITE, .max_bytes = max_bytes }, NULL);
}

static void the_bound_ends_writing(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	struct store *store = open_bounded(2 * MIB);
	assert_ok(put_many(store, 0, 100, &err));
	assert_int_equal(put_many(store, 100, 2000, &err), -1);
	assert_true(err_is(&err, ERR_STORE, "Full"));
	assert_non_null(strstr(err.message, test_state));
	assert_non_null(strstr(err.message, "maximum of 2 MiB (limits.store_gib)"));
	assert_true(store_failed(store));
	err_clear(&err);
	assert_int_equal(store_close(store, &err), -1);
	/* Records that were committed before the bound are there, and the others are not. */
	store = open_reader();
	int there = count(store, STORE_FINDINGS, NULL);
	assert_in_range(there, 100, 1999);
	assert_in_range(store_stats_now(store).used_bytes, 0, 2 * MIB);
	close_store(store);
}

/* A store that is larger than a lowered bound accepts no more data, but data can be deleted. */
static void a_store_beyond_its_bound_may_shrink(void **state)
{
	struct store_key all = STORE_KEY("x");
	struct err err = ERR_INIT;

	(void)state;
	struct store *store = open_bounded(0);
	assert_ok(put_many(store, 0, 1000, &err));
	close_store(store);

	store = open_bounded(1 * MIB);
	assert_true(store_stats_now(store).nearly_full);
	assert_ok(store_delete_prefix(store, STORE_FINDINGS, NULL, &err));
	flush(store);
	assert_false(store_stats_now(store).nearly_full);
	assert_ok(put_many(store, 0, 100, &err));
	assert_ok(store_delete(store, STORE_FINDINGS, &all, &err));
	close_store(store);

	store = open_bounded(100 << 10);
	assert_int_equal(put_many(store, 1000, 1400, &err), -1);
	assert_true(err_is(&err, ERR_STORE, "Full"));
	err_clear(&err);
	assert_int_equal(store_close(store, &err), -1);
}

static void free_pages_do_not_count(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	struct store *store = open_bounded(4 * MIB);
	for (int round = 0; round < 10; round++) {
		assert_ok(put_many(store, 0, 600, &err));
		assert_true(store_stats_now(store).used_bytes > MIB);
		assert_ok(store_delete_prefix(store, STORE_FINDINGS, NULL, &err));
		flush(store);
		assert_true(store_stats_now(store).used_bytes < MIB);
	}
	close_store(store);
}

static int wait_for_the_end(void *argument, const struct store_key *key, const void *value,
	size_t length)
{
	const int *ends = argument;
	char byte = 'r';

	(void)key, (void)value, (void)length;
	if (write(ends[3], &byte, 1) != 1 || read(ends[0], &byte, 1) != 0)
		_exit(73);
	return 1;
}

/* Starts a process that keeps a snapshot of the store as it is now until `until` is closed. */
static pid_t start_reader(int *until)
{
	int ends[4];
	char byte;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pipe(ends + 2), 0);
	pid_t child = fork();
	if (child == 0) {
		struct err err = ERR_INIT;

		test_child = true;
		close(ends[1]);
		struct store *store = open_reader();
		assert_ok(store_each(store, STORE_FINDINGS, NULL, wait_for_the_end, ends, &err));
		close_store(store);
		_exit(0);
	}
	close(ends[0]);
	close(ends[3]);
	assert_int_equal(read(ends[2], &byte, 1), 1);
	close(ends[2]);
	*until = ends[1];
	return child;
}

/* Pages of a reader's snapshot are not reused meanwhile, so the file grows with every rewrite of
 * the same few records. */
static void a_reader_that_stays_does_not_let_the_file_grow_for_ever(void **state)
{
	struct err err = ERR_INIT;
	int until, status = 0;

	(void)state;
	struct store *store = open_bounded(2 * MIB);
	assert_ok(put_many(store, 0, 300, &err));
	close_store(store);
	pid_t reader = start_reader(&until);
	store = open_bounded(2 * MIB);
	for (int round = 0; round < 1000 && !store_failed(store); round++)
		(void)!put_many(store, 0, 300, &err);
	assert_true(err_is(&err, ERR_STORE, "Full"));
	assert_non_null(strstr(err.message, "end commands that have been reading it for long"));
	assert_in_range(store_stats_now(store).bytes_on_disk, 32 * MIB, 96 * MIB);
	err_clear(&err);
	assert_int_equal(store_close(store, &err), -1);
	close(until);
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_int_equal(status, 0);
	/* After the reader has ended there is room again. */
	err_clear(&err);
	store = open_bounded(2 * MIB);
	for (int round = 0; round < 10; round++)
		assert_ok(put_many(store, 0, 300, &err));
	close_store(store);
}

/* Runs body and returns what it wrote to standard error, in static memory. */
static char *errors_of(void (*body)(void))
{
	static char text[4096];
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	fflush(stderr);
	int before = dup(STDERR_FILENO);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	close(ends[1]);
	body();
	fflush(stderr);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	close(before);
	ssize_t length = read(ends[0], text, sizeof(text) - 1);
	text[length > 0 ? length : 0] = '\0';
	close(ends[0]);
	return text;
}

static void fill_to_nine_tenths(void)
{
	struct err err = ERR_INIT;
	struct store *store = open_bounded(4 * MIB);
	int number = 0;

	while (store_stats_now(store).used_bytes < 4 * MIB / 100 * 80) {
		assert_false(store_stats_now(store).nearly_full);
		assert_ok(put_many(store, number, number + 50, &err));
		number += 50;
	}
	assert_true(store_stats_now(store).nearly_full);
	assert_ok(put_many(store, number, number + 10, &err));
	close_store(store);
}

static void open_and_close(void)
{
	close_store(open_bounded(4 * MIB));
}

static void the_warning_at_eighty_percent_is_logged_once(void **state)
{
	static const char remedy[] = "raise limits.store_gib";

	(void)state;
	char *text = errors_of(fill_to_nine_tenths);
	char *told = strstr(text, remedy);
	assert_non_null(told);
	assert_non_null(strstr(text, test_state));
	assert_non_null(strstr(text, "of at most 4 MiB"));
	assert_null(strstr(told + 1, remedy));
	/* The next process says it again. */
	assert_non_null(strstr(errors_of(open_and_close), remedy));
}

/* --- address space --- */

static uint64_t address_space(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu", &pages), 1);
	fclose(file);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void write_with_a_small_map(void)
{
	struct err err = ERR_INIT;
	struct store *store = open_bounded(64 * 1024 * MIB);
	struct store_stats stats = store_stats_now(store);

	assert_true(stats.max_bytes <= 3 * 1024 * MIB && stats.max_bytes >= 128 * MIB);
	assert_ok(put_many(store, 0, 1000, &err));
	close_store(store);
	store = open_reader();
	assert_int_equal(count(store, STORE_FINDINGS, NULL), 1000);
	close_store(store);
}

static void in_little_address_space(void (*body)(void), uint64_t more)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		struct rlimit limit = { address_space() + more, RLIM_INFINITY };

		test_child = true;
		if (setrlimit(RLIMIT_AS, &limit) < 0)
			_exit(71);
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void write_and_see_the_warning(void)
{
	if (strstr(errors_of(write_with_a_small_map),
			"raise the limit on virtual memory (ulimit -v)") == NULL)
		_exit(72);
}

static void a_smaller_map_serves_where_address_space_is_limited(void **state)
{
	(void)state;
#ifdef __SANITIZE_ADDRESS__
	/* a sanitized build makes a small map anyway, and the sanitizer takes terabytes itself */
	skip();
#endif
	if (RUNNING_ON_VALGRIND)
		skip();
	in_little_address_space(write_and_see_the_warning, 3 * 1024 * MIB);
}

static void refuse_to_open(void)
{
	open_fails(STORE_WRITE, ERR_STORE, "NoAddressSpace", "raise the limit on virtual memory");
}

static void too_little_address_space_is_named(void **state)
{
	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	if (RUNNING_ON_VALGRIND)
		skip();
	in_little_address_space(refuse_to_open, 32 * MIB);
}

static void the_map_is_a_tebibyte(void **state)
{
	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	if (RUNNING_ON_VALGRIND)
		skip();
	uint64_t before = address_space();
	struct store *store = open_bounded(64 * 1024 * MIB);
	assert_true(address_space() - before >= MIB * MIB);
	assert_int_equal(store_stats_now(store).max_bytes, 64 * 1024 * MIB);
	assert_true(store_stats_now(store).bytes_on_disk < 16 * MIB);
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(the_bound_ends_writing),
		store_test(a_store_beyond_its_bound_may_shrink),
		store_test(free_pages_do_not_count),
		store_test(a_reader_that_stays_does_not_let_the_file_grow_for_ever),
		store_test(the_warning_at_eighty_percent_is_logged_once),
		store_test(the_map_is_a_tebibyte),
		store_test(a_smaller_map_serves_where_address_space_is_limited),
		store_test(too_little_address_space_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
