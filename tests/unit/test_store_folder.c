/* Tests of the state folder and its lock: it is made private, is held by one writer, and is refused
 * where it can't be used. */
#include "store/read.h"
#include "test_store_help.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void folder_is_made_private_whatever_the_umask(void **state)
{
	static const mode_t masks[] = { 0, 022, 077, 0277 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(masks); i++) {
		struct stat status;
		char path[400];

		snprintf(test_state, sizeof(test_state), "%s/made/deep/%zu", test_folder, i);
		mode_t before = umask(masks[i]);
		struct store *store = open_writer(NULL);
		umask(before);
		assert_int_equal(stat(test_state, &status), 0);
		assert_int_equal(status.st_mode & 07777, 0700);
		static const char *const files[] = { "data.mdb", "lock.mdb", "writer.lock" };
		for (size_t f = 0; f < ARRAY_LENGTH(files); f++) {
			snprintf(path, sizeof(path), "%s/%s", test_state, files[f]);
			assert_int_equal(stat(path, &status), 0);
			assert_int_equal(status.st_mode & 07777, 0600);
		}
		close_store(store);
	}
}

/* Runs check in a child, so that LMDB sees another process, and returns its result. The child is
 * killed, so that it doesn't release locks that it has inherited. */
static int in_child(int (*check)(void))
{
	int ends[2], result, status;

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		test_child = true;
		result = check();
		while (write(ends[1], &result, sizeof(result)) == sizeof(result))
			pause();
		_exit(70);
	}
	close(ends[1]);
	if (read(ends[0], &result, sizeof(result)) != sizeof(result))
		result = -1;
	close(ends[0]);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	return result;
}

static int read_beside(void)
{
	struct store *store;
	struct store_key key = STORE_KEY("a");
	struct err err = ERR_INIT;
	json_t *json = NULL;

	if (store_open(test_state, &(struct store_options){ .mode = STORE_READ }, NULL, &store, &err) <
			0 ||
		store_get_json(store, STORE_RUNS, &key, &json, &err) < 0 || json_integer_value(json) != 1) {
		print_unexpected(&err);
		return 1;
	}
	json_decref(json);
	return store_close(store, &err) < 0;
}

static int write_beside(void)
{
	struct store *store;
	struct err err = ERR_INIT;
	char expected[600];

	if (store_open(test_state, &(struct store_options){ .mode = STORE_WRITE, .holder = "plan" },
			NULL, &store, &err) == 0)
		return 1;
	snprintf(expected, sizeof(expected),
		"state folder %s is held by `sweep` (process %ld, since 20", test_state, (long)getppid());
	if (err_is(&err, ERR_BUSY, "Held") && strncmp(err.message, expected, strlen(expected)) == 0 &&
		strstr(err.message, "); wait for it or use another --state") != NULL)
		return 0;
	print_unexpected(&err);
	return 2;
}

static void others_read_beside_the_writer_and_do_not_write(void **state)
{
	struct store *store =
		open_store((struct store_options){ .mode = STORE_WRITE, .holder = "sweep" }, NULL);

	(void)state;
	put(store, STORE_RUNS, STORE_KEY("a"), 1);
	flush(store);
	assert_int_equal(in_child(read_beside), 0);
	assert_int_equal(in_child(write_beside), 0);
	put(store, STORE_RUNS, STORE_KEY("b"), 2);
	flush(store);
	assert_int_equal(get(store, STORE_RUNS, STORE_KEY("b")), 2);
	close_store(store);
	assert_int_equal(in_child(read_beside), 0);
	assert_int_equal(in_child(write_beside), 1); /* it is free again */
}

/* LMDB's locks are by process: a second environment would drop those of the first. */
static void a_process_opens_a_folder_once(void **state)
{
	static const enum store_mode modes[] = { STORE_READ, STORE_WRITE };
	struct store *store = open_writer(NULL), *second;
	char link[300];

	(void)state;
	snprintf(link, sizeof(link), "%s/link", test_folder);
	assert_int_equal(symlink(test_state, link), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(modes); i++) {
		struct err err = ERR_INIT;
		assert_int_equal(
			store_open(link, &(struct store_options){ .mode = modes[i] }, NULL, &second, &err), -1);
		assert_true(err_is(&err, ERR_STORE, "OpenedTwice"));
	}
	close_store(store);
	close_store(open_reader());
}

