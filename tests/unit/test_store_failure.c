/* Tests of how the store handles damaged data and failing disks. LMDB is used directly only to make
 * databases that the store would not make. */
#include "store/errors.h"
#include "store/queue.h"
#include "test_store_help.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

/* Replaces the C library's fdatasync, for LMDB too, and acts as a disk that fails to write. */
static atomic_int fdatasync_failures;

int fdatasync(int fd)
{
	if (atomic_load(&fdatasync_failures) > 0) {
		atomic_fetch_sub(&fdatasync_failures, 1);
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

static void fill(struct store *store, int from, int to)
{
	char name[16], text[500];
	struct err err = ERR_INIT;

	memset(text, ' ', sizeof(text));
	for (int i = from; i < to; i++) {
		snprintf(name, sizeof(name), "%08d", i);
		text[sizeof(text) - 1] = '1';
		struct store_key key = STORE_KEY(name);
		assert_ok(store_put(store, STORE_FINDINGS, &key, text, sizeof(text), &err));
	}
}

/* --- damaged data --- */

static void overwrite(const char *file, off_t at, const void *bytes, size_t length)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/%s", test_state, file);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(pwrite(fd, bytes, length, at), length);
	close(fd);
}

static void garbage_is_not_a_database(void **state)
{
	char garbage[10000];

	(void)state;
	memset(garbage, 'g', sizeof(garbage));
	assert_int_equal(mkdir(test_state, 0700), 0);
	overwrite("data.mdb", 0, garbage, sizeof(garbage));
	open_fails(STORE_WRITE, ERR_STORE, "Damaged", "restore it from a backup");
	open_fails(STORE_READ, ERR_STORE, "Damaged", "restore it from a backup");
}

static void a_stub_is_not_a_database(void **state)
{
	(void)state;
	assert_int_equal(mkdir(test_state, 0700), 0);
	overwrite("data.mdb", 0, "stub", 4);
	open_fails(STORE_WRITE, ERR_STORE, "Damaged", "restore it from a backup");
}

static void another_format_of_lmdb_is_named(void **state)
{
	const uint32_t version = 999;
	enum { VERSION_AT = 20, PAGE = 4096 }; /* behind the page's header and the magic number */

	(void)state;
	close_store(open_writer(NULL));
	overwrite("data.mdb", VERSION_AT, &version, sizeof(version));
	overwrite("data.mdb", PAGE + VERSION_AT, &version, sizeof(version));
	open_fails(STORE_WRITE, ERR_STORE, "OtherFormat", "version of LMDB");
}

static void a_file_that_was_cut_short_is_refused(void **state)
{
	char path[400];
	struct stat status;

	(void)state;
	struct store *store = open_writer(NULL);
	fill(store, 0, 20000);
	close_store(store);
	snprintf(path, sizeof(path), "%s/data.mdb", test_state);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(truncate(path, status.st_size / 2), 0);
	open_fails(STORE_WRITE, ERR_STORE, "CutShort", "restore it from a backup");
	open_fails(STORE_READ, ERR_STORE, "CutShort", "restore it from a backup");
}

/* Returns the size in bytes of all pages of data.mdb, written or not. */
static off_t bytes_of_pages(void)
{
	MDB_env *env;
	MDB_envinfo info;
	MDB_stat pages;

	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_open(env, test_state, MDB_RDONLY | MDB_NOLOCK, 0600), 0);
	assert_int_equal(mdb_env_info(env, &info), 0);
	assert_int_equal(mdb_env_stat(env, &pages), 0);
	mdb_env_close(env);
	return (off_t)(info.me_last_pgno + 1) * pages.ms_psize;
}

/* Pages at the end that were taken and given back at once are never written, so a shorter file can
 * be whole. */
static void a_file_may_rightly_be_shorter_than_its_pages(void **state)
{
	struct err err = ERR_INIT;
	struct store_key key = STORE_KEY("large");
	size_t length = 1 << 20;
	char *large = xcalloc(1, length), path[400];
	struct stat status;

	(void)state;
	memset(large, '1', length);
	struct store *store = open_writer(NULL);
	for (int i = 0; i < 10; i++) { /* LMDB does so only once it has pages to use again */
		put(store, STORE_RUNS, STORE_KEY("a"), i);
		flush(store);
	}
	store_batch_begin(store);
	put(store, STORE_RUNS, STORE_KEY("a"), 1);
	assert_ok(store_put(store, STORE_FINDINGS, &key, large, length, &err));
	assert_ok(store_delete(store, STORE_FINDINGS, &key, &err));
	store_batch_end(store);
	close_store(store);
	free(large);

	snprintf(path, sizeof(path), "%s/data.mdb", test_state);
	assert_int_equal(stat(path, &status), 0);
	assert_true(status.st_size < bytes_of_pages());
	store = open_writer(NULL);
	assert_int_equal(get(store, STORE_RUNS, STORE_KEY("a")), 1);
	close_store(store);
}