/* A lock file that a killed process left behind keeps nobody out. */
static int die_holding(void)
{
	open_store((struct store_options){ .mode = STORE_WRITE, .holder = "serve" }, NULL);
	return 0;
}

static void a_dead_holder_holds_nothing(void **state)
{
	(void)state;
	assert_int_equal(in_child(die_holding), 0);
	struct store *store =
		open_store((struct store_options){ .mode = STORE_WRITE, .holder = "sweep" }, NULL);
	assert_int_equal(in_child(write_beside), 0);
	close_store(store);
}

/* --- folders that can't be used --- */

static void a_missing_folder_is_not_read(void **state)
{
	struct stat status;

	(void)state;
	open_fails(STORE_READ, ERR_STORE, "Missing", "run a plan or sweep first");
	assert_int_equal(stat(test_state, &status), -1);
	assert_int_equal(mkdir(test_state, 0700), 0);
	open_fails(STORE_READ, ERR_STORE, "Missing", "holds nothing yet");
}

static void a_file_is_not_a_folder(void **state)
{
	(void)state;
	close(open(test_state, O_CREAT | O_WRONLY, 0600));
	open_fails(STORE_WRITE, ERR_STORE, "NotAFolder", "another --state");
	open_fails(STORE_READ, ERR_STORE, "NotAFolder", "another --state");
	snprintf(test_state, sizeof(test_state), "%s/state/below", test_folder);
	open_fails(STORE_WRITE, ERR_STORE, "NotAFolder", "another --state");
}

static void a_folder_open_to_others_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir(test_state, 0700), 0);
	assert_int_equal(chmod(test_state, 0770), 0);
	open_fails(STORE_WRITE, ERR_STORE, "OpenToOthers",
		"run chmod 700 on it, or use another --state");
}

static void a_folder_of_another_user_is_refused(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can give a folder away */
	close_store(open_writer(NULL));
	assert_int_equal(chown(test_state, 65534, 65534), 0);
	open_fails(STORE_WRITE, ERR_STORE, "NotOurs", "run as that user");
	close_store(open_reader());
}

static void a_folder_without_permission_is_refused(void **state)
{
	(void)state;
	if (geteuid() == 0)
		skip(); /* permission bits don't bind root */
	close_store(open_writer(NULL));
	assert_int_equal(chmod(test_state, 0), 0);
	open_fails(STORE_WRITE, ERR_STORE, "NoPermission", "another --state");
	open_fails(STORE_READ, ERR_STORE, "NoPermission", "another --state");
	assert_int_equal(chmod(test_state, 0700), 0);
	assert_int_equal(chmod(test_folder, 0500), 0);
	snprintf(test_state, sizeof(test_state), "%s/other", test_folder);
	open_fails(STORE_WRITE, ERR_STORE, "NoPermission", "another --state");
	assert_int_equal(chmod(test_folder, 0700), 0);
}

static void a_read_only_file_system_can_be_read(void **state)
{
	(void)state;
	if (!can_mount())
		skip();
	struct store *store = open_writer(NULL);
	put(store, STORE_RUNS, STORE_KEY("a"), 1);
	close_store(store);
	assert_int_equal(mount(test_folder, test_folder, "none", MS_BIND, NULL), 0);
	assert_int_equal(mount("none", test_folder, "none", MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	open_fails(STORE_WRITE, ERR_STORE, "ReadOnly", "mount it writable");
	store = open_reader();
	assert_int_equal(get(store, STORE_RUNS, STORE_KEY("a")), 1);
	close_store(store);
	snprintf(test_state, sizeof(test_state), "%s/other", test_folder);
	open_fails(STORE_WRITE, ERR_STORE, "ReadOnly", "mount it writable");
	assert_int_equal(umount(test_folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(folder_is_made_private_whatever_the_umask),
		store_test(others_read_beside_the_writer_and_do_not_write),
		store_test(a_process_opens_a_folder_once),
		store_test(a_dead_holder_holds_nothing),
		store_test(a_missing_folder_is_not_read),
		store_test(a_file_is_not_a_folder),
		store_test(a_folder_open_to_others_is_refused),
		store_test(a_folder_of_another_user_is_refused),
		store_test(a_folder_without_permission_is_refused),
		store_test(a_read_only_file_system_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