static void a_newer_schema_is_refused(void **state)
{
	struct err err = ERR_INIT;
	struct store_key key = STORE_KEY("schema");

	(void)state;
	struct store *store = open_writer(NULL);
	assert_ok(store_put(store, STORE_META, &key, "3", 1, &err));
	close_store(store);
	open_fails(STORE_WRITE, ERR_STORE, "NewerVersion", "schema 3; this one knows up to 2");
	open_fails(STORE_READ, ERR_STORE, "NewerVersion", "use that version, or another --state");
}

static void a_database_of_another_program_is_refused(void **state)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi database;
	MDB_val key = { 3, "key" }, value = { 5, "value" };

	(void)state;
	assert_int_equal(mkdir(test_state, 0700), 0);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_open(env, test_state, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, NULL, 0, &database), 0);
	assert_int_equal(mdb_put(txn, database, &key, &value, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	open_fails(STORE_WRITE, ERR_STORE, "NotAStore", "another --state");
	open_fails(STORE_READ, ERR_STORE, "NotAStore", "another --state");
}

/* --- a commit that fails --- */

/* Writes until the store fails, and checks what holds from then on. */
static void write_until_failure(struct store *store, const char *code, struct err *err)
{
	char name[16], text[500];
	int i;

	memset(text, ' ', sizeof(text));
	text[sizeof(text) - 1] = '1';
	for (i = 0; i < 200000; i++) {
		snprintf(name, sizeof(name), "%08d", i);
		struct store_key key = STORE_KEY(name);
		if (store_put(store, STORE_FINDINGS, &key, text, sizeof(text), err) < 0)
			break;
		if (i % 500 == 0 && store_flush(store, err) < 0)
			break;
	}
	assert_int_not_equal(i, 200000);
	if (!err_is(err, ERR_STORE, code) || strstr(err->message, test_state) == NULL) {
		print_unexpected(err);
		fail();
	}
	assert_true(store_failed(store));
}

static void stays_failed(struct store *store, const struct err *first)
{
	struct err err = ERR_INIT;
	struct store_key key = STORE_KEY("later");

	assert_int_equal(store_flush(store, &err), -1);
	assert_string_equal(err.message, first->message);
	err_clear(&err);
	assert_int_equal(store_put(store, STORE_RUNS, &key, "1", 1, &err), -1);
	assert_string_equal(err.message, first->message);
	store_batch_begin(store);
	assert_int_equal(store_put(store, STORE_RUNS, &key, "1", 1, &err), -1);
	assert_int_equal(store_delete(store, STORE_RUNS, &key, &err), -1);
	store_batch_end(store);
	/* Records that were committed before can be read. */
	assert_int_equal(get(store, STORE_RUNS, STORE_KEY("before")), 1);
	err_clear(&err);
	assert_int_equal(store_close(store, &err), -1);
	assert_true(err.kind == ERR_STORE);
	assert_string_equal(err.message, first->message);
}

static void fails_for_good(struct store *store, const char *code)
{
	struct err err = ERR_INIT;

	put(store, STORE_RUNS, STORE_KEY("before"), 1);
	flush(store);
	write_until_failure(store, code, &err);
	stays_failed(store, &err);
	/* The next process finds the state of the last commit. */
	store = open_reader();
	assert_int_equal(get(store, STORE_RUNS, STORE_KEY("before")), 1);
	assert_int_equal(get(store, STORE_RUNS, STORE_KEY("later")), -1);
	close_store(store);
}

static void a_full_map_ends_writing(void **state)
{
	(void)state;
	fails_for_good(open_store((struct store_options){ .mode = STORE_WRITE, .map_bytes = 2 << 20 },
					   NULL),
		"Full");
}

static void a_full_disk_ends_writing(void **state)
{
	(void)state;
	if (!can_mount())
		skip();
	assert_int_equal(mount("none", test_folder, "tmpfs", 0, "size=3m"), 0);
	fails_for_good(open_writer(NULL), "NoSpace");
	/* A full disk can still be opened, and room can be made. */
	struct store *store = open_writer(NULL);
	assert_int_equal(get(store, STORE_RUNS, STORE_KEY("before")), 1);
	close_store(store);
	assert_int_equal(umount(test_folder), 0);
}

static void a_folder_cannot_begin_on_a_full_disk(void **state)
{
	char path[400];
	static const char block[1 << 16];

	(void)state;
	if (!can_mount())
		skip();
	assert_int_equal(mount("none", test_folder, "tmpfs", 0, "size=1m"), 0);
	snprintf(path, sizeof(path), "%s/filler", test_folder);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
	open_fails(STORE_WRITE, ERR_STORE, "NoSpace", "free some");
	/* The file that was begun doesn't prevent a later start. */
	assert_int_equal(truncate(path, 0), 0);
	close_store(open_writer(NULL));
	assert_int_equal(umount(test_folder), 0);
}

static void a_limit_on_file_sizes_ends_writing(void **state)
{
	struct rlimit before, limit;
	struct err err = ERR_INIT;

	(void)state;
	struct store *store = open_writer(NULL);
	put(store, STORE_RUNS, STORE_KEY("before"), 1);
	flush(store);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 2 << 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	write_until_failure(store, "FileSizeLimit", &err); /* and no SIGXFSZ */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	stays_failed(store, &err);
}

/* One failing fsync: the kernel may have dropped the pages, so a second try that succeeds proves
 * nothing. */
static void a_failing_fsync_ends_writing(void **state)
{
	struct err err = ERR_INIT;
	struct store_key key = STORE_KEY("later");

	(void)state;
	struct store *store = open_writer(NULL);
	put(store, STORE_RUNS, STORE_KEY("before"), 1);
	flush(store);
	atomic_store(&fdatasync_failures, 1);
	assert_ok(store_put(store, STORE_RUNS, &key, "1", 1, &err));
	assert_int_equal(store_flush(store, &err), -1);
	assert_int_equal(atomic_load(&fdatasync_failures), 0);
	assert_true(err_is(&err, ERR_STORE, "InputOutput"));
	assert_int_equal(get(store, STORE_RUNS, key), -1);
	stays_failed(store, &err);
	store = open_writer(NULL);
	assert_int_equal(get(store, STORE_RUNS, STORE_KEY("before")), 1);
	assert_int_equal(get(store, STORE_RUNS, key), -1);
	close_store(store);
}

static void a_map_that_does_not_fit_is_named(void **state)
{
	struct store *store = NULL;
	struct err err = ERR_INIT;
	struct store_options options = { .mode = STORE_WRITE, .map_bytes = (size_t)1 << 47 };

	(void)state;
	if (RUNNING_ON_VALGRIND)
		skip(); /* valgrind refuses such a map as an invalid argument */
	assert_int_equal(store_open(test_state, &options, NULL, &store, &err), -1);
	if (!err_is(&err, ERR_STORE, "NoAddressSpace"))
		print_unexpected(&err);
	assert_true(err_is(&err, ERR_STORE, "NoAddressSpace"));
	/* The failed start has released the lock. */
	close_store(open_writer(NULL));
}

/* --- fibers at the failure --- */

struct crowd {
	struct store *store;
	int refused, flushed;
};

static void write_and_flush(void *argument)
{
	struct crowd *crowd = argument;
	struct err err = ERR_INIT;
	char *text = xcalloc(1, 200 << 10);
	struct store_key key = STORE_KEY("x");

	memset(text, ' ', 200 << 10);
	key.bytes[0] = (unsigned char)((uintptr_t)fiber_self() >> 4);
	bool ok = store_put(crowd->store, STORE_FINDINGS, &key, text, 200 << 10, &err) == 0;
	ok = ok && store_flush(crowd->store, &err) == 0;
	if (ok)
		crowd->flushed++;
	else if (err_is(&err, ERR_STORE, "Full"))
		crowd->refused++;
	free(text);
}

static void waiting_fibers_are_woken_by_a_failure(void **state)
{
	enum { FIBERS = 200 }; /* they write 40 MB: some wait for room, some for their commit */
	struct loop *loop = new_loop(FIBERS);
	struct crowd crowd = { .refused = 0 };
	struct err err = ERR_INIT;

	(void)state;
	crowd.store = open_store(
		(struct store_options){ .mode = STORE_WRITE, .map_bytes = 1 << 20, .test_fsync_ms = 20 },
		loop);
	for (int i = 0; i < FIBERS; i++)
		spawn(loop, write_and_flush, &crowd);
	loop_run(loop);
	assert_int_equal(crowd.refused, FIBERS);
	assert_int_equal(crowd.flushed, 0);
	assert_int_equal(store_close(crowd.store, &err), -1);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(garbage_is_not_a_database),
		store_test(a_stub_is_not_a_database),
		store_test(another_format_of_lmdb_is_named),
		store_test(a_file_that_was_cut_short_is_refused),
		store_test(a_file_may_rightly_be_shorter_than_its_pages),
		store_test(a_newer_schema_is_refused),
		store_test(a_database_of_another_program_is_refused),
		store_test(a_full_map_ends_writing),
		store_test(a_full_disk_ends_writing),
		store_test(a_folder_cannot_begin_on_a_full_disk),
		store_test(a_limit_on_file_sizes_ends_writing),
		store_test(a_failing_fsync_ends_writing),
		store_test(a_map_that_does_not_fit_is_named),
		store_test(waiting_fibers_are_woken_by_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
